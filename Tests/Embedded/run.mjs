// The device side in WebAssembly, under Node.
//
//   node run.mjs checks.wasm check                       runs every exported check
//   node run.mjs o2m.wasm closed                         fails when the module imports anything
//   node run.mjs o2m.wasm run BUNDLE DATA [EXPECTED]     as `run` of main.c
//   node run.mjs o2m.wasm self-test BUNDLE...            the certificates of the bundles
import { readFileSync } from "node:fs";
import v8 from "node:v8";
import { floatsAgree, readExpected, readTensor } from "./tensors.mjs";

const [file, command, ...rest] = process.argv.slice(2);
process.on("uncaughtException", (problem) => {
  console.error(`error: ${problem.message}`);
  process.exit(1);
});
v8.setFlagsFromString("--experimental-wasm-relaxed-simd");  // Node 20 has it behind this flag, later ones without
const module = new WebAssembly.Module(readFileSync(file));

// The checks may name WASI functions, which libc's formatting refers to; none is called. The runtime names none.
const wasi = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  if (command !== "check") throw new Error(`${file} imports ${from}.${name}; it must import nothing`);
  (wasi[from] ??= {})[name] = () => {
    throw new Error(`${file} called ${from}.${name}`);
  };
}
const { exports: o2m } = new WebAssembly.Instance(module, wasi);

// The memory may grow in any call, so no view of it is kept.
const bytes = (address, size) => new Uint8Array(o2m.memory.buffer, address, size);
const view = () => new DataView(o2m.memory.buffer);

function allocate(size) {
  const address = o2m.o2m_allocate(size);
  if (!address) throw new Error(`${size} bytes are not to be had`);
  return address;
}

/** A copy of `source` in the module's memory, aligned to 64. */
function place(source) {
  const address = allocate(source.length);
  bytes(address, source.length).set(source);
  return address;
}

function check() {
  console.log(`  cpu: scalar${o2m.o2m_cpu_features() & (1 << 16) ? " simd128" : ""}`);
  let failures = 0;
  for (const name of Object.keys(o2m).filter((n) => n.startsWith("o2m_check_"))) {
    const counter = place(new Uint8Array(4));
    const failed = o2m[name](counter);
    const ran = view().getUint32(counter, true);
    o2m.o2m_free(counter);
    console.log(`  check ${name.slice("o2m_check_".length)}: ${ran} cases, ${failed} failed`);
    failures += failed + (ran === 0 ? 1 : 0);
  }
  const note = o2m.o2m_checks_note();
  const end = bytes(note, 400).indexOf(0);
  if (end > 0) console.log(`  ${Buffer.from(bytes(note, end)).toString("utf8")}`);
  return failures ? 1 : 0;
}

// The structures of o2m.h.
const errorSize = 40, tensorSize = 88, sizeOffset = 72, float32 = 1;
const text = allocate(512);
const error = allocate(errorSize);
const tensor = allocate(tensorSize);

const string = (length) => Buffer.from(bytes(text, Math.min(length, 511))).toString("utf8");

function must(value, what) {
  if (!value) throw new Error(`${what}: ${string(o2m.o2m_error_text(error, text, 512))}`);
  return value;
}

function sizeOf(status, what) {
  if (status !== 0) throw new Error(`${what}: no such tensor`);
  return { type: view().getInt32(tensor, true), size: Number(view().getBigUint64(tensor + sizeOffset, true)) };
}

function run(bundlePath, data, expected = data) {
  const bundle = readFileSync(bundlePath);
  const start = performance.now();
  const model = must(o2m.o2m_model_from_memory(place(bundle), bundle.length, 0, error), bundlePath);
  const session = must(o2m.o2m_session_create(model, 1, error), bundlePath);
  const loaded = performance.now();
  for (let i = 0; i < o2m.o2m_model_input_count(model); i++) {
    const elements = readTensor(`${data}/input_${i}`);
    const { size } = sizeOf(o2m.o2m_model_input(model, i, tensor), `input ${i}`);
    if (elements?.length !== size) throw new Error(`${data}/input_${i}: no tensor of ${size} bytes`);
    bytes(o2m.o2m_session_input(session, i), size).set(elements);
  }
  const fed = performance.now();
  must(o2m.o2m_session_run(session, error) === 0, bundlePath);
  const ran = performance.now();
  console.log(`  ${bundlePath}: arena ${o2m.o2m_model_arena_bytes(model)} bytes, load ${(loaded - start).toFixed(1)} ms, ` +
    `run ${(ran - fed).toFixed(1)} ms`);

  let holds = true;
  for (let i = 0; i < o2m.o2m_model_output_count(model); i++) {
    const name = string(o2m.o2m_model_output_name(model, i, text, 512));
    const { type, size } = sizeOf(o2m.o2m_model_output(model, i, tensor), `output ${i}`);
    const found = Buffer.from(bytes(o2m.o2m_session_output(session, i), size));
    const wanted = readExpected(expected, name, i);
    if (!wanted) throw new Error(`${expected}: nothing to compare output '${name}' with`);
    holds = (type === float32 ? floatsAgree(name, found, wanted) : found.equals(wanted)) && holds;
  }
  o2m.o2m_session_destroy(session);
  o2m.o2m_model_close(model);
  return holds ? 0 : 1;
}

function selfTest(bundlePath) {
  const bundle = readFileSync(bundlePath);
  const memory = place(bundle);
  const model = must(o2m.o2m_model_from_memory(memory, bundle.length, 0, error), bundlePath);
  const result = allocate(40);
  const status = o2m.o2m_model_self_test(model, 1, result, error);
  const figures = view();
  const [maxError, decibels, share] = [16, 24, 32].map((offset) => figures.getFloat64(result + offset, true));
  console.log(`  ${bundlePath}: ${figures.getBigUint64(result + 8, true)} numbers of ${figures.getUint32(result, true)} cases, ` +
    `SQNR ${decibels.toFixed(1)} dB, max |d| ${maxError.toPrecision(3)}, ${share.toPrecision(3)} of what is allowed`);
  o2m.o2m_free(result);
  must(status === 0, bundlePath);
  o2m.o2m_model_close(model);
  o2m.o2m_free(memory);
}

if (command === "check") process.exitCode = check();
else if (command === "run" && rest.length >= 2) process.exitCode = run(...rest);
else if (command === "self-test" && rest.length >= 1) rest.forEach(selfTest);
else if (command !== "closed") process.exitCode = 64;
