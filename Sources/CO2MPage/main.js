// What happens: the stages, the search, the keys, the links, the tabs.

class Page {
  constructor() {
    this.data = JSON.parse(document.getElementById("data").textContent);
    this.element = (id) => document.getElementById(id);
    this.setTheme(window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    this.stages = prepare(this.data);
    this.view = new GraphView(this.element("graph"), this.element("strip"), this.theme);
    this.panel = new Panel(this.element("panel"), this);
    this.charts = new Charts(this);
    this.tab = "graph";
    document.title = this.data.title + " · onnx2mobile";
    this.element("title").textContent = this.data.title;
    this.element("facts").append(...this.data.facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
    this.fillTools();
    this.listen();
    const start = Math.max(0, this.stages.findIndex((stage) => stage.name === this.data.start));
    this.stageIndex = start;
    this.view.resize();
    this.view.show(this.stages[start]);
    this.view.open();
    if (this.data.colour) this.view.colouring = this.data.colour;
    this.showStage();
    this.select(-1, false);
    this.followAddress();
  }

  get stage() { return this.stages[this.stageIndex]; }

  fillTools() {
    const { stages } = this, slider = this.element("stage");
    slider.max = stages.length - 1;
    this.element("slider").hidden = stages.length < 2;
    this.element("stops").append(...stages.map((stage, index) => make("button", { type: "button", onclick: () => this.setStage(index) }, stage.name)));
    const tabs = [["graph", "Graph"], ...this.charts.tabs()];
    this.element("tabs").append(...tabs.map(([name, text]) =>
      make("button", { type: "button", role: "tab", "data-tab": name, "aria-selected": String(name === "graph"), onclick: () => this.setTab(name) }, text)));
    const letters = ["graph", "bytes", "memory", "latency", "compare"].filter((name) => tabs.some(([tab]) => tab === name));
    this.element("keys").append(make("h2", {}, "Keys"), make("dl", { class: "facts" }, [
      ["/", "search; Enter and Shift Enter walk through what is found"], ["↑ ↓", "to what the node reads, to what reads it"], ["← →", "to its neighbours in the row"],
      ["[ ]", "stage before, stage after"], ["+ − 0", "closer, farther, the whole"], ["f", "the chosen node to the middle"], [letters.map((name) => name[0]).join(" "), tabs.map(([, text]) => text.toLowerCase()).join(", ")],
      ["t", "light or dark"], ["Esc", "nothing chosen"], ["drag, wheel", "move; with Ctrl the wheel zooms"],
    ].map(([key, text]) => [make("dt", {}, key.split(" ").flatMap((part, index) => [index ? " " : "", make("kbd", {}, part)])), make("dd", {}, text)])),
    make("p", {}, make("button", { class: "plain", type: "button", onclick: () => this.element("keys").close() }, "Close")));
  }

  // State

  setTheme(name) {
    document.documentElement.dataset.theme = name;
    if (this.theme) this.theme.read();
    else this.theme = new Theme();
    this.view?.changed();
    if (this.tab && this.tab !== "graph") this.charts.show(this.tab, this.element("view-" + this.tab));
    if (this.view) this.showLegend();
  }

  setStage(index) {
    if (index === this.stageIndex || index < 0 || index >= this.stages.length) return;
    const back = index < this.stageIndex, low = this.stages[Math.min(index, this.stageIndex)], high = this.stages[Math.max(index, this.stageIndex)];
    let links = low.next;
    for (let next = this.stages.indexOf(low) + 1; this.stages[next] !== high; next++) {
      const step = this.stages[next].next;
      links = { same: links.same.map((box) => (box === undefined ? undefined : step.same[box])), into: links.into.map((box) => (box === undefined ? undefined : step.into[box])) };
    }
    const animates = !window.matchMedia("(prefers-reduced-motion: reduce)").matches && this.tab === "graph";
    this.view.matches = null;
    const anchor = this.view.selected, target = this.view.walkTo(this.stages[index], links, back, animates);
    this.stageIndex = index;
    this.showStage();
    this.select(anchor >= 0 && target >= 0 ? target : -1, false);
    if (this.element("search").value) this.search(this.element("search").value, false);
    if (this.tab === "bytes") this.charts.show("bytes", this.element("view-bytes"));
  }

  showStage() {
    const slider = this.element("stage");
    slider.value = this.stageIndex;
    slider.setAttribute("aria-valuetext", this.stage.name);
    [...this.element("stops").children].forEach((stop, index) => stop.classList.toggle("now", index === this.stageIndex));
    const has = Object.entries(COLOURINGS).filter(([, colouring]) => !colouring.of || this.stage.boxes.some(({ node }) => node && colouring.of(node) !== undefined));
    if (!has.some(([name]) => name === this.view.colouring)) this.view.colouring = "kind";
    this.element("colour").replaceChildren(...has.map(([name, { label }]) => make("option", { value: name, selected: name === this.view.colouring }, label)));
    this.view.measure();
    this.showLegend();
  }

  showLegend() {
    const { view, theme } = this, legend = this.element("legend"), colouring = COLOURINGS[view.colouring];
    if (colouring.word) {
      const found = new Set(this.stage.boxes.map((box) => box.node?.change));
      legend.replaceChildren(...Object.entries(CHANGES).filter(([change]) => found.has(change)).map(([, [name, kind]]) =>
        make("span", {}, make("i", { style: `background:${theme.kinds[kind].fill};border-color:${theme.kinds[kind].edge}` }), name)));
    } else if (!colouring.of) {
      const kinds = new Set(this.stage.boxes.map((box) => box.kind));
      legend.replaceChildren(...Object.entries(KIND_NAMES).filter(([kind]) => kinds.has(kind)).map(([kind, name]) =>
        make("span", {}, make("i", { style: `background:${theme.kinds[kind].fill};border-color:${theme.kinds[kind].edge}` }), name)));
    } else {
      const { low, high } = view.range ?? { low: 0, high: 0 };
      const ends = colouring.isError ? [colouring.text(high), colouring.text(low)] : [colouring.text(0), colouring.text(high)];
      legend.replaceChildren(make("span", {}, colouring.label), make("span", {}, ends[0]),
        make("span", { class: "ramp", style: `background:linear-gradient(90deg,${theme.heatStops.map(hexColour).join(",")})` }), make("span", {}, ends[1]));
    }
  }

  setColour(name) {
    this.view.colouring = name;
    this.element("colour").value = name;
    this.view.measure();
    this.view.changed();
    this.showLegend();
  }

  setTab(name) {
    this.tab = name;
    for (const tab of this.element("tabs").children) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
    for (const view of ["graph", "bytes", "memory", "latency", "compare"]) this.element("view-" + view).hidden = view !== name;
    for (const id of ["colouring", "searching", "found"]) this.element(id).hidden = name !== "graph";
    this.element("slider").hidden = this.stages.length < 2 || (name !== "graph" && this.charts.hasFile);
    this.tip(null);
    this.charts.redraw = null;
    if (name === "graph") this.view.resize();
    else this.charts.show(name, this.element("view-" + name));
  }

  select(box, writesAddress = true) {
    this.view.selected = box;
    this.view.changed(false);
    this.panel.show(this.stage, box);
    if (writesAddress && box >= 0) history.replaceState(null, "", this.address(this.stage, box));
    else if (writesAddress && location.hash) history.replaceState(null, "", location.pathname + location.search);
  }

  // Shows a box, wherever the page is.
  go(stage, box) {
    if (this.tab !== "graph") this.setTab("graph");
    this.setStage(this.stages.indexOf(stage));
    this.view.walk = null;
    this.select(box);
    this.view.reveal(box);
  }

  address(stage, box) { return "#" + stage.name + "/" + encodeURIComponent(stage.boxes[box].name || String(box)); }

  followAddress() {
    const match = location.hash.match(/^#([a-z]+)\/(.*)$/);
    const stage = match && this.stages.find((stage) => stage.name === match[1]);
    if (!stage) return;
    let name = match[2];
    try { name = decodeURIComponent(name); } catch { return; }
    const box = stage.byName.get(name) ?? (/^\d+$/.test(name) && stage.boxes[Number(name)] ? Number(name) : undefined);
    if (box !== undefined) this.go(stage, box);
  }

  // Search

  search(text, moves = true) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.found = [];
    if (words.length > 0) {
      this.stage.boxes.forEach((box, index) => {
        box.text ??= [box.title + box.suffix, box.name, box.node?.attributes ?? "", ...box.outputs.concat(box.kind === "port" ? box.inputs : []).flatMap((value) =>
          [this.stage.values[value].name, ...(this.stage.values[value].origins ?? []), shapeText(this.stage.values[value]).replaceAll(" × ", "x")])].join("\n").toLowerCase();
        if (words.every((word) => box.text.includes(word))) this.found.push(index);
      });
    }
    this.place = -1;
    this.view.matches = words.length > 0 ? new Set(this.found) : null;
    this.element("found").textContent = words.length === 0 ? "" : this.found.length === 0 ? "nothing" : this.found.length + " found";
    this.view.changed();
    if (moves && this.found.length > 0) this.view.reveal(this.found[0]);
  }

  searchFor(text) {
    if (this.tab !== "graph") this.setTab("graph");
    this.element("search").value = text;
    this.search(text);
  }

  nextFound(step) {
    if (!this.found?.length) return;
    this.place = (this.place + step + this.found.length) % this.found.length;
    this.element("found").textContent = this.place + 1 + " of " + this.found.length;
    this.select(this.found[this.place]);
    this.view.reveal(this.found[this.place]);
  }

  // Walking with keys

  walkFrom(key) {
    const { stage, view } = this, { boxes, layout, readers, producer } = stage;
    if (view.selected < 0) {
      if (boxes.length > 0) this.select(0);
    } else {
      const box = view.selected, middle = layout.boxes[box].x;
      const near = (list) => list.sort((a, b) => Math.abs(layout.boxes[a].x - middle) - Math.abs(layout.boxes[b].x - middle) || a - b)[0];
      let next;
      if (key === "ArrowDown") next = near(boxes[box].outputs.flatMap((value) => readers[value].map((reader) => reader.box)));
      if (key === "ArrowUp") next = near(boxes[box].inputs.flatMap((value) => (producer.has(value) ? [producer.get(value)] : [])));
      const row = [...layout.byRow[layout.rows[box]]].sort((a, b) => layout.boxes[a].x - layout.boxes[b].x), place = row.indexOf(box);
      if (key === "ArrowLeft") next = row[place - 1];
      if (key === "ArrowRight") next = row[place + 1];
      if (next !== undefined) this.select(next);
    }
    if (view.selected >= 0) view.reveal(view.selected);
  }

  key(event) {
    const { view } = this, isTyping = event.target.matches("input[type=search], select, textarea");
    if (event.target === this.element("search")) {
      if (event.key === "Enter") this.nextFound(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") {
        event.target.value = "";
        this.search("");
        this.element("graph").focus();
      } else return;
      event.preventDefault();
      return;
    }
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || this.element("keys").open) return;
    const tabs = { g: "graph", b: "bytes", m: "memory", l: "latency", c: "compare" };
    if (event.key === "/") this.element("search").focus();
    else if (event.key === "?") this.element("keys").showModal();
    else if (event.key === "t") this.setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    else if (event.key === "[") this.setStage(this.stageIndex - 1);
    else if (event.key === "]") this.setStage(this.stageIndex + 1);
    else if (tabs[event.key] && [...this.element("tabs").children].some((tab) => tab.dataset.tab === tabs[event.key])) this.setTab(tabs[event.key]);
    else if (this.tab !== "graph" || event.target.matches("input, button")) return;
    else if (event.key === "Escape") this.select(-1);
    else if (event.key === "f" && view.selected >= 0) view.reveal(view.selected, true);
    else if (event.key === "0") view.fit();
    else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key.startsWith("Arrow")) this.walkFrom(event.key);
    else return;
    event.preventDefault();
  }

