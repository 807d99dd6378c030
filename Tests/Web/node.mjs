// The web package in Node: node --expose-gc node.mjs FOLDER, which holds digits.o2m, digits.installed.o2m and plain.installed.o2m.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import v8 from "node:v8";
import { check as named } from "./checks.mjs";
import { floatsAgree, readTensor } from "../Embedded/tensors.mjs";
import { readPNG } from "./pictures.mjs";
import { classes, difference, outputs, tool } from "./tool.mjs";

v8.setFlagsFromString("--experimental-wasm-relaxed-simd");  // Node 20 has it behind this flag, later ones without

// The memory of the instance, whose size the module does not show.
let memory;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...args) => {
  const made = await instantiate(...args);
  if (made.instance?.exports.o2m_version) memory = made.instance.exports.memory;
  return made;
};

const folder = process.argv[2], root = new URL("../../", import.meta.url).pathname;
const built = new URL("../../.build/web/onnx2mobile/", import.meta.url);
const { load, Model, ModelError } = await import(new URL("onnx2mobile.js", built));
const bundle = `${folder}/digits.installed.o2m`, bytes = readFileSync(bundle);
const picture = `${root}Fixtures/models/digits/pictures/digit_00_label2.png`, pixels = readPNG(picture);
const expected = classes(bundle, picture, 10);
const agree = (found, wanted = expected) => assert.equal(difference(found, wanted), undefined);

// What a check holds ends as `using` would end it, which this Node cannot read yet.
const holding = [];
const held = (model) => (holding.push(model), model);
const check = (name, body) => named(name, async () => {
  try { return await body(); } finally { for (const model of holding.splice(0)) model[Symbol.dispose](); }
});

console.log("web: in Node");

await check("the package is whole", async () => {
  const { exports, types, version } = JSON.parse(readFileSync(new URL("package.json", built)));
  for (const file of [types, exports["./global"], ...Object.values(exports["."]), ...Object.values(exports["./beside"])]) {
    readFileSync(new URL(file, built));
  }
  const imports = (name) => WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(new URL(`o2m.${name}.wasm`, built))));
  for (const name of ["simd", "relaxed"]) {
    assert.equal(imports(name).length, 0);
    assert.deepEqual(imports(`${name}.threads`), [{ module: "env", name: "memory", kind: "memory" }]);
  }
  return `version ${version}`;
});

