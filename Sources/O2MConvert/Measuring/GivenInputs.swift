import O2MGraph
import O2MImage
import O2MImport
import O2MRuntime
import O2MTensor

/// Why the user's inputs cannot be used.
public enum GivenError: Error, Sendable {
  case data(folder: String, DataSetError)
  case cannotOpen(folder: String)
  case noPictures(folder: String)
  case picture(path: String, ImageError)
  /// The model has no input, or several, that could be a picture.
  case pictureInput([String])
  /// Nothing says how a picture becomes the input.
  case unprepared
}

/// Inputs of the user's, with outputs where they are stored.
struct GivenCase: Sendable {
  /// Those that are state are of no account.
  var inputs: [Tensor]
  var outputs: [Tensor]?
  /// The stored state, by input.
  var state: [Int: Tensor] = [:]
  /// Whether it stands behind another of its folder.
  var follows = false
}

extension Graph {
  /// The data sets in `folder`.
  ///
  /// - Parameters:
  ///   - fixed: inputs that are constants; their stored values must be the same.
  ///   - state: inputs that need not be stored.
  ///   - others: the sizes of the symbols where inputs have other extents than the graph's; nil where the model does not take them.
  /// - Returns: the sets of the graph's extents, and others by their sizes.
  func cases(
    in folder: String, fixed: [FixedInput], state: CarriedState, others sizes: (GivenCase) -> [Int]? = { _ in nil }
  ) throws(GivenError) -> (typical: [GivenCase], others: [[Int]: [GivenCase]]) {
    guard let sets = DataSet.all(in: folder) else { throw .data(folder: folder, .cannotOpen) }
    guard !sets.isEmpty else { throw .data(folder: folder, .none) }
    var cases: [GivenCase] = [], others: [[Int]: [GivenCase]] = [:]
    for set in sets {
      do throws(DataSetError) {
        var item = try given(in: set, fixed: fixed, state: state)
        let wrong = zip(inputs, item.inputs).first { id, tensor in tensor.type != self[id].type }
        if let (id, tensor) = wrong {
          guard state.isEmpty, let sizes = sizes(item) else {
            throw .inputType(name: self[id].name, found: tensor.type, needed: self[id].type)
          }
          others[sizes, default: []].append(item)
          continue
        }
        item.follows = !cases.isEmpty
        cases.append(item)
      } catch { throw .data(folder: set.folder, error) }
    }
    return (cases, others)
  }

  /// A data set, of whatever shapes it is.
  func given(in set: DataSet, fixed: [FixedInput], state: CarriedState) throws(DataSetError) -> GivenCase {
    let names = inputs.map { self[$0].name }
    let stored = try set.inputs(named: names, fixed: fixed, optional: Set(names.indices.filter(state.isState).map { names[$0] }))
    var item = GivenCase(inputs: [], outputs: try set.outputs(count: outputs.count))
    for (index, tensor) in stored.enumerated() {
      if state.isState(index) { item.state[index] = tensor }
      guard let tensor = tensor ?? state.initial(index) else { preconditionFailure("only state may be left out") }
      item.inputs.append(tensor)
    }
    return item
  }

  /// The pictures in `folder`, prepared for the one input that takes a picture.
  ///
  /// Of more than `mostPictures` that many are taken, evenly by name.
  func cases(picturesIn folder: String, _ preprocessing: String, seed: UInt64) throws(GivenError) -> [GivenCase] {
    let pictures = try PictureFolder(folder), names = pictures.names
    let taker = try PictureInput(self, preprocessing, seed: seed)
    let count = min(names.count, Self.mostPictures)
    return try (0..<count).map { (index) throws(GivenError) in
      GivenCase(inputs: try taker.inputs(pictures.path(names[index * names.count / count])), outputs: nil)
    }
  }

  static let mostPictures = 32
}

/// How pictures become inputs: one input takes them, the others are drawn once.
struct PictureInput: Sendable {
  private let preprocessing: String
  private let others: [Tensor]
  private let taker: Int
  private let type: (element: ElementType, shape: Shape)

  init(_ graph: Graph, _ preprocessing: String, seed: UInt64) throws(GivenError) {
    let inputs = graph.inputs, traits = graph.inputTraits()
    let takers = inputs.indices.filter { if case .picture = traits[$0].kind { true } else { inputs.count == 1 } }
    guard takers.count == 1, let taker = takers.first, let shape = graph.shape(inputs[taker]) else {
      throw .pictureInput(inputs.map { graph[$0].name })
    }
    guard !preprocessing.isEmpty else { throw .unprepared }
    self.preprocessing = preprocessing
    self.taker = taker
    type = (graph[inputs[taker]].type.element, shape)
    var samples = SampleInputs(seed: seed)
    others = samples.tensors(for: graph, traits)
  }

  /// The inputs with the picture at `path`.
  func inputs(_ path: String) throws(GivenError) -> [Tensor] {
    var inputs = others
    do throws(ImageError) {
      let prepared = try Preprocessing(text: preprocessing).tensor(try Picture(path: path), expected: type.shape)
      inputs[taker] = Tensor(type.element, type.shape, rounding: prepared.doubles())
    } catch { throw .picture(path: path, error) }
    return inputs
  }
}
