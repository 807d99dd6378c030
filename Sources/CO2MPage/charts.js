// The other tabs: where the bytes are, what lies in the arena when, where the time goes.

class Charts {
  constructor(page) { this.page = page; this.isStored = true; this.group = "layer"; }

  // Whether there is a bundle: then the tabs show it, whatever stage the graph is at.
  get hasFile() { return this.page.data.stored.length > 0 || this.page.data.arena !== undefined; }

  get plan() { return this.page.stages[this.page.stages.length - 1]; }

  tabs() {
    const { data } = this.page, hasPlan = data.arena !== undefined;
    return [["bytes", "Bytes", hasPlan || data.stages[0].values.some((value) => value.weight !== undefined)], ["memory", "Memory", hasPlan], ["latency", "Latency", hasPlan],
      ["compare", data.comparison?.tab, data.comparison !== undefined]]
      .filter(([, , isThere]) => isThere);
  }

  show(name, element) {
    element.replaceChildren();
    this[name](element);
  }

  // What was compared: a row for each part, whose name leads to its node.
  compare(element) {
    const { comparison } = this.page.data;
    element.append(make("h2", {}, comparison.title), ...comparison.lines.map((line) => make("p", {}, line)));
    for (const { title, heads, rows } of comparison.tables) {
      // Figures stand to the right.
      const sides = heads.map(({ figure }) => (figure ? "n" : undefined));
      if (title) element.append(make("h3", {}, title));
      element.append(make("table", {}, make("thead", {}, make("tr", {}, heads.map(({ name }, place) => make("th", { class: sides[place] }, name)))),
        make("tbody", {}, rows.map((row) => make("tr", { class: row.marked ? "marked" : undefined }, row.cells.map((cell, place) => {
          const stage = this.page.stages[row.stage], isLink = place === comparison.link && row.node !== undefined;
          const text = isLink ? make("button", { class: "link", type: "button", onclick: () => this.page.go(stage, stage.firstNode + row.node) }, cell) : cell;
          return make("td", { class: sides[place] ?? (place === comparison.link ? "name" : undefined) }, text);
        }))))));
    }
  }

  // Bytes

  bytes(element) {
    const { data } = this.page;
    const choice = (label, options, now, set) => make("div", { class: "choice", role: "group", "aria-label": label },
      options.map(([value, text]) => make("button", { type: "button", "aria-pressed": String(value === now), onclick: () => { set(value); this.show("bytes", element); } }, text)));
    const { hasFile } = this;
    element.append(make("h2", {}, "Where the bytes are"), make("p", {}, hasFile
      ? (this.isStored
        ? "As the file has them, compressed. The weights lie in one frame: a layer's share of it is what its weights take when they are compressed alone."
        : "As they lie in memory, unpacked and padded as the kernels read them.")
      : "The constants of the graph in their own types."));
    if (hasFile) element.append(choice("Form", [[true, "in the file (zstd)"], [false, "installed"]], this.isStored, (value) => { this.isStored = value; }));
    element.append(choice("Grouped by", hasFile ? [["layer", "layer"], ["section", "section"], ["precision", "precision"]] : [["layer", "layer"], ["precision", "type"]],
      this.group, (value) => { this.group = value; }));
    const parts = this.parts().filter((part) => part.bytes > 0), total = parts.reduce((sum, part) => sum + part.bytes, 0);
    const plot = make("div", { class: "plot" });
    element.append(plot, make("h3", {}, parts.length > 40 ? "The largest of " + formatWhole(parts.length) : "In figures"), this.table(parts, total));
    this.treemap(plot, parts, total);
  }