await check("codes, reasons and types are those of o2m.h", () => {
  const header = readFileSync(`${root}Sources/O2MRuntime/include/o2m.h`, "utf8");
  const declared = readFileSync(new URL("onnx2mobile.d.ts", built), "utf8");
  const codes = [...header.matchAll(/O2M_(OK|ERROR_\w+) = (\d+),/g)].map(([, name, number]) => `${name.replace("ERROR_", "")} ${number}`);
  assert.deepEqual(codes, ModelError.reasons.map((reason, code) => `${reason.toUpperCase().replaceAll("-", "_")} ${code}`));
  const union = /type Reason =([^;]*);/.exec(declared)[1];
  assert.deepEqual([...union.matchAll(/"([^"]+)"/g)].map(([, name]) => name), ModelError.reasons);
  const types = /type ElementType =([^;]*);/.exec(declared)[1];
  const section = header.slice(header.indexOf("// Element types"), header.indexOf("O2M_MAX_RANK"));
  assert.deepEqual(
    [...types.matchAll(/"([^"]+)"/g)].map(([, name]) => name).sort(),
    [...section.matchAll(/O2M_([A-Z0-9]+) = /g)].map(([, name]) => name.toLowerCase()).sort());
});

await check("a picture's classes are those of `run`", async () => {
  const model = held(await load(bundle));
  agree(await model.classify(pixels, { top: 10 }));
  assert.equal((await model.classify(pixels)).length, 5);
  const [best] = await model.classify(pixels, { top: 1 });
  return `${best.label}, ${(100 * best.probability).toFixed(1)} %, ${model.variant}`;
});

await check("every source of bytes gives the same model", async () => {
  const server = createServer((request, response) => response.writeHead(request.url === "/x.o2m" ? 200 : 404).end(bytes));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const address = `http://127.0.0.1:${server.address().port}`;
  const sources = {
    path: bundle, "file URL": new URL(`file://${process.cwd()}/${bundle}`), Buffer: bytes, Uint8Array: new Uint8Array(bytes),
    ArrayBuffer: new Uint8Array(bytes).buffer, Blob: new Blob([bytes]), URL: `${address}/x.o2m`, Response: fetch(`${address}/x.o2m`),
  };
  for (const source of Object.values(sources)) {
    const model = held(await load(source, { trusted: true }));
    agree(await model.classify(pixels, { top: 10 }));
  }
  await assert.rejects(load(`${address}/none`), { name: "ModelError", reason: "open", code: 1, found: 404 });
  server.close();
  return Object.keys(sources).join(", ");
});

await check("the download form", async () => {
  const packed = readFileSync(`${folder}/digits.o2m`);
  const weights = tool("dump", `${folder}/digits.o2m`).sections.find(({ name }) => name === "weights");
  // A build without zstd's decoder says what to do.
  if (!existsSync(new URL("LICENSE.zstd", built))) {
    await assert.rejects(load(packed), { name: "ModelError", reason: "compressed", message: /onnx2mobile unpack/ });
    return "refused";
  }
  const model = held(await load(packed));
  agree(await model.classify(pixels, { top: 10 }));
  for (const place of [0, 9, weights.stored_bytes >> 1, weights.stored_bytes - 1]) {
    const damaged = Uint8Array.from(packed);
    damaged[weights.offset + place] ^= 0x55;
    await assert.rejects(load(damaged), { name: "ModelError", reason: /damaged|hash/ });
  }
  await assert.rejects(load(packed.subarray(0, packed.length - 1)), { name: "ModelError", reason: "truncated" });
  return `${packed.length} bytes for ${bytes.length}`;
});

await check("formats of pixels say the same", async () => {
  const model = held(await load(bundle));
  const { data, width, height } = pixels;
  const each = (...channels) => Uint8Array.from([...data].flatMap((value) => channels.map((channel) => channel ?? value)));
  const gray = undefined;
  agree(await model.classify({ data: each(gray, gray, gray, 255), width, height }, { top: 10 }));
  agree(await model.classify({ data: new Uint8ClampedArray(each(gray, gray, gray)), width, height }, { top: 10 }));
  agree(await model.classify({ data: each(gray, gray, gray, 7), width, height, format: "bgra" }, { top: 10 }));
  const chroma = new Uint8Array((width * height) / 2).fill(128);
  const planes = Uint8Array.from([...data, ...chroma]);
  for (const format of ["nv12", "nv21", "i420"]) {
    agree(await model.classify({ data: planes, width, height, format, range: "full" }, { top: 10 }));
  }
});

/** A model of Fixtures/boxes as a bundle. */
const convert = (name, ...args) => {
  const target = `${folder}/${name}.o2m`, installed = `${folder}/${name}.installed.o2m`;
  tool("convert", `${root}Fixtures/boxes/${name}.onnx`, "-o", target, ...args);
  execFileSync(process.env.O2M_TOOL, ["unpack", target, "-o", installed]);
  return installed;
};

await check("boxes and maps are those of `run`", async () => {
  const detector = convert("detector", "--task", "detect", "--preprocess", "resize=letterbox:64x64,scale=1/255");
  const wanted = tool("run", detector, "--input", picture).results[0].boxes;
  const model = held(await load(detector));
  assert.equal(model.task, "detect");
  const found = await model.detect(pixels);
  assert.ok(found.length === 2 && wanted.length === 2);
  for (const [rank, box] of found.entries()) {
    assert.equal(box.index, wanted[rank].class);
    for (const key of ["score", "x", "y", "width", "height"]) assert.ok(Math.abs(box[key] - wanted[rank][key]) < 1e-3, key);
  }
  assert.equal((await model.detect(pixels, { most: 1 })).length, 1);
  assert.equal((await model.detect(pixels, { score: 0.1 })).length, 3);
  assert.equal((await model.detect(pixels)).length, 2, "the bundle's limit counts again");
  await assert.rejects(model.detect(pixels, { score: 2 }), { reason: "argument", message: "score is 2: it is 0 to 1" });
  await assert.rejects(model.segment(pixels), { reason: "no-task", message: /--task segment/ });

  const segmentation = convert("segmentation", "--task", "segment", "--preprocess", "resize=16x16,scale=1/255");
  const maps = held(await load(segmentation));
  assert.equal(maps.task, "segment");
  // Red, and below it blue.
  const data = Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i % 3 === (i < 3 * 32 * 16 ? 0 : 2) ? 255 : 0));
  const map = await maps.segment({ data, width: 32, height: 32 });
  assert.deepEqual([map.width, map.height, map.classes[0], map.classes[32 * 31]], [32, 32, 0, 2]);
  const small = await maps.segment({ data, width: 32, height: 32 }, { width: 4, height: 2 });
  assert.deepEqual([...small.classes], [0, 0, 0, 0, 2, 2, 2, 2]);
  return `${found.length} boxes, ${map.classes.length} classes`;
});

