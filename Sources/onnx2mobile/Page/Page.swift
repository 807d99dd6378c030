import CO2MPage
import HostSystem

/// A page that shows a model without anything from elsewhere: style, scripts and data lie in it.
enum Page {
  /// A page of `name` goes to a file or a pipe.
  static func checkOutput(of name: String) throws {
    guard isatty(STDOUT_FILENO) == 0 else {
      throw Failure(.usage, "\(name): a page is no text for a terminal", help: "send it to a file, as in `> PAGE.html`")
    }
  }

  /// Sources/CO2MPage/page.html with its places filled.
  static func html(_ data: PageData) throws -> String {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A name may hold any text: without this sign none of it ends the element that it lies in.
    let json = String(decoding: try encoder.encode(data), as: UTF8.self).replacing("<", with: "\\u003c")
    var frame = "", style = "", scripts: [String] = []
    for (name, text) in parts {
      if name.hasSuffix(".html") { frame = text } else if name.hasSuffix(".css") { style = text } else { scripts.append(text) }
    }
    // The data last: it may hold the words that mark a place.
    for (place, text) in [("/*style*/", style), ("/*scripts*/", scripts.joined(separator: "\n")), ("/*data*/", json)] {
      guard let range = frame.firstRange(of: place) else { preconditionFailure("page.html lacks \(place)") }
      frame.replaceSubrange(range, with: text)
    }
    return frame
  }

  private static var parts: [(name: String, text: String)] {
    var first: UnsafePointer<o2m_page_part>?
    let count = o2m_page_parts(&first)
    return UnsafeBufferPointer(start: first, count: count).map { part in
      (String(cString: part.name), String(decoding: UnsafeBufferPointer(start: part.bytes, count: part.count), as: UTF8.self))
    }
  }
}
