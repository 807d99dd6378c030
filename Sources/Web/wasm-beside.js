import { beside } from "./beside.js";

/** The bytes of a build of the runtime. */
export const wasm = (name) => beside(`o2m.${name}.wasm`);
