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

  init(_ graph: Graph, _ item: ReferenceCase) throws(ConversionError) {
    inputs = item.inputs
    do throws(EvaluationError) { reference = try Evaluator(graph, loops: nil).run(inputs) } catch { throw .evaluation(error) }
    names = graph.outputs.map { graph[$0].name }
  }

  /// The bound is that of a float32 bundle: passes may round weights once more, nothing else.
  @Sendable func check(_ graph: Graph, pass: String, node: String, number: Int) throws(PassError) {
    let outputs: [Tensor]
    do throws(EvaluationError) { outputs = try Evaluator(graph, loops: nil).run(inputs) } catch {
      throw .evaluation(pass: pass, number: number, error)
    }
    for (index, (found, expected)) in zip(outputs, reference).enumerated() {
      var comparison = Comparison(name: names[index], tolerance: .float32)
      comparison.add(found, reference: expected)
      guard comparison.failures.isEmpty else {
        throw .numerics(
          pass: pass, node: node, number: number, output: names[index], difference: comparison.maxAbs,
          allowed: comparison.worstExcess > 0 ? comparison.maxAbs / comparison.worstExcess : 0)
      }
    }
  }
}
