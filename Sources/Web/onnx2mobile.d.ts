/** Runs bundles that `onnx2mobile convert` wrote. */

/** Anything with pixels. Bytes are gray, rgb or rgba by their number, or what `format` says; rows have no gaps. */
export type Picture =
  | ImageData | HTMLVideoElement | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | VideoFrame | Blob | Pixels;

/** Pixels in memory, where there is no DOM. */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
  format?: "gray" | "rgb" | "rgba" | "bgra" | "nv12" | "nv21" | "i420";
  /** How luma and chroma become colours; BT.601 in video range where absent. */
  matrix?: "bt601" | "bt709";
  range?: "video" | "full";
}

/** How a picture is held. */
export interface PictureOptions {
  /** Degrees to turn the picture to the right until it stands upright. */
  rotation?: 0 | 90 | 180 | 270;
  /** Whether the upright picture is then turned over, left to right. */
  mirror?: boolean;
  /** What of the picture counts, in pixels as they are stored. */
  crop?: { x: number; y: number; width: number; height: number };
}

export interface ClassifyOptions extends PictureOptions {
  /** How many classes; 5 where absent. */
  top?: number;
}

export interface DetectOptions extends PictureOptions {
  /** How many boxes at most; as many as the bundle says where absent. */
  most?: number;
  /** The least score of a box, 0 to 1; what the bundle says where absent. */
  score?: number;
  /** Two boxes of a class whose intersection is a greater share of their union are one object; what the bundle says where absent. */
  overlap?: number;
}

