// The codes of o2m.h; web-test compares them.
const reasons = [
  "ok", "open", "memory", "damaged", "truncated", "hash", "not-a-bundle", "version", "compressed", "unsupported", "argument", "threads",
  "run", "self-test", "no-certificate", "unprepared", "picture", "cancelled", "no-classes", "no-task", "shape",
  "state", "busy",
];

const codeOf = (reason) => reasons.indexOf(reason);

/** What went wrong: one sentence, the number that o2m.h gives it, and the numbers in it. onnx2mobile.d.ts documents the fields. */
export class ModelError extends Error {
  static reasons = reasons;

  constructor(reason, message, { system = 0, offset, found = 0, expected = 0, detail = 0, node, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, { code: codeOf(reason), reason, system, offset, found, expected, detail });
    if (node) this.node = node;
  }

  get name() { return "ModelError"; }
}

// Sentences for what happens on this side of the runtime.

/** An argument that cannot be used. */
export const wrong = (message, numbers) => new ModelError("argument", message, numbers);

export const closed = () => wrong("this model was given up: load it again");

export const unreachable = (source, numbers) =>
  new ModelError("open", `${source}: ${numbers.found ? `the server answers ${numbers.found}` : "it cannot be fetched"}` +
    (globalThis.location?.protocol === "file:" ? "; a page that is a file cannot fetch: give load the bytes, or a File of an <input>" : ""),
  numbers);

export const withoutSIMD = (cause) =>
  new ModelError("unsupported", "this engine does not load WebAssembly with SIMD: Chrome 91, Firefox 89, Safari 16.4 and Node 16 do",
    { cause });

/** The runtime stopped in the middle of its work, which its authors want to hear of. Nothing of its memory is used again. */
export const stopped = (cause) =>
  new ModelError("unsupported", `the runtime stopped (${cause.message}); load the model again, and report it with the bundle`, { cause });
