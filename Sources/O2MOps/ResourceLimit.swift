/// What a model may ask for; each has a default that real models stay below, and a flag that raises it.
public enum ResourceLimit: String, CaseIterable, Sendable {
  /// Bytes of the model and of its external data.
  case fileBytes = "file-bytes"
  /// Nodes, once functions, branches and loops are written out.
  case nodes
  /// Turns of a loop whose number a run decides.
  case iterations
  /// Levels of graphs inside graphs, of functions inside functions and of messages inside messages.
  case nesting
  /// Elements of one computed value or input, an extent of 0 counted as 1.
  case tensorElements = "tensor-elements"
  /// Bytes of the constants that are computed at conversion.
  case foldedBytes = "folded-bytes"
  /// Bytes that one evaluation of the graph takes, as estimated before it.
  case memoryBytes = "memory-bytes"
  /// Multiply-accumulates of one evaluation of the graph, 8 for each where the operator is no float Conv, ConvTranspose, Gemm or MatMul;
  /// every element that is read or written counts as 16.
  case operations
  /// Seconds from the start of the command.
  case seconds
}
