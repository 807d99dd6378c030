import { ModelError, stopped, withoutSIMD } from "./errors.js";
import { wasm } from "./wasm.js";

// (func (result v128) (f32x4.relaxed_madd (i32x4.splat 0) (i32x4.splat 0) (i32x4.splat 0))): valid where relaxed SIMD is.
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0,
  65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11,
]);

/** Which of the two builds this engine runs: "relaxed" has fused multiply-adds. */
export const variant = () => (WebAssembly.validate(relaxedProbe) ? "relaxed" : "simd");

// The structures of o2m.h, where pointers have 32 bits. All are in one piece of memory, a multiple of 8 apart.
const place = { error: 0, tensor: 40, selfTest: 128, image: 168, range: 240, text: 264 };
const textBytes = 760;

/** Bytes of an o2m_tensor. */
export const tensorBytes = 88;
const noOffset = 0xffff_ffff_ffff_ffffn;

/** An instance of the runtime: its functions, and what crosses the border of its memory. */
export class Runtime {
  static #current;

  /** The instance that models share; a new one after one has stopped. */
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

  #functions;
  #view;
  #scratch;

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
      Runtime.#current = undefined;
      throw this.problem;
    }
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
const decode = (bytes) => decoder.decode(bytes);
