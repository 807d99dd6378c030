// Pictures in files, as far as the tests need them.
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

/** The pixels of a PNG of 8-bit gray or RGB(A), not interlaced: { data, width, height, format }. */
export function readPNG(path) {
  const bytes = readFileSync(path), parts = [];
  let width, height, format;
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at), type = bytes.toString("latin1", at + 4, at + 8), body = bytes.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") {
      [width, height, format] = [body.readUInt32BE(0), body.readUInt32BE(4), { 0: "gray", 2: "rgb", 6: "rgba" }[body[9]]];
      if (body[8] !== 8 || !format || body[12]) throw new Error(`${path}: not a PNG of 8-bit gray, RGB or RGBA`);
    }
    if (type === "IDAT") parts.push(body);
    at += length + 12;
  }
  const pixel = { gray: 1, rgb: 3, rgba: 4 }[format], row = pixel * width, raw = inflateSync(Buffer.concat(parts));
  const data = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x++) {
      const left = x < pixel ? 0 : data[y * row + x - pixel], up = y ? data[(y - 1) * row + x] : 0;
      const corner = x < pixel || !y ? 0 : data[(y - 1) * row + x - pixel], guess = left + up - corner;
      const [dl, du, dc] = [left, up, corner].map((value) => Math.abs(guess - value));
      const paeth = dl <= du && dl <= dc ? left : du <= dc ? up : corner;
      data[y * row + x] = raw[y * (row + 1) + 1 + x] + [0, left, up, (left + up) >> 1, paeth][filter];
    }
  }
  return { data, width, height, format };
}

/** A video of one gray picture, every pixel `scale` by `scale`, as YUV4MPEG2 in video range, which a fake camera plays. */
export function grayVideo({ data, width, height }, scale, frames = 2) {
  const [w, h] = [width * scale, height * scale], luma = Buffer.alloc(w * h), chroma = Buffer.alloc((w * h) / 2, 128);
  for (let y = 0; y < h; y++) {
    const row = Math.floor(y / scale) * width;
    for (let x = 0; x < w; x++) luma[y * w + x] = 16 + Math.round((219 * data[row + Math.floor(x / scale)]) / 255);
  }
  const frame = Buffer.concat([Buffer.from("FRAME\n"), luma, chroma]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${w} H${h} F30:1 Ip A1:1 C420jpeg\n`), ...Array(frames).fill(frame)]);
}
