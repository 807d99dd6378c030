// Makes one file of the modules in this folder, without a bundler: they share one scope, in the order of MODULES.
//
//   node build.mjs package WASM_FOLDER OUT VERSION     the npm package directory
//   node build.mjs camera PACKAGE BUNDLE NAME OUT      one page with the module and a bundle in it
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const own = (name) => readFileSync(join(here, name), "utf8");
const packed = (bytes) => gzipSync(bytes, { level: 9 }).toString("base64");
const exported = ["load", "Model", "ModelError"];

/** The modules one behind the other, without what joins them. */
function joined(names) {
  const texts = names.map((name) => (name.endsWith(".js") ? own(name) : name));
  return texts.map((text) => text.replace(/^import .*\n/gm, "").replace(/^export (?=(async )?function|class|const)/gm, "")).join("\n");
}

function makePackage(wasmFolder, out, version) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const built = (name) => readFileSync(join(wasmFolder, name));
  const [simd, relaxed] = ["o2m.wasm", "o2m.relaxed.wasm"].map(built);
  const variants = { simd, relaxed };
  const threaded = { "simd.threads": built("o2m.threads.wasm"), "relaxed.threads": built("o2m.relaxed.threads.wasm") };
  const functions = WebAssembly.Module.exports(new WebAssembly.Module(simd)).map(({ name }) => name);
  const zstd = functions.includes("o2m_model_unpacking") ? join(here, "../../.build/zstd/LICENSE") : undefined;
  const licence = zstd ? `/*! The decoder of zstd is inside.\n\n${readFileSync(zstd, "utf8")}*/\n` : "";
  const builds = Object.entries(variants).map(([name, bytes]) => `  ${name}: "${packed(bytes)}",\n`).join("");
  const inside = `${licence}const builds = {\n${builds}};

/** The bytes of a build of the runtime. */
const wasm = (name) => unpacked(builds[name]);
`;
  const modules = ["beside.js", "workers.js", "runtime.js", "pictures.js", "model.js"];
  const whole = (home) => joined(["errors.js", home, "packed.js", inside, ...modules]);
  const script = "/** Where this script is; undefined where it cannot tell. */\nconst home = globalThis.document?.currentScript?.src;\n";
  const head = `// onnx2mobile ${version}. MIT licence.\n`;
  const files = {
    "onnx2mobile.js": `${head}${whole("home.js")}\nexport { ${exported.join(", ")} };\n`,
    "onnx2mobile.beside.js": `${head}${joined(["errors.js", "home.js", "wasm-beside.js", ...modules])}\nexport { ${exported.join(", ")} };\n`,
    "onnx2mobile.global.js":
      `${head}globalThis.onnx2mobile = (() => {\n"use strict";\n${whole(script)}\nreturn { ${exported.join(", ")} };\n})();\n`,
    "package.json": own("package.json").replace("0.0.0", version),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text);
  const all = { ...variants, ...threaded };
  for (const [name, bytes] of Object.entries(all)) writeFileSync(join(out, `o2m.${name}.wasm`), bytes);
  for (const name of ["onnx2mobile.d.ts", "README.md"]) copyFileSync(join(here, name), join(out, name));
  copyFileSync(join(here, "../../LICENSE"), join(out, "LICENSE"));
  if (zstd) copyFileSync(zstd, join(out, "LICENSE.zstd"));

  for (const name of [...Object.keys(all).map((variant) => `o2m.${variant}.wasm`), ...Object.keys(files).slice(0, 3)]) {
    const bytes = readFileSync(join(out, name));
    console.log(`  ${name}: ${bytes.length} bytes, gzip -9 ${gzipSync(bytes, { level: 9 }).length}`);
  }
}

function makeCamera(folder, bundle, name, out) {
  const module = readFileSync(join(folder, "onnx2mobile.js"), "utf8").replace(/^export \{.*\n/m, "");
  const parts = {
    style: own("camera/camera.css"),
    module: `${module}\n${own("camera/camera.js").replace(/^import .*\n/gm, "")}`,
    name: name.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`),
    bundle: packed(readFileSync(bundle)),
  };
  const page = own("camera/camera.html").replace(/\{\{(\w+)\}\}/g, (_, part) => parts[part]);
  writeFileSync(out, page);
  console.log(`  camera.html: ${page.length} bytes, gzip -9 ${gzipSync(page, { level: 9 }).length}, with ${name}`);
}

const [command, ...rest] = process.argv.slice(2);
if (command === "package" && rest.length === 3) makePackage(...rest);
else if (command === "camera" && rest.length === 4) makeCamera(...rest);
else process.exitCode = 64;
