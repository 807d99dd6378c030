// The web package in a page and in workers of Chromium: node page.mjs FOLDER MODEL..., where FOLDER holds MODEL.installed.o2m.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { Browser } from "../Page/browser.mjs";
import { check } from "./checks.mjs";
import { classes, difference } from "./tool.mjs";

const [folder, ...models] = process.argv.slice(2);
const photos = process.env.O2M_MODELS ? `${process.env.O2M_MODELS}/photos` : undefined;

// One set of lines for the page and for both kinds of worker: the classes of a picture, by the model's name.
const use = `const models = {};
  globalThis.classify = async (name, picture) => (await (models[name] ??= load("/" + name + ".installed.o2m"))).classify(picture);`;
const answer = `onmessage = async ({ data: { name, bitmap } }) => postMessage(await classify(name, bitmap));`;
const own = {
  "/": `<!DOCTYPE html><title>web</title><link rel="icon" href="data:,"><script type="module">
    import * as inside from "/package/onnx2mobile.js";
    import * as beside from "/package/onnx2mobile.beside.js";
    const { load } = inside; ${use} Object.assign(globalThis, { inside, beside });</script>`,
  "/isolated/": `<!DOCTYPE html><title>web</title><link rel="icon" href="data:,"><script type="module">
    import * as inside from "/package/onnx2mobile.js"; Object.assign(globalThis, { inside });</script>`,
  "/module.js": `import { load } from "/package/onnx2mobile.beside.js"; ${use} ${answer}`,
  "/script.js": `importScripts("/package/onnx2mobile.global.js"); const { load } = onnx2mobile; ${use} ${answer}`,
};
// The whole page that the documentation shows, and what lies beside it there.
const guide = readFileSync("Sources/onnx2mobile/Documentation.docc/OnTheWeb.md", "utf8");
own["/first/"] = `<!DOCTYPE html><link rel="icon" href="data:,">${/```html\n(.*?)```/s.exec(guide)[1]}`;
const beside = {
  "/first/onnx2mobile/onnx2mobile.global.js": ".build/web/onnx2mobile/onnx2mobile.global.js",
  "/first/squeezenet.o2m": join(folder, "digits.o2m"), "/first/photo.jpg": "Fixtures/models/digits/pictures/digit_00_label2.png",
};
const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".png": "image/png", ".jpg": "image/jpeg", "": "text/html" };

