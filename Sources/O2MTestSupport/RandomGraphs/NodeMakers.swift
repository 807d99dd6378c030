import O2MOps
import O2MTensor

/// One maker for each operator: it picks operands that suit, makes up the rest, and adds the node.
extension GraphGenerator {
  /// Adds a node of this operator; false where nothing suits it.
  mutating func make(_ code: OpCode) -> Bool {
    switch code {
    // Made by passes out of patterns.
    case .expandDepthwise, .fusedAttention, .channelShuffle: false
    // How long their results are a run decides.
    case .nonZero, .nonMaxSuppression, .unique, .shorten: false
    // What is in them the importer takes out of a graph.
    case .branch, .boundedLoop: false

    case .relu, .sigmoid, .tanh, .exp, .log, .sqrt, .reciprocal, .erf, .floor, .ceil, .round, .hardSwish, .softplus, .softsign, .sin, .cos,
      .mish, .acos, .acosh, .asin, .asinh, .atan, .atanh, .cosh, .sinh, .tan, .isNaN:
      makeFloatFunction(code)
    case .leakyRelu, .elu, .celu, .selu, .hardSigmoid, .thresholdedRelu, .swish, .shrink: makeParametricFunction(code)
    case .gelu: makeFloatFunction(code, pick([[:], [.approximate: .string("tanh")], [.approximate: .string("none")]]))
    case .isInf: makeFloatFunction(code, pick([[:], [.detect_negative: .int(0)], [.detect_positive: .int(0)]]))
    case .neg, .abs, .sign: makeNumberFunction(code)
    case .not: makeUnary(code, .bool)
    case .bitwiseNot: makeUnary(code, integerType())
    case .add, .sub, .mul, .div, .equal, .greater, .less, .greaterOrEqual, .lessOrEqual: makeBinary(code, numberType())
    case .and, .or, .xor: makeBinary(code, .bool)
    case .bitwiseAnd, .bitwiseOr, .bitwiseXor: makeBinary(code, integerType())
    case .bitShift: makeBitShift()
    case .mod: makeMod()
    case .pow: makePow()
    case .min, .max: makeVariadic(code, numberType())
    case .sum, .mean: makeVariadic(code, floatType())
    case .where: makeWhere()
    case .clip: makeClip()
    case .pRelu: makePRelu()
    case .cast: makeCast()
    case .bitCast: makeBitCast()

    case .reduceMean, .reduceSum, .reduceMax, .reduceMin, .reduceProd, .reduceL1, .reduceL2, .reduceSumSquare, .reduceLogSumExp,
      .reduceLogSum:
      makeReduction(code)
    case .argMax, .argMin: makeArg(code)
    case .cumSum, .cumProd: makeCumulative(code)

    case .identity: makeUnary(code, anyType())
    case .reshape: makeReshape()
    case .flatten: makeFlatten()
    case .squeeze: makeSqueeze()
    case .unsqueeze: makeUnsqueeze()
    case .transpose: makeTranspose()
    case .concat: makeConcat()
    case .split: makeSplit()
    case .slice: makeSlice()
    case .expand: makeExpand()
    case .tile: makeTile()
    case .pad: makePad()
    case .shape: makeShape()
    case .size: makeUnary(code, anyType())
    case .constantOfShape: makeConstantOfShape()
    case .range: makeRange()
    case .depthToSpace, .spaceToDepth: makeBlocks(code)
    case .dropout: makeDropout()

    case .gather: makeGather()
    case .gatherElements: makeGatherElements()
    case .gatherND: makeGatherND()
    case .scatterElements: makeScatterElements()
    case .scatterND: makeScatterND()
    case .tensorScatter: makeTensorScatter()
    case .topK: makeTopK()
    case .trilu: makeTrilu()
    case .reverseSequence: makeReverseSequence()
    case .oneHot: makeOneHot()
    case .eyeLike: makeEyeLike()

    case .conv: makeConv() != nil
    case .convTranspose: makeConvTranspose()
    case .deformConv: makeDeformConv()
    case .col2Im: makeCol2Im()
    case .maxPool, .averagePool, .lpPool: makePool(code)
    case .globalAveragePool, .globalMaxPool: one(code, [picture(floatType(), isSum: code == .globalAveragePool)]) != nil
    case .maxUnpool: makeMaxUnpool()

    case .gemm: makeGemm()
    case .matMul: makeMatMul() != nil
    case .det: makeDet()
    case .einsum: makeEinsum()
    case .batchNormalization: makeBatchNormalization(picture(rank: 2...5)) != nil
    case .instanceNormalization: makeInstanceNormalization()
    case .layerNormalization: makeLayerNormalization()
    case .lrn: makeLRN()
    case .softmax, .logSoftmax: makeSoftmax(code)

    case .quantizeLinear: makeQuantize() != nil
    case .dequantizeLinear: makeDequantize()
    case .dynamicQuantizeLinear: makeDynamicQuantize()
    case .qLinearMatMul, .matMulInteger: makeIntegerMatMul(code)
    case .qLinearConv, .convInteger: makeIntegerConv(code)

    case .lstm: makeRecurrent(code, gates: 4)
    case .gru: makeRecurrent(code, gates: 3)
    case .rnn: makeRecurrent(code, gates: 1)

    case .resize: makeResize()
    case .maxRoiPool: makeMaxRoiPool()
    case .roiAlign: makeRoiAlign()
    case .gridSample: makeGridSample()
    case .dft: makeDFT()
    }
  }
}
