import O2MOps

/// A node as messages name it: what an error of the host holds beside the fault.
public struct NodePlace: Equatable, Sendable {
  /// A tensor by the original model's name, nil where that is not known, and by its number.
  public struct Tensor: Equatable, Sendable {
    public var name: String?
    public var number: Int

    public init(name: String?, number: Int) {
      self.name = name
      self.number = number
    }
  }

  /// nil in a bundle, which keeps the names of tensors alone.
  public var name: String?
  public var number: Int
  public var op: OpCode
  /// nil where an optional input is absent.
  public var inputs: [Tensor?]
  /// The first output.
  public var output: Tensor?

  public init(name: String?, number: Int, op: OpCode, inputs: [Tensor?], output: Tensor?) {
    self.name = name
    self.number = number
    self.op = op
    self.inputs = inputs
    self.output = output
  }
}

extension Graph {
  public func place(of node: Node) -> NodePlace {
    func tensor(_ id: ValueID) -> NodePlace.Tensor { .init(name: self[id].name, number: id.index) }
    return NodePlace(
      name: node.name, number: node.id.index, op: node.op.code, inputs: node.inputs.map { $0.map(tensor) },
      output: node.outputs.first.map(tensor))
  }
}
