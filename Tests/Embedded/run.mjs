// The device side in WebAssembly, under Node.
//
//   node run.mjs o2m.wasm check          runs every exported check
import { readFileSync } from "node:fs";

const [file, command] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(file));
const imports = WebAssembly.Module.imports(module);
if (imports.length) {
  console.error(`error: ${file}: imports ${imports.map((i) => `${i.module}.${i.name}`).join(", ")}; it must import nothing`);
  process.exit(1);
}
const { exports } = new WebAssembly.Instance(module);

// The memory may have grown since the last call, so no view of it is kept.
const view = () => new DataView(exports.memory.buffer);

function check() {
  let failures = 0;
  console.log(`  cpu: scalar${exports.o2m_cpu_features() & (1 << 16) ? " simd128" : ""}`);
  for (const name of Object.keys(exports).filter((n) => n.startsWith("o2m_check_"))) {
    const counter = exports.o2m_allocate(4);
    view().setUint32(counter, 0, true);
    const failed = exports[name](counter);
    const ran = view().getUint32(counter, true);
    exports.o2m_free(counter);
    console.log(`  check ${name.slice("o2m_check_".length)}: ${ran} cases, ${failed} failed`);
    failures += failed + (ran === 0 ? 1 : 0);
  }
  return failures ? 1 : 0;
}

process.exit(command === "check" ? check() : 64);
