import O2MGraph

/// The passes of a conversion, in order.
public enum Pipeline {
  /// Every pass, each position with its reason. The driver goes round until nothing changes, so an order is a matter of fewer
  /// rounds and of who gets the first word, never of correctness.
  public static let passes: [any Pass] = [
    // Shapes first: what is constant decides what every other pass may do.
    FoldConstants(),
    EliminateDead(),
    EliminateIdentity(),
    EliminateDuplicate(),
    EliminateTransposePair(),
    // Names for patterns, before their parts are folded into layers.
    ReplaceEinsum(),
    ReplaceChannelShuffle(),
    ReplaceChannelDeal(),
    EliminateReshapePair(),
    ReplaceSiLU(),
    ReplaceHardSwish(),
    ReplaceGelu(),
    ReplaceLayerNorm(),
    ReplaceSpatialMean(),
    FuseAttention(),
    ReplaceUnitTranspose(),
    ReplaceMatMul(),
    ReplaceFlattenedGemm(),
    // Weights, while no layer has an activation yet.
    FoldBatchNorm(),
    FoldScaleAdd(),
    FoldParallelConv(),
    ReplaceBatchNorm(),
    FusePadIntoConv(),
    // The residual stands between the sums and the activation.
    FuseResidualAdd(),
    FuseActivation(),
    // Between shuffles and layers nothing is left by now.
    EliminateChannelShuffle(),
    // Last: nothing changes the two layers any more.
    FuseExpandIntoDepthwise(),
  ]

  public static var names: [String] { passes.map { "\($0.name)" } }

  /// The passes less those that are to be skipped; nil where a name is not a pass.
  public static func passes(skipping names: [String]) -> [any Pass]? {
    guard names.allSatisfy(self.names.contains) else { return nil }
    return passes.filter { !names.contains("\($0.name)") }
  }
}
