package io.github.onnx2mobile;

/** The class of every pixel of a picture. */
public final class ClassMap {
  /** What the model did not see, beside a crop. */
  public static final int UNSEEN = 255;

  private final int width;
  private final int height;
  private final byte[] classes;

  ClassMap(int width, int height, byte[] classes) {
    this.width = width;
    this.height = height;
    this.classes = classes;
  }

  public int getWidth() {
    return width;
  }

  public int getHeight() {
    return height;
  }

  /** The index of a label for each pixel, row by row, as unsigned bytes; not a copy. */
  public byte[] getClasses() {
    return classes;
  }

  /** The class of a pixel, or {@link #UNSEEN}. */
  public int at(int x, int y) {
    return classes[y * width + x] & 255;
  }
}
