import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

/// Where a bundle first departs from its model.
///
/// The model is converted once more, and every rewrite, the list of nodes, the stored weights, the memory plan and every kernel are
/// compared with what went into them. Where all of it is right here, the bundle's own steps are looked at.
public struct Bisection: Sendable {
  /// What is wrong in this tool's own conversion; nil where all is right.
  public let fault: ConversionFault?
  /// nil where there is no fault, or an obstacle.
  public private(set) var reproduction: Reproduction?
  public private(set) var obstacle: Reproduction.Obstacle?
  /// The bundle's first step that its arithmetic does not explain, though the conversion here is right.
  public let layer: LayerReport.Layer?
  /// Which version wrote the bundle.
  public let tool: String
  /// How many rewrites and steps were looked at.
  public let rewrites: Int
  public let steps: Int

  /// Whether nothing is wrong.
  public var isRight: Bool { fault == nil && layer == nil }
}

extension Verification {
  /// Finds where the bundle departs from the model, on the cases that lie farthest from it.
  ///
  /// - Errors: `.converting` where the model cannot be converted any more, `.noCaseInOwnShapes`.
  public func bisect(progress: @escaping @Sendable (ConversionProgress) -> Void = { _ in }) throws(VerificationError) -> Bisection {
    try bisect(ConversionStages(), progress: progress)
  }

  package func bisect(
    _ stages: ConversionStages, progress: @escaping @Sendable (ConversionProgress) -> Void = { _ in }
  ) throws(VerificationError) -> Bisection {
    let model = session.model, precision = Precision(rawValue: model.manifest.precision) ?? .float32, bisected = try casesToLookInto()
    var check: RewriteCheck, optimized = graph
    progress(.init(stage: .passes, done: 0, total: 1))
    do throws(EvaluationError) { check = try RewriteCheck(graph, bisected) } catch { throw .evaluation(error) }
    var fault = check.fault(stages.passes, on: &optimized)
    let rewrites = fault?.number ?? check.count
    var steps = 0, layer: LayerReport.Layer?
    if fault == nil {
      let options = try options(precision), conversion: Conversion, own: Model
      do throws(ConversionError) {
        conversion = try Conversion(path: path, options: options, stages: stages, progress: progress)
      } catch { throw .converting(error) }
      do throws(OpenFault) { own = try OpenedBundle(conversion.bundle, of: path).model } catch {
        switch error {
        case .file(let fault), .unpacked(let fault): throw .running(RunError(fault, in: nil))
        }
      }
      guard let flat = conversion.flat, let lowered = conversion.lowered else { preconditionFailure("a conversion lowers its graph") }
      let stage = StageCheck(imported: graph, lowered: lowered, flat: flat, model: own, kernel: stages.kernel)
      steps = own.plan.steps.count
      for (index, inputs) in bisected.enumerated() where fault == nil {
        fault = try stage.fault(inputs)
        fault?.caseIndex = index
      }
    }
    if fault == nil {
      var comparison = try LayerComparison(graph, session)
      for inputs in bisected { try comparison.add(inputs) }
      layer = comparison.report.firstOver
    }
    var result = Bisection(fault: fault, layer: layer, tool: model.manifest.tool, rewrites: rewrites, steps: steps)
    if let fault { try result.reproduce(fault, self, ConversionCheck(stages: stages, precision: precision), bisected) }
    return result
  }

  private func options(_ precision: Precision) throws(VerificationError) -> ConversionOptions {
    var options = ConversionOptions()
    let importing = try Self.importOptions(session.model, limits)
    (options.inputShapes, options.inputValues, options.limits) = (importing.inputShapes, importing.inputValues, limits)
    options.states = StateRequest.all(in: session.model)
    options.precision = precision
    options.verifies = false
    options.zstdLevel = 1
    return options
  }
}

extension Bisection {
  fileprivate init(fault: ConversionFault?, layer: LayerReport.Layer?, tool: String, rewrites: Int, steps: Int) {
    self.fault = fault
    self.layer = layer
    self.tool = tool
    self.rewrites = rewrites
    self.steps = steps
  }

  fileprivate mutating func reproduce(
    _ fault: ConversionFault, _ verification: Verification, _ check: ConversionCheck, _ cases: [[Tensor]]
  ) throws(VerificationError) {
    let outline: ModelOutline
    do throws(ImportError) { outline = try ModelOutline(ModelFile(path: verification.path, limits: verification.limits)) } catch {
      throw .importing(error)
    }
    let reproducer: Reproducer
    do throws(EvaluationError) {
      reproducer = try Reproducer(outline, verification.graph, cases[fault.caseIndex], check)
    } catch { throw .evaluation(error) }
    do throws(Reproduction.Obstacle) { reproduction = try reproducer.reproduction(of: fault) } catch { obstacle = error }
  }
}
