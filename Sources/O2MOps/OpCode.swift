/// The numbers that stand for operators in bundles. They are never changed and never reused.
public enum OpCode: UInt16, CaseIterable, Sendable {
  // Convolution
  case conv = 100
  case convTranspose = 101
  case expandDepthwise = 132
  case col2Im = 201
  case deformConv = 205

  // Pooling
  case maxPool = 105
  case averagePool = 106
  case globalAveragePool = 107
  case globalMaxPool = 108
  case lpPool = 200
  case maxUnpool = 207

  // Matrix products
  case gemm = 102
  case matMul = 103
  case fusedAttention = 114
  case det = 172
  case einsum = 173

  // Normalization
  case batchNormalization = 104
  case lrn = 109
  case layerNormalization = 110
  case instanceNormalization = 111
  case softmax = 112
  case logSoftmax = 113

  // Elementwise
  case cast = 2
  case `where` = 19
  case add = 30
  case sub = 31
  case mul = 32
  case div = 33
  case pow = 34
  case min = 35
  case max = 36
  case equal = 37
  case greater = 38
  case less = 39
  case greaterOrEqual = 40
  case lessOrEqual = 41
  case and = 42
  case or = 43
  case xor = 44
  case not = 45
  case mod = 46
  case sum = 47
  case mean = 48
  case relu = 60
  case leakyRelu = 61
  case pRelu = 62
  case clip = 63
  case sigmoid = 64
  case tanh = 65
  case exp = 66
  case log = 67
  case sqrt = 68
  case neg = 69
  case abs = 70
  case reciprocal = 71
  case erf = 72
  case floor = 73
  case ceil = 74
  case round = 75
  case hardSigmoid = 76
  case hardSwish = 77
  case elu = 78
  case selu = 79
  case celu = 80
  case gelu = 81
  case softplus = 82
  case softsign = 83
  case sin = 84
  case cos = 85
  case sign = 86
  case mish = 87
  case swish = 88
  case bitShift = 140
  case bitwiseAnd = 141
  case bitwiseOr = 142
  case bitwiseXor = 143
  case bitwiseNot = 144
  case isInf = 145
  case isNaN = 146
  case acos = 174
  case acosh = 175
  case asin = 176
  case asinh = 177
  case atan = 178
  case atanh = 179
  case cosh = 180
  case sinh = 181
  case tan = 182
  case shrink = 183
  case thresholdedRelu = 184

  // Reduction
  case reduceMean = 120
  case reduceSum = 121
  case reduceMax = 122
  case reduceMin = 123
  case reduceProd = 124
  case reduceL1 = 125
  case reduceL2 = 126
  case reduceSumSquare = 127
  case reduceLogSumExp = 128
  case reduceLogSum = 129
  case argMax = 130
  case argMin = 131
  case cumSum = 166
  case cumProd = 167

  // Shape
  case identity = 1
  case reshape = 3
  case flatten = 4
  case squeeze = 5
  case unsqueeze = 6
  case transpose = 7
  case concat = 8
  case split = 9
  case slice = 10
  case expand = 12
  case tile = 13
  case pad = 14
  case shape = 15
  case size = 16
  case constantOfShape = 17
  case range = 18
  case depthToSpace = 20
  case spaceToDepth = 21
  case channelShuffle = 22
  case dropout = 23
  case bitCast = 147

  // Indexing
  case gather = 11
  case gatherElements = 160
  case gatherND = 161
  case scatterElements = 162
  case scatterND = 163
  case tensorScatter = 164
  case topK = 165
  case trilu = 168
  case reverseSequence = 169
  case oneHot = 170
  case eyeLike = 171

  // Quantization
  case quantizeLinear = 148
  case dequantizeLinear = 149
  case dynamicQuantizeLinear = 150
  case qLinearMatMul = 151
  case qLinearConv = 152
  case matMulInteger = 153
  case convInteger = 154

  // Recurrent
  case lstm = 230
  case gru = 231
  case rnn = 232

  // Vision
  case resize = 24
  case maxRoiPool = 202
  case roiAlign = 203
  case gridSample = 204

  // Signal
  case dft = 206

  // Counting
  case nonZero = 240
  case nonMaxSuppression = 241
  case unique = 242
  case shorten = 243

  // ControlFlow
  case branch = 244
  case boundedLoop = 245
}

/// Work that is generic over the type of an operator.
public protocol OpTypeVisitor {
  associatedtype Output
  associatedtype Failure: Error
  mutating func visit<O: BackedOperator>(_ type: O.Type, wrap: (O) -> Op) throws(Failure) -> Output
}

