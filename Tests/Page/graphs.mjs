// Data of pages with as many nodes as are asked for: blocks of layers with ways around them, as exporters write them and as the passes and
// the planner leave them. What the tool writes has the same form; Sources/onnx2mobile/Page holds it.

export function graph(count) {
  const imported = new Writer("imported"), optimized = new Writer("optimized"), planned = new Writer("planned");
  const inputs = [imported, optimized, planned].map((stage) => stage.input("image", [1, 16, 56, 56]));
  let [a, b, c] = inputs;
  for (let block = 0; imported.nodes.length < count; block++) {
    const path = `/stage${Math.floor(block / 12)}/block${block % 12}`, [from, fromB, fromC] = [a, b, c];
    const layer = (name, op) => {
      a = imported.node("Conv", `${path}/${name}/conv`, [a], "3x3 pad 1", 4608);
      a = imported.node("BatchNormalization", `${path}/${name}/bn`, [a], "");
      a = imported.node(op, `${path}/${name}/act`, [a], "");
      const origin = [`${path}/${name}/act`];
      b = optimized.node("Conv", `${path}/${name}/conv`, [b], "3x3 pad 1 then relu", 4608, origin);
      c = planned.node("Conv", `${path}/${name}/conv`, [c], "3x3 pad 1 then relu", 4608, origin);
    };
    layer("expand", "Relu");
    const side = a, [sideB, sideC] = [b, c];
    layer("depthwise", "Relu");
    if (block % 4 === 3) {
      [a, b, c] = [[imported, a, side], [optimized, b, sideB], [planned, c, sideC]].map(([stage, x, y]) => stage.node("Concat", `${path}/concat`, [x, y], "axis 1"));
    }
    layer("project", "Relu");
    [a, b, c] = [[imported, a, from], [optimized, b, fromB], [planned, c, fromC]].map(([stage, x, y]) => stage.node("Add", `${path}/add`, [x, y], ""));
  }
  [a, b, c].forEach((value, index) => [imported, optimized, planned][index].output(value));
  const blocks = planned.nodes.map((node, step) => ({ value: node.outputs[0], at: (step % 5) * 200704, bytes: 200704, first: step, last: Math.min(planned.nodes.length, step + 3), isSlice: false }));
  const stored = planned.values.flatMap((value, index) => (value.precision ? [{ value: index, raw: value.bytes, stored: Math.round(value.bytes * 0.8) }] : []));
  return {
    title: `${count}.onnx`, tool: "onnx2mobile", facts: [["nodes", String(imported.nodes.length)]], notes: [], start: "imported",
    stages: [imported, optimized, planned].map(({ name, values, nodes, inputs, outputs }) => ({ name, values, nodes, inputs, outputs })),
    weights: [{ minimum: -1, maximum: 1, mean: 0, rms: 0.4, zeros: 3, not_finite: 0, bins: Array.from({ length: 32 }, (_, bin) => Math.round(99 * Math.exp(-(((bin - 16) / 7) ** 2)))) }],
    arena: 5 * 200704, blocks, file_bytes: 4e6, sections: [{ name: "graph", raw: 9e4, stored: 2e4 }, { name: "weights", raw: 4e6, stored: 3e6 }], stored,
  };
}

class Writer {
  constructor(name) { Object.assign(this, { name, values: [], nodes: [], inputs: [], outputs: [] }); }

  value(value) { return this.values.push({ type: "float32", bytes: 200704, ...value }) - 1; }

  input(name, shape) {
    const value = this.value({ name, shape });
    this.inputs.push(value);
    return value;
  }

  output(value) { this.outputs.push(value); }

  node(op, name, inputs, attributes, parameters = 0, origins = undefined) {
    const isPlanned = this.name === "planned", all = [...inputs];
    if (parameters) all.push(this.value({ name: name + ".weight", shape: [32, 16, 3, 3], weight: 0, bytes: 4 * parameters, ...(isPlanned ? { precision: this.nodes.length % 3 ? "int8" : "float16" } : {}) }));
    const output = this.value({ name, shape: [1, 16, 56, 56], origins, ...(isPlanned ? { layout: "channels last" } : {}) });
    const step = this.nodes.length;
    this.nodes.push({ name, op, attributes, inputs: all, outputs: [output], parameters, macs: parameters * 3136, bytes: 401408 + 4 * parameters,
      ...(isPlanned ? { kernel: "convolution", time: 1000 + ((step * 7919) % 50) * 900, sqnr: 30 + ((step * 31) % 60) } : {}) });
    return output;
  }
}