await check("state from run to run", async () => {
  const source = `${root}Fixtures/streaming/voice/model.onnx`, target = `${folder}/voice.o2m`;
  tool("convert", source, "-o", target, "--precision", "float32", "--state", "h=hn", "--state", "c=cn");
  const model = held(await load(target)), other = held(await load(target));
  assert.deepEqual(model.inputs.map(({ state }) => state), [undefined, "hn", "cn"]);
  const chunks = Array.from({ length: 6 }, (_, n) => Float32Array.from({ length: 256 }, (_, i) => Math.sin(i * (n + 1)) / (n + 1)));
  let state = {};
  const voices = [];
  for (const audio of chunks) {
    const carried = await model.run({ audio });
    // The other is told each time what the first one kept.
    const told = await other.run({ audio, h: new Float32Array(24), c: new Float32Array(24), ...state });
    assert.deepEqual(carried, told);
    voices.push(carried.voice[0]);
    state = { h: carried.hn, c: carried.cn };
  }
  const saved = model.saveState();
  const next = await model.run({ audio: chunks[0] });
  assert.notDeepEqual(next.voice[0], voices[0]);
  other.resetState();
  assert.equal((await other.run({ audio: chunks[0] })).voice[0], voices[0]);
  other.restoreState(saved);
  assert.deepEqual(await other.run({ audio: chunks[0] }), next);
  for (const wrong of [new Uint8Array(), saved.slice(1), saved.map((byte, i) => (i === 40 ? byte ^ 1 : byte))]) {
    assert.throws(() => other.restoreState(wrong), (problem) => problem.reason === "state" && /no state that a session saved/.test(problem.message));
  }
  return `${saved.length} bytes saved`;
});

await check("inputs of other shapes", async () => {
  const sides = ["height", "width"].flatMap((side) => ["--symbol", `${side}=4..64/2`, "--typical", `${side}=16`]);
  const model = held(await load(convert("halves", ...sides, "--task", "segment", "--preprocess", "resize=16x16,scale=1/255")));
  const fixed = (extent) => ({ minimum: extent, maximum: extent, step: 1 }), open = { minimum: 4, maximum: 64, step: 2 };
  assert.deepEqual(model.inputs[0].extents, [fixed(1), fixed(3), open, open]);
  assert.equal(model.outputs[0].extents, undefined);
  const photo = { data: Uint8Array.from({ length: 768 }, (_, i) => (i * 7) % 251), width: 16, height: 16 };
  const wanted = await model.segment(photo);
  for (const [height, width] of [[16, 16], [4, 64], [64, 64], [10, 4], [18, 22], [16, 16]]) {
    const data = Float32Array.from({ length: 3 * height * width }, (_, i) => (i % 29) / 29);
    const { map } = await model.run({ image: { data, shape: [1, 3, height, width] } });
    assert.deepEqual([...map.shape], [1, 3, height / 2, width / 2]);
    map.forEach((value, i) => {
      const x = i % (width / 2), y = Math.floor(i / (width / 2)), at = 2 * y * width + 2 * x;  // y runs on through the channels
      const mean = (data[at] + data[at + 1] + data[at + width] + data[at + width + 1]) / 4;
      assert.ok(Math.abs(value - mean) < 1e-6, `${height}x${width}: ${value} at ${i}, not ${mean}`);
    });
    assert.deepEqual(await model.segment(photo), wanted);
  }
  // An output goes in as it comes out.
  const { map } = await model.run({ image: { data: new Float32Array(3 * 64 * 32), shape: [1, 3, 64, 32] } });
  assert.deepEqual([...(await model.run({ image: map })).map.shape], [1, 3, 16, 8]);
  const cases = [
    [[1, 3, 8, 7], "shape", /^input 'image': axis 3 is 4 to 64 in steps of 2, not 7$/], [[1, 3, 66, 8], "shape", /not 66/],
    [[1, 4, 8, 8], "shape", /axis 1 is 3, not 4/], [[3, 8, 8], "shape", /^input 'image' has 4 axes, not 3$/],
    [[1, 3, 8.5, 8], "argument", /a shape is an array of whole numbers/], [[1, 3, -1, 8], "argument", /whole numbers/],
    [[1, 1, 1, 1, 1, 1, 1, 1, 3], "argument", /is 9, the limit is 8/],
  ];
  for (const [shape, reason, message] of cases) {
    const data = new Float32Array(Math.max(0, Math.floor(shape.reduce((a, b) => a * b))));
    await assert.rejects(model.run({ image: { data, shape } }), { name: "ModelError", reason, message });
  }
  await assert.rejects(model.run({ image: { data: new Float32Array(7), shape: [1, 3, 8, 8] } }), { message: /192 elements; it is .* of 7/ });
  assert.deepEqual(await model.segment(photo), wanted);
  return `${cases.length} refused`;
});

