package io.github.onnx2mobile;

/** How a model is opened. The methods change these options and return them. */
public final class Options {
  int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors()));
  boolean trusted;

  /**
   * How many threads run the model, the calling one among them: at least 1, at most 1024; 0 takes one per CPU. Where it is not said, as
   * many as there are CPUs, but no more than 4. The results do not depend on it.
   */
  public Options threads(int threads) {
    if (threads < 0 || threads > 1024) throw ModelException.argument("threads is " + threads + ": it is in 0 to 1024");
    this.threads = threads;
    return this;
  }

  /** Hashes are not checked: the bundle is one that {@code onnx2mobile unpack} verified and that nobody else can write. */
  public Options trusted(boolean trusted) {
    this.trusted = trusted;
    return this;
  }
}
