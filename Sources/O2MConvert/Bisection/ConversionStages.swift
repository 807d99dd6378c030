import O2MBundle
import O2MGraph
import O2MPasses
import O2MRuntime

/// The parts of a conversion, so that a test can put a wrong one in the place of each.
package struct ConversionStages: Sendable {
  package var passes = Pipeline.passes
  package var lower: @Sendable (Graph) throws(PlanError) -> FlatModel = { graph throws(PlanError) in try FlatModel(graph) }
  package var plan: @Sendable (Planned) -> Planned = { $0 }
  /// Sees each step right after its kernel.
  package var kernel: @Sendable (StepView) -> Void = { _ in }

  package init() {}

  /// The passes less those that are to be skipped; nil where a name is not a pass.
  func passes(skipping names: [String]) -> [any Pass]? {
    guard names.allSatisfy(Pipeline.names.contains) else { return nil }
    return passes.filter { !names.contains("\($0.name)") }
  }
}
