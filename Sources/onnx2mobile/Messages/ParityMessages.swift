import O2MParity

/// What helps where a bundle does not hold.
package enum ParityMessages {
  /// - Parameter isGiven: whether the bound is the user's own.
  package static func help(_ parity: ParityReport, _ precision: Precision, isGiven: Bool) -> String {
    let failures = parity.comparisons.flatMap(\.failures)
    // More digits mend neither a shape nor a class of numbers.
    let pass = "`onnx2mobile convert` with --check-passes names a pass that changes the numbers, and --skip-pass goes without it"
    guard failures.allSatisfy({ $0.isAboutDigits }) else { return pass }
    let lower = isGiven ? ", or a lower bound if this error is acceptable" : ""
    switch precision {
    case .float32: return pass + lower
    case .float16: return "convert with --precision float32, which keeps all digits" + lower
    case .int8Weights: return "convert with --precision float16 or float32, which keep more digits" + lower
    }
  }
}

extension Comparison.Failure {
  fileprivate var isAboutDigits: Bool {
    switch self {
    case .element, .sqnr, .top1: true
    case .type, .nonFinite: false
    }
  }
}
