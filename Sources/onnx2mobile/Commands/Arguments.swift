import ArgumentParser
import O2MConvert
import O2MParity

extension Precision: ExpressibleByArgument {}
extension SuiteRunner.Route: ExpressibleByArgument {}

/// `NAME:1,3,224,224`.
struct InputShape: ExpressibleByArgument {
  let name: String
  let dims: [Int]

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), colon != argument.startIndex else { return nil }
    let parts = argument[argument.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
    name = String(argument[..<colon])
    dims = numbers
  }
}

/// `NAME=FILE`; a bare file belongs to the only input.
struct InputFile: ExpressibleByArgument {
  let name: String?
  let path: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "=") else {
      name = nil
      path = argument
      return
    }
    name = String(argument[..<sign])
    path = String(argument[argument.index(after: sign)...])
    guard !path.isEmpty else { return nil }
  }
}
