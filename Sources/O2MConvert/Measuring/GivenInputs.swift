import Foundation
import O2MGraph
import O2MImage
import O2MImport
import O2MTensor

/// Why the user's inputs cannot be used.
public enum GivenError: Error, Sendable {
  case data(folder: String, DataSetError)
  case cannotOpen(folder: String)
  case noPictures(folder: String)
  case picture(path: String, ImageError)
  /// The model has no input, or several, that could be a picture.
  case pictureInput([String])
}

/// Inputs of the user's, with outputs where they are stored.
struct GivenCase: Sendable {
  var inputs: [Tensor]
  var outputs: [Tensor]?
}

extension Graph {
  /// The data sets in `folder`.
  ///
  /// - Parameter fixed: inputs that are constants; their stored values must be the same.
  func cases(in folder: String, fixed: [FixedInput]) throws(GivenError) -> [GivenCase] {
    guard let sets = DataSet.all(in: folder) else { throw .data(folder: folder, .cannotOpen) }
    guard !sets.isEmpty else { throw .data(folder: folder, .none) }
    var cases: [GivenCase] = []
    for set in sets {
      do throws(DataSetError) {
        cases.append(
          GivenCase(
            inputs: try set.inputs(of: inputs.map { (self[$0].name, self[$0].type) }, fixed: fixed),
            outputs: try set.outputs(count: outputs.count)))
      } catch { throw .data(folder: set.folder, error) }
    }
    return cases
  }

  /// The pictures in `folder`, prepared for the one input that takes a picture; other inputs are drawn.
  ///
  /// Of more than `mostPictures` that many are taken, evenly by name.
  func cases(picturesIn folder: String, _ preprocessing: String, seed: UInt64) throws(GivenError) -> [GivenCase] {
    guard let names = FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }).sorted() else {
      throw .cannotOpen(folder: folder)
    }
    let paths = names.filter { ["jpg", "jpeg", "png"].contains(($0 as NSString).pathExtension.lowercased()) }.map { folder + "/" + $0 }
    guard !paths.isEmpty else {
      throw FileManager.default.fileExists(atPath: folder) ? .noPictures(folder: folder) : .cannotOpen(folder: folder)
    }
    let traits = inputTraits()
    let takers = inputs.indices.filter { if case .picture = traits[$0].kind { true } else { inputs.count == 1 } }
    guard takers.count == 1, let taker = takers.first, let shape = shape(inputs[taker]) else {
      throw .pictureInput(inputs.map { self[$0].name })
    }
    let count = min(paths.count, Self.mostPictures), element = self[inputs[taker]].type.element
    var samples = SampleInputs(seed: seed), cases: [GivenCase] = []
    for index in 0..<count {
      let path = paths[index * paths.count / count]
      var inputs = samples.tensors(for: self, traits)
      do throws(ImageError) {
        let prepared = try Preprocessing(text: preprocessing).tensor(try Picture(path: path), expected: shape)
        inputs[taker] = Tensor(element, shape, rounding: prepared.doubles())
      } catch { throw .picture(path: path, error) }
      cases.append(GivenCase(inputs: inputs, outputs: nil))
    }
    return cases
  }

  static let mostPictures = 32
}
