import O2MParity

/// What is wrong with a file of thresholds or with a report that is to be a baseline; lines count from 1.
public enum PolicyError: Error, Equatable, Sendable {
  /// What a key takes.
  public enum Form: Equatable, Sendable {
    case object, decibels, share, notNegative, truth
  }

  case json(JSONFault)
  case unknownKey(String, line: Int, known: [String])
  case value(key: String, line: Int, form: Form)
  /// The report has a newer form.
  case version(found: Int, line: Int, known: Int)
  /// It is no report of `verify`: it lacks this key.
  case noReport(key: String, line: Int)
}

/// What an output has to hold, as far as it is said; nil leaves what the precision asks for.
///
/// - Units: `minimumSQNR` in decibels.
public struct Thresholds: Equatable, Sendable {
  public var minimumSQNR: Double?
  public var minimumTop1: Double?
  public var relative: Double?
  public var absolute: Double?

  public init() {}

  /// Whether anything is said.
  public var isGiven: Bool { self != Thresholds() }

  /// These where they say something, else `others`.
  public func over(_ others: Thresholds) -> Thresholds {
    var result = others
    result.minimumSQNR = minimumSQNR ?? others.minimumSQNR
    result.minimumTop1 = minimumTop1 ?? others.minimumTop1
    // One pair: the absolute part of one rule beside the relative one of another is neither.
    if relative != nil || absolute != nil { (result.relative, result.absolute) = (relative, absolute) }
    return result
  }

  /// `tolerance` with these in the place of its own bounds.
  public func adjusting(_ tolerance: Tolerance) -> Tolerance {
    var tolerance = tolerance
    if relative != nil || absolute != nil { tolerance.elementwise = .init(absolute: absolute ?? 0, relative: relative ?? 0) }
    if let minimumSQNR { tolerance.minimumSQNR = minimumSQNR }
    // What a user asks for is not lowered.
    if relative != nil || absolute != nil || minimumSQNR != nil { tolerance.leastSQNR = nil }
    if let minimumTop1 { tolerance.minimumTop1 = minimumTop1 }
    return tolerance
  }
}

/// What a verdict asks for: the thresholds of `onnx2mobile.json`, for all outputs, by precision and by output.
///
/// An output's own come first, and of these the ones for the bundle's precision; then those of the precision, then those of all.
public struct VerificationPolicy: Sendable {
  /// The name of the file that is looked for beside a model.
  public static let fileName = "onnx2mobile.json"

  struct Scope: Sendable {
    var thresholds = Thresholds()
    var precisions: [Precision: Thresholds] = [:]

    func thresholds(_ precision: Precision) -> Thresholds { (precisions[precision] ?? Thresholds()).over(thresholds) }
  }

  private var general = Scope()
  private var outputs: [String: Scope] = [:]
  /// Where each output is named, in the order of the file.
  private var places: [(name: String, line: Int)] = []
  /// How many decibels an output may fall below the baseline.
  public private(set) var maximumFall: Double?
  /// Whether weak evidence fails.
  public private(set) var requiresEvidence = false

  /// Nothing is asked for.
  public init() {}

  public init(_ bytes: [UInt8]) throws(PolicyError) {
    let file: PlacedJSON
    do throws(JSONFault) { file = try PlacedJSON(bytes) } catch { throw .json(error) }
    for member in try file.object("the file") {
      switch member.key {
      case "max_fall_db": maximumFall = try member.number(.notNegative)
      case "require_evidence":
        guard let truth = member.value.truth else { throw .value(key: member.key, line: member.line, form: .truth) }
        requiresEvidence = truth
      case "outputs":
        for output in try member.value.object(member.key) {
          places.append((output.key, output.line))
          var scope = Scope()
          for inner in try output.value.object(output.key) { try scope.read(inner, besides: []) }
          outputs[output.key] = scope
        }
      default: try general.read(member, besides: ["max_fall_db", "require_evidence", "outputs"])
      }
    }
  }

  /// What `output` of a bundle of this precision has to hold.
  public func thresholds(_ output: String, _ precision: Precision) -> Thresholds {
    let general = general.thresholds(precision)
    return outputs[output]?.thresholds(precision).over(general) ?? general
  }

  /// What holds for every output that is not named.
  public func thresholds(_ precision: Precision) -> Thresholds { general.thresholds(precision) }

  /// What all of these outputs of a bundle have to hold, and those that differ from it.
  ///
  /// - Parameters:
  ///   - flags: what comes before the policy.
  ///   - standard: what the precision asks for by itself.
  public func tolerances(
    of outputs: [String], _ precision: Precision, below flags: Thresholds, default standard: Tolerance
  ) -> (Tolerance, own: [String: Tolerance]) {
    let all = flags.over(thresholds(precision)).adjusting(standard)
    var own: [String: Tolerance] = [:]
    for output in outputs {
      let tolerance = flags.over(thresholds(output, precision)).adjusting(standard)
      if tolerance != all { own[output] = tolerance }
    }
    return (all, own)
  }

  /// The first output that is named and is none of `names`.
  public func check(outputs names: [String]) throws(PolicyError) {
    if let place = places.first(where: { !names.contains($0.name) }) {
      throw .unknownKey(place.name, line: place.line, known: names)
    }
  }
}

extension VerificationPolicy.Scope {
  private static let keys = ["min_sqnr_db", "min_top1", "rtol", "atol"]

  fileprivate mutating func read(_ member: PlacedJSON.Member, besides others: [String]) throws(PolicyError) {
    guard member.key == "precisions" else { return try thresholds.read(member, known: Self.keys + ["precisions"] + others) }
    for entry in try member.value.object(member.key) {
      guard let precision = Precision(rawValue: entry.key) else {
        throw .unknownKey(entry.key, line: entry.line, known: Precision.allCases.map(\.rawValue))
      }
      var own = Thresholds()
      for inner in try entry.value.object(entry.key) { try own.read(inner, known: Self.keys) }
      precisions[precision] = own
    }
  }
}

extension Thresholds {
  fileprivate mutating func read(_ member: PlacedJSON.Member, known: [String]) throws(PolicyError) {
    switch member.key {
    case "min_sqnr_db": minimumSQNR = try member.number(.decibels)
    case "min_top1": minimumTop1 = try member.number(.share)
    case "rtol": relative = try member.number(.notNegative)
    case "atol": absolute = try member.number(.notNegative)
    default: throw .unknownKey(member.key, line: member.line, known: known)
    }
  }
}

extension PlacedJSON.Member {
  fileprivate func number(_ form: PolicyError.Form) throws(PolicyError) -> Double {
    guard let number = value.number, form == .decibels || number >= 0, form != .share || number <= 1 else {
      throw .value(key: key, line: line, form: form)
    }
    return number
  }
}

extension PlacedJSON {
  fileprivate func object(_ key: String) throws(PolicyError) -> [Member] {
    guard let members else { throw .value(key: key, line: line, form: .object) }
    return members
  }
}
