import { wrong } from "./errors.js";

// The numbers of o2m.h, and how many bytes the rows of each plane have.
const formats = {
  gray: { number: 1, rows: (w, h) => [[w, h]] },
  rgb: { number: 2, rows: (w, h) => [[3 * w, h]] },
  rgba: { number: 3, rows: (w, h) => [[4 * w, h]] },
  bgra: { number: 4, rows: (w, h) => [[4 * w, h]] },
  nv12: { number: 5, rows: (w, h) => [[w, h], [2 * half(w), half(h)]] },
  nv21: { number: 6, rows: (w, h) => [[w, h], [2 * half(w), half(h)]] },
  i420: { number: 7, rows: (w, h) => [[w, h], [half(w), half(h)], [half(w), half(h)]] },
};
const half = (size) => Math.ceil(size / 2);

const frameFormats = { I420: "i420", NV12: "nv12", RGBA: "rgba", RGBX: "rgba", BGRA: "bgra", BGRX: "bgra" };
const matrices = { bt709: 1, smpte170m: 0, bt470bg: 0 };

/** The number of an option by its name; the first where it is absent. */
function chosen(what, name, names) {
  const number = name === undefined ? 0 : names.indexOf(name);
  if (number < 0) throw wrong(`there is no ${what} '${name}'; there are ${names.join(" and ")}`);
  return number;
}

const isA = (source, name) => typeof globalThis[name] === "function" && source instanceof globalThis[name];

/**
 * The pixels of anything that a page calls a picture: { format, width, height, planes: [{offset, stride}], bytes, matrix, range, rotation,
 * mirror }, the numbers those of o2m_image. What a camera gives as luma and chroma stays so; the runtime makes the colours.
 */
export async function pixelsOf(source) {
  if (source === null || typeof source !== "object") throw wrong(`a picture is an object with pixels, not ${JSON.stringify(source)}`);
  if (isA(source, "VideoFrame")) return (await pixelsOfFrame(source)) ?? drawn(source, source.displayWidth, source.displayHeight);
  if (isA(source, "HTMLVideoElement")) return pixelsOfVideo(source);
  if (isA(source, "HTMLImageElement")) {
    if (!source.complete) await source.decode();
    return drawn(source, source.naturalWidth, source.naturalHeight);
  }
  if (isA(source, "Blob")) {
    if (typeof createImageBitmap !== "function") {
      throw wrong("nothing here decodes a picture in a file: give its pixels, { data, width, height }, as a package that decodes has them");
    }
    const bitmap = await createImageBitmap(source).catch((cause) => {
      throw wrong("this file is not a picture that can be decoded here", { cause });
    });
    try { return drawn(bitmap, bitmap.width, bitmap.height); } finally { bitmap.close(); }
  }
  if (["HTMLCanvasElement", "OffscreenCanvas", "ImageBitmap"].some((name) => isA(source, name))) {
    return drawn(source, source.width, source.height);
  }
  return pixelsOfBytes(source);
}

/** Pixels in memory: ImageData, or { data, width, height, format }. Without a format the length tells gray, rgb and rgba apart. */
function pixelsOfBytes({ data, width, height, format, matrix, range, colorSpace }) {
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray) || !(width > 0) || !(height > 0)) {
    throw wrong("a picture is a video, an image, a canvas, an ImageData, or { data: Uint8Array, width, height }");
  }
  if (colorSpace && colorSpace !== "srgb") throw wrong(`an ImageData of ${colorSpace}: the runtime takes srgb`);
  const name = format ?? { 1: "gray", 3: "rgb", 4: "rgba" }[data.length / (width * height)];
  if (!Object.hasOwn(formats, name)) {
    throw wrong(name === undefined
      ? `${data.length} bytes for ${width}x${height} pixels are no 1, 3 or 4 a pixel; say a format`
      : `there is no format '${name}'; there are ${Object.keys(formats).join(", ")}`, { found: data.length, expected: 4 * width * height });
  }
  let offset = 0;
  const planes = formats[name].rows(width, height).map(([stride, rows]) => {
    const plane = { offset, stride };
    offset += stride * rows;
    return plane;
  });
  if (data.length !== offset) {
    throw wrong(`${width}x${height} pixels as ${name} are ${offset} bytes, there are ${data.length}`,
      { found: data.length, expected: offset });
  }
  return {
    format: formats[name].number, width, height, planes, bytes: data, rotation: 0, mirror: 0,
    matrix: chosen("matrix", matrix, ["bt601", "bt709"]), range: chosen("range", range, ["video", "full"]),
  };
}

