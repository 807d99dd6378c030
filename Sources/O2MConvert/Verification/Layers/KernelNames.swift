import O2MOps
import O2MRuntime

extension Model {
  /// What computes a step, and how its weights are stored where that is not float32; nil where it leaves everything where it lies.
  func kernelName(of step: Int) throws(RunFault) -> String? {
    // Where extents follow from what operands hold the kernel is made in the run.
    if isSized(step) { return copiesAlias(step) ? "by length" : nil }
    let kernel = try kernel(of: step, threads: 1)
    if kernel.isAlias, !copiesAlias(step) { return nil }
    let weights = plan.steps[step].operands.inputs.compactMap { $0.map { plan.slots[$0] } }.first { $0.packing.isWeights }
    let name = weights.flatMap { $0.packing.kernelName } ?? kernel.name
    guard let weights, weights.precision != .float32 else { return name }
    return "\(name) \(weights.precision == .int8 ? "int8" : "f16")"
  }

  private func copiesAlias(_ step: Int) -> Bool {
    plan.steps[step].operands.outputs.contains { if case .alias = plan.slots[$0].place { false } else { true } }
  }
}

extension Packing {
  /// Where the order of the weights says which kernel of a family runs.
  fileprivate var kernelName: String? {
    switch self {
    case .depthwise: "depthwise"
    case .winogradPanels: "winograd"
    case .transposedConvPanels: "transposed"
    case .plain, .convPanels, .matrixPanels, .transposedPanels, .bias: nil
    }
  }
}

extension Kernel {
  fileprivate var name: String {
    switch self {
    case .alias: "alias"
    case .unary, .genericUnary: "unary"
    case .binary: "binary"
    case .variadic: "variadic"
    case .convolution: "conv"
    case .expandDepthwise: "expand"
    case .matMul: "product"
    case .pool: "pool"
    case .globalPool: "global pool"
    case .softmax: "softmax"
    case .attention: "attention"
    case .recurrent: "recurrent"
    case .arg: "arg"
    case .affine: "affine"
    case .layerNorm: "layer norm"
    case .instanceNorm: "instance norm"
    case .lrn: "lrn"
    case .reduce: "reduce"
    case .copy: "copy"
    case .shuffle: "shuffle"
    case .gather: "gather"
    case .scatter: "scatter"
    case .gridSample: "grid sample"
    case .resize: "resize"
    case .cast: "cast"
    case .choose: "where"
    case .quantize, .dynamicQuantize: "quantize"
    case .integerProduct: "integer product"
    case .gatherND: "gather"
    case .nonZero: "non-zero"
    case .suppress: "suppression"
    case .topK: "top k"
    case .reference: "reference"
    }
  }
}
