package io.github.onnx2mobile;

import java.util.Locale;

/** An object in a picture: its class, and the box around it. */
public final class Detection {
  private final String label;
  private final int index;
  private final float score;
  private final float x;
  private final float y;
  private final float width;
  private final float height;

  Detection(String label, int index, float score, float x, float y, float width, float height) {
    this.label = label;
    this.index = index;
    this.score = score;
    this.x = x;
    this.y = y;
    this.width = width;
    this.height = height;
  }

  /** The bundle's label; the index as text where the bundle has none. */
  public String getLabel() {
    return label;
  }

  /** The class's place among the labels. */
  public int getIndex() {
    return index;
  }

  /** In 0 to 1. */
  public float getScore() {
    return score;
  }

  /** The left edge in pixels of the picture as it is stored, from the edge of its first pixel. */
  public float getX() {
    return x;
  }

  /** The top edge, likewise. */
  public float getY() {
    return y;
  }

  /** In the same pixels; the box lies within the picture, or within its crop. */
  public float getWidth() {
    return width;
  }

  /** See {@link #getWidth}. */
  public float getHeight() {
    return height;
  }

  /** The same box in the upright picture: turned, then mirrored, as {@code image} says. */
  public Detection upright(PixelImage image) {
    int degrees = image.getRotation();
    float right = image.getWidth() - x - width, below = image.getHeight() - y - height;
    float left = degrees == 0 ? x : degrees == 90 ? below : degrees == 180 ? right : y;
    float top = degrees == 0 ? y : degrees == 90 ? x : degrees == 180 ? below : right;
    boolean turned = degrees % 180 != 0;
    float across = turned ? height : width, whole = turned ? image.getHeight() : image.getWidth();
    return new Detection(
        label, index, score, image.isMirrored() ? whole - left - across : left, top, across, turned ? width : height);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s, %.1f %%, %.0fx%.0f at %.0f, %.0f", label, 100 * score, width, height, x, y);
  }
}