extension OpCode {
  public func accept<V: OpTypeVisitor>(_ visitor: inout V) throws(V.Failure) -> V.Output {
    switch self {
    case .conv: try visitor.visit(Conv.self, wrap: Op.conv)
    case .convTranspose: try visitor.visit(ConvTranspose.self, wrap: Op.convTranspose)
    case .expandDepthwise: try visitor.visit(ExpandDepthwise.self, wrap: Op.expandDepthwise)
    case .col2Im: try visitor.visit(Col2Im.self, wrap: Op.col2Im)
    case .deformConv: try visitor.visit(DeformConv.self, wrap: Op.deformConv)
    case .maxPool: try visitor.visit(MaxPool.self, wrap: Op.maxPool)
    case .averagePool: try visitor.visit(AveragePool.self, wrap: Op.averagePool)
    case .globalAveragePool: try visitor.visit(GlobalAveragePool.self, wrap: Op.globalAveragePool)
    case .globalMaxPool: try visitor.visit(GlobalMaxPool.self, wrap: Op.globalMaxPool)
    case .lpPool: try visitor.visit(LpPool.self, wrap: Op.lpPool)
    case .maxUnpool: try visitor.visit(MaxUnpool.self, wrap: Op.maxUnpool)
    case .gemm: try visitor.visit(Gemm.self, wrap: Op.gemm)
    case .matMul: try visitor.visit(MatMul.self, wrap: Op.matMul)
    case .fusedAttention: try visitor.visit(FusedAttention.self, wrap: Op.fusedAttention)
    case .det: try visitor.visit(Det.self, wrap: Op.det)
    case .einsum: try visitor.visit(Einsum.self, wrap: Op.einsum)
    case .batchNormalization: try visitor.visit(BatchNormalization.self, wrap: Op.batchNormalization)
    case .lrn: try visitor.visit(LRN.self, wrap: Op.lrn)
    case .layerNormalization: try visitor.visit(LayerNormalization.self, wrap: Op.layerNormalization)
    case .instanceNormalization: try visitor.visit(InstanceNormalization.self, wrap: Op.instanceNormalization)
    case .softmax: try visitor.visit(Softmax.self, wrap: Op.softmax)
    case .logSoftmax: try visitor.visit(LogSoftmax.self, wrap: Op.logSoftmax)
    case .cast: try visitor.visit(Cast.self, wrap: Op.cast)
    case .where: try visitor.visit(Where.self, wrap: Op.where)
    case .add: try visitor.visit(Add.self, wrap: Op.add)
    case .sub: try visitor.visit(Sub.self, wrap: Op.sub)
    case .mul: try visitor.visit(Mul.self, wrap: Op.mul)
    case .div: try visitor.visit(Div.self, wrap: Op.div)
    case .pow: try visitor.visit(Pow.self, wrap: Op.pow)
    case .min: try visitor.visit(Min.self, wrap: Op.min)
    case .max: try visitor.visit(Max.self, wrap: Op.max)
    case .equal: try visitor.visit(Equal.self, wrap: Op.equal)
    case .greater: try visitor.visit(Greater.self, wrap: Op.greater)
    case .less: try visitor.visit(Less.self, wrap: Op.less)
    case .greaterOrEqual: try visitor.visit(GreaterOrEqual.self, wrap: Op.greaterOrEqual)
    case .lessOrEqual: try visitor.visit(LessOrEqual.self, wrap: Op.lessOrEqual)
    case .and: try visitor.visit(And.self, wrap: Op.and)
    case .or: try visitor.visit(Or.self, wrap: Op.or)
    case .xor: try visitor.visit(Xor.self, wrap: Op.xor)
    case .not: try visitor.visit(Not.self, wrap: Op.not)
    case .mod: try visitor.visit(Mod.self, wrap: Op.mod)
    case .sum: try visitor.visit(Sum.self, wrap: Op.sum)
    case .mean: try visitor.visit(Mean.self, wrap: Op.mean)
    case .relu: try visitor.visit(Relu.self, wrap: Op.relu)
    case .leakyRelu: try visitor.visit(LeakyRelu.self, wrap: Op.leakyRelu)
    case .pRelu: try visitor.visit(PRelu.self, wrap: Op.pRelu)
    case .clip: try visitor.visit(Clip.self, wrap: Op.clip)
    case .sigmoid: try visitor.visit(Sigmoid.self, wrap: Op.sigmoid)
    case .tanh: try visitor.visit(Tanh.self, wrap: Op.tanh)
    case .exp: try visitor.visit(Exp.self, wrap: Op.exp)
    case .log: try visitor.visit(Log.self, wrap: Op.log)
    case .sqrt: try visitor.visit(Sqrt.self, wrap: Op.sqrt)
    case .neg: try visitor.visit(Neg.self, wrap: Op.neg)
    case .abs: try visitor.visit(Abs.self, wrap: Op.abs)
    case .reciprocal: try visitor.visit(Reciprocal.self, wrap: Op.reciprocal)
    case .erf: try visitor.visit(Erf.self, wrap: Op.erf)
    case .floor: try visitor.visit(Floor.self, wrap: Op.floor)
    case .ceil: try visitor.visit(Ceil.self, wrap: Op.ceil)
    case .round: try visitor.visit(Round.self, wrap: Op.round)
    case .hardSigmoid: try visitor.visit(HardSigmoid.self, wrap: Op.hardSigmoid)
    case .hardSwish: try visitor.visit(HardSwish.self, wrap: Op.hardSwish)
    case .elu: try visitor.visit(Elu.self, wrap: Op.elu)
    case .selu: try visitor.visit(Selu.self, wrap: Op.selu)
    case .celu: try visitor.visit(Celu.self, wrap: Op.celu)
    case .gelu: try visitor.visit(Gelu.self, wrap: Op.gelu)
    case .softplus: try visitor.visit(Softplus.self, wrap: Op.softplus)
    case .softsign: try visitor.visit(Softsign.self, wrap: Op.softsign)
    case .sin: try visitor.visit(Sin.self, wrap: Op.sin)
    case .cos: try visitor.visit(Cos.self, wrap: Op.cos)
    case .sign: try visitor.visit(Sign.self, wrap: Op.sign)
    case .mish: try visitor.visit(Mish.self, wrap: Op.mish)
    case .swish: try visitor.visit(Swish.self, wrap: Op.swish)
    case .bitShift: try visitor.visit(BitShift.self, wrap: Op.bitShift)
    case .bitwiseAnd: try visitor.visit(BitwiseAnd.self, wrap: Op.bitwiseAnd)
    case .bitwiseOr: try visitor.visit(BitwiseOr.self, wrap: Op.bitwiseOr)
    case .bitwiseXor: try visitor.visit(BitwiseXor.self, wrap: Op.bitwiseXor)
    case .bitwiseNot: try visitor.visit(BitwiseNot.self, wrap: Op.bitwiseNot)
    case .isInf: try visitor.visit(IsInf.self, wrap: Op.isInf)
    case .isNaN: try visitor.visit(IsNaN.self, wrap: Op.isNaN)
    case .acos: try visitor.visit(Acos.self, wrap: Op.acos)
    case .acosh: try visitor.visit(Acosh.self, wrap: Op.acosh)
    case .asin: try visitor.visit(Asin.self, wrap: Op.asin)
    case .asinh: try visitor.visit(Asinh.self, wrap: Op.asinh)
    case .atan: try visitor.visit(Atan.self, wrap: Op.atan)
    case .atanh: try visitor.visit(Atanh.self, wrap: Op.atanh)
    case .cosh: try visitor.visit(Cosh.self, wrap: Op.cosh)
    case .sinh: try visitor.visit(Sinh.self, wrap: Op.sinh)
    case .tan: try visitor.visit(Tan.self, wrap: Op.tan)
    case .shrink: try visitor.visit(Shrink.self, wrap: Op.shrink)
    case .thresholdedRelu: try visitor.visit(ThresholdedRelu.self, wrap: Op.thresholdedRelu)
    case .reduceMean: try visitor.visit(ReduceMean.self, wrap: Op.reduceMean)
    case .reduceSum: try visitor.visit(ReduceSum.self, wrap: Op.reduceSum)
    case .reduceMax: try visitor.visit(ReduceMax.self, wrap: Op.reduceMax)
    case .reduceMin: try visitor.visit(ReduceMin.self, wrap: Op.reduceMin)
    case .reduceProd: try visitor.visit(ReduceProd.self, wrap: Op.reduceProd)
    case .reduceL1: try visitor.visit(ReduceL1.self, wrap: Op.reduceL1)
    case .reduceL2: try visitor.visit(ReduceL2.self, wrap: Op.reduceL2)
    case .reduceSumSquare: try visitor.visit(ReduceSumSquare.self, wrap: Op.reduceSumSquare)
    case .reduceLogSumExp: try visitor.visit(ReduceLogSumExp.self, wrap: Op.reduceLogSumExp)
    case .reduceLogSum: try visitor.visit(ReduceLogSum.self, wrap: Op.reduceLogSum)
    case .argMax: try visitor.visit(ArgMax.self, wrap: Op.argMax)
    case .argMin: try visitor.visit(ArgMin.self, wrap: Op.argMin)
    case .cumSum: try visitor.visit(CumSum.self, wrap: Op.cumSum)
    case .cumProd: try visitor.visit(CumProd.self, wrap: Op.cumProd)
    case .identity: try visitor.visit(Identity.self, wrap: Op.identity)
    case .reshape: try visitor.visit(Reshape.self, wrap: Op.reshape)
    case .flatten: try visitor.visit(Flatten.self, wrap: Op.flatten)
    case .squeeze: try visitor.visit(Squeeze.self, wrap: Op.squeeze)
    case .unsqueeze: try visitor.visit(Unsqueeze.self, wrap: Op.unsqueeze)
    case .transpose: try visitor.visit(Transpose.self, wrap: Op.transpose)
    case .concat: try visitor.visit(Concat.self, wrap: Op.concat)
    case .split: try visitor.visit(Split.self, wrap: Op.split)
    case .slice: try visitor.visit(Slice.self, wrap: Op.slice)
    case .expand: try visitor.visit(Expand.self, wrap: Op.expand)
    case .tile: try visitor.visit(Tile.self, wrap: Op.tile)
    case .pad: try visitor.visit(Pad.self, wrap: Op.pad)
    case .shape: try visitor.visit(ShapeOf.self, wrap: Op.shape)
    case .size: try visitor.visit(SizeOf.self, wrap: Op.size)
    case .constantOfShape: try visitor.visit(ConstantOfShape.self, wrap: Op.constantOfShape)
    case .range: try visitor.visit(ArithmeticRange.self, wrap: Op.range)
    case .depthToSpace: try visitor.visit(DepthToSpace.self, wrap: Op.depthToSpace)
    case .spaceToDepth: try visitor.visit(SpaceToDepth.self, wrap: Op.spaceToDepth)
    case .channelShuffle: try visitor.visit(ChannelShuffle.self, wrap: Op.channelShuffle)
    case .dropout: try visitor.visit(Dropout.self, wrap: Op.dropout)
    case .bitCast: try visitor.visit(BitCast.self, wrap: Op.bitCast)
    case .gather: try visitor.visit(Gather.self, wrap: Op.gather)
    case .gatherElements: try visitor.visit(GatherElements.self, wrap: Op.gatherElements)
    case .gatherND: try visitor.visit(GatherND.self, wrap: Op.gatherND)
    case .scatterElements: try visitor.visit(ScatterElements.self, wrap: Op.scatterElements)
    case .scatterND: try visitor.visit(ScatterND.self, wrap: Op.scatterND)
    case .tensorScatter: try visitor.visit(TensorScatter.self, wrap: Op.tensorScatter)
    case .topK: try visitor.visit(TopK.self, wrap: Op.topK)
    case .trilu: try visitor.visit(Trilu.self, wrap: Op.trilu)
    case .reverseSequence: try visitor.visit(ReverseSequence.self, wrap: Op.reverseSequence)
    case .oneHot: try visitor.visit(OneHot.self, wrap: Op.oneHot)
    case .eyeLike: try visitor.visit(EyeLike.self, wrap: Op.eyeLike)
    case .quantizeLinear: try visitor.visit(QuantizeLinear.self, wrap: Op.quantizeLinear)
    case .dequantizeLinear: try visitor.visit(DequantizeLinear.self, wrap: Op.dequantizeLinear)
    case .dynamicQuantizeLinear: try visitor.visit(DynamicQuantizeLinear.self, wrap: Op.dynamicQuantizeLinear)
    case .qLinearMatMul: try visitor.visit(QLinearMatMul.self, wrap: Op.qLinearMatMul)
    case .qLinearConv: try visitor.visit(QLinearConv.self, wrap: Op.qLinearConv)
    case .matMulInteger: try visitor.visit(MatMulInteger.self, wrap: Op.matMulInteger)
    case .convInteger: try visitor.visit(ConvInteger.self, wrap: Op.convInteger)
    case .lstm: try visitor.visit(LSTM.self, wrap: Op.lstm)
    case .gru: try visitor.visit(GRU.self, wrap: Op.gru)
    case .rnn: try visitor.visit(RNN.self, wrap: Op.rnn)
    case .resize: try visitor.visit(Resize.self, wrap: Op.resize)
    case .maxRoiPool: try visitor.visit(MaxRoiPool.self, wrap: Op.maxRoiPool)
    case .roiAlign: try visitor.visit(RoiAlign.self, wrap: Op.roiAlign)
    case .gridSample: try visitor.visit(GridSample.self, wrap: Op.gridSample)
    case .dft: try visitor.visit(DFT.self, wrap: Op.dft)
    case .nonZero: try visitor.visit(NonZero.self, wrap: Op.nonZero)
    case .nonMaxSuppression: try visitor.visit(NonMaxSuppression.self, wrap: Op.nonMaxSuppression)
    case .unique: try visitor.visit(Unique.self, wrap: Op.unique)
    case .shorten: try visitor.visit(Shorten.self, wrap: Op.shorten)
    case .branch: try visitor.visit(Branch.self, wrap: Op.branch)
    case .boundedLoop: try visitor.visit(BoundedLoop.self, wrap: Op.boundedLoop)
    }
  }
}
