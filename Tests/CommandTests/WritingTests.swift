import Foundation
import Testing

/// A bundle that is there is the old one or the new one, whatever ends the process that writes it.
struct WritingTests {
  private static let convert = "\"$0\" convert \"$1\" -o d.o2m --no-verify"

  private func shell(_ command: String, in scratch: Scratch) throws -> Outcome {
    try Tool.start("/bin/sh", ["-c", command, Tool.binary, Tool.model], in: scratch.path, environment: [:])
  }

  private func litter(_ scratch: Scratch) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.path).filter { $0.hasSuffix(".partial") }
  }

  /// What ended processes left is no hindrance and goes, whatever their number; what a living one writes stays.
  @Test func orphansAreRemoved() throws {
    let scratch = try Scratch()
    for name in ["d.o2m.1.partial", "d.o2m.4294967295.partial", "e.o2m.1.partial", "d.o2m.x.partial", "d.o2m..partial"] {
      try Data([1]).write(to: URL(fileURLWithPath: scratch / name))
    }
    let outcome = try shell(
      "n=$$; : > d.o2m.$n.partial; exec 9>>d.o2m.7.partial; flock 9; exec \"$0\" convert \"$1\" -o d.o2m --no-verify", in: scratch)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(Set(try litter(scratch)) == ["d.o2m.7.partial", "e.o2m.1.partial", "d.o2m.x.partial", "d.o2m..partial"])
  }

  @Test(arguments: [0o600, 0o664, 0o444]) func permissionsStay(mode: Int) throws {
    let scratch = try Scratch()
    try Data([1]).write(to: URL(fileURLWithPath: scratch / "d.o2m"))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: scratch / "d.o2m")
    #expect(try shell(Self.convert, in: scratch).code == 0)
    #expect(try FileManager.default.attributesOfItem(atPath: scratch / "d.o2m")[.posixPermissions] as? Int == mode)
    #expect(try bytes(scratch / "d.o2m").count > 1000)
  }

  /// Where the report cannot be printed, what was there stays.
  @Test(arguments: ["> /dev/full", ">&-", "| true"]) func nothingIsPutInPlaceUnsaid(target: String) throws {
    let scratch = try Scratch()
    try Data([1]).write(to: URL(fileURLWithPath: scratch / "d.o2m"))
    // The pipe is closed long before there is something to say.
    let command =
      target == "| true" ? "{ sleep 0.3; \(Self.convert); echo $? > code; } | true; exit $(cat code)" : "\(Self.convert) \(target)"
    let outcome = try shell(command + (target == "| true" ? "" : ""), in: scratch)
    if target == "| true" {
      // The shell does not wait for the first part of a pipe.
      for _ in 0..<100 where !FileManager.default.fileExists(atPath: scratch / "code") { usleep(50000) }
      #expect(try String(contentsOfFile: scratch / "code", encoding: .utf8) == "73\n")
    } else {
      #expect(outcome.code == 73 && outcome.err.hasPrefix("error: standard output cannot be written: "), "\(outcome)")
    }
    #expect(try bytes(scratch / "d.o2m") == Data([1]))
    #expect(try litter(scratch).isEmpty)
  }

  /// A file that may not grow any more, and a folder that may not be written.
  @Test func fullDisksLeaveWhatWasThere() throws {
    let scratch = try Scratch()
    try Data([1]).write(to: URL(fileURLWithPath: scratch / "d.o2m"))
    let outcome = try shell("trap '' XFSZ; ulimit -f 8; \(Self.convert)", in: scratch)
    #expect(outcome.code == 73 && outcome.err.contains("d.o2m: cannot be written: "), "\(outcome)")
    expectMessageForm(outcome.err)
    #expect(try bytes(scratch / "d.o2m") == Data([1]))
    #expect(try litter(scratch).isEmpty)
  }

  /// The shell shows which signal ended the command; the next run writes the bundle.
  @Test(arguments: [("INT", 130), ("TERM", 143), ("KILL", 137)] as [(String, Int32)])
  func signalsEndItAtEveryStage(signal: String, code: Int32) throws {
    let scratch = try Scratch()
    #expect(try shell(Self.convert, in: scratch).code == 0)
    let whole = try bytes(scratch / "d.o2m")
    try Data([1]).write(to: URL(fileURLWithPath: scratch / "d.o2m"))
    for wait in ["0", "0.02", "0.05", "0.1"] {
      // A command in the background of a shell ignores INT unless somebody gives it its default back.
      let command = """
        python3 -c 'import os, signal, subprocess, sys, time
        p = subprocess.Popen(sys.argv[3:], stdout=subprocess.DEVNULL, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        time.sleep(float(sys.argv[2])); p.send_signal(getattr(signal, "SIG" + sys.argv[1])); c = p.wait()
        sys.exit(128 - c if c < 0 else c)' \(signal) \(wait) "$0" convert "$1" -o d.o2m --no-verify
        """
      let outcome = try shell(command, in: scratch)
      #expect(outcome.code == code || outcome.code == 0, "\(outcome)")
      let found = try bytes(scratch / "d.o2m")
      #expect(found == whole || found == Data([1]))
    }
    #expect(try shell(Self.convert, in: scratch).code == 0)
    #expect(try bytes(scratch / "d.o2m") == whole)
    #expect(try litter(scratch).isEmpty)
  }

  @Test func twoWritersLeaveOneWhole() throws {
    let scratch = try Scratch()
    let outcome = try shell("\(Self.convert) & \(Self.convert) & \(Self.convert); c=$?; wait; exit $c", in: scratch)
    #expect(outcome.code == 0)
    let whole = try bytes(scratch / "d.o2m")
    #expect(try shell(Self.convert, in: scratch).code == 0)
    #expect(try bytes(scratch / "d.o2m") == whole)
    #expect(try litter(scratch).isEmpty)
  }

  /// A pipe that nobody writes is refused at once, or after some seconds; it is not waited for.
  @Test(arguments: [
    "convert p -o x.o2m", "verify p d.o2m", "verify \"$1\" p", "verify p", "dump p", "run p --input p", "run d.o2m --input p.npy",
    "run d.o2m --input p.png", "unpack p -o x.o2m", "bench p", "diff p p", "convert \"$1\" -o x.o2m --preprocess p.json",
  ])
  func pipesAreNotWaitedFor(command: String) throws {
    let scratch = try Scratch()
    #expect(try shell(Self.convert, in: scratch).code == 0)
    let outcome = try shell("mkfifo p p.npy p.png p.json; exec timeout 20 \"$0\" \(command)", in: scratch)
    #expect([64, 65, 66].contains(outcome.code), "\(outcome)")
    expectMessageForm(outcome.err)
  }
}