  // Parts with { name, bytes, kind, box }, the largest first.
  parts() {
    const { data } = this.page, { hasFile } = this, stage = hasFile ? this.plan : this.page.stage, parts = new Map();
    const of = (part) => (this.isStored ? part.stored : part.raw);
    if (hasFile && this.group === "section") return data.sections.map((section) => ({ name: section.name, bytes: of(section), kind: section.name === "weights" ? "product" : "move" })).sort((a, b) => b.bytes - a.bytes);
    const add = (key, bytes, rest) => {
      const part = parts.get(key) ?? { bytes: 0, count: 0, ...rest };
      part.bytes += bytes;
      part.count++;
      parts.set(key, part);
    };
    const stored = hasFile ? data.stored.map((entry) => ({ value: entry.value, bytes: of(entry) }))
      : stage.values.flatMap((value, index) => (value.weight === undefined || !value.bytes ? [] : [{ value: index, bytes: value.bytes }]));
    const kinds = ["product", "activation", "pool", "norm", "other", "quantization"];
    const precisions = [...new Set(stored.map(({ value }) => stage.values[value].precision ?? stage.values[value].type))].sort();
    for (const { value, bytes } of stored) {
      const precision = stage.values[value].precision ?? stage.values[value].type, kind = kinds[precisions.indexOf(precision) % kinds.length];
      const box = stage.readers[value][0]?.box;
      if (this.group === "precision") add(precision, bytes, { name: precision, kind });
      else if (box !== undefined) {
        const { name, title } = stage.boxes[box], isMixed = precisions.length > 1;
        add(box, bytes, { name, title, kind: isMixed ? kind : stage.boxes[box].kind, word: isMixed ? precision : KIND_NAMES[stage.boxes[box].kind], box, stage });
      }
    }
    if (hasFile && this.group === "layer") for (const section of data.sections) if (section.name !== "weights") add(section.name, of(section), { name: "section " + section.name, kind: "move" });
    return [...parts.values()].sort((a, b) => b.bytes - a.bytes);
  }

  table(parts, total) {
    const { page } = this, most = parts[0]?.bytes ?? 1;
    return make("table", {},
      make("thead", {}, make("tr", {}, make("th", {}, this.group), make("th", {}, ""), make("th", { class: "n" }, "bytes"), make("th", { class: "n" }, "share"))),
      make("tbody", {}, parts.slice(0, 40).map((part) => make("tr", {},
        make("td", { class: "name" }, part.box === undefined ? part.name : make("a", { class: "link", href: page.address(part.stage, part.box) }, part.title + " " + part.name)),
        make("td", { class: "bars" }, make("span", { class: "bar", style: "width:" + ((part.bytes / most) * 100).toFixed(2) + "%" })),
        make("td", { class: "n" }, formatBytes(part.bytes)), make("td", { class: "n" }, formatShare(part.bytes / total))))));
  }

