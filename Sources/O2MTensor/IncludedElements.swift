/// The types of the elements that tensors have in this build: all that can be held. `Included` of O2MOps is of its kind.
public enum IncludedElements {
  @inlinable @inline(__always) public static func has(_ element: ElementType) -> Bool { true }
}
