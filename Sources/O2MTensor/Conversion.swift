/// Reading and writing a tensor through one wide type, so that a reference needs one loop for all element types:
/// float64 holds every float exactly, and Int every integer but the upper half of uint64, which keeps its bits.
extension Tensor {
  /// Every element as float64.
  public func doubles() -> [Double] {
    if let small = element.smallFloat { return withBytes { $0.map(small.value) } }
    var reader = DoubleReader(tensor: self)
    return element.accept(&reader) ?? []
  }

  /// Every element as an integer; floats truncate toward zero.
  public func ints() -> [Int] {
    if element.smallFloat != nil { return doubles().map(truncated) }
    var reader = IntReader(tensor: self)
    return element.accept(&reader) ?? []
  }

  /// Rounds every value once to `element`. `saturating` and `powers` are for floats of 8 bits and less.
  public init(
    _ element: ElementType, _ shape: Shape, rounding values: [Double], saturating: Bool = true, powers: SmallFloat.PowerRounding = .up
  ) {
    precondition(values.count == shape.count)
    if element.isInteger, element.bits < 8 {
      self.init(element, shape, wrapping: values.map(truncated))
      return
    }
    self.init(element, shape, storage: TensorStorage(unfilled: shape.count * element.size))
    if let small = element.smallFloat {
      for (index, value) in values.enumerated() { storage.bytes[index] = small.code(value, saturating: saturating, powers: powers) }
      return
    }
    var writer = DoubleWriter(values: values, bytes: storage.bytes)
    _ = element.accept(&writer)
  }

  /// Wraps every value to `element`; floats round it.
  public init(_ element: ElementType, _ shape: Shape, wrapping values: [Int]) {
    precondition(values.count == shape.count)
    if element.smallFloat != nil {
      self.init(element, shape, rounding: values.map { Double($0) })
      return
    }
    let values = element.isInteger && element.bits < 8 ? values.map(element.narrowed) : values
    self.init(element, shape, storage: TensorStorage(unfilled: shape.count * element.size))
    var writer = IntWriter(values: values, bytes: storage.bytes)
    _ = element.accept(&writer)
  }

  /// The tensor with each element picked by `source`, an index into this tensor for each output element in row-major order.
  ///
  /// It moves bytes, so it serves every element type; -1 picks zero.
  public func gathered(_ shape: Shape, source: [Int]) -> Tensor {
    precondition(source.count == shape.count)
    let result = Tensor(element, shape, storage: TensorStorage(byteCount: shape.count * element.size))
    let size = element.size
    guard let target = result.storage.bytes.baseAddress, let origin = storage.bytes.baseAddress else { return result }
    if size == 4 {
      let target = target.assumingMemoryBound(to: UInt32.self), origin = origin.assumingMemoryBound(to: UInt32.self)
      for (index, from) in source.enumerated() where from >= 0 { target[index] = origin[from] }
      return result
    }
    for (index, from) in source.enumerated() where from >= 0 {
      target.advanced(by: index * size).copyMemory(from: origin.advanced(by: from * size), byteCount: size)
    }
    return result
  }
}

private struct DoubleReader: ElementVisitor {
  let tensor: Tensor
  func visit<T: Element>(_ type: T.Type) -> [Double] { tensor.withElements(of: type) { $0.map { $0.double } } }
}

private struct IntReader: ElementVisitor {
  let tensor: Tensor
  func visit<T: Element>(_ type: T.Type) -> [Int] { tensor.withElements(of: type) { $0.map { $0.int } } }
}

private struct DoubleWriter: ElementVisitor {
  let values: [Double]
  let bytes: UnsafeMutableRawBufferPointer
  func visit<T: Element>(_ type: T.Type) {
    let target = bytes.bindMemory(to: type)
    for (index, value) in values.enumerated() { target[index] = T(nearest: value) }
  }
}

private struct IntWriter: ElementVisitor {
  let values: [Int]
  let bytes: UnsafeMutableRawBufferPointer
  func visit<T: Element>(_ type: T.Type) {
    let target = bytes.bindMemory(to: type)
    for (index, value) in values.enumerated() { target[index] = T(wrapping: value) }
  }
}
