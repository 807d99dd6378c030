import O2MGraph
import O2MParity
import O2MPasses
import O2MTensor

/// Evaluates the graph after every patch, on the plain references, and compares with what was imported: the first patch that changes the
/// numbers is named.
struct PassCheck: Sendable {
  let inputs: [Tensor]
  let reference: [Tensor]
  let names: [String]
  private let imported: Graph

  init(_ graph: Graph, _ item: ReferenceCase) throws(ConversionError) {
    inputs = item.inputs
    do throws(EvaluationError) { reference = try Evaluator(graph, loops: nil).run(inputs) } catch { throw .evaluation(error) }
    names = graph.outputs.map { graph[$0].name }
    imported = graph
  }

  /// The bound is that of a float32 bundle, with the model's own noise: passes may round weights once more, nothing else.
  @Sendable func check(_ graph: Graph, pass: String, node: String, number: Int) throws(PassError) {
    let outputs: [Tensor]
    do throws(EvaluationError) { outputs = try Evaluator(graph, loops: nil).run(inputs) } catch {
      throw .evaluation(pass: pass, number: number, error)
    }
    var report = ParityReport(outputs: names, tolerance: .float32)
    let noise: [OutputNoise]
    do throws(EvaluationError) {
      noise = try NoiseMeasurement(imported, .float32).measure(inputs, of: outputs, reference: reference, in: report)
    } catch { throw .evaluation(pass: pass, number: number, error) }
    report.add(outputs, reference: reference, noise: noise)
    for (index, comparison) in report.outputs.enumerated() {
      guard comparison.failures.isEmpty else {
        throw .numerics(
          pass: pass, node: node, number: number, output: names[index], difference: comparison.maxAbs,
          allowed: comparison.worstExcess > 0 ? comparison.maxAbs / comparison.worstExcess : 0)
      }
    }
  }
}
