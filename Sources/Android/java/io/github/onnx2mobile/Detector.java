package io.github.onnx2mobile;

import android.content.Context;
import android.content.res.AssetManager;
import android.graphics.Bitmap;
import android.media.Image;
import java.util.ArrayList;
import java.util.List;

/**
 * A model of an app's assets that finds objects in pictures: a bundle of {@code onnx2mobile convert --task detect}.
 *
 * <pre>{@code
 * val detector = Detector.fromAsset(context, "faces.o2m")
 * for (face in detector.detect(image, rotationDegrees)) draw(face.x, face.y, face.width, face.height)
 * }</pre>
 *
 * Threads and {@link #close} are as {@link Model} says.
 */
public final class Detector implements AutoCloseable {
  private final Model model;

  /** One above a model that was opened otherwise; {@link #close} closes it. */
  public Detector(Model model) {
    this.model = model;
  }

  /** Opens a bundle among the app's assets. */
  public static Detector fromAsset(Context context, String name) {
    return fromAsset(context.getAssets(), name, new Options());
  }

  /**
   * Opens a bundle among the assets. Where the package holds it uncompressed ({@code noCompress += "o2m"}) and at a multiple of 64 it is
   * mapped, and nothing is copied; else its bytes are read into memory.
   */
  public static Detector fromAsset(AssetManager assets, String name, Options options) {
    return new Detector(Assets.open(assets, name, options));
  }

  /** The model: its labels, its timings, its self-test. */
  public Model getModel() {
    return model;
  }

  /** What a picture of the camera shows, best first, in pixels of the upright picture. The image is not closed. */
  public List<Detection> detect(Image image, int rotationDegrees) {
    PixelImage pixels = AndroidPictures.pixels(image).rotated(rotationDegrees);
    List<Detection> upright = new ArrayList<>();
    for (Detection found : model.detect(pixels)) upright.add(found.upright(pixels));
    return upright;
  }

  /** What a bitmap shows, best first, in its pixels. */
  public List<Detection> detect(Bitmap bitmap) {
    return model.detect(AndroidPictures.pixels(bitmap));
  }

  /** What a picture in memory shows, best first, in its pixels as they are stored. */
  public List<Detection> detect(PixelImage image) {
    return model.detect(image);
  }

  /** Closes the model. */
  @Override
  public void close() {
    model.close();
  }
}
