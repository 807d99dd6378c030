package io.github.onnx2mobile;

import java.nio.ByteBuffer;

/**
 * A picture in the caller's memory, which is read by {@link Model#classify} and the like and not kept. Pictures do not change; {@code rotated} and so on
 * give another one of the same pixels. Buffers are direct ones, and count from their position to their limit; rows go from the top.
 */
public final class PixelImage {
  /** How pixels lie in memory, with o2m.h's numbers. */
  public enum Format {
    GRAY(1, 1),
    RGB(2, 3),
    /** The fourth byte is not read. */
    RGBA(3, 4),
    BGRA(4, 4),
    /** Luma, then for each 2 x 2 pixels U and V beside each other. */
    NV12(5, 1),
    /** The same with V before U. */
    NV21(6, 1),
    /** Luma, U, V. */
    I420(7, 1);

    final int code;
    final int pixelBytes;

    Format(int code, int pixelBytes) {
      this.code = code;
      this.pixelBytes = pixelBytes;
    }

    boolean hasChroma() {
      return code >= NV12.code;
    }
  }

  /** How luma and chroma become colours: ITU-R BT.601 (Android's cameras, JPEG) or BT.709. */
  public enum Matrix {
    BT601,
    BT709
  }

  /** Luma in 16 to 235 and chroma in 16 to 240, or both in 0 to 255. */
  public enum Range {
    VIDEO,
    FULL
  }

  private static final long MOST_PIXELS = 1 << 27;

  // The places of the numbers in an o2m_image.
  private static final int MATRIX = 1, RANGE = 2, ROTATION = 3, MIRROR = 4, WIDTH = 5, HEIGHT = 6, CROP = 7;

  final int[] numbers;
  final Object array;
  final ByteBuffer[] buffers;
  final long[] places;
  final int pixelStride;

  private PixelImage(int[] numbers, Object array, ByteBuffer[] buffers, long[] places, int pixelStride) {
    this.numbers = numbers;
    this.array = array;
    this.buffers = buffers;
    this.places = places;
    this.pixelStride = pixelStride;
  }

  private static int[] numbers(int format, int width, int height) {
    if (width < 1 || height < 1) throw ModelException.argument("a picture of " + width + "x" + height + " has no pixels");
    if ((long) width * height > MOST_PIXELS) {
      throw ModelException.argument(width + "x" + height + " pixels, the limit is " + MOST_PIXELS);
    }
    int[] numbers = new int[12];
    numbers[0] = format;
    numbers[WIDTH] = width;
    numbers[HEIGHT] = height;
    return numbers;
  }

  private static int half(int size) {
    return size / 2 + size % 2;
  }

  /**
   * Luma and chroma as Android's YUV_420_888 has them, in BT.601 and full range as Android's cameras give it.
   *
   * @param rowStride bytes from a row of luma to the next
   * @param chromaRowStride the same of both {@code u} and {@code v}
   * @param chromaPixelStride bytes from an element of {@code u} or {@code v} to the next: 1 in planes of their own, 2 where they lie
   *     between each other. Only where it is neither are they copied
   */
  public static PixelImage yuv420(
      int width, int height, ByteBuffer y, int rowStride, ByteBuffer u, ByteBuffer v, int chromaRowStride, int chromaPixelStride) {
    int[] numbers = numbers(0, width, height);
    numbers[RANGE] = Range.FULL.ordinal();
    if (chromaPixelStride < 1) throw ModelException.argument("a pixel stride of " + chromaPixelStride + ": it is at least 1");
    long row = (half(width) - 1L) * chromaPixelStride + 1;
    ByteBuffer[] buffers = {y, u, v};
    long[] places = {0, 0, 0, rowStride, chromaRowStride, chromaRowStride};
    place(buffers, places, 0, "luma", width, height);
    place(buffers, places, 1, "U", row, half(height));
    place(buffers, places, 2, "V", row, half(height));
    return new PixelImage(numbers, null, buffers, places, chromaPixelStride);
  }

  /** Pixels whose channels lie beside each other: GRAY, RGB, RGBA or BGRA. A {@code rowStride} of 0 says that rows have no gaps. */
  public static PixelImage of(Format format, int width, int height, ByteBuffer pixels, int rowStride) {
    if (format.hasChroma()) throw ModelException.argument(format + " has planes: give them to yuv420, or an array to of");
    int[] numbers = numbers(format.code, width, height);
    long row = (long) width * format.pixelBytes;
    ByteBuffer[] buffers = {pixels, null, null};
    long[] places = {0, 0, 0, rowStride == 0 ? row : rowStride, 0, 0};
    place(buffers, places, 0, format.name(), row, height);
    return new PixelImage(numbers, null, buffers, places, 1);
  }

