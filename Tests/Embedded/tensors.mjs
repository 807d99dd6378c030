// Tensors in files, and how far two of them are apart; the counterpart of tensors.c.
import { existsSync, readFileSync } from "node:fs";

/** The raw_data or float_data of a TensorProto. */
function elementsOfTensorProto(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * scale;
      if (!(byte & 0x80)) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const key = varint();
    const value = varint();
    if ((key & 7) === 0) continue;
    if ((key & 7) !== 2 || at + value > bytes.length) break;
    const field = key >> 3;
    if (field === 4 || field === 9) return bytes.slice(at, at + value);
    at += value;
  }
  throw new Error("no raw_data or float_data");
}

function elementsOfNpy(bytes) {
  if (bytes.subarray(0, 7).toString("latin1") !== "\x93NUMPY\x01") throw new Error("not a .npy of version 1");
  return bytes.slice(10 + bytes.readUInt16LE(8));
}

/** The elements of STEM.pb, STEM.npy or STEM.raw, or null. */
export function readTensor(stem) {
  if (existsSync(`${stem}.pb`)) return elementsOfTensorProto(readFileSync(`${stem}.pb`));
  if (existsSync(`${stem}.npy`)) return elementsOfNpy(readFileSync(`${stem}.npy`));
  if (existsSync(`${stem}.raw`)) return readFileSync(`${stem}.raw`);
  return null;
}

/** What an output must equal: FOLDER/NAME.npy as `run --output-dir` writes it, else FOLDER/output_INDEX. */
export function readExpected(folder, name, index) {
  return readTensor(`${folder}/${name.replaceAll("/", "_")}`) ?? readTensor(`${folder}/output_${index}`);
}

const floats = (bytes) => new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

/** Float32 within 1e-4 of the largest magnitude and 1e-3 of its own; a NaN or infinity on both sides. Prints one line. */
export function floatsAgree(name, foundBytes, expectedBytes) {
  const found = floats(foundBytes);
  const expected = floats(expectedBytes);
  if (found.length !== expected.length) {
    console.log(`  ${name}: ${expected.length} elements expected, the bundle has ${found.length}`);
    return false;
  }
  let largest = 0;
  for (const value of expected) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  let signal = 0, noise = 0, worst = 0, at = 0, lost = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(found[i]) || !Number.isFinite(expected[i])) {
      if (!Object.is(found[i], expected[i])) lost++;
      continue;
    }
    const difference = Math.abs(found[i] - expected[i]);
    signal += expected[i] ** 2;
    noise += difference ** 2;
    if (difference > worst) [worst, at] = [difference, i];
    if (difference > 1e-4 * largest + 1e-3 * Math.abs(expected[i])) lost++;
  }
  const decibels = (10 * Math.log10(signal / noise)).toFixed(1);
  console.log(
    `  ${name}: ${found.length} elements, max |d| ${worst.toPrecision(3)} at ${at}, SQNR ${noise ? decibels : "inf"} dB` +
      (lost ? `, ${lost} OUT OF TOLERANCE` : ""));
  return lost === 0;
}
