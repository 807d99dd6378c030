package io.github.onnx2mobile;

import java.util.Locale;

/** A class and its share. */
public final class Classification {
  private final String label;
  private final int index;
  private final float probability;

  Classification(String label, int index, float probability) {
    this.label = label;
    this.index = index;
    this.probability = probability;
  }

  /** The bundle's label; the index as text where the bundle has none. */
  public String getLabel() {
    return label;
  }

  /** The class's place in the output. */
  public int getIndex() {
    return index;
  }

  /** In 0 to 1; NaN where a score is not finite. */
  public float getProbability() {
    return probability;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s, %.1f %%", label, 100 * probability);
  }
}
