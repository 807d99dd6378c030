import HostSystem
import O2MBundle
import O2MConvert
import O2MImport
import O2MRuntime
import O2MTensor

/// The wording of why a bundle cannot be opened, or not be compared.
enum BundleMessages {
  static func failure(_ fault: OpenFault, file: String) -> Failure {
    switch fault {
    // What the system makes of mapping a folder, a device or a pipe, and of no bytes.
    case .file(.open(EISDIR)), .file(.open(ENODEV)), .file(.open(ENXIO)):
      Failure(.damaged, "\(file): is not a regular file", help: "give the path of a bundle")
    case .file(.open(EINVAL)), .file(.format(.tooShort(offset: 0, needed: _, found: 0))):
      Failure(.damaged, "\(file): is empty", help: "write it again with `onnx2mobile convert`")
    case .unpacked(.format(let fault)): FormatMessages.failure(fault, file: file, isUnpacked: true)
    case .file(let fault), .unpacked(let fault): ConversionMessages.failure(RunError(fault, in: nil), file: file)
    }
  }

  static func failure(_ error: VerificationError, model: String, bundle: String, values: ValueSource) -> Failure {
    switch error {
    case .importing(let error): ShapeSource.bundle.failure(error, file: model)
    case .other(let source, let error):
      VerdictMessages.failure(
        source, failure(error, model: model, bundle: bundle, values: values), model: model, bundle: bundle)
    case .inputs(let names):
      Failure(
        .verdict, "\(bundle): its inputs \(names.joined(separator: ", ")) are not those of \(model)", help: "convert this model again")
    case .outputs(let names):
      Failure(
        .verdict, "\(bundle): its outputs \(names.joined(separator: ", ")) are not those of \(model)", help: "convert this model again")
    case .names:
      Failure(
        .usage, "\(bundle): it does not name the tensors of \(model)",
        help: "leave out --per-layer, or convert the model again, which writes the names")
    case .noCaseInOwnShapes:
      Failure(
        .usage, "\(bundle): its inside is compared in the shapes that it was made for, and no case has them",
        help: "add --random 1, which draws one")
    case .given(let error): failure(error, of: bundle)
    case .evaluation(let error): ConversionMessages.failure(error, file: model, values: values)
    case .running(let error): ConversionMessages.failure(error, file: bundle, values: values)
    case .converting(let error): ConversionMessages.failure(error, file: model, values: values)
    }
  }

  /// - Parameter file: the model or bundle that takes what is given.
  static func failure(_ error: GivenError, of file: String) -> Failure {
    switch error {
    case .data(let folder, let error): failure(error, folder: folder)
    case .cannotOpen(let folder): Failure(.cannotOpen, "\(folder): cannot be opened", help: "give a folder of pictures")
    case .noPictures(let folder):
      Failure(.usage, "\(folder): it holds no .jpg, .jpeg or .png", help: "give a folder of pictures, or tensors with --data")
    case .picture(let path, let error): ImageMessages.failure(error, file: path)
    case .pictureInput(let names):
      Failure(
        .usage, "\(file): --pictures needs one input [N, 1 or 3, H, W], or channels last; the inputs are \(names.joined(separator: ", "))",
        help: "give tensors with --data")
    case .unprepared: PictureMessages.unprepared(file)
    }
  }

  private static func failure(_ error: DataSetError, folder: String) -> Failure {
    switch error {
    case .cannotOpen: Failure(.cannotOpen, "\(folder): cannot be opened", help: "give a folder with test_data_set_0 and so on")
    case .none:
      Failure(.usage, "\(folder): it holds no test_data_set_K and no input_0.pb", help: "give a folder in ONNX's test layout")
    case .file(let path, let error): ImportMessages.failure(error, file: path)
    case .inputCount(let found, let needed): Failure(.damaged, "\(folder): \(found) inputs are stored, the model takes \(needed)")
    case .outputCount(let found, let needed): Failure(.damaged, "\(folder): \(found) outputs are stored, the model gives \(needed)")
    case .fixedInput(let name):
      Failure(
        .usage, "\(folder): it holds another value of '\(name)' than the one that is a constant in the bundle",
        help: "convert with --input-value of this value, or leave the folder out")
    case .inputType(let name, let found, let needed):
      Failure(
        .damaged, "\(folder): input '\(name)' is \(text(found)), the model takes \(text(needed))",
        help:
          "leave this set out, or convert with --input-shape \(name):\(found.dims.compactMap(\.value).map { "\($0)" }.joined(separator: ","))"
      )
    }
  }

  private static func text(_ type: TensorType) -> String { "\(type.element.name) \(type.dims.compactMap(\.value))" }
}
