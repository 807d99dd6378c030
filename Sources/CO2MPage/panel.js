// What stands beside the graph: the whole model, or the node that is chosen. All text goes in as text.

function make(tag, attributes = {}, ...children) {
  const isDrawing = ["svg", "rect", "text", "title"].includes(tag);
  const element = isDrawing ? document.createElementNS(document.getElementById("pen").namespaceURI, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function formatCount(value) {
  for (const unit of ["", " K", " M", " G", " T"]) {
    if (value < 999.5) return (unit === "" ? String(Math.round(value)) : value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)) + unit;
    value /= 1000;
  }
  return value.toFixed(0) + " P";
}
const formatBytes = (value) => (value < 1000 ? value + " B" : formatCount(value) + "B");
const formatWhole = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");
function formatTime(nanoseconds) {
  return nanoseconds < 1e4 ? (nanoseconds / 1000).toFixed(2) + " µs" : nanoseconds < 1e6 ? (nanoseconds / 1000).toFixed(1) + " µs" : (nanoseconds / 1e6).toFixed(2) + " ms";
}
function formatNumber(value) {
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  return size === 0 ? "0" : size >= 0.001 && size < 100000 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}
const formatShare = (share) => (share * 100).toFixed(share < 0.0995 ? 1 : 0) + " %";

function factList(rows) {
  return make("dl", { class: "facts" }, rows.filter(([, value]) => value).map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

class Panel {
  constructor(element, page) { Object.assign(this, { element, page }); }

  show(stage, index) {
    this.element.replaceChildren(...(index < 0 ? this.overview(stage) : this.node(stage, index)));
    this.element.scrollTop = 0;
  }

  link(stage, box, text) {
    const name = stage.boxes[box].name || stage.boxes[box].title;
    return make("a", { class: "link", href: this.page.address(stage, box) }, text ?? name);
  }

  overview(stage) {
    const { data } = this.page, counts = new Map();
    for (const box of stage.boxes) {
      if (!box.node) continue;
      const row = counts.get(box.title) ?? { count: 0, macs: 0, parameters: 0 };
      row.count++;
      row.macs += box.node.macs;
      row.parameters += box.node.parameters;
      counts.set(box.title, row);
    }
    const rows = [...counts].sort((a, b) => b[1].macs - a[1].macs || b[1].count - a[1].count || (a[0] < b[0] ? -1 : 1));
    const ports = (title, isInput) => {
      const list = stage.boxes.map((box, index) => ({ box, index })).filter(({ box }) => !box.node && box.isInput === isInput);
      return list.length === 0 ? [] : [make("h3", {}, title), ...list.map(({ box, index }) => this.tensor(stage, (isInput ? box.outputs : box.inputs)[0], this.link(stage, index)))];
    };
    return [
      make("h2", {}, stage.name),
      make("div", {}, stage.nodeCount === 1 ? "1 node" : formatWhole(stage.nodeCount) + (stage.name === "planned" ? " steps" : " nodes")),
      ...data.notes.map((note) => make("div", { class: "note" }, note)),
      ...ports("Inputs", true), ...ports("Outputs", false),
      make("h3", {}, "Operators"),
      make("table", {},
        make("thead", {}, make("tr", {}, make("th", {}, "operator"), make("th", { class: "n" }, "nodes"), make("th", { class: "n" }, "MACs"), make("th", { class: "n" }, "params"))),
        make("tbody", {}, rows.map(([op, row]) => make("tr", {},
          make("td", {}, make("button", { class: "link", type: "button", onclick: () => this.page.searchFor(op) }, op)),
          make("td", { class: "n" }, formatWhole(row.count)), make("td", { class: "n" }, row.macs ? formatCount(row.macs) : ""),
          make("td", { class: "n" }, row.parameters ? formatCount(row.parameters) : ""))))),
    ];
  }

  node(stage, index) {
    const box = stage.boxes[index], { node } = box;
    const step = node ? index - stage.firstNode : -1;
    const facts = node ? [
      [stage.name === "planned" ? "step" : "index", String(step)], ["attributes", node.attributes], ["kernel", node.kernel],
      ["time", node.time === undefined ? "" : formatTime(node.time)], ["error", node.sqnr === undefined ? "" : node.sqnr.toFixed(1) + " dB SQNR"],
      ["share", node.share === undefined ? "" : formatShare(node.share) + " of its bound"], ["change", node.change && node.change !== "same" ? [CHANGES[node.change][0], ...(node.changes ?? [])].join(": ") : ""],
      ["MACs", node.macs ? formatWhole(node.macs) : ""], ["parameters", node.parameters ? formatWhole(node.parameters) : ""],
      ["bytes", node.bytes ? formatWhole(node.bytes) + " read and written" : ""],
    ] : [];
    const parts = (stage.parts?.get(index) ?? []), { before, after: nextStage } = stage;
    const own = new Set(before ? parts.filter((part) => before.next.same[part] === index) : []);
    const others = parts.filter((part) => !own.has(part));
    const after = nextStage ? stage.next.into[index] : undefined;
    const list = (title, links) => (links.length === 0 ? [] : [make("h3", {}, title), make("div", { class: "links name" }, links)]);
    return [
      make("h2", {}, box.title + box.suffix), make("div", { class: "name" }, box.name), factList(facts),
      ...(before && node ? list("Was " + before.name + " as", [...own].map((part) => this.link(before, part))) : []),
      ...(before && node ? list("Took in", others.map((part) => this.link(before, part, before.boxes[part].title + " " + before.boxes[part].name))) : []),
      ...(after !== undefined ? list(stage.next.same[index] === after ? "Is " + nextStage.name + " as" : "Went into", [this.link(nextStage, after)]) : []),
      ...(box.inputs.length > 0 ? [make("h3", {}, box.inputs.length === 1 ? "Input" : "Inputs"), ...box.inputs.map((value) => this.input(stage, value))] : []),
      ...(box.outputs.length > 0 ? [make("h3", {}, box.outputs.length === 1 ? "Output" : "Outputs"), ...box.outputs.map((value) => this.output(stage, value))] : []),
    ];
  }

  input(stage, index) {
    if (index < 0) return make("div", { class: "tensor" }, make("div", { class: "type" }, "left out"));
    const producer = stage.producer.get(index);
    return this.tensor(stage, index, make("span", {}, stage.values[index].name),
      producer === undefined ? null : make("div", { class: "type" }, "from ", this.link(stage, producer, stage.boxes[producer].title + " " + stage.boxes[producer].name)));
  }

  output(stage, index) {
    const value = stage.values[index], readers = stage.readers[index];
    const names = readers.slice(0, 24).map(({ box }) => this.link(stage, box, stage.boxes[box].title + " " + stage.boxes[box].name));
    return this.tensor(stage, index, make("span", {}, value.name),
      readers.length === 0 ? null : make("div", { class: "type" }, "read by ", make("span", { class: "links" }, names, readers.length > 24 ? "and " + (readers.length - 24) + " more" : "")));
  }

  // A tensor: its name, what it is, what it equals, and its numbers where it is a weight.
  tensor(stage, index, title, ...more) {
    const value = stage.values[index], weight = value.weight === undefined ? null : this.page.data.weights[value.weight];
    const words = [typeText(value), value.layout, value.precision && value.precision !== value.type ? "stored as " + value.precision : "",
      value.bytes ? formatBytes(value.bytes) : ""].filter(Boolean);
    const origins = (value.origins ?? []).filter((name) => name !== value.name);
    return make("div", { class: "tensor" }, make("div", { class: "name" }, title), make("div", { class: "type" }, words.join(", ")),
      origins.length > 0 ? make("div", { class: "type" }, "equals ", make("span", { class: "name" }, origins.join(", "))) : null, ...more,
      weight ? histogram(weight) : null);
  }
}

function histogram(weight) {
  const most = Math.max(1, ...weight.bins), count = weight.bins.reduce((sum, bin) => sum + bin, 0);
  const words = ["mean " + formatNumber(weight.mean), "rms " + formatNumber(weight.rms),
    weight.zeros ? formatWhole(weight.zeros) + (weight.zeros === 1 ? " zero" : " zeros") : "", weight.not_finite ? formatWhole(weight.not_finite) + " not finite" : ""].filter(Boolean);
  if (count === 0) return make("div", { class: "type" }, "all " + formatNumber(weight.minimum) + (weight.not_finite ? ", " + weight.not_finite + " not finite" : ""));
  const bars = weight.bins.map((bin, place) => {
    const height = bin === 0 ? 0 : Math.max(1.5, (bin / most) * 62);
    return make("rect", { x: place * 10 + 0.75, y: 64 - height, width: 8.5, height, rx: 1 },
      make("title", {}, formatWhole(bin) + " of " + formatWhole(count)));
  });
  return make("div", {},
    make("svg", { class: "histogram", viewBox: "0 0 320 64", preserveAspectRatio: "none", role: "img", "aria-label": "histogram" }, bars),
    make("div", { class: "ends" }, make("span", {}, formatNumber(weight.minimum)), make("span", {}, formatNumber(weight.maximum))),
    make("div", { class: "type" }, words.join(", ")));
}
