package io.github.onnx2mobile;

import java.util.Locale;

/** How far a bundle is from what the original model gave, on the inputs of its certificate. */
public final class SelfTest {
  private final double[] numbers;

  SelfTest(double[] numbers) {
    this.numbers = numbers;
  }

  /** Inputs that the model was run on. */
  public int getCases() {
    return (int) numbers[0];
  }

  /** Numbers that were compared. */
  public long getValues() {
    return (long) numbers[1];
  }

  /** The largest difference of an element. */
  public double getMaxError() {
    return numbers[2];
  }

  /** The least signal-to-noise ratio of an output of floats, in dB; 200 at most. */
  public double getSqnr() {
    return numbers[3];
  }

  /** The largest share of what an output may differ by that one does; above 1 the test fails, with a {@link ModelException}. */
  public double getShare() {
    return numbers[4];
  }

  @Override
  public String toString() {
    String form = "%d values, SQNR %.1f dB, %.0f %% of what they may differ by";
    return String.format(Locale.ROOT, form, getValues(), getSqnr(), 100 * getShare());
  }
}
