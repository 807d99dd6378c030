// The command, and how near a device must come to it.
import { execFileSync } from "node:child_process";

/** The report of a command. */
export const tool = (...args) => JSON.parse(execFileSync(process.env.O2M_TOOL, [...args, "--json"], { maxBuffer: 1 << 26 }));

/** The best classes of `run` on a picture: [{ label, index, probability }]. */
export function classes(bundle, picture, top) {
  const { inputs } = tool("dump", bundle);
  const [{ outputs }] = tool("run", bundle, "--input", `${inputs[0].name}=${picture}`, "--top", String(top)).results;
  return outputs[0].top.map((item) => ({ label: item.label, index: item.class, probability: item.share }));
}

/** The elements of every output of `run`, by name; of those that are no longer than the report shows. */
export function outputs(bundle, file) {
  const { inputs } = tool("dump", bundle);
  const [result] = tool("run", bundle, "--input", `${inputs[0].name}=${file}`).results;
  return Object.fromEntries(result.outputs.map(({ name, values }) => [name, values]));
}

/** The least milliseconds of a run on one thread. */
export const latency = (bundle) => tool("bench", bundle, "--threads", "1", "--runs", "60").latency_ms.min;

/**
 * What differs of two lists of classes; undefined where they agree. Host and device differ in the order of sums alone, and so by what a
 * float32 bundle may: 1e-4 of the largest and 1e-3 of each.
 */
export function difference(found, expected) {
  if (found.length !== expected.length) return `${found.length} classes, not ${expected.length}`;
  const largest = Math.max(...expected.map((item) => item.probability));
  for (const [rank, { label, index, probability }] of expected.entries()) {
    const near = Math.abs(found[rank].probability - probability) <= 1e-4 * largest + 1e-3 * probability;
    if (found[rank].label !== label || found[rank].index !== index || !near) {
      return `rank ${rank}: ${JSON.stringify(found[rank])}, not ${JSON.stringify(expected[rank])}`;
    }
  }
  return undefined;
}
