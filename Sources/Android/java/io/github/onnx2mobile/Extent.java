package io.github.onnx2mobile;

/** What an extent of an input may be: {@code minimum}, or a number of {@code step}s above it, up to {@code maximum}. */
public final class Extent {
  private final int minimum;
  private final int maximum;
  private final int step;

  Extent(long minimum, long maximum, long step) {
    this.minimum = (int) Math.min(minimum, Integer.MAX_VALUE);
    this.maximum = (int) Math.min(maximum, Integer.MAX_VALUE);
    this.step = (int) Math.min(step, Integer.MAX_VALUE);
  }

  public int getMinimum() {
    return minimum;
  }

  public int getMaximum() {
    return maximum;
  }

  public int getStep() {
    return step;
  }

  /** Whether {@link Model#resize} takes it. */
  public boolean contains(int extent) {
    return extent >= minimum && extent <= maximum && (extent - minimum) % step == 0;
  }

  @Override
  public String toString() {
    return minimum == maximum ? String.valueOf(minimum) : minimum + " to " + maximum + (step > 1 ? " in steps of " + step : "");
  }
}
