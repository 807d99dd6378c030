import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// The constants of a model in the forms in which a bundle can hold them. A conversion makes it once: to measure what each form costs
/// and changes, to choose, and to write.
///
/// Only float32 weights in a packed layout are rounded, only where float16 holds the result with all its digits, and only where every
/// reader gets the same numbers: int8 needs one layout for all readers. What nodes of the graph compute stays, since the graph cannot be
/// evaluated with other numbers there. Tables whose rows are picked are weights too: a row is a channel.
public struct StoredConstants: Sendable {
  public let model: FlatModel
  private var forms: [Form]

  private struct Form: Sendable {
    /// In which the constant is read, in the order of the nodes that read it.
    var layouts: [WeightLayout] = []
    var isTable = false
    var fitsFloat16 = false
    var fitsInt8 = false
    /// nil where nothing is to be int8.
    var int8: ChannelInt8?
  }

  /// `int8` says whether any constant will be wanted as int8.
  public init(_ model: FlatModel, int8: Bool) {
    self.model = model
    let graph = model.graph
    forms = [Form](repeating: Form(), count: model.constants.count)
    for node in graph.nodes {
      for (index, input) in node.inputs.enumerated() {
        guard let input, graph.isConstant(input) else { continue }
        let number = input - graph.inputCount, isTable = model.isTable(node, input: index)
        let layout = isTable ? .table(model.shape(input)) : model.weightLayout(node, input: index)
        forms[number].isTable = isTable
        if !forms[number].layouts.contains(layout) { forms[number].layouts.append(layout) }
      }
    }
    let read = forms
    forms = concurrentMap(read.count) { index in
      var form = read[index]
      let tensor = model.constants[index], layouts = form.layouts
      defer { tensor.rest() }
      let isComputed = model.computed.contains(index + graph.inputCount) || model.isDerived(index + graph.inputCount)
      guard tensor.element == .float32, tensor.count > 0, !layouts.isEmpty, !isComputed else { return form }
      // An output holds a constant in order.
      form.isTable = form.isTable && layouts.count == 1 && !graph.outputs.contains(index + graph.inputCount)
      guard form.isTable || layouts.allSatisfy({ $0.packing.isWeights }) else { return form }
      let largest = tensor.withElements(of: Float.self) { $0.reduce(Float(0)) { $1.isNaN ? .infinity : max($0, $1.magnitude) } }
      form.fitsFloat16 = Float16(largest).isFinite && (largest == 0 || Float16(largest).isNormal)
      form.fitsInt8 = largest.isFinite && layouts.count == 1
      if int8, largest.isFinite { form.int8 = tensor.withElements(of: Float.self) { ChannelInt8($0, layouts[0]) } }
      return form
    }
  }

  /// What a constant is when it is stored as int8.
  func int8(_ value: Int) -> ChannelInt8? { forms[value - model.graph.inputCount].int8 }

  /// What each constant is stored as, when `wanted` gives a wish for its value index; float32 means its own type.
  public func precisions(_ wanted: [Int: WeightPrecision]) -> [WeightPrecision] {
    forms.enumerated().map { index, form in
      switch wanted[index + model.graph.inputCount] {
      case .int8 where form.fitsInt8:
        precondition(form.int8 != nil, "int8 was not asked for")
        return .int8
      case .int8, .float16: return form.fitsFloat16 ? .float16 : .float32
      case .float32, nil: return .float32
      }
    }
  }

  /// The constants that can be stored as float16 or int8: those that every reader reads as packed weights.
  public var roundable: [Int] { model.graph.constants.filter { forms[$0 - model.graph.inputCount].fitsFloat16 } }

  /// Whether a constant is a table whose rows are picked: it is stored by other nodes, not in another packing.
  public func isTable(_ value: Int) -> Bool { forms[value - model.graph.inputCount].isTable }

  /// The constants that storing changes, as float32 tensors of the values that kernels will see, by value index.
  ///
  /// They are what the bundle holds, so errors can be measured on the reference before anything is written.
  ///
  /// - Parameter known: tensors that are taken from there where they are of the same precision.
  public func rounded(_ wanted: [Int: WeightPrecision], as known: Rounded? = nil) -> Rounded {
    let precisions = precisions(wanted), chosen = precisions.indices.filter { precisions[$0] != .float32 }, first = model.graph.inputCount
    let tensors = concurrentMap(chosen.count) { number in
      let index = chosen[number], precision = precisions[index]
      if let known, known.precisions[index] == precision, let tensor = known[index + first] { return tensor }
      let tensor = model.constants[index], form = forms[index]
      let storage = SpilledStorage.storage(unfilled: tensor.shape.count * 4), rounded = storage.bytes.bindMemory(to: Float.self)
      if precision == .int8, let int8 = form.int8 {
        int8.dequantize(form.layouts[0], to: rounded)
      } else {
        tensor.withElements(of: Float.self) { for place in $0.indices { rounded[place] = Float(Float16($0[place])) } }
      }
      let result = Tensor(.float32, tensor.shape, storage: storage)
      tensor.rest()
      result.rest()
      return result
    }
    return Rounded(precisions: precisions, tensors: Dictionary(uniqueKeysWithValues: zip(chosen.map { $0 + first }, tensors)))
  }

  /// Constants as storing changes them.
  public struct Rounded: Sendable {
    fileprivate let precisions: [WeightPrecision]
    /// By value index.
    public let tensors: [Int: Tensor]

    public subscript(value: Int) -> Tensor? { tensors[value] }
  }
}

extension StoredConstants {
  /// A table as codes and a factor for each row; without factors in float16. nil where it keeps its type.
  public func table(_ value: Int, as precision: WeightPrecision) -> (codes: Tensor, factors: Tensor?)? {
    guard let tensor = model.constant(value), isTable(value) else { return nil }
    switch precisions([value: precision])[value - model.graph.inputCount] {
    case .float32: return nil
    case .float16: return (Tensor(.float16, tensor.shape, rounding: tensor.doubles()), nil)
    case .int8:
      guard let int8 = int8(value) else { return nil }
      let rows = Shape([tensor.shape[0]] + tensor.shape.dims.dropFirst().map { _ in 1 })
      return (Tensor(tensor.shape, int8.values), Tensor(rows, int8.scales))
    }
  }
}

extension FlatModel {
  /// Whether a node picks rows of the constant that is its input `index`, by numbers that are computed.
  func isTable(_ node: FlatGraph.Node, input index: Int) -> Bool {
    guard case .gather(let gather) = node.op, index == 0, gather.axis == 0, let table = node.inputs[0], shape(table).rank >= 2 else {
      return false
    }
    guard let rows = node.inputs[1], !graph.isConstant(rows) else { return false }
    return graph.values[table].element == .float32 && shape(table).count >= Self.leastTable
  }

  /// Smaller tables do not pay for the nodes that widen their rows.
  private static let leastTable = 4096

  /// The layout in which a node reads the constant that is its input `index`.
  func weightLayout(_ node: FlatGraph.Node, input index: Int) -> WeightLayout {
    let layouts = node.op.weightLayouts(of: index, graph.facts(node))
    // One layout serves at all input shapes.
    let others = sizes.map { node.op.weightLayouts(of: index, $0.graph.facts(node)) }
    let isDerived = node.inputs[index].map(isDerived) ?? false
    return layouts.first { layout in
      isDerived ? layout.packing == .plain : others.allSatisfy { $0.contains(layout) }
    } ?? layouts[0]
  }
}
