import { unreachable } from "./errors.js";
import { home } from "./home.js";

/** The bytes of a file that lies beside this module. */
export async function beside(name) {
  const place = new URL(`./${name}`, home);
  const files = place.protocol === "file:" ? globalThis.process?.getBuiltinModule?.("node:fs/promises") : undefined;
  if (files) return files.readFile(place);
  let response;
  try { response = await fetch(place); } catch (cause) { throw unreachable(place, { cause }); }
  if (!response.ok) throw unreachable(place, { found: response.status });
  return new Uint8Array(await response.arrayBuffer());
}