const server = createServer(({ url }, response) => {
  const part = url.split("/");
  const root = { package: ".build/web/onnx2mobile", photos, digits: "Fixtures/models/digits/pictures" }[part[1]];
  try {
    const body = own[url] ?? readFileSync(beside[url] ?? (root ? join(root, part[2]) : join(folder, part[1])));
    const isolated = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
    const type = { "content-type": types[extname(url)] ?? "application/octet-stream" };
    response.writeHead(200, { ...type, ...(part[1] === "isolated" ? isolated : {}) }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const address = `http://127.0.0.1:${server.address().port}`;
const browser = await Browser.start();
const loaded = browser.once("Page.loadEventFired");
await browser.send("Page.navigate", { url: `${address}/` });
await loaded;

/** The page makes every kind of picture of one file, and a PNG of the pixels that it sees, for `run`. */
const pictures = (url) => browser.ask(`(async () => {
  const blob = await (await fetch(${JSON.stringify(url)})).blob();
  const bitmap = await createImageBitmap(blob), { width, height } = bitmap;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const offscreen = new OffscreenCanvas(width, height);
  offscreen.getContext("2d").drawImage(bitmap, 0, 0);
  const png = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const image = new Image();
  image.src = URL.createObjectURL(png);
  globalThis.kinds = {
    ImageData: context.getImageData(0, 0, width, height), canvas, OffscreenCanvas: offscreen, ImageBitmap: bitmap, image, Blob: png,
    VideoFrame: new VideoFrame(canvas, { timestamp: 0 }),
  };
  return [...new Uint8Array(await png.arrayBuffer())];
})()`);

console.log("web: in Chromium");
try {
  for (const name of models) {
    const files = name === "digits"
      ? ["/digits/digit_00_label2.png", "/digits/digit_01_label5.png"]
      : ["goldfish", "samoyed", "hotdog"].map((photo) => `/photos/${photo}.jpg`);
    for (const url of files) {
      await check(`${name}, ${url}`, async () => {
        const png = join(folder, "picture.png"), bundle = join(folder, `${name}.installed.o2m`);
        writeFileSync(png, Buffer.from(await pictures(url)));
        const expected = classes(bundle, png, 5), kinds = await browser.ask("Object.keys(kinds)");
        const agrees = (found, kind) => assert.equal(difference(found, expected), undefined, kind);
        for (const kind of kinds) agrees(await browser.ask(`classify("${name}", kinds.${kind})`), kind);
        const worker = (made) => browser.ask(`(async () => {
          const worker = ${made}, bitmap = await createImageBitmap(kinds.canvas);
          try {
            return await new Promise((done, fail) => {
              worker.onmessage = ({ data }) => done(data);
              worker.onerror = fail;
              worker.postMessage({ name: "${name}", bitmap }, [bitmap]);
            });
          } finally { worker.terminate(); }
        })()`);
        agrees(await worker(`new Worker("/module.js", { type: "module" })`), "a worker that is a module");
        agrees(await worker(`new Worker("/script.js")`), "a worker that is a script");
        return `${expected[0].label} ${(100 * expected[0].probability).toFixed(2)} %, as \`run\`: ${kinds.join(", ")}, workers`;
      });
    }
  }

  await check("engines with relaxed SIMD get its build", async () => {
    const variant = await browser.ask(`inside.load("/digits.installed.o2m").then(({ variant }) => variant)`);
    assert.equal(variant, "relaxed");
  });

  await check("frames of luma and chroma stay so", async () => {
    const same = await browser.ask(`(async () => {
      const [codedWidth, codedHeight] = [64, 48], data = Uint8Array.from({ length: 64 * 48 * 1.5 }, (_, i) => (i * 7919) % 251);
      const result = {};
      for (const format of ["I420", "NV12"]) for (const matrix of ["bt709", "smpte170m"]) for (const fullRange of [true, false]) {
        const colorSpace = { matrix, fullRange, primaries: "bt709", transfer: "bt709" };
        const frame = new VideoFrame(data, { format, codedWidth, codedHeight, timestamp: 0, colorSpace });
        const bytes = {
          data, width: codedWidth, height: codedHeight, format: format.toLowerCase(), matrix: matrix === "bt709" ? matrix : "bt601",
          range: fullRange ? "full" : "video",
        };
        const [found, expected] = [await classify("digits", frame), await classify("digits", bytes)];
        frame.close();
        result[[format, matrix, fullRange]] = [JSON.stringify(found), JSON.stringify(expected)];
      }
      return result;
    })()`);
    for (const [form, [found, expected]] of Object.entries(same)) assert.equal(found, expected, form);
    assert.ok(new Set(Object.values(same).map(([found]) => found)).size >= 4, "colours are told apart");
    return Object.keys(same).length;
  });

  await check("errors of pages", async () => {
    const refused = (expression) => browser.ask(`${expression}
      .then(() => "no error", ({ name, reason, message }) => [name, reason, message].join(": "))`);
    assert.match(await refused(`inside.load("/none.o2m")`), /^ModelError: open: .*404/);
    assert.match(await refused(`beside.load("/module.js")`), /^ModelError: not-a-bundle: /);
    assert.match(await refused(`classify("digits", document.createElement("video"))`), /^ModelError: argument: .*loadeddata/);
    assert.match(await refused(`classify("digits", new Blob(["x"]))`), /^ModelError: argument: .*not a picture/);
    assert.match(await refused(`classify("digits", new Image())`), /^ModelError: argument: /);
  });

  await check("one thread where the page is not isolated", async () => {
    assert.deepEqual(await browser.ask(`(async () => {
      const model = await inside.load("/digits.installed.o2m", { threads: 2 });
      return [crossOriginIsolated, model.threads];
    })()`), [false, 1]);
  });

  await check("threads where the page is isolated", async () => {
    const loaded = browser.once("Page.loadEventFired");
    await browser.send("Page.navigate", { url: `${address}/isolated/` });
    await loaded;
    const figures = [];
    for (const name of models) {
      const found = await browser.ask(`(async () => {
        const url = "/${name}.installed.o2m";
        const [usual, one, two] = await Promise.all([{}, { threads: 1 }, { threads: 2 }].map((how) => inside.load(url, how)));
        const inputs = Object.fromEntries(one.inputs.map(({ name, length }) => [
          name, Float32Array.from({ length }, (_, index) => Math.sin(index)),
        ]));
        const bits = async (model) => Object.values(await model.run(inputs)).map((output) => [...new Uint8Array(output.buffer)].join());
        const [wanted, least] = [await bits(one), [Infinity, Infinity]];
        let same = true;
        for (let count = 0; count < 15; count++) {
          for (const [place, model] of [one, two].entries()) {
            same &&= (await bits(model)).join() === wanted.join();
            least[place] = Math.min(least[place], model.timings.run);
          }
        }
        const counts = [usual.threads, one.threads, two.threads];
        for (const model of [usual, one, two]) model.dispose();
        return { isolated: crossOriginIsolated, wanted: Math.min(4, Math.ceil(navigator.hardwareConcurrency / 2)), counts, same, least };
      })()`);
      assert.deepEqual([found.isolated, found.counts, found.same], [true, [found.wanted, 1, 2], true], name);
      figures.push(`${name} ${found.least.map((least) => least.toFixed(2)).join(" and ")} ms`);
    }
    return `by one and two: ${figures.join(", ")}`;
  });

  await check("the page of the documentation", async () => {
    await browser.send("Page.navigate", { url: `${address}/first/` });
    for (let tries = 0; tries < 200; tries++) {
      const answer = await browser.ask(`document.querySelector("#answer")?.textContent`);
      if (answer) return assert.equal(answer, "two");
      await new Promise((done) => setTimeout(done, 50));
    }
    assert.fail("it shows no label");
  });

  await check("the console is empty", () => {
    const complaints = browser.complaints.filter((line) => !line.startsWith("request: ") && !line.includes("404"));
    assert.deepEqual(complaints, []);
  });
} finally {
  await browser.stop();
  server.close();
}
