// The graph on its canvas: what is in sight is drawn, with the camera, the walk between stages, and what lies under a point.

class Camera {
  constructor() { this.scale = 1; this.x = 0; this.y = 0; }
  screen(x, y) { return [x * this.scale + this.x, y * this.scale + this.y]; }
  world(x, y) { return [(x - this.x) / this.scale, (y - this.y) / this.scale]; }
  zoom(factor, x, y) {
    const scale = Math.min(3, Math.max(0.002, this.scale * factor)), change = scale / this.scale;
    this.x = x - (x - this.x) * change;
    this.y = y - (y - this.y) * change;
    this.scale = scale;
  }
}

// Colours as numbers, for contrast and for ramps.
function parseColour(text) {
  const hex = text.trim().slice(1);
  return [0, 2, 4].map((place) => parseInt(hex.slice(place, place + 2), 16));
}
const hexColour = (colour) => "#" + colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");
function luminance(colour) {
  const [r, g, b] = colour.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

class Theme {
  constructor() { this.read(); }
  read() {
    const style = getComputedStyle(document.documentElement);
    this.get = (name) => style.getPropertyValue("--" + name).trim();
    for (const name of ["ground", "surface", "ink", "soft", "line", "accent", "mark", "wire"]) this[name] = this.get(name);
    this.heatStops = ["heat-0", "heat-1", "heat-2"].map((name) => parseColour(this.get(name)));
    this.kinds = {};
    for (const kind of Object.keys(KIND_NAMES)) this.kinds[kind] = { fill: this.get(kind), edge: this.get(kind + "-edge"), ink: this.ink, soft: this.soft };
    this.heats = Array.from({ length: 33 }, (_, step) => this.heatStyle(step / 32));
  }
  heatStyle(share) {
    const place = Math.min(1.9999, share * 2), [low, high] = [this.heatStops[Math.floor(place)], this.heatStops[Math.floor(place) + 1]];
    const fill = low.map((part, index) => part + (high[index] - part) * (place % 1));
    const ink = contrast(fill, [0, 0, 0]) >= contrast(fill, [255, 255, 255]) ? "#000000" : "#ffffff";
    const edge = fill.map((part) => part + ((ink === "#000000" ? 0 : 255) - part) * 0.28);
    return { fill: hexColour(fill), edge: hexColour(edge), ink, soft: ink };
  }
  heat(share) { return this.heats[Math.round(Math.min(1, Math.max(0, share)) * 32)]; }
}

// What a comparison says of a node, and the kind whose colours it takes.
const CHANGES = { new: ["new", "other"], gone: ["gone", "quantization"], changed: ["changed", "activation"], same: ["the same", "move"] };

// What boxes may be coloured by: `of` is the number of a node, nothing where it has none; `word` is what it is instead of a number.
const COLOURINGS = {
  kind: { label: "kind of operator" },
  time: { label: "time", of: (node) => node.time, text: formatTime },
  macs: { label: "MACs", of: (node) => node.macs || undefined, text: (value) => formatCount(value) },
  bytes: { label: "bytes moved", of: (node) => node.bytes || undefined, text: (value) => formatCount(value) + "B" },
  error: { label: "error", of: (node) => node.sqnr, text: (value) => value.toFixed(1) + " dB", isError: true },
  share: { label: "share of bound", of: (node) => node.share, text: (value) => formatShare(value), least: 1 },
  change: { label: "change", of: (node) => node.change, word: (node) => CHANGES[node.change] },
};

class GraphView {
  constructor(canvas, strip, theme) {
    Object.assign(this, { canvas, strip, theme, camera: new Camera(), selected: -1, matches: null, colouring: "kind", walk: null });
    this.context = canvas.getContext("2d", { alpha: false });
    this.stripContext = strip.getContext("2d", { alpha: false });
    this.widths = new Map();
    this.font = getComputedStyle(document.body).fontFamily;
    this.isDirty = true;
  }

  show(stage) {
    this.stage = stage;
    this.measure();
    this.changed();
  }

  changed(withStrip = true) {
    if (withStrip) this.stripImage = null;
    if (!this.pending) this.pending = requestAnimationFrame((time) => { this.pending = 0; this.draw(time); });
  }

  resize() {
    this.ratio = pixelRatio();
    for (const canvas of [this.canvas, this.strip]) {
      canvas.width = Math.max(1, Math.round(canvas.clientWidth * this.ratio));
      canvas.height = Math.max(1, Math.round(canvas.clientHeight * this.ratio));
    }
    [this.width, this.height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    this.changed();
  }

  // Whether colours are names, and no numbers.
  get isOfWords() { return !COLOURINGS[this.colouring].of || COLOURINGS[this.colouring].word !== undefined; }

  // The range of the numbers that boxes are coloured by.
  measure() {
    const colouring = COLOURINGS[this.colouring];
    this.range = null;
    this.styles = null;
    if (!colouring.of || colouring.word) return;
    let low = Infinity, high = -Infinity;
    for (const { node } of this.stage.boxes) {
      const value = node && colouring.of(node);
      if (value === undefined) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    // Below its bound nothing glows.
    if (high >= low) this.range = { low, high: Math.max(high, colouring.least ?? high) };
  }

  style(box) {
    const { kinds } = this.theme, colouring = COLOURINGS[this.colouring];
    if (!colouring.of || !box.node) return kinds[box.kind];
    const value = colouring.of(box.node);
    if (colouring.word) return value === undefined ? kinds.port : kinds[colouring.word(box.node)[1]];
    if (value === undefined || !this.range) return kinds.port;
    if (colouring.isError) return this.theme.heat((this.range.high - value) / Math.max(1e-9, this.range.high - this.range.low));
    const part = value / Math.max(1e-9, this.range.high);
    return this.theme.heat(colouring.least ? part : Math.sqrt(part));
  }

  // Camera

  fit() {
    const { bounds } = this.stage.layout, width = bounds.right - bounds.left, height = bounds.bottom - bounds.top;
    // What is taller than that is a thread; the strip shows it whole.
    const scale = Math.max(0.03, Math.min(1.25, (this.width - 60) / Math.max(1, width), (this.height - 80) / Math.max(1, height)));
    this.camera.scale = scale;
    this.camera.x = this.width / 2 - (bounds.left + width / 2) * scale;
    this.camera.y = Math.max(30, (this.height - height * scale) / 2 - 10);
    this.changed(false);
  }

  // Readable from the top on, where the whole does not fit.
  open() {
    this.fit();
    if (this.camera.scale >= 0.62) return;
    this.camera.scale = 0.9;
    const first = this.stage.layout.boxes[0] ?? { x: 0, y: 0 };
    this.camera.x = this.width / 2 - (first.x + BOX.width / 2) * 0.9;
    this.camera.y = 30;
    this.changed(false);
  }

  reveal(box, always = false) {
    const place = this.stage.layout.boxes[box];
    if (this.camera.scale < 0.45) this.camera.zoom(0.9 / this.camera.scale, this.width / 2, this.height / 2);
    const [x, y] = this.camera.screen(place.x, place.y), [w, h] = [BOX.width * this.camera.scale, BOX.height * this.camera.scale];
    const margin = 40;
    if (always || x < margin || x + w > this.width - margin || y < margin || y + h > this.height - margin) {
      this.camera.x += this.width / 2 - (x + w / 2);
      this.camera.y += this.height / 2 - (y + h / 2);
    }
    this.changed(false);
  }

  at(x, y) {
    const [wx, wy] = this.camera.world(x, y), { tops, byRow, boxes } = this.stage.layout;
    const row = rowAt(tops, wy);
    if (row < 0 || row >= byRow.length) return -1;
    return byRow[row].find((box) => wx >= boxes[box].x && wx <= boxes[box].x + BOX.width && wy <= boxes[box].y + BOX.height) ?? -1;
  }

  // The walk to another stage. The box that is looked at stays where it is on the screen, and all others move on their lines to it.
  walkTo(stage, links, isBack, animates) {
    const old = this.stage, low = isBack ? stage : old, high = isBack ? old : stage;
    const before = new Array(high.boxes.length);
    links.same.forEach((box, part) => { if (box !== undefined) before[box] ??= part; });
    const find = (box) => (isBack ? before[box] ?? links.into.indexOf(box) : links.into[box]);
    let anchor = this.selected, best = Infinity;
    const distance = (box) => {
      const [x, y] = this.camera.screen(old.layout.boxes[box].x + BOX.width / 2, old.layout.boxes[box].y + BOX.height / 2);
      return Math.abs(x - this.width / 2) + Math.abs(y - this.height / 2);
    };
    if (anchor < 0 || distance(anchor) > this.width + this.height || !(find(anchor) >= 0)) {
      anchor = -1;
      for (let box = 0; box < old.boxes.length; box++) {
        const away = distance(box);
        if (away < best && find(box) >= 0) [anchor, best] = [box, away];
      }
    }
    const target = anchor >= 0 ? find(anchor) : -1;
    this.walk = null;
    this.stage = stage;
    this.measure();
    if (target >= 0) {
      const from = old.layout.boxes[anchor], to = stage.layout.boxes[target], scale = this.camera.scale;
      const start = { x: this.camera.x, y: this.camera.y };
      this.camera.x += (from.x - to.x) * scale;
      this.camera.y += (from.y - to.y) * scale;
      if (animates) this.walk = { low, high, links, before, isBack, start, end: { x: this.camera.x, y: this.camera.y }, begun: performance.now() };
    }
    this.changed();
    return target;
  }

  // Drawing

  draw(time) {
    const { context, width, height, theme, camera } = this;
    if (!this.stage || !width) return;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = theme.ground;
    context.fillRect(0, 0, width, height);
    this.labels = [];
    let share = 1;
    if (this.walk) {
      share = Math.min(1, Math.max(0, (time - this.walk.begun) / 420));
      if (share >= 1) this.walk = null;
    }
    if (this.walk) this.drawWalk(share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2);
    else {
      this.drawLines(this.stage, camera, 1);
      const rows = this.rowsInSight(this.stage.layout, camera), { boxes } = this.stage.layout;
      for (let row = rows[0]; row <= rows[1]; row++) {
        for (const box of this.stage.layout.byRow[row]) this.drawBox(this.stage, box, boxes[box].x, boxes[box].y, camera, 1);
      }
    }
    this.drawStrip();
    if (this.walk) this.changed(false);
    this.onDraw?.();
  }

  drawWalk(share) {
    const { low, high, links, before, isBack, start, end } = this.walk, t = isBack ? 1 - share : share;
    // The cameras of both stages, and one between them in which boxes are drawn.
    const camera = Object.assign(new Camera(), { scale: this.camera.scale });
    camera.x = start.x + (end.x - start.x) * share;
    camera.y = start.y + (end.y - start.y) * share;
    const moved = (offset) => Object.assign(new Camera(), { scale: camera.scale, x: offset.x, y: offset.y });
    this.drawLines(low, moved(isBack ? end : start), Math.max(0, 1 - 2 * t));
    this.drawLines(high, moved(isBack ? start : end), Math.max(0, 2 * t - 1));
    for (let box = 0; box < low.boxes.length; box++) {
      const target = links.into[box];
      if (links.same[box] !== undefined && before[links.same[box]] === box) continue;
      const from = low.layout.boxes[box], to = target === undefined ? from : high.layout.boxes[target];
      this.drawBox(low, box, from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t, camera, 1 - t);
    }
    for (let box = 0; box < high.boxes.length; box++) {
      const to = high.layout.boxes[box], from = before[box] === undefined ? to : low.layout.boxes[before[box]];
      this.drawBox(high, box, from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t, camera, before[box] === undefined ? t : 1);
    }
  }

  rowsInSight(layout, camera) {
    const low = rowAt(layout.tops, -camera.y / camera.scale), high = rowAt(layout.tops, (this.height - camera.y) / camera.scale);
    return [Math.max(0, low), Math.min(layout.byRow.length - 1, high)];
  }

  drawBox(stage, index, wx, wy, camera, alpha) {
    const { context, theme } = this, scale = camera.scale;
    const x = wx * scale + camera.x, y = wy * scale + camera.y, w = BOX.width * scale, h = BOX.height * scale;
    if (x > this.width || y > this.height || x + w < 0 || y + h < 0 || alpha <= 0) return;
    const box = stage.boxes[index], style = this.style(box), isMatch = !this.matches || this.matches.has(index);
    context.globalAlpha = alpha * (isMatch ? 1 : 0.22);
    context.fillStyle = style.fill;
    if (h < 7) {
      context.fillStyle = this.isOfWords ? style.edge : style.fill;
      context.fillRect(x, y, Math.max(1, w), Math.max(0.75, h));
      if (index === this.selected && stage === this.stage) this.outline(x - 2, y - 2, w + 4, h + 4, 2);
      context.globalAlpha = 1;
      return;
    }
    const isSelected = index === this.selected && stage === this.stage;
    context.beginPath();
    context.roundRect(x, y, w, h, box.node ? 7 * scale : h / 2);
    context.fill();
    context.lineWidth = isSelected ? 2.5 : this.matches && isMatch ? 2 : 1;
    context.strokeStyle = isSelected ? theme.accent : this.matches && isMatch ? theme.mark : style.edge;
    context.stroke();
    if (scale >= 0.5 && alpha === 1) this.drawText(box, style, x, y, w, h, scale, isMatch);
    context.globalAlpha = 1;
  }

  outline(x, y, w, h, line) {
    this.context.strokeStyle = this.theme.accent;
    this.context.lineWidth = line;
    this.context.strokeRect(x, y, w, h);
  }

  // A title, and a line of words where it can be read; nothing is cut.
  drawText(box, style, x, y, w, h, scale, isMatch) {
    const { context } = this, room = w - 2 * Math.max(4, 10 * scale), both = scale >= 0.72;
    const put = (text, weight, size, at, colour) => {
      context.font = weight + " " + size + "px " + this.font;
      context.fillStyle = colour;
      context.textBaseline = "middle";
      const width = this.widthOf(text, weight) * size;
      const left = x + (w - width) / 2;
      context.fillText(text, left, at);
      if (isMatch) this.labels.push({ text, x: left, y: at - size * 0.6, w: width, h: size * 1.2, box: [x, y, w, h], ink: colour, ground: style.fill });
    };
    const size = Math.max(10, 13 * scale);
    const line = this.pick(both ? 0 : 1, box, room, scale, size);
    if (line.title) put(line.title, 600, line.size, both && line.words ? y + h * 0.345 : y + h / 2 + 0.5, style.ink);
    if (both && line.words) put(line.words, 400, 11.5 * scale, y + h * 0.715, style.soft);
  }

  // What of a box's text has room; kept, as scales change rarely.
  pick(lines, box, room, scale, size) {
    const key = scale * 4 + lines;
    if (box.picked?.key === key) return box.picked;
    const fits = (text, weight, points) => this.widthOf(text, weight) * points <= room;
    const picked = { key, title: "", words: "", size };
    for (const [title, points] of [[box.title + box.suffix, size], [box.title, size], [box.title, size * 0.85], [box.title, size * 0.72]]) {
      if (points >= 8 && fits(title, 600, points)) {
        Object.assign(picked, { title, size: points });
        break;
      }
    }
    const choices = [box.words.join("  ·  "), box.words[box.words.length - 1] ?? "", box.words[0] ?? ""];
    picked.words = choices.find((text) => text && fits(text, 400, 11.5 * scale)) ?? "";
    box.picked = picked;
    return picked;
  }

  // Of a text in one pixel of font size.
  widthOf(text, weight) {
    const key = weight + text;
    let width = this.widths.get(key);
    if (width === undefined) {
      const font = this.context.font;
      this.context.font = weight + " 50px " + this.font;
      width = this.context.measureText(text).width / 50 + 0.02;
      this.context.font = font;
      this.widths.set(key, width);
    }
    return width;
  }

  drawLines(stage, camera, alpha) {
    if (alpha <= 0) return;
    const { context, theme } = this, { layout } = stage, scale = camera.scale;
    const [first, last] = this.rowsInSight(layout, camera);
    context.globalAlpha = alpha * (this.matches ? 0.45 : 1);
    context.lineWidth = Math.max(0.6, Math.min(1.4, 1.3 * scale));
    context.strokeStyle = theme.wire;
    const own = [], isPlain = scale < 0.3;
    this.firstRow = first;
    context.beginPath();
    // Lines stand in the order of the rows that they begin in, so that those below the sight end the search.
    for (const line of layout.lines) {
      if (line.row > last) break;
      if (Math.max(line.end + 1, line.straight ?? 0) < first) continue;
      if (isPlain && scale < 0.02 && !line.straight && line.end === line.row) continue;
      this.trace(line, layout, camera, isPlain);
      if (this.selected >= 0 && stage === this.stage && !this.walk && this.touches(stage, line, this.selected)) own.push(line);
    }
    context.stroke();
    context.globalAlpha = alpha;
    if (own.length > 0) {
      context.lineWidth = Math.max(1.2, 2 * scale);
      context.strokeStyle = theme.accent;
      context.beginPath();
      for (const line of own) this.trace(line, layout, camera, isPlain, this.selected);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  touches(stage, line, box) {
    const edge = stage.layout.edges[line.edge];
    return edge.from === box || edge.to.some((end) => end.box === box);
  }

  // The path of a line; of the way to one reader where `only` is one.
  trace(line, layout, camera, isPlain, only = -1) {
    const { context } = this, { scale } = camera, { tops, boxes } = layout, edge = layout.edges[line.edge];
    const X = (x) => x * scale + camera.x, Y = (y) => y * scale + camera.y;
    const from = X(line.from), bottom = tops[line.row] + BOX.height, radius = isPlain ? 0 : Math.min(8, 10 * scale);
    const isOnly = only >= 0 && edge.from !== only;
    const path = (points) => {
      context.moveTo(points[0][0], points[0][1]);
      for (let index = 1; index < points.length - 1; index++) {
        const [a, b, c] = [points[index - 1], points[index], points[index + 1]];
        const room = Math.min(Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]), Math.abs(c[0] - b[0]) + Math.abs(c[1] - b[1])) / 2;
        if (radius > 0) context.arcTo(b[0], b[1], c[0], c[1], Math.min(radius, room));
        else context.lineTo(b[0], b[1]);
      }
      const end = points[points.length - 1];
      context.lineTo(end[0], end[1]);
    };
    const clamp = (y) => Math.max(-50, Math.min(this.height + 50, y));
    for (const end of edge.to) {
      if (isOnly && end.box !== only) continue;
      const row = layout.rows[end.box], top = Y(tops[row]), x = X(boxes[end.box].x + BOX.width * (0.5 + end.port));
      if (top < -50 && row < this.firstRow - 1) continue;
      if (row === line.row + 1 || line.straight === row) {
        const bus = line.straight === row && row !== line.row + 1 ? null : line.buses[0];
        if (!bus || Math.abs(x - from) < 0.5) path([[from, clamp(Y(bottom))], [x, clamp(top)]]);
        else path([[from, Y(bottom)], [from, Y(bus.y)], [x, Y(bus.y)], [x, top]]);
      } else {
        const start = line.buses[0], bus = line.buses.find((bus) => !bus.begins && bus.row === row - 1), lane = X(line.lane);
        path([[from, Y(bottom)], [from, Y(start.y)], [lane, Y(start.y)], [lane, Y(bus.y)], [x, Y(bus.y)], [x, top]]
          .map(([x, y]) => [x, clamp(y)]));
      }
      if (scale > 0.45 && top > -20 && top < this.height + 20) {
        context.moveTo(x - 3.5 * scale, top - 5 * scale);
        context.lineTo(x, top - 0.5);
        context.lineTo(x + 3.5 * scale, top - 5 * scale);
      }
    }
  }

  // The strip shows the whole from top to bottom.
  drawStrip() {
    const { stripContext: context, strip, theme, stage, ratio } = this, width = strip.clientWidth, height = strip.clientHeight;
    if (!height) return;
    const { bounds, boxes } = stage.layout, tall = Math.max(1, bounds.bottom - bounds.top), wide = Math.max(BOX.width, bounds.right - bounds.left);
    const scale = Math.min((height - 16) / tall, 0.11);
    const xs = Math.min((width - 14) / wide, 0.2);
    this.stripScale = { scale, top: 8 };
    if (!this.stripImage) {
      this.stripImage = new OffscreenCanvas(strip.width, strip.height);
      const image = this.stripImage.getContext("2d", { alpha: false });
      image.setTransform(ratio, 0, 0, ratio, 0, 0);
      image.fillStyle = theme.surface;
      image.fillRect(0, 0, width, height);
      const left = 7 + (width - 14 - wide * xs) / 2;
      for (let box = 0; box < boxes.length; box++) {
        const style = this.style(stage.boxes[box]);
        if (this.matches && !this.matches.has(box)) continue;
        image.fillStyle = this.matches ? theme.mark : this.isOfWords ? style.edge : style.fill;
        image.fillRect(left + (boxes[box].x - bounds.left) * xs, 8 + boxes[box].y * scale, Math.max(2, BOX.width * xs), Math.max(1, BOX.height * scale));
      }
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.stripImage, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { camera } = this, top = 8 + (-camera.y / camera.scale) * scale, tallness = (this.height / camera.scale) * scale;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.strokeRect(2.5, Math.max(2, top), width - 5, Math.min(height - Math.max(2, top) - 2, Math.max(4, tallness + Math.min(0, top - 2))));
    if (this.selected >= 0) {
      context.fillStyle = theme.accent;
      context.fillRect(0, 8 + boxes[this.selected].y * scale - 1, width, 3);
    }
  }
}

// Paper is finer than a screen.
function pixelRatio() { return (window.devicePixelRatio || 1) * (document.documentElement.dataset.print ? 2 : 1); }

// The last row that begins at or above `y`.
function rowAt(tops, y) {
  let low = 0, high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
