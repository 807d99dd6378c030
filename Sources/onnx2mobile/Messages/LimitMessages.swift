import O2MGraph
import O2MOps

/// The wording of what a model asks for and is not given.
enum LimitMessages {
  /// What is too much, in the middle of a sentence about a node or an input.
  static func text(_ limit: ResourceLimit, _ found: Int, _ allowed: Int) -> String {
    let what =
      switch limit {
      case .fileBytes: "it has \(found) bytes with its external data"
      case .nodes: "more nodes than that are written out"
      case .iterations: "a loop wants to go on after \(found - 1) turns"
      case .nesting: "graphs, functions or messages are nested deeper than that"
      case .tensorElements: "it has \(found) elements"
      case .foldedBytes: "constants of \(found) bytes are computed up to here"
      case .memoryBytes: "evaluating the graph takes \(found == .max ? "more bytes than can be counted" : "\(found) bytes") here"
      case .operations:
        "evaluating the graph up to here takes \(found == .max ? "more operations than can be counted" : "\(found) operations")"
      case .seconds: "\(found) seconds have gone by"
      }
    return "\(what), the limit \(limit.rawValue) is \(allowed)"
  }

  /// The flag that lets it through; nil where none does.
  static func help(_ limit: ResourceLimit, _ found: Int, _ allowed: Int) -> String? {
    let most = ResourceLimits.range(of: limit).upperBound
    let needed: Int
    switch limit {
    // Counted up to the limit and no further.
    case .nodes, .nesting, .iterations, .seconds: needed = allowed > most / 2 ? most : max(2 * allowed, 1)
    case .fileBytes, .tensorElements: needed = found
    // What follows takes more.
    case .foldedBytes, .memoryBytes, .operations: needed = found > Int.max / 4 ? Int.max : 4 * found
    }
    guard needed > allowed, needed <= most, needed < Int.max else { return nil }
    return "--limit \(limit.rawValue)=\(rounded(needed)) allows more, if this file is to be trusted"
  }

  /// What to do where no flag helps either.
  static let tooMuch = "no machine runs this; look at the shapes that lead here with `onnx2mobile dump`"

  /// The number, or the next whole count of the largest unit that loses less than a hundredth.
  private static func rounded(_ number: Int) -> String {
    for (shift, unit) in [(40, "T"), (30, "G"), (20, "M"), (10, "K")] where number >= 10 << shift {
      return "\((number - 1) >> shift + 1)\(unit)"
    }
    return "\(number)"
  }
}