/** A box around an object, in pixels of the picture as it is shown, before `rotation`, `mirror` and `crop`. */
export interface Box {
  /** The bundle's label; the index as text where the bundle has none. */
  label: string;
  index: number;
  /** In 0 to 1. */
  score: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface SegmentOptions extends PictureOptions {
  /** Of the map; those of the picture where absent. */
  width?: number;
  height?: number;
}

/** The class of every pixel of the picture as it is shown, row by row, scaled to the map's size; 255 is what a crop left out. */
export interface ClassMap {
  width: number;
  height: number;
  classes: Uint8Array;
}

/** A class and its share. */
export interface Classification {
  /** The bundle's label; the index as text where the bundle has none. */
  label: string;
  index: number;
  /** In 0 to 1; NaN where a score is not finite. */
  probability: number;
}

export type ElementType =
  | "float16" | "float32" | "float64" | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64" | "bool";

/** The elements of an input or output, row-major. int64 are BigInts; bool are bytes; float16 are bits where there is no Float16Array. */
export type Elements =
  | Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array | Uint32Array
  | BigUint64Array;

/** What an extent of an input may be: `minimum`, or a number of `step`s above it, up to `maximum`. */
export interface Extent {
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
}

export interface Port {
  readonly name: string;
  readonly type: ElementType;
  /** Typical extents where they are open, or follow from open ones. */
  readonly shape: readonly number[];
  /** How many elements the shape has. */
  readonly length: number;
  /** What each extent may be; those of an input alone. */
  readonly extents?: readonly Extent[];
  /** The output whose elements an input takes from the run before; absent where the caller gives it. */
  readonly state?: string;
}

/** Elements of an input: of the shape that it has, or with another one that the bundle takes. */
export type Input = Elements | { data: Elements; shape: readonly number[] };

/** Elements of an output, and the shape that follows from those of the inputs. */
export type Output = Elements & { readonly shape: readonly number[] };

/** Milliseconds of the last `classify`, `detect`, `segment` or `run`. */
export interface Timings {
  /** Until the pixels of the picture were there. */
  pixels: number;
  /** Copying, resizing, cropping and scaling them into the input. */
  prepare: number;
  /** The model, and its best classes, its boxes or its map. */
  run: number;
}

/** How far the bundle is from what the original model gave, on the inputs of its certificate. */
export interface SelfTest {
  cases: number;
  values: number;
  maxError: number;
  /** In dB; 200 at most. */
  sqnr: number;
  /** The largest share of what an output may differ by that one does; above 1 it fails, with a ModelError. */
  share: number;
}

/** A model that is ready to run. It gives its memory back by `using`, by `dispose`, or when it is collected. */
export class Model {
  private constructor();
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly labels: readonly string[];
  readonly arenaBytes: number;
  /** Which build of the runtime this engine runs: "relaxed" has fused multiply-adds. */
  readonly variant: "relaxed" | "simd";
  /** How many threads run the model: 1 where memory cannot be shared with workers, or the threaded build is not beside the module. */
  readonly threads: number;
  readonly timings: Timings;
  /** What `onnx2mobile convert` was told that the outputs are. */
  readonly task: "none" | "detect" | "segment" | "classify";
  /** Prepares the picture as the bundle says, runs the model, and gives the best classes, best first. */
  classify(picture: Picture, options?: ClassifyOptions): Promise<Classification[]>;
  /** Prepares the picture as the bundle says, runs the model, and gives the boxes that it sees, best first. */
  detect(picture: Picture, options?: DetectOptions): Promise<Box[]>;
  /** Prepares the picture as the bundle says, runs the model, and gives the class of every pixel. */
  segment(picture: Picture, options?: SegmentOptions): Promise<ClassMap>;
  /** Runs the model on elements for every input; gives copies of its outputs. Another shape than before makes memory and kernels follow. */
  run(inputs: Record<string, Input>): Promise<Record<string, Output>>;
  /**
   * Inputs with a `state` may be left out of `run`: they take what their output was after the run before that ended well, and are zeros, or what
   * the bundle says, before the first. `resetState` begins a new stream.
   */
  resetState(): void;
  /** The state as bytes that another model of this bundle can go on with. */
  saveState(): Uint8Array;
  /** Makes the state what `saveState` gave; that of another model, or damaged, is a ModelError whose reason is "state". */
  restoreState(state: Uint8Array): void;
  /** Runs the bundle's certificate on this device. */
  selfTest(): Promise<SelfTest>;
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What can go wrong, as o2m.h numbers it. */
export type Reason =
  | "ok" | "open" | "memory" | "damaged" | "truncated" | "hash" | "not-a-bundle" | "version" | "compressed" | "unsupported" | "argument"
  | "threads" | "run" | "self-test" | "no-certificate" | "unprepared" | "picture" | "cancelled" | "no-classes"
  | "no-task" | "shape" | "state" | "busy";

/** `message` is one sentence: what is wrong, in numbers, and what to do. */
export class ModelError extends Error {
  /** The reasons in the order of their codes. */
  static readonly reasons: readonly Reason[];
  /** The number that o2m.h gives the reason; kept for ever. */
  readonly code: number;
  readonly reason: Reason;
  /** The errno value of a file, else 0. */
  readonly system: number;
  /** The byte in the bundle, where there is one. */
  readonly offset?: number;
  /** What these are, o2m.h says for each code. Hashes are BigInts. */
  readonly found: number | bigint;
  readonly expected: number | bigint;
  readonly detail: number | bigint;
  /** The node that refused its inputs. */
  readonly node?: { operator: string; output: string };
}

export interface LoadOptions {
  /** Hashes are not checked: the bundle is one that `onnx2mobile unpack` verified and that nobody else can write. */
  trusted?: boolean;
  /**
   * Threads, the calling one among them: 1 to 32. Where absent, half of the device's cores and at most 4 in a page that is cross-origin
   * isolated, 1 elsewhere. Results do not depend on it.
   */
  threads?: number;
}

/** A model from the bytes of a bundle, of either form, or from where they are: a URL, a Response, a Blob; in Node also a file's path. */
export function load(
  source: ArrayBuffer | ArrayBufferView | Blob | Response | URL | string | Promise<ArrayBuffer | Response>, options?: LoadOptions,
): Promise<Model>;