  // Rectangles as square as they come (Bruls, Huizing, van Wijk 2000); what is too small to be seen is one.
  treemap(plot, parts, total) {
    const width = Math.max(320, plot.clientWidth), height = Math.round(Math.min(460, Math.max(220, width * 0.42)));
    const least = (total * 18) / (width * height), large = parts.filter((part) => part.bytes >= least);
    const rest = parts.slice(large.length), all = [...large];
    if (rest.length > 0) all.push({ name: rest.length + " smaller", bytes: rest.reduce((sum, part) => sum + part.bytes, 0), kind: "port" });
    const svg = make("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "treemap of bytes" });
    for (const { part, x, y, w, h } of squarify(all, total, width, height)) {
      const style = this.page.theme.kinds[part.kind];
      const rect = make("rect", { class: "leaf", x: x.toFixed(1), y: y.toFixed(1), width: Math.max(0, w).toFixed(1), height: Math.max(0, h).toFixed(1), fill: style.fill, rx: 3 },
        make("title", {}, [part.title, part.name].filter(Boolean).join(" ") + ": " + formatBytes(part.bytes) + ", " + formatShare(part.bytes / total)));
      if (part.box !== undefined) rect.addEventListener("click", () => this.page.go(part.stage, part.box));
      svg.append(rect);
      const names = shorterNames(part);
      const fits = (text, size, weight) => this.page.view.widthOf(text, weight) * size <= w - 16;
      const name = names.find((text) => fits(text, 12.5, 400)), bytes = formatBytes(part.bytes);
      if (name && h >= 24) svg.append(make("text", { x: x + 8, y: y + 18 }, name));
      if (name && h >= 42 && fits(bytes, 12.5, 400)) svg.append(make("text", { x: x + 8, y: y + 35, class: "soft" }, bytes));
    }
    plot.append(svg);
    const words = new Map(large.filter((part) => part.word).map((part) => [part.word, part.kind]));
    if (words.size > 1) {
      plot.append(make("p", {}, [...words].map(([word, kind]) =>
        make("span", { class: "key" }, make("i", { style: `background:var(--${kind});border-color:var(--${kind}-edge)` }), word))));
    }
  }

  // Memory

  memory(element) {
    const { data } = this.page, stage = this.plan, steps = stage.nodeCount, blocks = data.blocks;
    const live = new Float64Array(steps + 2);
    for (const block of blocks) {
      if (block.isSlice) continue;
      live[block.first + 1] += block.bytes;
      if (block.last + 2 < live.length) live[block.last + 2] -= block.bytes;
    }
    let peak = 0, at = 0, sum = 0;
    for (let step = 0; step <= steps; step++) {
      sum += live[step];
      live[step] = sum;
      if (sum > peak) [peak, at] = [sum, step - 1];
    }
    this.step ??= Math.max(0, at);
    element.append(make("h2", {}, "What lies in the arena, and when"),
      make("p", {}, `Each block is a tensor: as tall as its bytes, where it lies in the ${formatBytes(data.arena)} of the arena, from the step that writes it to the last that reads it. `
        + `Most is in use at step ${Math.max(0, at)}: ${formatBytes(peak)}, ${formatShare(peak / Math.max(1, data.arena))} of the arena. Click to choose a step.`));
    const plot = make("div", { class: "plot" }), canvas = make("canvas", { "aria-label": "the arena over the steps", role: "img", tabindex: 0 });
    const list = make("div", {});
    plot.append(canvas);
    element.append(plot, list);
    const drawn = { canvas, blocks, steps, live };
    const choose = (step) => {
      this.step = Math.max(0, Math.min(steps - 1, step));
      this.drawArena(drawn);
      this.live(list);
    };
    canvas.addEventListener("click", (event) => choose(this.stepAt(event, drawn)));
    canvas.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
      if (!move) return;
      event.preventDefault();
      choose(this.step + move);
    });
    canvas.addEventListener("pointermove", (event) => this.hover(event, drawn));
    canvas.addEventListener("pointerleave", () => this.page.tip(null));
    this.redraw = () => choose(this.step);
    choose(this.step);
  }

  plotSize(canvas, height) {
    const ratio = pixelRatio(), width = Math.max(320, canvas.parentElement.clientWidth);
    canvas.style.height = height + "px";
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return { context, width, height, left: 74, right: 12, top: 10, bottom: 30 };
  }

  axes(size, steps, most, format) {
    const { context, width, height, left, right, top, bottom } = size, { theme, view } = this.page;
    context.font = "12.5px " + view.font;
    context.textBaseline = "middle";
    context.lineWidth = 1;
    const lines = 4;
    for (let line = 0; line <= lines; line++) {
      const y = height - bottom - (line / lines) * (height - top - bottom);
      context.strokeStyle = theme.line;
      context.beginPath();
      context.moveTo(left, Math.round(y) + 0.5);
      context.lineTo(width - right, Math.round(y) + 0.5);
      context.stroke();
      context.fillStyle = theme.soft;
      context.textAlign = "right";
      context.fillText(format((most * line) / lines), left - 8, y);
    }
    context.textAlign = "center";
    const count = Math.min(8, steps), step = niceStep(steps / Math.max(1, count));
    for (let place = 0; place < steps; place += step) {
      const x = left + ((place + 0.5) / steps) * (width - left - right);
      context.fillText(place === 0 ? "step 0" : String(place), Math.max(left + 20, x), height - bottom + 16);
    }
    context.textAlign = "left";
  }

  drawArena({ canvas, blocks, steps, live }) {
    const size = this.plotSize(canvas, 380), { context, width, height, left, right, top, bottom } = size, { theme, data } = this.page, stage = this.plan;
    const X = (step) => left + (step / Math.max(1, steps)) * (width - left - right), Y = (byte) => height - bottom - (byte / Math.max(1, data.arena)) * (height - top - bottom);
    this.axes(size, steps, data.arena, (value) => formatBytes(Math.round(value)));
    for (const block of blocks) {
      const box = stage.boxes[stage.producer.get(block.value) ?? -1], style = theme.kinds[box?.kind ?? "port"];
      const x = X(Math.max(0, block.first)), w = X(Math.min(steps, block.last + 1)) - x, y = Y(block.at + block.bytes), h = Y(block.at) - y;
      if (!block.isSlice) {
        context.fillStyle = style.fill;
        context.fillRect(x, y, Math.max(0.7, w), Math.max(0.7, h));
      }
      if (w > 2.5 && h > 2.5) {
        context.strokeStyle = style.edge;
        context.setLineDash(block.isSlice ? [3, 3] : []);
        context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
      } else {
        context.fillStyle = style.edge;
        context.fillRect(x, y, Math.max(0.7, w), Math.max(0.7, h));
      }
    }
    context.setLineDash([]);
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let step = 0; step < steps; step++) {
      const y = Y(Math.min(data.arena, live[step + 1]));
      context.lineTo(X(step), y);
      context.lineTo(X(step + 1), y);
    }
    context.stroke();
    context.fillStyle = theme.accent;
    context.globalAlpha = 0.22;
    context.fillRect(X(this.step), top, Math.max(2, X(this.step + 1) - X(this.step)), height - top - bottom);
    context.globalAlpha = 1;
    Object.assign(this, { X, Y });
  }

  stepAt(event, { canvas, steps }) {
    const left = 74, width = canvas.clientWidth - 74 - 12;
    return Math.floor(((event.offsetX - left) / width) * steps);
  }

  hover(event, drawn) {
    const step = this.stepAt(event, drawn), byte = ((380 - 30 - event.offsetY) / (380 - 40)) * this.page.data.arena;
    const found = drawn.blocks.filter((block) => step >= block.first && step <= block.last && byte >= block.at && byte < block.at + block.bytes);
    const block = found[found.length - 1];
    this.page.tip(block ? [this.plan.values[block.value].name, typeText(this.plan.values[block.value]) + ", " + formatBytes(block.bytes),
      `steps ${Math.max(0, block.first)} to ${Math.min(drawn.steps - 1, block.last)}`] : null, event);
  }

  live(element) {
    const stage = this.plan, step = this.step, box = stage.firstNode + step;
    const rows = this.page.data.blocks.filter((block) => block.first <= step && block.last >= step).sort((a, b) => b.bytes - a.bytes);
    element.replaceChildren(
      make("h3", {}, "Live in step " + step + ", ", make("a", { class: "link", href: this.page.address(stage, box) }, stage.boxes[box].title + " " + stage.boxes[box].name)),
      make("table", {}, make("thead", {}, make("tr", {}, make("th", {}, "tensor"), make("th", {}, "type"), make("th", { class: "n" }, "at"), make("th", { class: "n" }, "bytes"), make("th", { class: "n" }, "steps"))),
        make("tbody", {}, rows.slice(0, 60).map((block) => make("tr", {}, make("td", { class: "name" }, stage.values[block.value].name), make("td", {}, typeText(stage.values[block.value])),
          make("td", { class: "n" }, formatWhole(block.at)), make("td", { class: "n" }, formatWhole(block.bytes)), make("td", { class: "n" }, `${Math.max(0, block.first)} to ${Math.min(stage.nodeCount - 1, block.last)}`))))));
  }

  // Latency

  latency(element) {
    const stage = this.plan, { page } = this;
    element.append(make("h2", {}, "Where the time goes"));
    const nodes = stage.boxes.map((box, index) => ({ box, index })).filter(({ box }) => box.node), total = nodes.reduce((sum, { box }) => sum + (box.node.time ?? 0), 0);
    if (total === 0) {
      element.append(make("p", {}, "The page was made without times. These commands measure the steps on a machine and put them in:"),
        make("pre", {}, "onnx2mobile bench BUNDLE.o2m --profile --json > profile.json\nonnx2mobile dump BUNDLE.o2m --format html --profile profile.json > page.html"));
      return;
    }
    element.append(make("p", {}, `${formatTime(total)} in ${formatWhole(nodes.length)} steps, the median of each.`));
    const plot = make("div", { class: "plot" }), canvas = make("canvas", { role: "img", "aria-label": "time of each step" });
    plot.append(canvas);
    element.append(plot);
    const most = Math.max(...nodes.map(({ box }) => box.node.time ?? 0));
    this.redraw = () => {
      const size = this.plotSize(canvas, 240), { context, width, height, left, right, top, bottom } = size;
      this.axes(size, nodes.length, most, formatTime);
      const wide = (width - left - right) / nodes.length;
      nodes.forEach(({ box }, step) => {
        const tall = ((box.node.time ?? 0) / most) * (height - top - bottom);
        context.fillStyle = page.theme.kinds[box.kind].edge;
        context.fillRect(left + step * wide + (wide > 4 ? 0.5 : 0), height - bottom - tall, Math.max(0.7, wide - (wide > 4 ? 1 : 0)), tall);
      });
    };
    this.redraw();
    const drawn = { canvas, steps: nodes.length };
    canvas.addEventListener("click", (event) => { const hit = nodes[this.stepAt(event, drawn)]; if (hit) page.go(stage, hit.index); });
    canvas.addEventListener("pointermove", (event) => {
      const hit = nodes[this.stepAt(event, drawn)];
      page.tip(hit ? [hit.box.title + " " + hit.box.name, formatTime(hit.box.node.time ?? 0) + ", " + formatShare((hit.box.node.time ?? 0) / total)] : null, event);
    });
    canvas.addEventListener("pointerleave", () => page.tip(null));
    const rows = [...nodes].sort((a, b) => b.box.node.time - a.box.node.time).slice(0, 40);
    element.append(make("h3", {}, nodes.length > 40 ? "The slowest" : "In order of time"), make("table", {},
      make("thead", {}, make("tr", {}, make("th", { class: "n" }, "step"), make("th", {}, "node"), make("th", {}, "kernel"), make("th", {}, ""), make("th", { class: "n" }, "time"), make("th", { class: "n" }, "share"), make("th", { class: "n" }, "GFLOP/s"))),
      make("tbody", {}, rows.map(({ box, index }) => make("tr", {}, make("td", { class: "n" }, String(index - stage.firstNode)),
        make("td", { class: "name" }, make("a", { class: "link", href: page.address(stage, index) }, box.title + " " + box.name)), make("td", {}, box.node.kernel ?? ""),
        make("td", { class: "bars" }, make("span", { class: "bar", style: "width:" + ((box.node.time / most) * 100).toFixed(2) + "%" })),
        make("td", { class: "n" }, formatTime(box.node.time)), make("td", { class: "n" }, formatShare(box.node.time / total)),
        make("td", { class: "n" }, box.node.macs ? ((2 * box.node.macs) / Math.max(1, box.node.time)).toFixed(1) : ""))))));
  }
}

