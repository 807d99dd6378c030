import { ModelError, closed, unreachable, wrong } from "./errors.js";
import { pixelsOf, shownBox, shownMap } from "./pictures.js";
import { Runtime, tensorBytes } from "./runtime.js";
import { Workers } from "./workers.js";

// Tasks and element types by their numbers in o2m.h.
const tasks = ["none", "detect", "segment", "classify"];
const Halves = globalThis.Float16Array ?? Uint16Array;
const elements = {
  1: ["float32", Float32Array], 2: ["uint8", Uint8Array], 3: ["int8", Int8Array], 4: ["uint16", Uint16Array], 5: ["int16", Int16Array],
  6: ["int32", Int32Array], 7: ["int64", BigInt64Array], 9: ["bool", Uint8Array], 10: ["float16", Halves], 11: ["float64", Float64Array],
  12: ["uint32", Uint32Array], 13: ["uint64", BigUint64Array],
};

const arrayOf = (type) => Object.values(elements).find(([name]) => name === type)[1];

/** An array of elements that knows its shape. */
const shaped = (array, shape) => Object.defineProperty(array, "shape", { value: Object.freeze(shape) });

/** The elements and the shape that are given for an input: a typed array, which may know its shape, or { data, shape }. */
function elementsOf(input, value) {
  const kind = arrayOf(input.type), data = value?.data ?? value, shape = value?.shape ?? input.shape;
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw wrong(`input '${input.name}': a shape is an array of whole numbers, not ${JSON.stringify(shape)}`);
  }
  const length = shape.reduce((product, extent) => product * extent, 1);
  const fits = data instanceof kind || (input.type === "float16" && data instanceof Uint16Array);
  if (!fits || data.length !== length) {
    const given = value === undefined ? "missing" : `${data?.constructor?.name ?? data} of ${data?.length ?? "unknown length"}`;
    const wanted = `${input.type} [${shape.join(", ")}]: ${kind.name} of ${length} elements`;
    throw wrong(`input '${input.name}' is ${wanted}; it is ${given}`, { found: data?.length ?? 0, expected: length });
  }
  return { data, shape: [...shape] };
}

// The output of an input that is no state, and the rank of a shape that follows from the others.
const none = 0xffff_ffff;

// As many as a bundle can ask for.
const mostBoxes = 4096;

/** What a model holds of the runtime; nothing in it leads back to the model, which the garbage collector may take first. */
class Holdings {
  model = 0;
  session = 0;
  shapes = [];  // those that the session's inputs have now
  pieces = new Map();  // purpose → { address, size }

  constructor(runtime) { this.runtime = runtime; }

  release(purpose) {
    const piece = this.pieces.get(purpose);
    if (piece) this.runtime.free(piece.address);
    this.pieces.delete(purpose);
  }

  /** Memory that is kept for the next call with this purpose, and grows. */
  piece(purpose, size) {
    const piece = this.pieces.get(purpose);
    if (piece?.size >= size) return piece.address;
    this.release(purpose);
    const address = this.runtime.allocate(size);
    this.pieces.set(purpose, { address, size });
    return address;
  }

  /** Opens a bundle of either form: the installed one where it lies, the other unpacked into memory of the model's. */
  open(bundle, trusted) {
    const { runtime } = this, address = this.piece("bundle", bundle.length), error = runtime.at("error");
    runtime.bytes(address, bundle.length).set(bundle);
    this.model = runtime.call("model_from_memory", address, bundle.length, trusted ? 1 : 0, error);
    if (this.model) return;
    const problem = runtime.error();
    if (problem.reason !== "compressed" || !runtime.has("model_unpacking")) throw problem;
    this.model = runtime.call("model_unpacking", address, bundle.length, error);
    if (!this.model) throw runtime.error();
    this.release("bundle");
  }

  free() {
    const { runtime } = this;
    if (!runtime.problem) {
      if (this.session) runtime.call("session_destroy", this.session);
      if (this.model) runtime.call("model_close", this.model);
      for (const { address } of this.pieces.values()) runtime.free(address);
      this.model = this.session = 0;
      this.pieces.clear();
    }
    runtime.end();
  }
}

const collector = new FinalizationRegistry((holdings) => { try { holdings.free(); } catch { /* the instance has stopped */ } });

/** A model that is ready to run. onnx2mobile.d.ts documents its members. */
export class Model {
  #holdings;
  #timings = { pixels: 0, prepare: 0, run: 0 };

