import O2MOps
import O2MRuntime

/// The two files that make a library of the runtime's sources what `LibraryContents` says.
extension LibraryContents {
  /// What stands in the place of Sources/O2MOps/Included.swift.
  public var swiftSource: String {
    """
    // Written by `onnx2mobile runtime`.
    public enum Included {
    \(function("has", "code: OpCode", OpCode.allCases.filter(operators.contains)))
    \(function("evaluates", "code: OpCode", OpCode.allCases.filter(evaluated.contains)))
    \(function("runs", "kernel: Kernel.Kind", Kernel.Kind.allCases.filter(kernels.contains)))
    \(function("has", "part: LibraryPart", LibraryPart.allCases.filter(parts.contains)))
    }

    """
  }

  private func function<Case>(_ name: String, _ parameter: String, _ cases: [Case]) -> String {
    let list = cases.map { ".\($0)" }.joined(separator: ", ")
    let value = cases.isEmpty ? "false" : "switch \(parameter.prefix { $0 != ":" }) { case \(list): true; default: false }"
    return "  @inlinable @inline(__always) public static func \(name)(_ \(parameter)) -> Bool { \(value) }"
  }

  /// What every C file is compiled behind: O2M_WITHOUT_ and the name of each kernel that is left out.
  public var cSource: String {
    Kernel.Kind.allCases.filter { !kernels.contains($0) }.map { "#define O2M_WITHOUT_\($0.macro)\n" }.joined()
  }
}

extension Kernel.Kind {
  /// `layerNorm` as LAYER_NORM.
  fileprivate var macro: String { rawValue.map { $0.isUppercase ? "_\($0)" : $0.uppercased() }.joined() }
}
