import ArgumentParser
import HostSystem
import O2MConvert
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

extension Precision: ExpressibleByArgument {}
extension SuiteRunner.Route: ExpressibleByArgument {}

/// `NAME:1,3,224,224`. The name may hold colons: extents hold none, so that the last one ends it.
struct InputShape: ExpressibleByArgument {
  let name: String
  let dims: [Int]

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), colon != argument.startIndex else { return nil }
    let parts = argument[argument.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    // What no memory holds is no shape either.
    guard numbers.count == parts.count, Shape(numbers).checkedCount != nil else { return nil }
    name = String(argument[..<colon])
    dims = numbers
  }
}

/// `NAME:1,T`: as `InputShape`, where names stand for extents that stay open.
struct OpenInputShape: ExpressibleByArgument {
  let name: String
  let extents: [OpenOptions.Extent]

  init?(argument: String) {
    if let fixed = InputShape(argument: argument) {
      (name, extents) = (fixed.name, fixed.dims.map { .fixed($0) })
      return
    }
    guard let colon = argument.lastIndex(of: ":"), colon != argument.startIndex else { return nil }
    var extents: [OpenOptions.Extent] = []
    for part in argument[argument.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false) {
      if let number = Int(part), number >= 0 {
        extents.append(.fixed(number))
      } else if OpenSymbolArgument.isName(part) {
        extents.append(.symbol(String(part)))
      } else {
        return nil
      }
    }
    name = String(argument[..<colon])
    self.extents = extents
    // Numbers alone were refused before, and what no memory holds is no shape here either.
    guard dims == nil, Shape(numbers).checkedCount != nil else { return nil }
  }

  private var numbers: [Int] { extents.compactMap { extent in if case .fixed(let number) = extent { number } else { nil } } }

  /// The extents where all of them are numbers.
  var dims: [Int]? {
    let numbers = numbers
    return numbers.count == extents.count ? numbers : nil
  }
}

/// `T=1..3000` or `H=32..1024/32`.
struct OpenSymbolArgument: ExpressibleByArgument {
  let name: String
  let range: SymbolRange

  init?(argument: String) {
    guard let equals = argument.lastIndex(of: "="), Self.isName(argument[..<equals]) else { return nil }
    let parts = argument[argument.index(after: equals)...].split(separator: "/", omittingEmptySubsequences: false)
    guard let ends = parts.first?.split(separator: "..", omittingEmptySubsequences: false), ends.count == 2, parts.count <= 2 else {
      return nil
    }
    guard let minimum = Int(ends[0]), let maximum = Int(ends[1]), let step = parts.count == 2 ? Int(parts[1]) : 1 else { return nil }
    guard minimum >= 0, maximum >= minimum, maximum <= Int(Int32.max), step >= 1 else { return nil }
    name = String(argument[..<equals])
    range = SymbolRange(minimum, minimum + (maximum - minimum) / step * step, step: step)
  }

  static func isName(_ text: Substring) -> Bool { text.first.map { !$0.isNumber && $0 != "-" && $0 != "+" } ?? false }
}

/// `T=400`.
struct TypicalExtent: ExpressibleByArgument {
  let name: String
  let extent: Int

  init?(argument: String) {
    guard let equals = argument.lastIndex(of: "="), OpenSymbolArgument.isName(argument[..<equals]) else { return nil }
    guard let extent = Int(argument[argument.index(after: equals)...]), extent >= 0, extent <= Int(Int32.max) else { return nil }
    name = String(argument[..<equals])
    self.extent = extent
  }
}

