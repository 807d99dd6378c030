package io.github.onnx2mobile;

import java.nio.ByteBuffer;

/**
 * The functions of libo2m.so. A {@code long} that they take is what an {@code open} method gave and {@code free} has not taken. Texts are
 * UTF-8. {@code owner} is the object that frees the model when it is collected; it lives until the method returns.
 */
final class Native {
  static final int INPUT = 0;
  static final int OUTPUT = 1;
  static final int LABEL = 2;

  static {
    System.loadLibrary("o2m");
  }

  private Native() {}

  /** {@code path} ends with a byte of 0. {@code flags} are o2m.h's. */
  static native long openPath(byte[] path, int flags, int threads);

  /** A {@code size} of 0 takes all that follow. At an offset that is no multiple of 64, or of the download form, the bundle is copied. */
  static native long openDescriptor(int file, long offset, long size, int flags, int threads);

  /** The bytes stay as they are until the model is freed. At an address that is no multiple of 64 they are copied. */
  static native long openBuffer(ByteBuffer direct, long offset, long size, int flags, int threads);

  /** Whether the model reads the bytes of the buffer that it was opened from. */
  static native boolean borrows(long model);

  /** Bytes from the begin of a direct buffer to the next multiple of 64. */
  static native int gap(ByteBuffer direct);

  static native void free(long model);

  /** How many models there are that nobody freed. */
  static native int living();

  static native int version();

  /** How many inputs, outputs or labels there are. */
  static native int count(long model, int what);

  static native byte[] name(long model, int what, int index);

  /** Writes type, rank and the eight extents that an input or output has now. */
  static native void describe(long model, int what, int index, long[] numbers);

  /** Writes minimum, maximum and step of what an axis of an input may be. */
  static native void extent(long model, int input, int axis, long[] numbers);

  /** One of o2m.h's tasks. */
  static native int task(long model);

  /** Gives the inputs other shapes: for each its rank, and eight extents. A rank of -1 stands for the shape of a state that follows. */
  static native void resize(Object owner, long model, long[] shapes);

  /** The output that an input takes from the run before; -1 where the caller gives it. */
  static native int state(long model, int input);

  static native void resetState(Object owner, long model);

  static native byte[] saveState(Object owner, long model);

  static native void restoreState(Object owner, long model, byte[] state);

  static native long arenaBytes(long model);

  /** Writes cases, values, largest error, SQNR and share. */
  static native void selfTest(Object owner, long model, int threads, double[] numbers);

  static native void run(Object owner, long model);

  static native void cancel(long model);

  /** Copies all elements of an input from an array, or from a direct buffer at an offset in bytes. */
  static native void writeInput(Object owner, long model, int index, Object elements, int isArray, long offset);

  static native void readOutput(Object owner, long model, int index, Object elements, int isArray, long offset);

  /** Runs the model and writes its best classes; returns how many they are. */
  static native int classify(Object owner, long model, int[] labels, float[] probabilities);

  /** Runs the model and writes a label and score, x, y, width, height of each box; returns how many they are. Limits below 0 are the bundle's. */
  static native int detect(Object owner, long model, float score, float overlap, int[] labels, float[] numbers);

  /** Runs the model and writes its map of classes. */
  static native void segment(Object owner, long model, byte[] map, int width, int height);

  /**
   * Prepares a picture for the first input that it fills. {@code numbers} are the first twelve of an o2m_image, but that a format of 0
   * stands for luma, and U and V whose elements lie {@code pixelStride} apart. The planes lie in {@code array}, or each in a direct buffer,
   * at the first three of {@code places}; the others are the bytes from a row to the next, and 0 where there is no plane.
   */
  static native void setPicture(
      Object owner, long model, int[] numbers, Object array, ByteBuffer first, ByteBuffer second, ByteBuffer third, long[] places,
      int pixelStride);
}
