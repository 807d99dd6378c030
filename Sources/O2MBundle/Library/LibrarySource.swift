import O2MOps
import O2MRuntime
import O2MTensor

/// The files that make a library of the runtime's sources what `LibraryContents` says.
extension LibraryContents {
  /// What stands in the place of Sources/O2MOps/Included.swift.
  public var swiftSource: String {
    """
    // Written by `onnx2mobile runtime`.
    public enum Included {
      @inlinable @inline(__always) public static var isPartial: Bool { true }
    \(function("has", "code: OpCode", OpCode.allCases.filter(operators.contains)))
    \(function("evaluates", "code: OpCode", OpCode.allCases.filter(evaluated.contains)))
    \(function("runs", "kernel: Kernel.Kind", Kernel.Kind.allCases.filter(kernels.contains)))
    \(function("has", "part: LibraryPart", LibraryPart.allCases.filter(parts.contains)))
    }

    """
  }

  /// What stands in the place of Sources/O2MTensor/IncludedElements.swift.
  public var elementSource: String {
    """
    // Written by `onnx2mobile runtime`.
    public enum IncludedElements {
    \(function("has", "element: ElementType", ElementType.allCases.filter(heldElements.contains)))
    }

    """
  }

  private func function<Case>(_ name: String, _ parameter: String, _ cases: [Case]) -> String {
    let list = cases.map { ".\($0)" }.joined(separator: ", ")
    let value = cases.isEmpty ? "false" : "switch \(parameter.prefix { $0 != ":" }) { case \(list): true; default: false }"
    return "  @inlinable @inline(__always) public static func \(name)(_ \(parameter)) -> Bool { \(value) }"
  }

  /// What every C file is compiled behind: O2M_WITHOUT_ and the name of each kernel and each element type that is left out.
  public var cSource: String {
    let names = Kernel.Kind.allCases.filter { !kernels.contains($0) }.map(\.rawValue)
    let types = ElementType.allCases.filter { !elements.contains($0) }.map { "\($0)" }
    return (names + types).map { "#define O2M_WITHOUT_\(Self.macro($0))\n" }.joined()
  }

  /// `layerNorm` as LAYER_NORM.
  private static func macro(_ name: String) -> String { name.map { $0.isUppercase ? "_\($0)" : $0.uppercased() }.joined() }
}
