import Foundation
import O2MImage
import O2MImport
import O2MRuntime
import O2MTensor
import Testing

private let models = ProcessInfo.processInfo.environment["O2M_MODELS"] ?? ""

/// One stored input of a model and the photo it was made from by Pillow.
struct StoredInput: Sendable, CustomTestStringConvertible {
  var model: String
  var set: Int
  var photo: String
  var preprocess: String

  var testDescription: String { "\(model)/test_data_set_\(set)" }

  static let all: [StoredInput] = {
    let photos = ["goldfish", "macaw", "chickadee"]
    var all: [StoredInput] = []
    for (set, photo) in photos.enumerated() {
      all.append(StoredInput(model: "squeezenet1_1", set: set, photo: photo, preprocess: "imagenet"))
      all.append(StoredInput(model: "shufflenet_v1_x0_5_g3", set: set, photo: photo, preprocess: "crop=224x224,order=bgr"))
      all.append(
        StoredInput(
          model: "mobilenet_v1_025_128", set: set, photo: photo,
          preprocess: "resize=short:146,filter=bilinear,crop=128x128,scale=0.00784313725490196,mean=1"))
    }
    for (set, photo) in ["detect_street", "detect_dogs"].enumerated() {
      all.append(
        StoredInput(model: "fastestdet", set: set, photo: photo, preprocess: "resize=352x352,filter=box,order=bgr,scale=1/255"))
    }
    for (set, photo) in ["detect_faces", "detect_grace_hopper"].enumerated() {
      all.append(
        StoredInput(model: "ultraface_rfb_320", set: set, photo: photo, preprocess: "resize=320x240,scale=0.0078125,mean=0.9921875"))
    }
    return all
  }()
}

/// A level of a pixel is at least 0.007 apart from the next; what is left is float32 arithmetic done in another order, three
/// roundings of numbers below 4.
@Test(.enabled(if: !models.isEmpty, "O2M_MODELS names no folder"), arguments: StoredInput.all)
func preparesAsPillowDoes(_ input: StoredInput) throws {
  let stored = try TensorFile(path: "\(models)/\(input.model)/test_data_set_\(input.set)/input_0.pb").tensor
  let picture = try Picture(path: "\(models)/photos/\(input.photo).jpg")
  let prepared = try Preprocessing(text: input.preprocess).tensor(picture, expected: stored.shape)
  var worst = (index: 0, difference: 0.0)
  for (index, pair) in zip(prepared.doubles(), stored.doubles()).enumerated() where abs(pair.0 - pair.1) > worst.difference {
    worst = (index, abs(pair.0 - pair.1))
  }
  #expect(worst.difference <= 3 * 0x1p-22, "worst at \(worst.index): \(worst.difference)")
}