await check("turned, mirrored and cut pictures are put right", async () => {
  const model = held(await load(bundle));
  const { data, width, height } = pixels, at = (x, y) => data[y * width + x];
  const made = (place) => Uint8Array.from(data, (_, i) => place(i % width, Math.floor(i / width)));
  const turned = { data: made((x, y) => at(width - 1 - y, x)), width: height, height: width };  // once to the left
  agree(await model.classify(turned, { rotation: 90, top: 10 }));
  agree(await model.classify({ data: made((x, y) => at(width - 1 - x, y)), width, height }, { mirror: true, top: 10 }));
  const large = new Uint8Array(20 * 20).fill(200);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) large[(y + 3) * 20 + x + 5] = at(x, y);
  agree(await model.classify({ data: large, width: 20, height: 20 }, { crop: { x: 5, y: 3, width, height }, top: 10 }));
});

await check("tensors", async () => {
  const model = held(await load(bundle));
  const extents = [1, 1, 16, 16].map((extent) => ({ minimum: extent, maximum: extent, step: 1 }));
  assert.deepEqual(model.inputs, [{ name: "image", type: "float32", shape: [1, 1, 16, 16], length: 256, extents }]);
  assert.deepEqual(model.outputs, [{ name: "logits", type: "float32", shape: [1, 10], length: 10 }]);
  assert.equal(model.labels[2], "two");
  const stem = `${root}Fixtures/models/digits/test_data_set_0/input_0`;
  const image = new Float32Array(new Uint8Array(readTensor(stem)).buffer);
  const { logits } = await model.run({ image });
  assert.ok(logits instanceof Float32Array);
  assert.ok(floatsAgree("logits", Buffer.from(logits.buffer), Buffer.from(Float32Array.from(outputs(bundle, `${stem}.pb`).logits).buffer)));
  const test = await model.selfTest();
  assert.ok(test.cases > 0 && test.share < 1);
  return `self-test ${test.sqnr.toFixed(1)} dB`;
});

