import O2MOps

/// An operator that models may use, and what becomes of it.
public struct SupportedOperator: Sendable {
  /// What serves the operator in a bundle.
  public enum Device: String, Sendable {
    /// Kernels, for all or some of its forms; the plain reference serves the others.
    case kernel
    /// The plain reference.
    case reference
    /// The operators that the importer writes in its place.
    case parts
    /// Nothing: it is evaluated at import, where its operands are known, and leaves constants.
    case constant
    /// Nothing: it only says how other nodes are connected, where that is known.
    case none
  }

  /// The ONNX name, with its domain in front where that is not ONNX's own.
  public let name: String
  /// The opset versions that differ, ascending.
  public let versions: [Int]
  public let device: Device
  /// The types that the first input may have; nil where the parts decide.
  public let elements: ElementClass?

  /// Every operator, by name.
  public static let all: [SupportedOperator] = {
    var all = OpCode.allCases.compactMap { code in
      code.versions.map {
        SupportedOperator(name: "\(code.name)", versions: $0, device: code.hasKernels ? .kernel : .reference, elements: code.elements)
      }
    }
    all += decompositions.map { SupportedOperator(name: full($0.domain, $0.name), versions: $0.versions, device: .parts, elements: nil) }
    all += constantEvaluations.map {
      SupportedOperator(name: full($0.domain, $0.name), versions: $0.versions, device: .constant, elements: nil)
    }
    all += ControlFlow.allCases.map {
      SupportedOperator(
        name: full($0.domain, $0.rawValue), versions: [$0.firstVersion],
        device: $0 == .constant ? .constant : $0 == .gradient ? .parts : .none,
        elements: nil)
    }
    for form in OlderForm.all {
      guard let replaced = form.replaced else { continue }
      all += form.types.map { SupportedOperator(name: $0, versions: replaced.versions, device: .parts, elements: nil) }
    }
    let named = Set(all.map(\.name))
    all += stringOperators.map {
      SupportedOperator(name: full($0.domain, $0.name), versions: $0.versions, device: .constant, elements: nil)
    }
    .filter { !named.contains($0.name) }
    return all.sorted { $0.name.lowercased() < $1.name.lowercased() }
  }()

  private static func full(_ domain: String, _ name: String) -> String { domain.isEmpty ? name : "\(domain).\(name)" }
}