async function pixelsOfVideo(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (video.readyState < 2 || !width) throw wrong("the video shows no picture yet: wait for its 'loadeddata'");
  if (typeof VideoFrame === "function") {
    let frame;
    try {
      frame = new VideoFrame(video);
      // An engine that does not tell a frame's rotation tells it by the size; the canvas then turns the picture.
      const turned = (frame.rotation ?? 0) % 180 !== 0;
      const size = turned ? [frame.visibleRect.height, frame.visibleRect.width] : [frame.visibleRect.width, frame.visibleRect.height];
      const pixels = size[0] === width && size[1] === height ? await pixelsOfFrame(frame) : undefined;
      if (pixels) return pixels;
    } catch { /* a frame of another origin, or one that is gone: the canvas says which */ } finally { frame?.close(); }
  }
  return drawn(video, width, height);
}

let frameBytes = new Uint8Array(0);

/** The planes of a frame as the camera or the decoder wrote them; undefined where the runtime does not know their colours. */
async function pixelsOfFrame(frame) {
  const name = frameFormats[frame.format], { width, height } = frame.visibleRect ?? {};
  const { matrix, fullRange } = frame.colorSpace;
  const chroma = name === "i420" || name === "nv12";
  if (!name || !width || (chroma && (!(matrix in matrices) || fullRange === null))) return undefined;
  const size = frame.allocationSize();
  const bytes = frameBytes.length >= size ? frameBytes : new Uint8Array(size);
  frameBytes = new Uint8Array(0);  // another call meanwhile takes one of its own
  const planes = await frame.copyTo(bytes);
  return {
    format: formats[name].number, width, height, planes, bytes: bytes.subarray(0, size), matrix: chroma ? matrices[matrix] : 0,
    range: fullRange ? 1 : 0, rotation: frame.rotation ?? 0, mirror: frame.flip ? 1 : 0, done() { frameBytes = bytes; },
  };
}

let context;

/** The pixels that a canvas makes of `source`: as it is shown, turned and in sRGB. */
function drawn(source, width, height) {
  if (!width || !height) throw wrong("the picture has no pixels: wait until it is loaded");
  if (context?.canvas.width !== width || context.canvas.height !== height) {
    const canvas = typeof OffscreenCanvas === "function" ? new OffscreenCanvas(width, height)
      : Object.assign(document.createElement("canvas"), { width, height });
    context = canvas.getContext("2d", { willReadFrequently: true });
  }
  context.globalCompositeOperation = "copy";
  context.drawImage(source, 0, 0, width, height);
  let image;
  try {
    image = context.getImageData(0, 0, width, height);
  } catch (cause) {
    context = undefined;
    throw wrong("the picture is of another origin, which does not let this page read it: set its crossOrigin", { cause });
  }
  return pixelsOfBytes(image);
}

// What a frame says of its own rotation and mirror, done to what the runtime found in it.

/** A box of the stored pixels in those that are shown. */
export function shownBox({ width, height, rotation, mirror }, x, y, w, h) {
  const [left, top, across, down] = {
    0: [x, y, w, h], 90: [height - y - h, x, h, w], 180: [width - x - w, height - y - h, w, h], 270: [y, width - x - w, h, w],
  }[rotation];
  const whole = rotation % 180 === 0 ? width : height;
  return { x: mirror ? whole - left - across : left, y: top, width: across, height: down };
}

/** A map of `width` x `height` over the stored pixels, over those that are shown. */
export function shownMap({ rotation, mirror }, map, width, height) {
  if (!rotation && !mirror) return map;
  const across = rotation % 180 === 0 ? width : height, shown = new Uint8Array(map.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const box = shownBox({ width, height, rotation, mirror }, x, y, 1, 1);
      shown[box.y * across + box.x] = map[y * width + x];
    }
  }
  return shown;
}
