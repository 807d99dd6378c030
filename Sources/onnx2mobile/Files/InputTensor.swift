import O2MImage
import O2MImport
import O2MParity
import O2MRuntime
import O2MTensor

/// A tensor from a file of one of the kinds that `run` takes.
enum InputTensor {
  static func load(_ path: String) throws -> Tensor {
    if path.hasSuffix(".pb") {
      do throws(ImportError) { return try TensorFile(path: path).tensor } catch { throw ImportMessages.failure(error, file: path) }
    }
    do throws(NpyError) { return try Npy.read(path) } catch { throw NpyMessages.failure(error, file: path) }
  }

  /// The tensor for an input, and the extent of the picture that it was made of.
  ///
  /// - Parameters:
  ///   - file: the model or bundle that has the input, for messages.
  ///   - preprocessing: of pictures; empty where nobody says it.
  ///   - ofAnyShape: whether a tensor may have other extents than `type` says.
  static func load(
    _ path: String, for type: TensorType, of file: String, preprocessing: String, ofAnyShape: Bool = false
  ) throws -> (tensor: Tensor, picture: Extent?) {
    let shape = type.shape ?? []
    guard path.hasSuffix(".npy") || path.hasSuffix(".pb") else {
      let picture: Picture
      do throws(ImageError) { picture = try Picture(path: path) } catch { throw ImageMessages.failure(error, file: path) }
      guard !preprocessing.isEmpty else { throw PictureMessages.unprepared(file) }
      do throws(ImageError) {
        let prepared = try Preprocessing(text: preprocessing).tensor(picture, expected: shape)
        guard type.element == .float32 else {
          return (Tensor(type.element, shape, rounding: prepared.doubles()), picture.extent)
        }
        return (prepared.reshaped(shape), picture.extent)
      } catch { throw ImageMessages.failure(error, file: path) }
    }
    let tensor = try load(path)
    guard tensor.type == type || ofAnyShape && tensor.element == type.element else {
      throw Failure(
        .damaged, "\(path): it is \(tensor.element.name) \(tensor.shape.dims), the input is \(type.element.name) \(shape.dims)",
        help: "store it with this type and shape")
    }
    return (tensor, nil)
  }
}
