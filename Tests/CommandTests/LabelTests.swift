import Foundation
import O2MConvert
import Testing

/// Files of labels as people have them.
struct LabelTests {
  @Test(arguments: [
    "cat\ndog\n", "cat\r\ndog\r\n", "cat\rdog\r", "cat\rdog", "cat\ndog\n\n \n", #"["cat", "dog"]"#, #"{"1": "dog", "0": "cat"}"#,
    #"{"0": ["n01", "cat"], "1": ["n02", "dog"]}"#, #"{"model_type": "vit", "id2label": {"0": "cat", "1": "dog"}}"#,
  ]) func areUnderstood(text: String) throws {
    #expect(try readLabels(Array(text.utf8)) == ["cat", "dog"])
  }

  @Test(arguments: [
    ("", LabelError.none), ("\n\n", .none), ("[]", .none), ("cat\n\ndog\n", .empty(line: 1)), (#"["cat", ""]"#, .empty(line: 1)),
    (#"["cat", 1]"#, .json), (#"{"cat": 0}"#, .json), (#"["cat", "#, .json), ("{}", .json),
    (#"{"1": "cat", "2": "dog"}"#, .missing(class: 0, names: 2)),
    ("cat\n" + String(repeating: "o", count: 5000), .tooLong(line: 1, bytes: 5000, limit: 4096)),
  ]) func areRefused(text: String, error: LabelError) {
    #expect(throws: error) { try readLabels(Array(text.utf8)) }
  }

  /// What Windows's editors put in front is no part of the first name.
  @Test func marksOfByteOrderAreNoText() throws {
    #expect(try readLabels([0xEF, 0xBB, 0xBF] + Array("a\nb\n".utf8)) == ["a", "b"])
    #expect(try readLabels([0xEF, 0xBB, 0xBF] + Array("[\"a\", \"b\"]".utf8)) == ["a", "b"])
  }

  @Test func bytesThatAreNoTextAreRefused() { #expect(throws: LabelError.notUTF8) { try readLabels([0x63, 0xFF, 0x0A]) } }
}