await check("errors are sentences with numbers", async () => {
  const plain = held(await load(`${folder}/plain.installed.o2m`)), model = held(await load(bundle));
  const damaged = Uint8Array.from(bytes);
  damaged[tool("dump", bundle).sections.find(({ name }) => name === "weights").offset] ^= 1;
  const [w, h] = [8, 8], short = `${folder}/short.o2m`;
  writeFileSync(short, bytes.subarray(0, 5000));
  const cases = [
    [() => load(`${folder}/none.o2m`), "open", /none\.o2m: the file cannot be opened/],
    [() => load(bytes.subarray(0, 5000)), "truncated", /are needed, there are/],
    [() => load(damaged), "hash", /do not have their hash/],
    [() => load(new Uint8Array(4096)), "not-a-bundle", /not a bundle/],
    [() => load(7), "argument", /a bundle is its bytes/],
    [() => plain.classify(pixels), "unprepared", /--preprocess/],
    [() => model.classify("cat.jpg"), "argument", /a picture is an object/],
    [() => model.classify({}), "argument", /ImageData/],
    [() => model.classify({ data: new Uint8Array(5), width: w, height: h }), "argument", /5 bytes for 8x8/],
    [() => model.classify({ data: new Uint8Array(64), width: w, height: h, format: "yuyv" }), "argument", /'yuyv'/],
    [() => model.classify({ data: new Uint8Array(64), width: w, height: h, matrix: "bt2020" }), "argument", /'bt2020'.*bt601 and bt709/],
    [() => model.classify({ data: new Uint8Array(64), width: w, height: h, format: "rgb" }), "argument", /192 bytes, there are 64/],
    [() => model.classify(pixels, { rotation: 45 }), "argument", /0, 90, 180 or 270/],
    [() => model.classify(pixels, { top: 0 }), "argument", /at least 1/],
    [() => model.classify(pixels, { crop: { x: 4, y: 4, width: 8, height: 8 } }), "argument", /the limit is/],
    [() => model.classify(pixels, { crop: [4, 4, 4, 4] }), "argument", /the crop is \{ x, y, width, height \}.*\[4,4,4,4\]/],
    [() => model.classify(pixels, { crop: { left: 1, top: 1 } }), "argument", /the crop is/],
    [() => model.classify(new Blob([bytes])), "argument", /nothing here decodes a picture/],
    [() => load(short), "truncated", /short\.o2m: .*are needed/],
    [() => model.run({}), "argument", /'image' is float32 \[1, 1, 16, 16\].*missing/],
    [() => model.run({ image: new Uint8Array(256) }), "argument", /Float32Array of 256 elements; it is Uint8Array/],
    [() => model.run({ image: new Float32Array(255) }), "argument", /of 255/],
    [() => model.run({ picture: new Float32Array(256) }), "argument", /no input 'picture'.*'image'/],
  ];
  for (const [action, reason, sentence] of cases) {
    const problem = await action().then(() => { throw new Error(`no error where ${reason} is due`); }, (problem) => problem);
    assert.ok(problem instanceof ModelError, problem);
    assert.equal(problem.reason, reason, problem.message);
    assert.equal(problem.code, ModelError.reasons.indexOf(reason));
    assert.match(problem.message, sentence);
  }
  agree(await model.classify(pixels, { top: 10 }));
  model.dispose();
  model.dispose();
  await assert.rejects(model.classify(pixels), /given up/);
  return `${cases.length + 1} of them`;
});

