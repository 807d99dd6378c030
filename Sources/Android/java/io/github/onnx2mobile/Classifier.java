package io.github.onnx2mobile;

import android.content.Context;
import android.content.res.AssetManager;
import android.graphics.Bitmap;
import android.media.Image;
import java.util.List;

/**
 * A model of an app's assets that names what pictures show.
 *
 * <pre>{@code
 * val classifier = Classifier.fromAsset(context, "squeezenet.o2m")
 * val best = classifier.classify(image, rotationDegrees).first()
 * }</pre>
 *
 * Threads and {@link #close} are as {@link Model} says.
 */
public final class Classifier implements AutoCloseable {
  private final Model model;

  /** One above a model that was opened otherwise; {@link #close} closes it. */
  public Classifier(Model model) {
    this.model = model;
  }

  /** Opens a bundle among the app's assets. */
  public static Classifier fromAsset(Context context, String name) {
    return fromAsset(context.getAssets(), name, new Options());
  }

  /**
   * Opens a bundle among the assets. Where the package holds it uncompressed ({@code noCompress += "o2m"}) and at a multiple of 64 it is
   * mapped, and nothing is copied; else its bytes are read into memory.
   */
  public static Classifier fromAsset(AssetManager assets, String name, Options options) {
    return new Classifier(Assets.open(assets, name, options));
  }

  /** The model: its labels, its timings, its self-test. */
  public Model getModel() {
    return model;
  }

  /** The five best classes of a picture of the camera, best first. The image is not closed. See {@link AndroidPictures#pixels}. */
  public List<Classification> classify(Image image, int rotationDegrees) {
    return model.classify(AndroidPictures.pixels(image).rotated(rotationDegrees));
  }

  /** The five best classes of a bitmap, best first. */
  public List<Classification> classify(Bitmap bitmap) {
    return model.classify(AndroidPictures.pixels(bitmap));
  }

  /** The {@code top} best classes of a picture in memory. */
  public List<Classification> classify(PixelImage image, int top) {
    return model.classify(image, top);
  }

  /** Closes the model. */
  @Override
  public void close() {
    model.close();
  }
}
