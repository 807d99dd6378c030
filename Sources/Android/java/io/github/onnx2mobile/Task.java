package io.github.onnx2mobile;

/** What a bundle says that its outputs are, from {@code onnx2mobile convert --task} and {@code --labels}; in the order of o2m.h. */
public enum Task {
  NONE,
  /** {@link Model#detect} gives boxes. */
  DETECT,
  /** {@link Model#segment} gives a map of classes. */
  SEGMENT,
  /** {@link Model#classify} gives classes. */
  CLASSIFY;

  static Task of(int number) {
    return number >= 0 && number < values().length ? values()[number] : NONE;
  }
}
