import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

/// A small model through every stage of a conversion, with all weights in the fewest bits.
struct ConversionCheck {
  let stages: ConversionStages
  let precision: Precision

  /// The first fault of the piece; nil where it converts rightly, and where it cannot be imported or run.
  func fault(_ piece: ModelPiece) -> ConversionFault? {
    guard let imported = piece.imported, let rewriting = try? RewriteCheck(imported, [piece.inputTensors]) else { return nil }
    var optimized = imported, check = rewriting
    if let fault = check.fault(stages.passes, on: &optimized) { return fault }
    guard let lowered = try? bundle(optimized) else { return nil }
    let stage = StageCheck(imported: imported, lowered: optimized, flat: lowered.flat, model: lowered.model, kernel: stages.kernel)
    return (try? stage.fault(piece.inputTensors)) ?? nil
  }

  private func bundle(_ graph: Graph) throws(PlanError) -> (flat: FlatModel, model: Model) {
    let flat = try stages.lower(graph), narrow = precision.narrowest
    let constants = StoredConstants(flat, int8: narrow == .int8)
    var options = BundleOptions()
    options.zstdLevel = 1
    // A table is stored by nodes of its own, which a piece has no part in.
    for index in flat.graph.constants where !constants.isTable(index) { options.precisions[index] = narrow }
    options.manifest.precision = precision.rawValue
    let planned = stages.plan(try Planned(constants, precisions: options.precisions))
    return (flat, try Emitted(flat, planned, options).model)
  }
}

extension Precision {
  fileprivate var narrowest: WeightPrecision {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .int8Weights: .int8
    }
  }
}
