import O2MBundle
import O2MImport

/// Inputs that are constants, as an import has them and as a bundle does.
extension FixedInputs {
  init(_ inputs: [FixedInput]) {
    self.init(
      inputs.compactMap { input in
        switch input.value {
        case .tensor(let tensor): Entry(name: input.name, value: .tensor(tensor))
        case .strings(let strings): Entry(name: input.name, value: .texts(strings.shape, strings.values))
        default: nil
        }
      })
  }

  /// By the names of the inputs.
  public var inputValues: [String: InputValue] {
    var values: [String: InputValue] = [:]
    for entry in entries {
      switch entry.value {
      case .tensor(let tensor): values[entry.name] = .tensor(tensor)
      case .texts(let shape, let texts): values[entry.name] = .strings(StringTensor(shape, texts))
      }
    }
    return values
  }
}
