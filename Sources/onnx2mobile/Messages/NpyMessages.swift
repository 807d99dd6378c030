import O2MParity

/// The wording of what is wrong with a .npy file.
enum NpyMessages {
  static func failure(_ error: NpyError, file: String) -> Failure {
    switch error {
    case .cannotOpen(let code): Failure(.cannotOpen, "\(file): cannot be opened: \(ImportMessages.reason(code))")
    case .cannotRead(let code): Failure(.damaged, "\(file): cannot be read: \(ImportMessages.reason(code))")
    case .notNpy: Failure(.damaged, "\(file): byte 0: this is not a .npy file", help: "write it with numpy.save")
    case .version(let major): Failure(.damaged, "\(file): .npy version \(major) is not known", help: "write it with numpy.save")
    case .header: Failure(.damaged, "\(file): its header cannot be read", help: "write it with numpy.save")
    case .fortranOrder: Failure(.damaged, "\(file): it is in Fortran order", help: "write numpy.ascontiguousarray(x)")
    case .type(let type):
      Failure(.damaged, "\(file): elements of type '\(type)' are not supported", help: "write it as float32 or as the input's type")
    case .overflow(let dims): Failure(.damaged, "\(file): the product of its extents \(dims) overflows")
    case .size(let found, let needed):
      Failure(
        .damaged, "\(file): it holds \(found) bytes of data, its header needs \(needed)",
        help: found < needed ? "the file is cut short" : "write it again with numpy.save")
    case .unsupportedType(let element):
      Failure(
        .unsupported, "\(file): .npy has no \(element.name) elements",
        help: "without --output-dir `onnx2mobile run` prints the first of them")
    }
  }
}