  /** Pixels of any format whose rows and planes follow each other without gaps. Luma and chroma are BT.601 in video range. */
  public static PixelImage of(Format format, int width, int height, byte[] pixels) {
    int[] numbers = numbers(format.code, width, height);
    long row = (long) width * format.pixelBytes, luma = row * height;
    long[] places = {0, 0, 0, row, 0, 0};
    long end = luma;
    if (format == Format.I420) {
      places[4] = places[5] = half(width);
      places[1] = luma;
      places[2] = luma + places[4] * half(height);
      end = places[2] + places[4] * half(height);
    } else if (format.hasChroma()) {
      places[4] = 2L * half(width);
      places[1] = luma;
      end = luma + places[4] * half(height);
    }
    if (pixels.length != end) {
      throw ModelException.argument(
          width + "x" + height + " pixels as " + format + " are " + end + " bytes, there are " + pixels.length);
    }
    return new PixelImage(numbers, pixels, new ByteBuffer[3], places, 1);
  }

  /** Pixels as Android's {@code Bitmap.getPixels} gives them: blue in the lowest byte of each, then green and red. */
  public static PixelImage of(int width, int height, int[] colors) {
    int[] numbers = numbers(Format.BGRA.code, width, height);
    if (colors.length < (long) width * height) {
      long needed = (long) width * height;
      throw ModelException.argument(width + "x" + height + " pixels are " + needed + " colours, there are " + colors.length);
    }
    return new PixelImage(numbers, colors, new ByteBuffer[3], new long[] {0, 0, 0, 4L * width, 0, 0}, 1);
  }

  /** Notes where a plane begins, and checks that `rows` of `row` bytes lie in its buffer. */
  private static void place(ByteBuffer[] buffers, long[] places, int plane, String name, long row, long rows) {
    ByteBuffer buffer = buffers[plane];
    long stride = places[3 + plane];
    if (stride < row) throw ModelException.argument("a row stride of " + stride + " bytes: a row of " + name + " has " + row);
    if (!buffer.isDirect()) throw ModelException.argument("the buffer of " + name + " is not direct: see ByteBuffer.allocateDirect");
    long needed = (rows - 1) * stride + row;
    if (buffer.remaining() < needed) {
      throw ModelException.argument("the buffer of " + name + " holds " + buffer.remaining() + " bytes, " + needed + " are needed");
    }
    places[plane] = buffer.position();
  }

  private PixelImage with(int place, int... values) {
    int[] changed = numbers.clone();
    System.arraycopy(values, 0, changed, place, values.length);
    return new PixelImage(changed, array, buffers, places, pixelStride);
  }

  /** Turned by these degrees to the right it stands upright: 0, 90, 180 or 270, as Android's {@code rotationDegrees}. */
  public PixelImage rotated(int degrees) {
    if (degrees % 90 != 0 || degrees < 0 || degrees > 270) {
      throw ModelException.argument("rotation is " + degrees + ": it is 0, 90, 180 or 270");
    }
    return with(ROTATION, degrees);
  }

  /** Whether the upright picture is then turned over, left to right, as a front camera's preview is. */
  public PixelImage mirrored(boolean mirrored) {
    return with(MIRROR, mirrored ? 1 : 0);
  }

  /** What of the picture counts, in pixels as they are stored. */
  public PixelImage cropped(int left, int top, int width, int height) {
    boolean inside = left >= 0 && top >= 0 && width > 0 && height > 0 && width <= getWidth() - left && height <= getHeight() - top;
    if (!inside) {
      throw ModelException.argument(
          "a crop of " + width + "x" + height + " at " + left + ", " + top + " does not lie in a picture of " + getWidth() + "x"
              + getHeight());
    }
    return with(CROP, left, top, width, height);
  }

  /** Which colours luma and chroma are; nothing for other formats. */
  public PixelImage colors(Matrix matrix, Range range) {
    return with(MATRIX, matrix.ordinal(), range.ordinal());
  }

  int getRotation() {
    return numbers[ROTATION];
  }

  boolean isMirrored() {
    return numbers[MIRROR] != 0;
  }

  /** The width of what is stored, in pixels. */
  public int getWidth() {
    return numbers[WIDTH];
  }

  /** The height of what is stored, in pixels. */
  public int getHeight() {
    return numbers[HEIGHT];
  }
}
