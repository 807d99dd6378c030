/// What this build of the device side has: everything.
///
/// `onnx2mobile runtime` builds the library with another file in the place of this one, which says yes to what some bundles use alone.
/// Asked with a constant, each question is answered by the compiler, which then drops what is behind it.
public enum Included {
  /// Whether anything is left out.
  @inlinable @inline(__always) public static var isPartial: Bool { false }
  /// An operator: bundles with another are refused.
  @inlinable @inline(__always) public static func has(_ code: OpCode) -> Bool { true }
  /// The reference of an operator.
  @inlinable @inline(__always) public static func evaluates(_ code: OpCode) -> Bool { true }
  /// A kernel.
  @inlinable @inline(__always) public static func runs(_ kernel: Kernel.Kind) -> Bool { true }
  /// A part of the runtime.
  @inlinable @inline(__always) public static func has(_ part: LibraryPart) -> Bool { true }
}
