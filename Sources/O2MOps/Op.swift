import O2MTensor

/// The closed set of operators: a new one is a case here, a line in `accept`, and the same in `OpCode`.
public enum Op: Sendable {
  case identity(Identity)
  case cast(Cast)
  case reshape(Reshape)
  case flatten(Flatten)
  case squeeze(Squeeze)
  case unsqueeze(Unsqueeze)
  case transpose(Transpose)
  case concat(Concat)
  case split(Split)
  case slice(Slice)
  case gather(Gather)
  case expand(Expand)
  case tile(Tile)
  case pad(Pad)
  case shape(ShapeOf)
  case size(SizeOf)
  case constantOfShape(ConstantOfShape)
  case range(ArithmeticRange)
  case `where`(Where)
  case depthToSpace(DepthToSpace)
  case spaceToDepth(SpaceToDepth)
  case channelShuffle(ChannelShuffle)
  case dropout(Dropout)
  case resize(Resize)
  case add(Add)
  case relu(Relu)
  case leakyRelu(LeakyRelu)
  case conv(Conv)
  case expandDepthwise(ExpandDepthwise)
  case sub(Sub)
  case mul(Mul)
  case div(Div)
  case pow(Pow)
  case min(Min)
  case max(Max)
  case equal(Equal)
  case greater(Greater)
  case less(Less)
  case greaterOrEqual(GreaterOrEqual)
  case lessOrEqual(LessOrEqual)
  case and(And)
  case or(Or)
  case xor(Xor)
  case not(Not)
  case mod(Mod)
  case sum(Sum)
  case mean(Mean)
  case pRelu(PRelu)
  case clip(Clip)
  case sigmoid(Sigmoid)
  case tanh(Tanh)
  case exp(Exp)
  case log(Log)
  case sqrt(Sqrt)
  case neg(Neg)
  case abs(Abs)
  case reciprocal(Reciprocal)
  case erf(Erf)
  case floor(Floor)
  case ceil(Ceil)
  case round(Round)
  case hardSigmoid(HardSigmoid)
  case hardSwish(HardSwish)
  case elu(Elu)
  case selu(Selu)
  case celu(Celu)
  case gelu(Gelu)
  case softplus(Softplus)
  case softsign(Softsign)
  case sin(Sin)
  case cos(Cos)
  case sign(Sign)
  case mish(Mish)
  case swish(Swish)
  case convTranspose(ConvTranspose)
  case gemm(Gemm)
  case matMul(MatMul)
  case batchNormalization(BatchNormalization)
  case maxPool(MaxPool)
  case averagePool(AveragePool)
  case globalAveragePool(GlobalAveragePool)
  case globalMaxPool(GlobalMaxPool)
  case lrn(LRN)
  case layerNormalization(LayerNormalization)
  case instanceNormalization(InstanceNormalization)
  case softmax(Softmax)
  case logSoftmax(LogSoftmax)
  case attention(Attention)
  case reduceMean(ReduceMean)
  case reduceSum(ReduceSum)
  case reduceMax(ReduceMax)
  case reduceMin(ReduceMin)
  case reduceProd(ReduceProd)
  case reduceL1(ReduceL1)
  case reduceL2(ReduceL2)
  case reduceSumSquare(ReduceSumSquare)
  case reduceLogSumExp(ReduceLogSumExp)
  case reduceLogSum(ReduceLogSum)
  case argMax(ArgMax)
  case argMin(ArgMin)
}

/// Work that is generic over an operator's value.
public protocol OpVisitor {
  associatedtype Output
  associatedtype Failure: Error
  mutating func visit<O: Operator>(_ op: O) throws(Failure) -> Output
}