  zoom(factor, x = this.view.width / 2, y = this.view.height / 2) {
    this.view.walk = null;
    this.view.camera.zoom(factor, x, y);
    this.view.changed(false);
  }

  tip(lines, event) {
    let tip = this.element("tip");
    if (!lines) {
      tip?.remove();
      return;
    }
    if (!tip) document.body.append((tip = make("div", { id: "tip" })));
    tip.replaceChildren(...lines.map((line) => make("div", {}, line)));
    tip.style.left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8) + "px";
  }

  listen() {
    const { view } = this, canvas = this.element("graph"), strip = this.element("strip");
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button > 1) return;
      canvas.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, y: event.clientY, moved: 0 };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drag) {
        canvas.classList.toggle("over", view.at(event.offsetX, event.offsetY) >= 0);
        return;
      }
      const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
      Object.assign(drag, { x: event.clientX, y: event.clientY, moved: drag.moved + Math.abs(x) + Math.abs(y) });
      if (drag.moved < 4) return;
      canvas.classList.add("grabbing");
      view.walk = null;
      view.camera.x += x;
      view.camera.y += y;
      view.changed(false);
    });
    const drop = (event) => {
      canvas.classList.remove("grabbing");
      if (drag && drag.moved < 4 && event.type === "pointerup") this.select(view.at(event.offsetX, event.offsetY));
      drag = null;
    };
    canvas.addEventListener("pointerup", drop);
    canvas.addEventListener("pointercancel", drop);
    canvas.addEventListener("dblclick", (event) => this.zoom(1.6, event.offsetX, event.offsetY));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 24 : 1;
      if (event.ctrlKey || event.metaKey) return this.zoom(Math.exp(-event.deltaY * unit * 0.0045), event.offsetX, event.offsetY);
      view.walk = null;
      view.camera.x -= (event.shiftKey ? event.deltaY : event.deltaX) * unit;
      view.camera.y -= (event.shiftKey ? 0 : event.deltaY) * unit;
      view.changed(false);
    }, { passive: false });
    const jump = (event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      view.camera.y = view.height / 2 - ((event.offsetY - view.stripScale.top) / view.stripScale.scale) * view.camera.scale;
      view.changed(false);
    };
    strip.addEventListener("pointerdown", jump);
    strip.addEventListener("pointermove", jump);
    this.element("stage").addEventListener("input", (event) => this.setStage(Number(event.target.value)));
    this.element("colour").addEventListener("change", (event) => this.setColour(event.target.value));
    this.element("search").addEventListener("input", (event) => this.search(event.target.value));
    this.element("theme").addEventListener("click", () => this.setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
    this.element("help").addEventListener("click", () => this.element("keys").showModal());
    this.element("zoom-in").addEventListener("click", () => this.zoom(1.25));
    this.element("zoom-out").addEventListener("click", () => this.zoom(0.8));
    this.element("zoom-fit").addEventListener("click", () => view.fit());
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.followAddress());
    window.addEventListener("resize", () => {
      if (this.tab === "graph") view.resize();
      else if (this.tab === "bytes") this.charts.show("bytes", this.element("view-bytes"));
      else this.charts.redraw?.();
    });
    window.addEventListener("beforeprint", () => this.print(true));
    window.addEventListener("afterprint", () => this.print(false));
  }

  // Paper is light, and shows all of it.
  print(isOn) {
    if (isOn) {
      this.printed = { theme: document.documentElement.dataset.theme, camera: Object.assign(new Camera(), this.view.camera) };
      document.documentElement.dataset.print = "on";
      this.setTheme("light");
      for (const [name] of this.charts.tabs()) {
        this.element("view-" + name).hidden = false;
        this.charts.show(name, this.element("view-" + name));
      }
      this.element("view-graph").hidden = false;
      this.view.resize();
      this.view.fit();
      this.view.draw(performance.now());
    } else if (this.printed) {
      delete document.documentElement.dataset.print;
      this.view.camera = this.printed.camera;
      this.setTheme(this.printed.theme);
      this.setTab(this.tab);
    }
  }
}

window.page = new Page();
