import { ModelError, closed, stopped, withoutSIMD } from "./errors.js";
import { beside } from "./beside.js";
import { wasm } from "./wasm.js";
import { Workers } from "./workers.js";

// (func (result v128) (f32x4.relaxed_madd (i32x4.splat 0) (i32x4.splat 0) (i32x4.splat 0))): valid where relaxed SIMD is.
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0,
  65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11,
]);

/** Which of the two builds this engine runs: "relaxed" has fused multiply-adds. */
export const variant = () => (WebAssembly.validate(relaxedProbe) ? "relaxed" : "simd");

// Of the memory that threads share, as it is linked; and bytes of a worker's stack.
const pages = { initial: 32, maximum: 16384 }, stackBytes = 262144;

// The structures of o2m.h, where pointers have 32 bits. All are in one piece of memory, a multiple of 8 apart.
const place = { error: 0, tensor: 40, selfTest: 128, image: 168, range: 240, text: 264 };
const textBytes = 760;

/** Bytes of an o2m_tensor. */
export const tensorBytes = 88;
const noOffset = 0xffff_ffff_ffff_ffffn;

/** An instance of the runtime: its functions, and what crosses the border of its memory. */
export class Runtime {
  static #current;

  /** The instance that models with one thread share; a new one after one has stopped. */
  static async shared() {
    const pending = (Runtime.#current ??= Runtime.#start());
    try {
      return await pending;
    } catch (problem) {
      if (Runtime.#current === pending) Runtime.#current = undefined;
      throw problem;
    }
  }

  static async #start() {
    const name = variant();
    const bytes = await wasm(name);
    try {
      const { instance } = await WebAssembly.instantiate(bytes, {});
      return new Runtime(instance.exports, name);
    } catch (problem) {
      throw problem instanceof WebAssembly.CompileError ? withoutSIMD(problem) : problem;
    }
  }

  static #threaded;

  /** An instance of its own for a model with threads, whose memory it shares with workers; undefined where they cannot be had. */
  static async withThreads(threads) {
    if (threads < 2 || !Workers.areThere()) return undefined;
    const name = variant();
    let workers;
    try {
      const module = await (Runtime.#threaded ??= beside(`o2m.${name}.threads.wasm`).then((bytes) => WebAssembly.compile(bytes)));
      const memory = new WebAssembly.Memory({ ...pages, shared: true });
      const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
      const runtime = new Runtime({ ...exports, memory }, name);
      workers = new Workers(module, memory, threads - 1, () => runtime.allocate(stackBytes) + stackBytes);
      await workers.ready;
      exports.o2m_workers_set(threads - 1);
      [runtime.#workers, runtime.threads] = [workers, threads];
      return runtime;
    } catch {
      Runtime.#threaded = undefined;
      workers?.end();
      return undefined;
    }
  }

  threads = 1;
  #functions;
  #view;
  #scratch;
  #workers;

  constructor(functions, variant) {
    this.#functions = functions;
    this.variant = variant;
    this.#scratch = this.allocate(place.text + textBytes);
  }

  /** Whether this build has o2m_`name`. */
  has(name) { return `o2m_${name}` in this.#functions; }

  /** Calls o2m_`name`. A trap ends the instance: what it was doing is half done. */
  call(name, ...args) {
    if (this.problem) throw this.problem;
    try {
      return this.#functions[`o2m_${name}`](...args);
    } catch (trap) {
      this.problem = stopped(trap);
      if (this.#workers) this.#workers.end(); else Runtime.#current = undefined;
      throw this.problem;
    }
  }

  /** Gives an instance with threads up; others are there for the next model. */
  end() {
    if (!this.#workers) return;
    this.#workers.end();
    this.problem ??= closed();
  }

  // The memory may grow in any call, so views are made when they are used.
  get view() {
    const { buffer } = this.#functions.memory;
    return this.#view?.buffer === buffer ? this.#view : (this.#view = new DataView(buffer));
  }

  bytes(address, size) { return new Uint8Array(this.#functions.memory.buffer, address, size); }

  get buffer() { return this.#functions.memory.buffer; }

  /** `size` bytes at a multiple of 64. */
  allocate(size) {
    const address = this.call("allocate", size);
    if (!address) throw new ModelError("memory", `${size} bytes of memory are not to be had`, { expected: size });
    return address;
  }

  free(address) { if (!this.problem) this.call("free", address); }

  at(structure) { return this.#scratch + place[structure]; }

  /** The text that o2m_`name`(..., text, capacity) copies. */
  text(name, ...args) {
    const length = this.call(name, ...args, this.at("text"), textBytes);
    if (length < textBytes) return decode(this.bytes(this.at("text"), length));
    const longer = this.allocate(length + 1);
    this.call(name, ...args, longer, length + 1);
    const text = decode(this.bytes(longer, length));
    this.free(longer);
    return text;
  }

  /** The shape in an o2m_tensor. */
  shape(address) {
    const { view } = this, rank = view.getUint32(address + 4, true);
    return Array.from({ length: rank }, (_, axis) => Number(view.getBigUint64(address + 8 + 8 * axis, true)));
  }

  /** The error that the last call left, with the names that its numbers have in `model`. */
  error(model = 0) {
    const at = this.at("error"), view = this.view;
    const number = (offset) => {
      const value = view.getBigUint64(at + offset, true);
      return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
    };
    const reason = ModelError.reasons[view.getInt32(at, true)] ?? "unsupported";
    const numbers = { system: view.getInt32(at + 4, true), found: number(16), expected: number(24), detail: number(32) };
    if (view.getBigUint64(at + 8, true) !== noOffset) numbers.offset = number(8);
    const message = this.text("model_error_text", model, at);
    if (reason === "run" && model) {
      const node = BigInt(numbers.found);
      numbers.node = { operator: this.text("model_node_operator", model, node), output: this.text("model_node_output", model, node) };
    }
    return new ModelError(reason, message, numbers);
  }

  /** Throws unless `status` is 0. */
  check(status, model) { if (status !== 0) throw this.error(model); }
}

const decoder = new TextDecoder();
// Of a copy: browsers decode nothing that workers share.
const decode = (bytes) => decoder.decode(bytes.slice());
