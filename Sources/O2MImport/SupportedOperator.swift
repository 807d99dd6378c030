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
      code.versions.map { SupportedOperator("", "\(code.name)", $0, code.hasKernels ? .kernel : .reference, code.elements) }
    }
    all += decompositions.map { SupportedOperator($0.domain, $0.name, $0.versions, .parts) }
    all += constantEvaluations.map { SupportedOperator($0.domain, $0.name, $0.versions, .constant) }
    all += ControlFlow.allCases.map {
      SupportedOperator($0.domain, $0.rawValue, [$0.firstVersion], $0 == .constant ? .constant : $0 == .gradient ? .parts : .none)
    }
    all += OlderForm.all.compactMap { form in form.replaced.map { SupportedOperator("", form.types[0], $0.versions, .parts) } }
    let named = Set(all.map(\.name))
    let overStrings = stringOperators.map { SupportedOperator($0.domain, $0.name, $0.versions, .constant) }
    all += overStrings.filter { !named.contains($0.name) }
    return all.sorted { $0.name.lowercased() < $1.name.lowercased() }
  }()

  private init(_ domain: String, _ name: String, _ versions: [Int], _ device: Device, _ elements: ElementClass? = nil) {
    self.name = domain.isEmpty ? name : "\(domain).\(name)"
    self.versions = versions
    self.device = device
    self.elements = elements
  }
}
