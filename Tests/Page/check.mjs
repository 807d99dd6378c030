// Walks through pages in a browser as a person would, and looks at what they show: node check.mjs PAGE.html... [--pictures FOLDER]
//
// The pages are what `dump`, `verify` and `diff` wrote with --format html. The first also lends its frame to graphs of 100, 1,000 and 10,000 nodes, for the figures.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Browser } from "./browser.mjs";
import { graph } from "./graphs.mjs";

const pictures = process.argv.includes("--pictures") ? process.argv[process.argv.indexOf("--pictures") + 1] : null;
const pages = process.argv.slice(2).filter((path) => path.endsWith(".html"));
const folder = mkdtempSync(join(tmpdir(), "graphs-"));
let passed = 0;
const failures = [];

function expect(holds, what) {
  if (holds) passed++;
  else failures.push(what);
}
function equal(found, expected, what) { expect(JSON.stringify(found) === JSON.stringify(expected), `${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`); }

// What the page shows now: texts that lie over each other, are cut, or can hardly be read. On the canvas as the page drew them, elsewhere as
// the browser laid them out.
const LOOK = `(() => {
  const wrong = [], view = page.view;
  const overlap = (a, b) => Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x) > 1 && Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y) > 1;
  const isDrawn = page.tab === "graph" && !document.getElementById("keys").open;
  if (isDrawn) {
    const labels = view.labels.filter((l) => l.x >= 0 && l.y >= 0 && l.x + l.w <= view.width && l.y + l.h <= view.height);
    labels.sort((a, b) => a.y - b.y);
    labels.forEach((label, index) => {
      const [x, y, w, h] = label.box;
      if (label.x < x + 1 || label.x + label.w > x + w - 1 || label.y < y - 0.5 || label.y + label.h > y + h + 0.5) wrong.push("cut on the canvas: " + label.text);
      if (contrast(parseColour(label.ink), parseColour(label.ground)) < 4.5) wrong.push("contrast on the canvas: " + label.text + " " + label.ink + " on " + label.ground);
      for (let next = index + 1; next < labels.length && labels[next].y < label.y + label.h; next++) if (overlap(label, labels[next])) wrong.push("over each other: " + label.text + ", " + labels[next].text);
    });
  }
  const colour = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length > 3 && n[3] === 0 ? null : n.slice(0, 3); };
  const groundOf = (element) => {
    for (let e = element; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor); if (c) return c; }
    return [255, 255, 255];
  };
  const texts = [], root = document.getElementById("keys").open ? document.getElementById("keys") : document.body;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || ["SCRIPT", "STYLE", "TITLE", "title", "OPTION"].includes(element.tagName) || !element.checkVisibility()) continue;
    if (root === document.body && element.closest("dialog")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const style = getComputedStyle(element);
    const ink = element.tagName === "text" ? colour(style.fill) : colour(style.color);
    let ground = groundOf(element);
    if (element.tagName === "text") {
      const box = element.getBBox(), leaf = [...element.parentElement.querySelectorAll("rect")].find((r) => { const b = r.getBBox(); return box.x >= b.x - 1 && box.y >= b.y - 1 && box.x + box.width <= b.x + b.width + 1 && box.y + box.height <= b.y + b.height + 1; });
      if (!leaf) wrong.push("cut in the chart: " + node.data);
      else ground = colour(getComputedStyle(leaf).fill);
    }
    if (contrast(ink, ground) < 4.5) wrong.push("contrast " + contrast(ink, ground).toFixed(2) + ": " + node.data.slice(0, 60));
    for (const r of range.getClientRects()) {
      if (r.width === 0 || r.height === 0) continue;
      texts.push({ x: r.x, y: r.y + r.height * 0.15, w: r.width, h: r.height * 0.7, text: node.data.slice(0, 40), element });
      for (let e = element; e && e !== document.body; e = e.parentElement) {
        const o = getComputedStyle(e), b = e.getBoundingClientRect();
        if (o.overflowX !== "visible" && !e.matches("svg") && (r.x < b.x - 1 || r.x + r.width > b.x + b.width + 1)) { wrong.push("cut: " + node.data.slice(0, 60)); break; }
      }
      if (r.x < -1 || r.x + r.width > innerWidth + 1) wrong.push("out of the window: " + node.data.slice(0, 60));
    }
  }
  texts.sort((a, b) => a.y - b.y);
  texts.forEach((text, index) => {
    for (let next = index + 1; next < texts.length && texts[next].y < text.y + text.h; next++) {
      const other = texts[next], scroll = (t) => t.element.closest(".scroll, aside");
      if (scroll(text) === scroll(other) && overlap(text, other)) wrong.push("over each other: " + text.text + " / " + other.text);
    }
  });
  return [...new Set(wrong)].slice(0, 12);
})()`;

