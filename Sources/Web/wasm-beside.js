import { unreachable } from "./errors.js";

/** The bytes of a build of the runtime that lies beside this module. */
export async function wasm(name) {
  const place = new URL(`./o2m.${name}.wasm`, import.meta.url);
  const files = place.protocol === "file:" ? globalThis.process?.getBuiltinModule?.("node:fs/promises") : undefined;
  if (files) return files.readFile(place);
  let response;
  try { response = await fetch(place); } catch (cause) { throw unreachable(place, { cause }); }
  if (!response.ok) throw unreachable(place, { found: response.status });
  return new Uint8Array(await response.arrayBuffer());
}
