/// The wording of files that are something else than they are taken for.
extension FileKind {
  /// `a JPEG picture`.
  var name: String {
    switch self {
    case .onnx: "an ONNX model"
    case .bundle: "a bundle"
    case .torch, .torchLegacy: "a PyTorch file"
    case .tflite: "a TensorFlow Lite model"
    case .ort: "a model in ONNX Runtime's own format"
    case .keras: "a Keras model or another HDF5 file"
    case .safetensors: "a safetensors file"
    case .gzip: "compressed with gzip"
    case .zstandard: "compressed with zstd"
    case .zip: "a zip archive"
    case .tar: "a tar archive"
    case .lfsPointer: "a pointer of git-lfs, not the file itself"
    case .html: "a web page"
    case .json: "JSON text"
    case .jpeg: "a JPEG picture"
    case .png: "a PNG picture"
    case .gif: "a GIF picture"
    case .webp: "a WebP picture"
    case .npy: "a NumPy array"
    case .pdf: "a PDF document"
    case .text: "plain text"
    }
  }

  /// The way from such a file to a model.
  func wayToModel(_ file: String) -> String? {
    switch self {
    case .onnx, .text: nil
    case .bundle:
      "give the model that it was made from; `onnx2mobile dump \(file)`, `run` and `verify` take the bundle itself"
    case .torch, .torchLegacy: "load it in PyTorch and write the model with torch.onnx.export"
    case .tflite: "convert it with tf2onnx: python -m tf2onnx.convert --tflite \(file) --output MODEL.onnx"
    case .ort: "give the .onnx file that it was made from"
    case .keras: "load it in Keras and write the model with model.export(\"MODEL.onnx\", format=\"onnx\"), or use tf2onnx"
    case .safetensors:
      "it holds weights without a graph: load it in its framework and export the model, as with torch.onnx.export or optimum-cli"
    case .gzip: "unpack it first: gunzip -k \(file), or tar -xzf \(file) for an archive"
    case .zstandard: "unpack it first: zstd -d \(file)"
    case .zip: "unpack it first: unzip \(file)"
    case .tar: "unpack it first: tar -xf \(file)"
    case .lfsPointer: "fetch the file in its repository: git lfs pull"
    case .html: "the download gave a page instead of the file; use the address of the file itself"
    case .json: "give the path of an .onnx file"
    case .jpeg, .png, .gif, .webp, .npy: "give the model here; `onnx2mobile run MODEL --input NAME=\(file)` takes pictures and arrays"
    case .pdf: "give the path of an .onnx file"
    }
  }

  /// The way from such a file to a bundle.
  func wayToBundle(_ file: String) -> String? {
    switch self {
    case .onnx: "make the bundle first: `onnx2mobile convert \(file)`; to verify give MODEL.onnx, then BUNDLE.o2m"
    case .bundle, .text: nil
    case .jpeg, .png, .gif, .webp, .npy: wayToModel(file)?.replacing("the model", with: "the bundle")
    case .gzip, .zstandard, .zip, .tar, .lfsPointer, .html: wayToModel(file)
    case .torch, .torchLegacy, .tflite, .ort, .keras, .safetensors, .json, .pdf: "give a file that `onnx2mobile convert` wrote"
    }
  }
}
