// The stages of the page's data with what the other files ask of them: who computes and reads a value, what each box says, and which boxes
// of two stages are one.

const KINDS = {
  product: ["Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "MatMul", "MatMulInteger", "QLinearMatMul", "Gemm", "Einsum", "Attention", "FusedAttention",
    "ExpandDepthwise", "LSTM", "GRU", "RNN", "DeformConv", "FusedMatMul"],
  activation: ["Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu", "Selu", "Celu", "Gelu", "SiLU",
    "Swish", "Softplus", "Softsign", "Mish", "ThresholdedRelu", "Softmax", "LogSoftmax", "Hardmax", "Erf", "Shrink"],
  norm: ["BatchNormalization", "LayerNormalization", "InstanceNormalization", "GroupNormalization", "LRN", "LpNormalization", "RMSNormalization",
    "MeanVarianceNormalization", "SimplifiedLayerNormalization", "ScaleShift"],
  pool: ["MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "ArgMax", "ArgMin", "TopK", "CumSum"],
  quantization: ["QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"],
  move: ["Reshape", "Transpose", "Concat", "Split", "Slice", "Squeeze", "Unsqueeze", "Flatten", "Expand", "Tile", "Pad", "Gather", "GatherND",
    "GatherElements", "Scatter", "ScatterND", "ScatterElements", "Identity", "Cast", "Shape", "Size", "Constant", "ConstantOfShape", "Range",
    "DepthToSpace", "SpaceToDepth", "Layout", "Resize", "Upsample", "Dropout", "ChannelShuffle", "Where", "Compress", "NonZero", "OneHot",
    "ReverseSequence", "Trilu", "EyeLike", "CastLike", "GridSample", "RoiAlign", "ChannelDeal"],
};
const KIND_NAMES = {
  product: "products", activation: "activations", norm: "normalization", pool: "pooling, reduction", quantization: "quantization",
  move: "moves", other: "elementwise, other", port: "inputs, outputs",
};
const KIND_OF = new Map(Object.entries(KINDS).flatMap(([kind, names]) => names.map((name) => [name, kind])));

function kindOf(op) {
  return KIND_OF.get(op) ?? (op.startsWith("Reduce") ? "pool" : op.startsWith("QLinear") ? "quantization" : "other");
}

function shapeText(value) {
  return value.shape.length === 0 ? "scalar" : value.shape.map((extent) => extent ?? "?").join(" × ");
}

function typeText(value) {
  return value.type + " [" + value.shape.map((extent) => extent ?? "?").join(", ") + "]";
}

// Boxes of a stage: its inputs, then its nodes, then its outputs.
class Stage {
  constructor(data) {
    Object.assign(this, { data, name: data.name, values: data.values, firstNode: data.inputs.length, nodeCount: data.nodes.length });
  }

  // A stage that nobody looks at costs nothing.
  get boxes() { return this.build().boxes; }
  get producer() { return this.build().producer; }
  get readers() { return this.build().readers; }
  get byName() { return this.build().byName; }

  build() {
    if (this.built) return this.built;
    const { data } = this, boxes = [], producer = new Map(), readers = data.values.map(() => []), byName = new Map();
    this.built = { boxes, producer, readers, byName };
    for (const value of data.inputs) this.addPort("input", value);
    for (const node of data.nodes) {
      // Zeros and empty texts are left out of the data.
      for (const name of ["macs", "parameters", "bytes"]) node[name] ??= 0;
      node.attributes ??= "";
      for (const value of node.outputs) producer.set(value, boxes.length);
      boxes.push({ kind: kindOf(node.op), title: node.op, name: node.name, node, inputs: node.inputs, outputs: node.outputs });
    }
    for (const value of data.outputs) this.addPort("output", value);
    boxes.forEach((box, index) => {
      box.inputs.forEach((value, place) => { if (value >= 0) readers[value].push({ box: index, place }); });
      if (!byName.has(box.name)) byName.set(box.name, index);
      this.describe(box);
    });
    return this.built;
  }

  addPort(title, value) {
    const isInput = title === "input", box = this.boxes.length;
    const name = this.values[value].name;
    this.boxes.push({ kind: "port", title, name, inputs: isInput ? [] : [value], outputs: isInput ? [value] : [], isInput });
    if (isInput) this.producer.set(value, box);
  }

  // A box says its operator, and below that as many of its words as have room.
  describe(box) {
    const value = this.values[box.outputs[0] ?? box.inputs[0]];
    const text = box.node?.attributes ?? "";
    const then = text.match(/(?:^| )then ([a-z-]+)(?:\(([^)]*)\))?/);
    box.suffix = then ? " + " + (then[1] === "clip" && then[2] === "0.0, 6.0" ? "relu6" : then[1]) : "";
    const window = text.match(/^(\d+(?:x\d+)*)(?= |$)/), stride = text.match(/ (\/\d+(?:,\d+)*)(?= |$)/);
    box.words = [window ? window[1].replaceAll("x", " × ") + (stride ? " " + stride[1] : "") : "", value ? shapeText(value) : ""].filter(Boolean);
    if (box.kind === "port") box.words = [box.name, value ? shapeText(value) : ""].filter(Boolean);
  }

  // Where everything stands.
  get layout() {
    if (!this.placed) {
      const started = performance.now(), columns = this.before ? [] : undefined;
      this.before?.next.same.forEach((box, part) => { if (box !== undefined) columns[box] ??= this.before.layout.columns[part]; });
      this.placed = layoutGraph(this.graph, columns);
      this.placed.time = performance.now() - started;
    }
    return this.placed;
  }

  // The boxes of this stage among those of the next: see `match`.
  get next() { return (this.matched ??= match(this, this.after, this.pairs)); }

  // The boxes of the stage before that are in each box of this one.
  get parts() {
    if (!this.before || this.gathered) return this.gathered;
    this.gathered = new Map();
    this.before.next.into.forEach((box, part) => {
      if (box === undefined) return;
      if (!this.gathered.has(box)) this.gathered.set(box, []);
      this.gathered.get(box).push(part);
    });
    return this.gathered;
  }

  // The edges as the layout wants them.
  get graph() {
    const edges = [];
    for (const [value, from] of this.producer) {
      const readers = this.readers[value];
      if (readers.length === 0) continue;
      edges.push({ value, from, to: readers.map(({ box }) => ({ box })) });
    }
    edges.sort((a, b) => a.from - b.from || a.value - b.value);
    return { count: this.boxes.length, edges, isSource: (box) => this.boxes[box].isInput === true };
  }

  // The names by which other stages know a box.
  keys(box) {
    const { node, outputs, inputs, title } = this.boxes[box];
    if (!node) return [title + " " + this.boxes[box].name];
    return outputs.flatMap((value) => this.values[value].origins ?? [this.values[value].name]);
  }
}