// The name of a layer, then its last words, without the operator that many end in.
function shorterNames({ name, title }) {
  const words = name.split(/[/]/).filter(Boolean);
  if (words.length > 1 && words[words.length - 1] === title) words.pop();
  return [name, ...words.map((_, first) => words.slice(first).join("/"))];
}

function niceStep(step) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, step)));
  return Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((nice) => nice >= step));
}

function squarify(parts, total, width, height) {
  const placed = [], scale = (width * height) / Math.max(1, total);
  let x = 0, y = 0, w = width, h = height, first = 0;
  while (first < parts.length) {
    const side = Math.min(w, h);
    let sum = 0, worst = Infinity, count = 0;
    for (let next = first; next < parts.length; next++) {
      const area = sum + parts[next].bytes * scale, large = parts[first].bytes * scale, small = parts[next].bytes * scale;
      const ratio = Math.max((side * side * large) / (area * area), (area * area) / (side * side * Math.max(1e-9, small)));
      if (ratio > worst) break;
      [worst, sum] = [ratio, area];
      count++;
    }
    const thick = sum / Math.max(1e-9, side);
    let along = 0;
    for (const part of parts.slice(first, first + count)) {
      const length = (part.bytes * scale) / Math.max(1e-9, thick);
      placed.push(w >= h ? { part, x, y: y + along, w: thick, h: length } : { part, x: x + along, y, w: length, h: thick });
      along += length;
    }
    if (w >= h) [x, w] = [x + thick, w - thick];
    else [y, h] = [y + thick, h - thick];
    first += count;
  }
  return placed;
}
