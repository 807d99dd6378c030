import COnnxProto
import O2MGraph
import O2MTensor

/// What is wrong with the indices of a sparse tensor.
public enum SparseFault: Equatable, Sendable {
  /// There are no values, or no indices.
  case incomplete
  /// The values have more than one axis, the indices more than two, or the two disagree.
  case shapes(values: [Int], indices: [Int])
  case indexType(ElementType)
  /// `entry` lies outside the tensor: along `axis`, or in all of it where the index is linear.
  case outOfRange(entry: Int, axis: Int?, index: Int, limit: Int)
  /// `entry` does not come after the one before it.
  case unordered(entry: Int)
}

/// Turns a `SparseTensorProto` into a dense tensor of zeros and the values that it lists.
///
/// - Spec: ONNX IR, SparseTensorProto: values `[N]`, indices int64 `[N]` (linear) or `[N, rank]`, ascending without repetition.
struct SparseDecoder {
  let proto: Onnx__SparseTensorProto
  let owner: AnyObject
  let external: ExternalData
  /// The dense form costs memory that the file does not.
  let limits: ResourceLimits

  func decode() throws(TensorFault) -> Tensor {
    guard let values = proto.values?.pointee, let indices = proto.indices?.pointee else { throw .sparse(.incomplete) }
    let listed = try TensorDecoder(proto: values, owner: owner, external: external).decode()
    let places = try TensorDecoder(proto: indices, owner: owner, external: external).decode()
    let shape = try shape(of: listed.element)
    guard places.element == .int64 else { throw .sparse(.indexType(places.element)) }
    let isLinear = places.shape.rank == 1
    let expected = isLinear ? [listed.count] : [listed.count, shape.rank]
    guard listed.shape.rank == 1, places.shape.dims == expected else {
      throw .sparse(.shapes(values: listed.shape.dims, indices: places.shape.dims))
    }
    let flat = isLinear ? try linear(places.ints(), shape) : try byAxis(places.ints(), shape)
    for entry in flat.indices.dropFirst() where flat[entry] <= flat[entry - 1] { throw .sparse(.unordered(entry: entry)) }
    let dense = TensorStorage(byteCount: shape.count * listed.element.size)
    let size = listed.element.size
    for (entry, place) in flat.enumerated() {
      UnsafeMutableRawBufferPointer(rebasing: dense.bytes[place * size..<(place + 1) * size])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: listed.storage.bytes[entry * size..<(entry + 1) * size]))
    }
    return Tensor(listed.element, shape, storage: dense)
  }

  private func shape(of element: ElementType) throws(TensorFault) -> Shape {
    let dims = UnsafeBufferPointer(start: proto.dims, count: proto.n_dims).map { Int($0) }
    for (axis, dim) in dims.enumerated() where dim < 0 { throw .negativeDim(axis: axis, dim) }
    guard let volume = Shape(dims).volume, volume <= ResourceLimits.largestVolume else { throw .overflow(dims: dims) }
    let bytes = volume * element.size, limit = limits[.foldedBytes]
    guard bytes <= limit else { throw .limit(.foldedBytes, found: bytes, limit: limit) }
    return Shape(dims)
  }

  private func linear(_ indices: [Int], _ shape: Shape) throws(TensorFault) -> [Int] {
    for (entry, index) in indices.enumerated() where index < 0 || index >= shape.count {
      throw .sparse(.outOfRange(entry: entry, axis: nil, index: index, limit: shape.count))
    }
    return indices
  }

  private func byAxis(_ indices: [Int], _ shape: Shape) throws(TensorFault) -> [Int] {
    let strides = shape.strides
    var flat: [Int] = []
    for entry in 0..<(shape.rank == 0 ? 0 : indices.count / shape.rank) {
      var place = 0
      for axis in 0..<shape.rank {
        let index = indices[entry * shape.rank + axis]
        guard index >= 0, index < shape[axis] else {
          throw .sparse(.outOfRange(entry: entry, axis: axis, index: index, limit: shape[axis]))
        }
        place += index * strides[axis]
      }
      flat.append(place)
    }
    return flat
  }
}

extension ModelFile {
  func decode(_ proto: Onnx__SparseTensorProto, named name: String) throws(ImportError) -> Tensor {
    do throws(TensorFault) { return try SparseDecoder(proto: proto, owner: self, external: external, limits: limits).decode() } catch {
      throw .tensor(name: name, error)
    }
  }
}