// For each box of stage `a` the box of stage `b` that is it, or that it went into; undefined where it left nothing. `pairs` are nodes of both
// that somebody matched; without them names tell.
function match(a, b, pairs) {
  const known = new Map();
  for (let box = 0; box < b.boxes.length; box++) for (const key of b.keys(box)) if (!known.has(key)) known.set(key, box);
  const same = new Array(a.boxes.length), into = new Array(a.boxes.length);
  for (const [from, to] of pairs ?? []) same[a.firstNode + from] = b.firstNode + to;
  for (let box = 0; box < a.boxes.length; box++) {
    if (!pairs || !a.boxes[box].node) for (const key of a.keys(box)) same[box] ??= known.get(key);
    into[box] = same[box];
  }
  for (let box = a.boxes.length - 1; box >= 0; box--) {
    if (into[box] !== undefined) continue;
    for (const value of a.boxes[box].outputs) for (const reader of a.readers[value]) into[box] ??= into[reader.box];
  }
  return { same, into };
}

// All stages. Places are worked out when a stage is first shown; columns go from each stage to the next.
function prepare(data) {
  const stages = data.stages.map((stage) => new Stage(stage));
  stages.forEach((stage, index) => Object.assign(stage, { before: stages[index - 1], after: stages[index + 1] }));
  if (data.pairs) stages[0].pairs = data.pairs;
  return stages;
}