extension Op {
  public func accept<V: OpVisitor>(_ visitor: inout V) throws(V.Failure) -> V.Output {
    switch self {
    case .identity(let op): try visitor.visit(op)
    case .cast(let op): try visitor.visit(op)
    case .reshape(let op): try visitor.visit(op)
    case .flatten(let op): try visitor.visit(op)
    case .squeeze(let op): try visitor.visit(op)
    case .unsqueeze(let op): try visitor.visit(op)
    case .transpose(let op): try visitor.visit(op)
    case .concat(let op): try visitor.visit(op)
    case .split(let op): try visitor.visit(op)
    case .slice(let op): try visitor.visit(op)
    case .gather(let op): try visitor.visit(op)
    case .expand(let op): try visitor.visit(op)
    case .tile(let op): try visitor.visit(op)
    case .pad(let op): try visitor.visit(op)
    case .shape(let op): try visitor.visit(op)
    case .size(let op): try visitor.visit(op)
    case .constantOfShape(let op): try visitor.visit(op)
    case .range(let op): try visitor.visit(op)
    case .where(let op): try visitor.visit(op)
    case .depthToSpace(let op): try visitor.visit(op)
    case .spaceToDepth(let op): try visitor.visit(op)
    case .channelShuffle(let op): try visitor.visit(op)
    case .dropout(let op): try visitor.visit(op)
    case .resize(let op): try visitor.visit(op)
    case .add(let op): try visitor.visit(op)
    case .relu(let op): try visitor.visit(op)
    case .leakyRelu(let op): try visitor.visit(op)
    case .conv(let op): try visitor.visit(op)
    case .expandDepthwise(let op): try visitor.visit(op)
    case .sub(let op): try visitor.visit(op)
    case .mul(let op): try visitor.visit(op)
    case .div(let op): try visitor.visit(op)
    case .pow(let op): try visitor.visit(op)
    case .min(let op): try visitor.visit(op)
    case .max(let op): try visitor.visit(op)
    case .equal(let op): try visitor.visit(op)
    case .greater(let op): try visitor.visit(op)
    case .less(let op): try visitor.visit(op)
    case .greaterOrEqual(let op): try visitor.visit(op)
    case .lessOrEqual(let op): try visitor.visit(op)
    case .and(let op): try visitor.visit(op)
    case .or(let op): try visitor.visit(op)
    case .xor(let op): try visitor.visit(op)
    case .not(let op): try visitor.visit(op)
    case .mod(let op): try visitor.visit(op)
    case .sum(let op): try visitor.visit(op)
    case .mean(let op): try visitor.visit(op)
    case .pRelu(let op): try visitor.visit(op)
    case .clip(let op): try visitor.visit(op)
    case .sigmoid(let op): try visitor.visit(op)
    case .tanh(let op): try visitor.visit(op)
    case .exp(let op): try visitor.visit(op)
    case .log(let op): try visitor.visit(op)
    case .sqrt(let op): try visitor.visit(op)
    case .neg(let op): try visitor.visit(op)
    case .abs(let op): try visitor.visit(op)
    case .reciprocal(let op): try visitor.visit(op)
    case .erf(let op): try visitor.visit(op)
    case .floor(let op): try visitor.visit(op)
    case .ceil(let op): try visitor.visit(op)
    case .round(let op): try visitor.visit(op)
    case .hardSigmoid(let op): try visitor.visit(op)
    case .hardSwish(let op): try visitor.visit(op)
    case .elu(let op): try visitor.visit(op)
    case .selu(let op): try visitor.visit(op)
    case .celu(let op): try visitor.visit(op)
    case .gelu(let op): try visitor.visit(op)
    case .softplus(let op): try visitor.visit(op)
    case .softsign(let op): try visitor.visit(op)
    case .sin(let op): try visitor.visit(op)
    case .cos(let op): try visitor.visit(op)
    case .sign(let op): try visitor.visit(op)
    case .mish(let op): try visitor.visit(op)
    case .swish(let op): try visitor.visit(op)
    case .convTranspose(let op): try visitor.visit(op)
    case .gemm(let op): try visitor.visit(op)
    case .matMul(let op): try visitor.visit(op)
    case .batchNormalization(let op): try visitor.visit(op)
    case .maxPool(let op): try visitor.visit(op)
    case .averagePool(let op): try visitor.visit(op)
    case .globalAveragePool(let op): try visitor.visit(op)
    case .globalMaxPool(let op): try visitor.visit(op)
    case .lrn(let op): try visitor.visit(op)
    case .layerNormalization(let op): try visitor.visit(op)
    case .instanceNormalization(let op): try visitor.visit(op)
    case .softmax(let op): try visitor.visit(op)
    case .logSoftmax(let op): try visitor.visit(op)
    case .attention(let op): try visitor.visit(op)
    case .reduceMean(let op): try visitor.visit(op)
    case .reduceSum(let op): try visitor.visit(op)
    case .reduceMax(let op): try visitor.visit(op)
    case .reduceMin(let op): try visitor.visit(op)
    case .reduceProd(let op): try visitor.visit(op)
    case .reduceL1(let op): try visitor.visit(op)
    case .reduceL2(let op): try visitor.visit(op)
    case .reduceSumSquare(let op): try visitor.visit(op)
    case .reduceLogSumExp(let op): try visitor.visit(op)
    case .reduceLogSum(let op): try visitor.visit(op)
    case .argMax(let op): try visitor.visit(op)
    case .argMin(let op): try visitor.visit(op)
    }
  }

