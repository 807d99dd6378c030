package io.github.onnx2mobile;

/** What the elements of a tensor are, and the array that holds them in Java. Unsigned elements and float16 are their bits. */
public enum ElementType {
  FLOAT32(1, 4, float[].class),
  UINT8(2, 1, byte[].class),
  INT8(3, 1, byte[].class),
  UINT16(4, 2, short[].class),
  INT16(5, 2, short[].class),
  INT32(6, 4, int[].class),
  INT64(7, 8, long[].class),
  BOOL(9, 1, byte[].class),
  FLOAT16(10, 2, short[].class),
  FLOAT64(11, 8, double[].class),
  UINT32(12, 4, int[].class),
  UINT64(13, 8, long[].class);

  private final int code;
  private final int bytes;
  private final Class<?> array;

  ElementType(int code, int bytes, Class<?> array) {
    this.code = code;
    this.bytes = bytes;
    this.array = array;
  }

  /** The number in o2m.h. */
  public int getCode() {
    return code;
  }

  /** The size of an element. */
  public int getBytes() {
    return bytes;
  }

  /** The class of the arrays that hold such elements: {@code float[].class} and so on. */
  public Class<?> getArray() {
    return array;
  }

  static ElementType of(long code) {
    for (ElementType type : values()) if (type.code == code) return type;
    throw new ModelException(ModelException.Reason.UNSUPPORTED, "element type " + code + " is not known to this package; update it");
  }
}
