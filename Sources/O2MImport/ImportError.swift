/// Why a model was not imported. Data only: the command line has the words.
public enum ImportError: Error, Equatable, Sendable {
  // The file.
  case cannotOpen(Int32)  // errno
  case cannotRead(Int32)  // errno, 0: the file became shorter while it was read
  case notRegularFile
  case empty
  case tooLarge(bytes: Int, limit: Int)
  /// The first bytes are not those of the message that was expected.
  case notProtobuf
  case wire(WireFault, offset: Int)
  /// Well-formed, but libprotobuf-c refuses it.
  case undecodable

  // The model.
  case irVersion(Int64)  // supported: ModelFile.irVersions
  case noOpset
  case opset(Int64)  // supported: ModelFile.opsets
  case noGraph

  // Tensors.
  /// A test data file that holds a list or an optional value instead of a tensor.
  case sequenceOrOptional
  case tensor(name: String, TensorFault)
}
