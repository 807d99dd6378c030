package io.github.onnx2mobile;

import android.content.Context;
import android.content.res.AssetManager;
import android.graphics.Bitmap;
import android.media.Image;

/**
 * A model of an app's assets that names every pixel of pictures: a bundle of {@code onnx2mobile convert --task segment}.
 *
 * <pre>{@code
 * val segmenter = Segmenter.fromAsset(context, "people.o2m")
 * val map = segmenter.segment(bitmap)
 * }</pre>
 *
 * Threads and {@link #close} are as {@link Model} says.
 */
public final class Segmenter implements AutoCloseable {
  private final Model model;

  /** One above a model that was opened otherwise; {@link #close} closes it. */
  public Segmenter(Model model) {
    this.model = model;
  }

  /** Opens a bundle among the app's assets. */
  public static Segmenter fromAsset(Context context, String name) {
    return fromAsset(context.getAssets(), name, new Options());
  }

  /**
   * Opens a bundle among the assets. Where the package holds it uncompressed ({@code noCompress += "o2m"}) and at a multiple of 64 it is
   * mapped, and nothing is copied; else its bytes are read into memory.
   */
  public static Segmenter fromAsset(AssetManager assets, String name, Options options) {
    return new Segmenter(Assets.open(assets, name, options));
  }

  /** The model: its labels, its timings, its self-test. */
  public Model getModel() {
    return model;
  }

  /** The classes of a picture of the camera as it is stored, whatever its rotation. The image is not closed. */
  public ClassMap segment(Image image, int rotationDegrees) {
    return model.segment(AndroidPictures.pixels(image).rotated(rotationDegrees));
  }

  /** The classes of a bitmap. */
  public ClassMap segment(Bitmap bitmap) {
    return model.segment(AndroidPictures.pixels(bitmap));
  }

  /** The classes of a picture in memory, at any size. */
  public ClassMap segment(PixelImage image, int width, int height) {
    return model.segment(image, width, height);
  }

  /** Closes the model. */
  @Override
  public void close() {
    model.close();
  }
}
