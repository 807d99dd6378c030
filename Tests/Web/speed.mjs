// How long a run takes in WebAssembly beside the machine's own code: node speed.mjs BUNDLE relaxed|simd. Least of many, one thread.
import v8 from "node:v8";
import { latency } from "./tool.mjs";

const [bundle, variant] = process.argv.slice(2);
v8.setFlagsFromString("--experimental-wasm-relaxed-simd");  // Node 20 has it behind this flag, later ones without
if (variant === "simd") WebAssembly.validate = () => false;
const { load } = await import(new URL("../../.build/web/onnx2mobile/onnx2mobile.js", import.meta.url));

const model = await load(bundle);
if (model.variant !== variant) throw new Error(`this is ${model.variant}`);
const [input] = model.inputs;
const values = Float32Array.from({ length: input.length }, (_, index) => Math.sin(index));
let least = Infinity;
for (const end = performance.now() + 4000; performance.now() < end;) {
  await model.run({ [input.name]: values });
  least = Math.min(least, model.timings.run);
}
const native = latency(bundle);
console.log(`  ${bundle.replace(/.*\/|\.installed\.o2m/g, "")} ${variant}: ${least.toFixed(2)} ms, native ${native.toFixed(2)} ms, ` +
  `${(least / native).toFixed(2)} times`);
