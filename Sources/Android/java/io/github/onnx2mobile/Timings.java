package io.github.onnx2mobile;

/** Milliseconds of the last call that ran a model. */
public final class Timings {
  private final double prepare;
  private final double run;

  Timings(double prepare, double run) {
    this.prepare = prepare;
    this.run = run;
  }

  /** Resizing, cropping and scaling the picture into the input. */
  public double getPrepare() {
    return prepare;
  }

  /** The model, and its best classes, its boxes or its map. */
  public double getRun() {
    return run;
  }
}
