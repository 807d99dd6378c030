import O2MOps

/// Why a bundle cannot be opened or run: numbers without names, as in every `…Fault`.
public enum RunFault: Error, Equatable, Sendable {
  /// The file cannot be opened or mapped; an errno value.
  case open(Int32)
  case format(FormatFault)
  /// So many bytes are not to be had.
  case memory(bytes: Int)
  case threads(Int)
  /// A bundle in memory must begin at a multiple of 64.
  case misaligned
  /// The operator of this node has no kernel for the operands that the plan gives it.
  case kernel(node: Int, OpFault)
  /// The reference of this node's operator is to run, but the plan gives it packed or rearranged operands.
  case operands(node: Int)
  /// The operator of this node refused what its inputs held in this run.
  case run(node: Int, OpFault)
  /// Another thread cancelled the run.
  case cancelled
  /// No output is a row of class scores.
  case noClasses
  /// The bundle does not say how an output answers so.
  case noTask(PictureTask.Kind)
  /// A picture cannot become an input.
  case picture(PictureFault)
  /// A session cannot take these input shapes.
  case shapes(ShapeFault)
  /// Bytes cannot become the session's state.
  case state(StateFault)
}