/// `KEY=VALUE`, the value with K, M, G or T for powers of 1024.
struct LimitArgument: ExpressibleByArgument {
  let limit: ResourceLimit
  let value: Int

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let limit = ResourceLimit(rawValue: parts[0]), let value = Self.number(parts[1]) else { return nil }
    (self.limit, self.value) = (limit, value)
  }

  private static func number(_ text: String) -> Int? {
    guard let last = text.last, let place = "KMGT".firstIndex(of: last) else { return Int(text) }
    let shift = 10 * ("KMGT".distance(from: "KMGT".startIndex, to: place) + 1)
    guard let number = Int(text.dropLast()), number >= 0, number <= Int.max >> shift else { return nil }
    return number << shift
  }

  static var allValueStrings: [String] { ResourceLimit.allCases.map { "\($0.rawValue)=N" } }
}

/// What a command reads may ask for.
struct LimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Allow more or less of file-bytes, nodes, iterations, nesting, tensor-elements, folded-bytes, memory-bytes, operations "
        + "or seconds.",
      valueName: "KEY=VALUE"))
  var limit: [LimitArgument] = []

  func validate() throws {
    for entry in limit {
      let range = ResourceLimits.range(of: entry.limit)
      guard !range.contains(entry.value) else { continue }
      let most = range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw ValidationError("--limit \(entry.limit.rawValue) takes \(most), not \(entry.value)")
    }
  }

  /// What a bundle may ask for, where `memory-bytes` was given; else nil.
  var bundleLimits: Limits? {
    guard let bytes = limit.last(where: { $0.limit == .memoryBytes })?.value else { return nil }
    var limits = Limits()
    (limits.arenaBytes, limits.constantBytes, limits.unpackedBytes) = (bytes, bytes, bytes)
    return limits
  }

  var limits: ResourceLimits {
    var limits = ResourceLimits()
    for entry in limit { limits[entry.limit] = entry.value }
    return limits
  }
}

/// `NAME=16000` or `NAME=FILE.npy`.
struct InputConstant: ExpressibleByArgument {
  let argument: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex, argument.last != "=" else { return nil }
    self.argument = argument
  }

  /// The values by name, for the model at `path`; those of files are read.
  static func values(_ constants: [InputConstant], of path: String) throws -> [String: InputValue] {
    var names: [String] = []
    // Only where a name or a value holds the sign, the model has to say which.
    if constants.contains(where: { entry in entry.argument.count { $0 == "=" } > 1 }) {
      do throws(ImportError) { names = try ModelSignature(path: path).inputs.map(\.name) } catch {
        throw ImportMessages.failure(error, file: path)
      }
    }
    var values: [String: InputValue] = [:]
    for constant in constants {
      let parts = constant.argument.split(separator: "=", maxSplits: 1).map(String.init)
      let (name, text) = names.longest(before: "=", in: constant.argument) ?? (parts[0], parts[1])
      let isFile = text.hasSuffix(".npy") || text.hasSuffix(".pb")
      let value: InputValue = isFile ? .tensor(try InputTensor.load(text)) : .text(text)
      guard values.updateValue(value, forKey: name) == nil else { throw Failure(.usage, "--input-value is given twice for '\(name)'") }
    }
    return values
  }
}

/// `NAME=FILE`; a bare file belongs to the only input.
struct InputFile: ExpressibleByArgument {
  let argument: String

  init?(argument: String) {
    guard !argument.isEmpty, argument.last != "=" else { return nil }
    self.argument = argument
  }

  /// Name and path, where a model has the inputs `names`.
  func resolved(among names: [String]) -> (name: String?, path: String) {
    if let (name, path) = names.longest(before: "=", in: argument) { return (name, path) }
    // A path may hold the sign as well.
    guard let sign = argument.firstIndex(of: "="), names.count != 1 || !FileManager.default.fileExists(atPath: argument) else {
      return (nil, argument)
    }
    return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
  }
}

extension [String] {
  /// The longest of these names that stands before `sign` in `argument`, and what follows: names may hold the sign themselves.
  func longest(before sign: String, in argument: String) -> (name: String, rest: String)? {
    let name = filter { argument.hasPrefix($0 + sign) }.max { $0.utf8.count < $1.utf8.count }
    return name.map { ($0, String(argument.dropFirst($0.count + sign.count))) }
  }
}
