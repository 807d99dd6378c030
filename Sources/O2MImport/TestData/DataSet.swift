import HostSystem
import O2MTensor

/// What is wrong with a folder of stored inputs and outputs.
public enum DataSetError: Error, Sendable {
  case cannotOpen
  /// It is no data set and holds none.
  case none
  case file(path: String, ImportError)
  case inputCount(found: Int, needed: Int)
  case outputCount(found: Int, needed: Int)
  case inputType(name: String, found: TensorType, needed: TensorType)
  /// Another value than the one that the input was made a constant with.
  case fixedInput(name: String)
}

/// One data set of ONNX's test layout: the files `input_I.pb` and, where they are stored, `output_I.pb`.
public struct DataSet: Sendable {
  public let folder: String

  /// The sets inside `folder`, by number; or `folder` itself where it is one. nil where it cannot be read.
  public static func all(in folder: String) -> [DataSet]? {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
    if names.contains("input_0.pb") { return [DataSet(folder: folder)] }
    let sets = names.filter { $0.hasPrefix("test_data_set_") }.compactMap { name in Int(name.dropFirst(14)).map { ($0, name) } }
    return sets.sorted { $0.0 < $1.0 }.map { DataSet(folder: folder + "/" + $0.1) }
  }

  /// The stored inputs, all of them tensors.
  public func inputs() throws(DataSetError) -> [Tensor] { try tensors("input").map(\.tensor) }

  /// The stored outputs, all of them tensors; none where they are not stored.
  public func outputs() throws(DataSetError) -> [Tensor] { try tensors("output").map(\.tensor) }

  /// The stored inputs, as the model says what they are; a file without a name is the input of its number.
  public func inputs(of model: ModelSignature) throws(DataSetError) -> [(name: String, value: OnnxValue<Tensor>)] {
    try values("input", model.inputs).enumerated().map { index, file in
      (file.name.isEmpty && index < model.inputs.count ? model.inputs[index].name : file.name, file.value)
    }
  }

  public func outputs(of model: ModelSignature) throws(DataSetError) -> [OnnxValue<Tensor>] {
    try values("output", model.outputs).map(\.value)
  }

  /// The stored inputs of a model that takes `types`: by name where the files have names, else by number.
  ///
  /// - Parameter fixed: inputs that are constants there; where their values are stored too, they must be the same.
  public func inputs(of types: [(name: String, type: TensorType)], fixed: [FixedInput] = []) throws(DataSetError) -> [Tensor] {
    let tensors = try inputs(named: types.map(\.name), fixed: fixed)
    for (entry, tensor) in zip(types, tensors) where tensor.type != entry.type {
      throw .inputType(name: entry.name, found: tensor.type, needed: entry.type)
    }
    return tensors
  }

  /// The same, of whatever types they are, with nil for those of `optional` where none of these is stored.
  public func inputs(named names: [String], fixed: [FixedInput] = [], optional: Set<String>) throws(DataSetError) -> [Tensor?] {
    do throws(DataSetError) { return try inputs(named: names, fixed: fixed) } catch {
      guard case .inputCount = error, !optional.isEmpty else { throw error }
    }
    let needed = names.filter { !optional.contains($0) }
    let named = Dictionary(zip(needed, try inputs(named: needed, fixed: fixed))) { first, _ in first }
    return names.map { named[$0] }
  }

  /// The same, with all of them stored.
  public func inputs(named names: [String], fixed: [FixedInput] = []) throws(DataSetError) -> [Tensor] {
    let stored = try files("input") { (path, _) throws(ImportError) in try ValueFile(path: path, kind: .tensor) }
    let files = try TensorFile.all(stored.count == names.count ? stored : without(fixed, stored), in: folder)
    guard files.count == names.count else { throw .inputCount(found: files.count, needed: names.count) }
    let named = Dictionary(files.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    return names.enumerated().map { named[$1] ?? files[$0].tensor }
  }

  /// `files` in the order of the model's inputs without those of `fixed`.
  private func without(_ fixed: [FixedInput], _ files: [ValueFile]) throws(DataSetError) -> [ValueFile] {
    var rest = Array(files.enumerated())
    for input in fixed {
      let place = files.firstIndex { $0.name == input.name } ?? input.index
      guard let found = rest.firstIndex(where: { $0.offset == place }) else { continue }
      guard rest.remove(at: found).element.value.isSame(as: input.value) else { throw .fixedInput(name: input.name) }
    }
    return rest.map(\.element)
  }

  /// The stored outputs of a model that gives `count`; nil where they are not stored.
  public func outputs(count: Int) throws(DataSetError) -> [Tensor]? {
    let tensors = try outputs()
    guard tensors.isEmpty || tensors.count == count else { throw .outputCount(found: tensors.count, needed: count) }
    return tensors.isEmpty ? nil : tensors
  }

  private func tensors(_ name: String) throws(DataSetError) -> [TensorFile] {
    try files(name) { (path, _) throws(ImportError) in try TensorFile(path: path) }
  }

  private func values(_ name: String, _ ports: [(name: String, kind: ValueKind)]) throws(DataSetError) -> [ValueFile] {
    try files(name) { (path, index) throws(ImportError) in
      try ValueFile(path: path, kind: index < ports.count ? ports[index].kind : .tensor)
    }
  }

  private func files<File>(_ name: String, _ read: (String, Int) throws(ImportError) -> File) throws(DataSetError) -> [File] {
    var files: [File] = []
    while case let path = "\(folder)/\(name)_\(files.count).pb", FileManager.default.fileExists(atPath: path) {
      do throws(ImportError) { files.append(try read(path, files.count)) } catch { throw .file(path: path, error) }
    }
    return files
  }
}