  constructor(runtime, bundle, { trusted = false } = {}) {
    const holdings = new Holdings(runtime);
    this.#holdings = holdings;
    try {
      holdings.open(bundle, trusted);
      holdings.session = runtime.call("session_create", holdings.model, runtime.threads, runtime.at("error"));
      if (!holdings.session) throw runtime.error();
      this.inputs = this.#describe("input");
      holdings.shapes = this.inputs.map(({ shape }) => shape);
      this.outputs = this.#describe("output");
      this.inputs = Object.freeze(this.inputs.map((input, index) => this.#withState(input, index)));
      const labels = runtime.call("model_label_count", holdings.model);
      this.task = tasks[runtime.call("model_task", holdings.model)] ?? "none";
      this.labels = Object.freeze(Array.from({ length: labels }, (_, index) => runtime.text("model_label", holdings.model, index)));
    } catch (problem) {
      holdings.free();
      throw problem;
    }
    collector.register(this, holdings, holdings);
  }

  #describe(kind) {
    const { runtime, model } = this.#holdings;
    return Object.freeze(Array.from({ length: runtime.call(`model_${kind}_count`, model) }, (_, index) => {
      const name = runtime.text(`model_${kind}_name`, model, index);
      const at = runtime.at("tensor");
      runtime.call(`model_${kind}`, model, index, at);
      const { view } = runtime, shape = Object.freeze(runtime.shape(at)), length = Number(view.getBigUint64(at + 80, true));
      const [type] = elements[view.getInt32(at, true)];
      const extents = kind === "input" ? { extents: Object.freeze(shape.map((_, axis) => this.#extent(index, axis))) } : {};
      return Object.freeze({ name, type, shape, length, ...extents });
    }));
  }

  #withState(input, index) {
    const output = this.#holdings.runtime.call("model_input_state", this.#holdings.model, index) >>> 0;
    return output === none ? input : Object.freeze({ ...input, state: this.outputs[output].name });
  }

  /** What an axis of an input may be. */
  #extent(input, axis) {
    const { runtime, model } = this.#holdings, at = runtime.at("range");
    runtime.call("model_input_range", model, input, axis, at);
    const [minimum, maximum, step] = [0, 8, 16].map((offset) => Number(runtime.view.getBigUint64(at + offset, true)));
    return Object.freeze({ minimum, maximum, step });
  }

  /** Gives the inputs these shapes, where they have others; state without one follows. */
  #resize(shapes) {
    const holdings = this.#holdings, { runtime, session, model } = holdings;
    if (shapes.every((shape, index) => shape === undefined || (shape.length === holdings.shapes[index].length
      && shape.every((extent, axis) => extent === holdings.shapes[index][axis])))) return;
    const tensors = holdings.piece("shapes", tensorBytes * shapes.length), { view } = runtime;
    shapes.forEach((shape, index) => {
      view.setUint32(tensors + tensorBytes * index + 4, shape?.length ?? none, true);
      shape?.slice(0, 8).forEach((extent, axis) => {
        view.setBigUint64(tensors + tensorBytes * index + 8 + 8 * axis, BigInt(extent), true);
      });
    });
    runtime.check(runtime.call("session_resize", session, tensors, shapes.length, runtime.at("error")), model);
    holdings.shapes = this.inputs.map((_, index) => {
      runtime.call("session_input_shape", session, index, runtime.at("tensor"));
      return runtime.shape(runtime.at("tensor"));
    });
  }

  get #open() {
    if (!this.#holdings) throw closed();
    const { runtime } = this.#holdings;
    if (runtime.problem) throw runtime.problem;
    return this.#holdings;
  }

  get arenaBytes() { return this.#open.runtime.call("model_arena_bytes", this.#open.model); }
  get variant() { return this.#open.runtime.variant; }
  get threads() { return this.#open.runtime.threads; }
  get timings() { return { ...this.#timings }; }

  async classify(picture, { top = 5, ...how } = {}) {
    if (!Number.isInteger(top) || top < 1) throw wrong(`top is ${top}: it is how many classes are wanted, at least 1`);
    const most = Math.min(top, Math.max(...this.outputs.map((output) => output.length)));
    return this.#see(picture, how, ({ runtime, session, piece }) => {
      const classes = piece("classes", 8 * most + 8);
      const status = runtime.call("session_classify", session, 0, most, classes + 8, classes, runtime.at("error"));
      return [status, () => this.#list(classes, 8, (at, { view }) => ({ probability: view.getFloat32(at + 4, true) }))];
    });
  }

  async detect(picture, { most = mostBoxes, score = -1, overlap = -1, ...how } = {}) {
    if (!Number.isInteger(most) || most < 1) throw wrong(`most is ${most}: it is how many boxes are wanted, at least 1`);
    for (const [name, share] of [["score", score], ["overlap", overlap]]) {
      if (!(share <= 1)) throw wrong(`${name} is ${share}: it is 0 to 1`);
    }
    const room = Math.min(most, mostBoxes);
    return this.#see(picture, how, ({ runtime, session, piece }, pixels) => {
      const boxes = piece("boxes", 24 * room + 8);
      let status = runtime.call("session_set_box_limits", session, score, overlap, runtime.at("error"));
      status ||= runtime.call("session_detect", session, 0, room, boxes + 8, boxes, runtime.at("error"));
      return [status, () => this.#list(boxes, 24, (at, { view }) => {
        const [score, ...sides] = [4, 8, 12, 16, 20].map((offset) => view.getFloat32(at + offset, true));
        return { score, ...shownBox(pixels, ...sides) };
      })];
    });
  }

  async segment(picture, { width, height, ...how } = {}) {
    return this.#see(picture, how, ({ runtime, session, piece }, pixels) => {
      const turned = pixels.rotation % 180 !== 0, shown = turned ? [pixels.height, pixels.width] : [pixels.width, pixels.height];
      const wanted = [width ?? shown[0], height ?? shown[1]];
      for (const side of wanted) {
        if (!Number.isInteger(side) || side < 1 || side > 8192) throw wrong(`a side of the map is ${side}: it is 1 to 8192`);
      }
      const stored = turned ? [wanted[1], wanted[0]] : wanted, size = stored[0] * stored[1];
      const map = piece("map", size);
      const status = runtime.call("session_segment", session, 0, map, ...stored, runtime.at("error"));
      return [status, () => ({
        width: wanted[0], height: wanted[1], classes: shownMap(pixels, runtime.bytes(map, size).slice(), ...stored),
      })];
    });
  }

  /** Prepares a picture, lets `ask` run the model, and gives what it read; with the times of all that. */
  async #see(picture, { rotation = 0, mirror = false, crop }, ask) {
    this.#open;
    const start = performance.now();
    const pixels = await pixelsOf(picture);
    const taken = performance.now();
    const holdings = this.#open, { runtime, session } = holdings;
    this.#resize(this.inputs.map(({ shape }) => shape));
    this.#prepare(this.#image(pixels, { rotation, mirror, crop }));
    pixels.done?.();
    const prepared = performance.now();
    const [status, read] = ask({ runtime, session, piece: (purpose, size) => holdings.piece(purpose, size) }, pixels);
    runtime.check(status, holdings.model);
    const result = read();
    this.#timings = { pixels: taken - start, prepare: prepared - taken, run: performance.now() - prepared };
    return result;
  }

  /** A list behind its length, of structures of `size` bytes that begin with the index of a label. */
  #list(address, size, read) {
    const { runtime } = this.#holdings, { view } = runtime;
    return Array.from({ length: view.getUint32(address, true) }, (_, rank) => {
      const at = address + 8 + size * rank, index = view.getUint32(at, true);
      return { label: this.labels[index] ?? String(index), index, ...read(at, runtime) };
    });
  }

  /** Prepares the picture for the first input that it fills. */
  #prepare(image) {
    const { runtime, session } = this.#holdings;
    let first;
    for (const index of this.inputs.keys()) {
      if (runtime.call("session_set_image", session, index, image, runtime.at("error")) === 0) return;
      const problem = runtime.error();
      if (problem.reason !== "picture" || problem.expected !== 0) throw problem;
      first ??= problem;
    }
    throw first;
  }

  /** Writes an o2m_image, with its pixels, and returns its address. */
  #image(pixels, { rotation, mirror, crop }) {
    const holdings = this.#holdings, { runtime } = holdings;
    if (![0, 90, 180, 270].includes(rotation)) throw wrong(`rotation is ${rotation}: it is 0, 90, 180 or 270`);
    const memory = holdings.piece("pixels", pixels.bytes.length);
    runtime.bytes(memory, pixels.bytes.length).set(pixels.bytes);
    // What the frame says comes first: a mirrored picture turns the other way.
    const turn = pixels.mirror ? 360 - rotation : rotation;
    const { x = 0, y = 0, width = 0, height = 0 } = crop ?? {};
    if (crop && !([x, y, width, height].every(Number.isFinite) && width >= 1 && height >= 1 && x >= 0 && y >= 0)) {
      throw wrong(`the crop is { x, y, width, height } in pixels, not ${JSON.stringify(crop)}`);
    }
    const fields = [
      pixels.format, pixels.matrix, pixels.range, (pixels.rotation + turn) % 360, (pixels.mirror ? 1 : 0) ^ (mirror ? 1 : 0),
      pixels.width, pixels.height, x, y, width, height, 0,
      ...[0, 1, 2].map((plane) => (pixels.planes[plane] ? memory + pixels.planes[plane].offset : 0)),
      ...[0, 1, 2].map((plane) => pixels.planes[plane]?.stride ?? 0),
    ];
    const at = runtime.at("image"), { view } = runtime;
    fields.forEach((field, index) => view.setUint32(at + 4 * index, field, true));
    return at;
  }

  async run(inputs) {
    const { runtime, model, session } = this.#open;
    for (const name of Object.keys(inputs ?? {})) {
      if (!this.inputs.some((input) => input.name === name)) {
        throw wrong(`there is no input '${name}'; the model has ${this.inputs.map((input) => `'${input.name}'`).join(", ")}`);
      }
    }
    const given = this.inputs.map((input) => {
      const value = inputs?.[input.name];
      return value === undefined && input.state !== undefined ? undefined : elementsOf(input, value);
    });
    this.#resize(given.map((value) => value?.shape));
    given.forEach((value, index) => {
      if (value === undefined) return;
      const { data } = value;
      const source = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      runtime.bytes(runtime.call("session_input", session, index), source.length).set(source);
    });
    const start = performance.now();
    runtime.check(runtime.call("session_run", session, runtime.at("error")), model);
    this.#timings = { pixels: 0, prepare: 0, run: performance.now() - start };
    return Object.fromEntries(this.outputs.map((output, index) => {
      const kind = arrayOf(output.type), tensor = runtime.at("tensor");
      runtime.call("session_output_shape", session, index, tensor);
      const shape = runtime.shape(tensor), length = shape.reduce((product, extent) => product * extent, 1);
      const at = runtime.call("session_output", session, index);
      return [output.name, shaped(new kind(runtime.buffer.slice(at, at + length * kind.BYTES_PER_ELEMENT)), shape)];
    }));
  }

  resetState() {
    const { runtime, session } = this.#open;
    runtime.call("session_reset_state", session);
  }

  saveState() {
    const { runtime, model, session } = this.#open, size = runtime.call("session_state_size", session);
    const at = this.#holdings.piece("state", size);
    runtime.check(runtime.call("session_save_state", session, at, size, runtime.at("error")), model);
    return runtime.bytes(at, size).slice();
  }

  restoreState(state) {
    const { runtime, model, session } = this.#open;
    if (!(state instanceof Uint8Array)) throw wrong("a state is the Uint8Array that saveState gave");
    const at = this.#holdings.piece("state", Math.max(1, state.length));
    runtime.bytes(at, state.length).set(state);
    runtime.check(runtime.call("session_restore_state", session, at, state.length, runtime.at("error")), model);
  }

  async selfTest() {
    const { runtime, model } = this.#open, at = runtime.at("selfTest");
    runtime.check(runtime.call("model_self_test", model, 1, at, runtime.at("error")));
    const { view } = runtime, real = (offset) => view.getFloat64(at + offset, true);
    return {
      cases: view.getUint32(at, true), values: Number(view.getBigUint64(at + 8, true)), maxError: real(16), sqnr: real(24), share: real(32),
    };
  }

  /** Gives the memory back now; without it the garbage collector does. */
  dispose() {
    if (!this.#holdings) return;
    collector.unregister(this.#holdings);
    this.#holdings.free();
    this.#holdings = undefined;
  }
}
const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
Object.defineProperty(Model.prototype, dispose, { value: Model.prototype.dispose, configurable: true, writable: true });

/** A model from the bytes of a bundle, or from where they are: a URL, a Response, a Blob; in Node also the path of a file. */
export async function load(source, options) {
  const threads = options?.threads ?? Workers.usual;
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    throw wrong(`threads is ${threads}: it is 1 to ${mostThreads}`);
  }
  source = await source;
  const bundle = await bytesOf(source), runtime = await Runtime.withThreads(threads) ?? await Runtime.shared();
  try { return new Model(runtime, bundle, options); } catch (problem) {
    const name = nameOf(source);
    if (name && problem instanceof ModelError) problem.message = `${name}: ${problem.message}`;
    throw problem;
  }
}

const mostThreads = 32;

/** What a bundle's source is called in a message. */
function nameOf(source) {
  const name = typeof source === "string" || source instanceof URL ? String(source) : source?.url || source?.name;
  return typeof name === "string" && !/^(data|blob):/i.test(name) ? name : undefined;
}

async function bytesOf(source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (typeof Blob === "function" && source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (typeof Response === "function" && source instanceof Response) {
    if (!source.ok) throw unreachable(source.url || "the response", { found: source.status });
    return new Uint8Array(await source.arrayBuffer());
  }
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw wrong("a bundle is its bytes, a URL, a Response or a Blob");
  }
  const files = globalThis.process?.versions?.node ? process.getBuiltinModule?.("node:fs/promises") : undefined;
  if (files && !/^(https?|data|blob):/i.test(source)) {
    try {
      return new Uint8Array(await files.readFile(/^file:/i.test(source) ? new URL(source) : source));
    } catch (cause) {
      throw new ModelError("open", `${source}: the file cannot be opened (${cause.code})`, { system: Math.abs(cause.errno ?? 0), cause });
    }
  }
  let response;
  try { response = await fetch(source); } catch (cause) { throw unreachable(source, { cause }); }
  return bytesOf(response);
}