await check("10,000 models, each run once, take no memory", async () => {
  const used = async () => {
    await new Promise((done) => setTimeout(done));
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  let size, before;
  const start = performance.now();
  for (let count = 0; count < 10_000; count++) {
    const model = await load(bytes);
    const [best] = await model.classify(pixels, { top: 1 });
    assert.equal(best.label, "two");
    model[Symbol.dispose]();
    if (count === 1000) [size, before] = [memory.buffer.byteLength, await used()];
  }
  assert.equal(memory.buffer.byteLength, size);
  const growth = (await used()) - before;
  assert.ok(growth < 200_000, `${growth} bytes more`);
  return `${size} bytes of wasm, ${growth} more of JavaScript, ${((performance.now() - start) / 10_000).toFixed(2)} ms each`;
});

await check("what nobody holds is collected", async () => {
  const size = memory.buffer.byteLength;
  for (let count = 0; count < 2000; count++) {
    await load(bytes);
    if (count % 20 === 0) {
      globalThis.gc();
      await new Promise((done) => setTimeout(done));
    }
  }
  assert.ok(memory.buffer.byteLength < size + 40 * bytes.length * 2, `${memory.buffer.byteLength} bytes`);
  return `${memory.buffer.byteLength} bytes`;
});

await check("threads give the same bits", async () => {
  const bits = (outputs) => Object.values(outputs).map((output) => Buffer.from(output.buffer).toString("hex"));
  const inputs = (model) => Object.fromEntries(model.inputs.map(({ name, length }) => [
    name, Float32Array.from({ length }, (_, index) => Math.sin(index)),
  ]));
  let [one, two] = [0, 0];
  for (const name of ["digits", "squeezenet1_1", "mobilenet_v2"].filter((name) => existsSync(`${folder}/${name}.installed.o2m`))) {
    const file = `${folder}/${name}.installed.o2m`;
    const [alone, pair, others] = await Promise.all([1, 2, 3].map((threads) => load(file, { threads })));
    for (const model of [alone, pair, others]) held(model);
    assert.deepEqual([alone.threads, pair.threads, others.threads], [1, 2, 3]);
    const wanted = bits(await alone.run(inputs(alone)));
    [one, two] = [Infinity, Infinity];
    for (let count = 0; count < 20; count++) {
      for (const model of [pair, others]) assert.deepEqual(bits(await model.run(inputs(model))), wanted, name);
      await alone.run(inputs(alone));
      [one, two] = [Math.min(one, alone.timings.run), Math.min(two, pair.timings.run)];
    }
  }
  agree(await held(await load(bundle, { threads: 2 })).classify(pixels, { top: 10 }));
  assert.equal((await held(await load(bundle, { threads: 2 })).selfTest()).cases > 0, true);
  for (const threads of [0, 1.5, 33, "2"]) await assert.rejects(load(bundle, { threads }), { name: "ModelError", reason: "argument" });
  return `${one.toFixed(2)} ms alone, ${two.toFixed(2)} by two`;
});

await check("workers end with their models", async () => {
  const tasks = () => readdirSync("/proc/self/task").length;
  if (!existsSync("/proc/self/task")) return "cannot be counted here";
  await (await load(bundle, { threads: 3 })).dispose();
  await new Promise((done) => setTimeout(done, 200));
  const before = tasks();
  for (let count = 0; count < 30; count++) {
    const model = await load(bundle, { threads: 3 });
    await model.classify(pixels, { top: 1 });
    if (count % 2) model.dispose();
    await assert.rejects(load(`${folder}/digits.installed.o2m.none`, { threads: 3 }), { reason: "open" });
    await assert.rejects(load(new Uint8Array(64), { threads: 3 }), { reason: "not-a-bundle" });
  }
  for (let tries = 0; tries < 100 && tasks() > before; tries++) {
    globalThis.gc();
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.ok(tasks() <= before, `${tasks()} threads after ${before}`);
  return `${before} threads before and after 60 models`;
});

await check("a runtime that stopped is replaced", async () => {
  const broken = await load(bundle);
  new Uint8Array(memory.buffer).fill(255);
  await assert.rejects(broken.classify(pixels), { name: "ModelError" });
  await assert.rejects(broken.classify(pixels), { name: "ModelError" });
  broken.dispose();
  const model = held(await load(bundle));
  agree(await model.classify(pixels, { top: 10 }));
});

await check("the other forms of the module", async () => {
  const relaxed = `import v8 from "node:v8"; v8.setFlagsFromString("--experimental-wasm-relaxed-simd");`;
  const own = (lines) => execFileSync(process.execPath, ["--input-type=module", "-e", relaxed + lines], { encoding: "utf8" }).trim();
  const use = (variant) => `
    const model = await load(${JSON.stringify(bundle)});
    const pixels = ${JSON.stringify({ ...pixels, data: [...pixels.data] })};
    pixels.data = Uint8Array.from(pixels.data);
    const best = await model.classify(pixels, { top: 10 });
    if (model.variant !== "${variant}") throw new Error(model.variant);
    console.log(JSON.stringify(best));`;
  const plain = "WebAssembly.validate = () => false;";
  const forms = {
    simd: `${plain} const { load } = await import("${new URL("onnx2mobile.js", built)}"); ${use("simd")}`,
    beside: `const { load } = await import("${new URL("onnx2mobile.beside.js", built)}"); ${use("relaxed")}`,
    "beside, simd": `${plain} const { load } = await import("${new URL("onnx2mobile.beside.js", built)}"); ${use("simd")}`,
    script: `import vm from "node:vm"; import fs from "node:fs";
      vm.runInThisContext(fs.readFileSync(new URL("${new URL("onnx2mobile.global.js", built)}"), "utf8"));
      const { load } = globalThis.onnx2mobile; ${use("relaxed")}`,
  };
  for (const lines of Object.values(forms)) agree(JSON.parse(own(lines)));
  assert.equal(typeof Model, "function");
  return Object.keys(forms).join(", ");
});

await check("one thread where others cannot be had", async () => {
  // The module alone, without the builds beside it.
  const alone = `${folder}/onnx2mobile.js`;
  copyFileSync(new URL("onnx2mobile.js", built), alone);
  writeFileSync(`${folder}/package.json`, `{ "type": "module" }`);
  const { load } = await import(new URL(`file://${process.cwd()}/${alone}`));
  const model = held(await load(bundle, { threads: 2 }));
  assert.equal(model.threads, 1);
  agree(await model.classify(pixels, { top: 10 }));
});