async function look(browser, what) {
  equal(await browser.ask(LOOK), [], what);
  if (pictures) await browser.picture(join(pictures, what.replace(/[^a-z0-9]+/gi, "-") + ".png"));
}

// Clicks, search, slider, keys, links and tabs.
async function use(browser, path) {
  const name = basename(path, ".html");
  await browser.open(path);
  const stages = await browser.ask("page.stages.map((stage) => stage.name)");
  for (const theme of ["light", "dark"]) {
    await browser.ask(`page.setTheme("${theme}")`);
    for (const stage of stages) {
      await browser.ask(`page.setStage(${stages.indexOf(stage)})`);
      await browser.settle();
      for (const colour of await browser.ask(`[...document.getElementById("colour").options].map((option) => option.value)`)) {
        await browser.ask(`page.setColour("${colour}")`);
        await browser.settle();
        await look(browser, `${name} ${theme} ${stage} ${colour}`);
      }
      await browser.ask(`page.setColour("kind"); page.select(Math.min(page.stage.firstNode + 1, page.stage.boxes.length - 1))`);
      await browser.settle();
      await look(browser, `${name} ${theme} ${stage} node`);
      for (const scale of [0.45, 0.6, 1, 2]) {
        await browser.ask(`page.zoom(${scale} / page.view.camera.scale)`);
        await browser.settle();
        equal(await browser.ask(LOOK), [], `${name} ${theme} ${stage} at ${scale}`);
      }
      await browser.press("0");
      await browser.ask("page.view.open(); page.select(-1)");
    }
    for (const tab of await browser.ask(`[...document.getElementById("tabs").children].map((tab) => tab.dataset.tab).slice(1)`)) {
      await browser.clickOn(`[data-tab="${tab}"]`);
      await look(browser, `${name} ${theme} ${tab}`);
      if (tab === "bytes") {
        for (const button of await browser.ask(`[...document.querySelectorAll("#view-bytes .choice button")].map((_, index) => index)`)) {
          await browser.ask(`document.querySelectorAll("#view-bytes .choice button")[${button}].click()`);
          equal(await browser.ask(LOOK), [], `${name} ${theme} ${tab} ${button}`);
        }
      }
    }
    await browser.clickOn(`[data-tab="graph"]`);
    await browser.press("?");
    await look(browser, `${name} ${theme} keys`);
    await browser.ask(`document.getElementById("keys").close()`);
  }

  // A click chooses, the address says what, and the address leads back.
  await browser.ask("page.setStage(0); page.view.walk = null; page.view.open(); page.select(-1)");
  await browser.settle();
  const target = await browser.ask("page.stage.firstNode");
  const [x, y] = await browser.ask(`(() => { const b = page.stage.layout.boxes[${target}], r = page.view.canvas.getBoundingClientRect(), [x, y] = page.view.camera.screen(b.x + 30, b.y + 20); return [r.x + x, r.y + y]; })()`);
  await browser.click(x, y);
  equal(await browser.ask("page.view.selected"), target, `${name}: a click chooses`);
  equal(await browser.ask("document.querySelector('#panel .name').textContent"), await browser.ask(`page.stage.boxes[${target}].name`), `${name}: the panel shows it`);
  const hash = await browser.ask("location.hash");
  await browser.open(path, hash);
  equal(await browser.ask("page.view.selected"), target, `${name}: its address leads to it`);
  await browser.ask("document.getElementById('graph').focus()");
  await browser.press("ArrowDown");
  expect(await browser.ask(`page.view.selected > ${target}`), `${name}: a key walks on`);
  await browser.press("ArrowUp");
  expect(await browser.ask("page.view.selected >= 0"), `${name}: and back`);
  await browser.press("Escape");
  equal(await browser.ask("page.view.selected"), -1, `${name}: Escape leaves it`);

  // The search finds what the data holds, and Enter walks through it.
  const op = await browser.ask("page.stage.boxes[page.stage.firstNode].title");
  const count = await browser.ask(`page.stage.boxes.filter((box) => box.title === ${JSON.stringify(op)}).length`);
  await browser.press("/");
  await browser.type(op);
  expect(await browser.ask("page.found.length") >= count, `${name}: search`);
  await browser.press("Enter");
  expect(await browser.ask(`page.found.includes(page.view.selected)`), `${name}: Enter chooses what is found`);
  await browser.press("Escape");
  equal(await browser.ask("page.view.matches"), null, `${name}: Escape ends the search`);

  // A row of a comparison leads to its node, and colours tell the nodes apart.
  if (await browser.ask("page.data.comparison !== undefined")) {
    await browser.press("c");
    equal(await browser.ask("page.tab"), "compare", `${name}: a key shows the comparison`);
    const rows = await browser.ask("page.data.comparison.tables.flatMap((table) => table.rows)");
    equal(await browser.ask("document.querySelectorAll('#view-compare tbody tr').length"), rows.length, `${name}: every row is there`);
    const linked = rows.filter((row) => row.node !== undefined), row = linked[linked.length - 1], links = "#view-compare tbody .link";
    await browser.ask(`[...document.querySelectorAll("${links}")].at(-1).scrollIntoView()`);
    await browser.ask(`[...document.querySelectorAll("${links}")].at(-1).setAttribute("id", "last-link")`);
    await browser.clickOn("#last-link");
    await browser.settle();
    equal(await browser.ask("[page.tab, page.stageIndex, page.view.selected - page.stage.firstNode]"), ["graph", row.stage, row.node], `${name}: a row leads to its node`);
    const colour = await browser.ask("page.data.colour");
    await browser.ask(`page.setColour("${colour}")`);
    const fills = await browser.ask("new Set(page.stage.boxes.filter((box) => box.node).map((box) => page.view.style(box).fill)).size");
    expect(fills > 1, `${name}: ${colour} has ${fills} colours`);
    await browser.ask("page.setColour('kind'); page.setStage(0); page.view.walk = null; page.select(-1)");
    await browser.settle();
  }

  // The slider: what is looked at stays in its place, and what is the same in both stages keeps its column.
  for (let stage = 1; stage < stages.length; stage++) {
    await browser.ask(`page.view.open(); page.select(page.stages[${stage - 1}].next.same.findIndex((box) => box !== undefined && page.stages[${stage}].boxes[box].node))`);
    const place = "(() => { const b = page.stage.layout.boxes[page.view.selected]; return page.view.camera.screen(b.x, b.y); })()";
    const before = await browser.ask(place), chosen = await browser.ask("page.view.selected");
    await browser.ask(`(() => { const slider = document.getElementById("stage"); slider.value = ${stage}; slider.dispatchEvent(new Event("input")); })()`);
    const during = await browser.ask("page.view.walk !== null");
    await browser.settle();
    const after = await browser.ask(place);
    expect(during, `${name}: the walk to ${stages[stage]} is seen`);
    expect(Math.hypot(before[0] - after[0], before[1] - after[1]) < 1, `${name}: the chosen node moved ${before} to ${after}`);
    equal(await browser.ask("page.view.selected"), await browser.ask(`page.stages[${stage - 1}].next.same[${chosen}]`), `${name}: it stays chosen`);
    const kept = await browser.ask(`(() => { const [a, b] = [page.stages[${stage - 1}], page.stages[${stage}]]; const pairs = a.next.same.map((box, part) => [part, box]).filter(([, box]) => box !== undefined); return [pairs.filter(([part, box]) => a.layout.columns[part] === b.layout.columns[box]).length, pairs.length]; })()`);
    expect(kept[0] >= kept[1] * 0.9, `${name}: ${kept[0]} of ${kept[1]} nodes keep their column`);
    console.log(`${name}: ${stages[stage - 1]} to ${stages[stage]}: ${kept[0]} of ${kept[1]} nodes keep their column`);
    await browser.ask("page.select(-1)");
  }
  const boxes = await browser.ask("page.stages.map((stage) => { const { boxes, tops, byRow } = stage.layout; let over = 0; byRow.forEach((row) => { const xs = row.map((box) => boxes[box].x).sort((a, b) => a - b); for (let i = 1; i < xs.length; i++) if (xs[i] - xs[i - 1] < BOX.width) over++; }); for (let i = 1; i < tops.length; i++) if (tops[i] - tops[i - 1] < BOX.height) over++; return over; })");
  equal(boxes, stages.map(() => 0), `${name}: boxes over each other`);

  const { data } = await browser.send("Page.printToPDF", { printBackground: true });
  expect(Buffer.from(data, "base64").length > 20000, `${name}: it prints`);
  equal(browser.complaints, [], `${name}: complaints of the browser`);
}