  public var code: OpCode {
    switch self {
    case .identity: .identity
    case .cast: .cast
    case .reshape: .reshape
    case .flatten: .flatten
    case .squeeze: .squeeze
    case .unsqueeze: .unsqueeze
    case .transpose: .transpose
    case .concat: .concat
    case .split: .split
    case .slice: .slice
    case .gather: .gather
    case .expand: .expand
    case .tile: .tile
    case .pad: .pad
    case .shape: .shape
    case .size: .size
    case .constantOfShape: .constantOfShape
    case .range: .range
    case .where: .where
    case .depthToSpace: .depthToSpace
    case .spaceToDepth: .spaceToDepth
    case .channelShuffle: .channelShuffle
    case .dropout: .dropout
    case .resize: .resize
    case .add: .add
    case .relu: .relu
    case .leakyRelu: .leakyRelu
    case .conv: .conv
    case .expandDepthwise: .expandDepthwise
    case .sub: .sub
    case .mul: .mul
    case .div: .div
    case .pow: .pow
    case .min: .min
    case .max: .max
    case .equal: .equal
    case .greater: .greater
    case .less: .less
    case .greaterOrEqual: .greaterOrEqual
    case .lessOrEqual: .lessOrEqual
    case .and: .and
    case .or: .or
    case .xor: .xor
    case .not: .not
    case .mod: .mod
    case .sum: .sum
    case .mean: .mean
    case .pRelu: .pRelu
    case .clip: .clip
    case .sigmoid: .sigmoid
    case .tanh: .tanh
    case .exp: .exp
    case .log: .log
    case .sqrt: .sqrt
    case .neg: .neg
    case .abs: .abs
    case .reciprocal: .reciprocal
    case .erf: .erf
    case .floor: .floor
    case .ceil: .ceil
    case .round: .round
    case .hardSigmoid: .hardSigmoid
    case .hardSwish: .hardSwish
    case .elu: .elu
    case .selu: .selu
    case .celu: .celu
    case .gelu: .gelu
    case .softplus: .softplus
    case .softsign: .softsign
    case .sin: .sin
    case .cos: .cos
    case .sign: .sign
    case .mish: .mish
    case .swish: .swish
    case .convTranspose: .convTranspose
    case .gemm: .gemm
    case .matMul: .matMul
    case .batchNormalization: .batchNormalization
    case .maxPool: .maxPool
    case .averagePool: .averagePool
    case .globalAveragePool: .globalAveragePool
    case .globalMaxPool: .globalMaxPool
    case .lrn: .lrn
    case .layerNormalization: .layerNormalization
    case .instanceNormalization: .instanceNormalization
    case .softmax: .softmax
    case .logSoftmax: .logSoftmax
    case .attention: .attention
    case .reduceMean: .reduceMean
    case .reduceSum: .reduceSum
    case .reduceMax: .reduceMax
    case .reduceMin: .reduceMin
    case .reduceProd: .reduceProd
    case .reduceL1: .reduceL1
    case .reduceL2: .reduceL2
    case .reduceSumSquare: .reduceSumSquare
    case .reduceLogSumExp: .reduceLogSumExp
    case .reduceLogSum: .reduceLogSum
    case .argMax: .argMax
    case .argMin: .argMin
    }
  }
}
