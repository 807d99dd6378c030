package io.github.onnx2mobile;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** An input or output of a model. */
public final class Port {
  private final String name;
  private final ElementType type;
  private final int[] shape;
  private final int length;
  private final List<Extent> extents;
  private final String state;

  Port(String name, ElementType type, int[] shape, int length, List<Extent> extents, String state) {
    this.state = state;
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.length = length;
    this.extents = extents;
  }

  /** The name in the original model. */
  public String getName() {
    return name;
  }

  /** What its elements are. */
  public ElementType getType() {
    return type;
  }

  /** The extents that it has now; a copy. */
  public int[] getShape() {
    return shape.clone();
  }

  /** How many elements the shape has. */
  public int getLength() {
    return length;
  }

  /** What each extent of an input may be, see {@link Model#resize}; empty for an output, whose extents follow. */
  public List<Extent> getExtents() {
    return extents;
  }

  /** The output whose elements an input takes from the run before; null where the caller gives it. See {@link Model#resetState}. */
  public String getState() {
    return state;
  }

  @Override
  public String toString() {
    return "'" + name + "' is " + type.name().toLowerCase(Locale.ROOT) + " " + Arrays.toString(shape);
  }
}