// Opening, laying out and moving, as they are on this machine: printed, not judged.
async function measure(browser, path, count) {
  const opened = await browser.open(path);
  const layout = await browser.ask("(() => { const start = performance.now(); layoutGraph(page.stage.graph); return performance.now() - start; })()");
  const frame = await browser.ask(`(async () => {
    const times = [];
    let last = await new Promise(requestAnimationFrame);
    for (let step = 0; step < 120; step++) {
      page.view.camera.y -= 41;
      page.view.changed(false);
      const now = await new Promise(requestAnimationFrame);
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b)[60];
  })()`);
  const bytes = readFileSync(path).length;
  equal(await browser.ask(LOOK), [], `${count} nodes`);
  if (pictures) {
    for (const [index, step] of ["page.view.open()", "page.view.fit()", "page.setTheme('dark'); page.setColour('macs'); page.view.open(); page.view.camera.zoom(0.5, 500, 0)"].entries()) {
      await browser.ask(step);
      await browser.settle();
      await browser.picture(join(pictures, `graph-${count}-${index}.png`));
    }
  }
  console.log(`${count} nodes: ${(bytes / 1000).toFixed(0)} KB, open after ${opened.toFixed(0)} ms, layout ${layout.toFixed(1)} ms, median frame ${frame.toFixed(1)} ms`);
  equal(browser.complaints, [], `${count} nodes: complaints of the browser`);
}

if (pages.length === 0) {
  console.error("usage: check.mjs PAGE.html... [--pictures FOLDER]");
  process.exit(64);
}
if (pictures) mkdirSync(pictures, { recursive: true });
const browser = await Browser.start();
try {
  for (const page of pages) await use(browser, page);
  const frame = readFileSync(pages[0], "utf8"), place = /(<script id="data" type="application\/json">)[^<]*/;
  for (const count of [100, 1000, 10000]) {
    const path = join(folder, `${count}.html`);
    writeFileSync(path, frame.replace(place, (_, start) => start + JSON.stringify(graph(count))));
    await measure(browser, path, count);
  }
} finally {
  await browser.stop();
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.error("page: " + failure);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length > 0 ? 1 : 0);
