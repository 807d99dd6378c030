package io.github.onnx2mobile;

import android.content.Context;
import android.content.res.AssetFileDescriptor;
import android.content.res.AssetManager;
import android.graphics.Bitmap;
import android.graphics.ImageFormat;
import android.graphics.PixelFormat;
import android.graphics.Rect;
import android.media.Image;
import android.os.Build;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
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
  private int[] colors = new int[0];

  /** A classifier above a model that was opened otherwise; {@link #close} closes it. */
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
    try {
      return new Classifier(open(assets, name, options));
    } catch (IOException problem) {
      String message = "asset '" + name + "': it cannot be opened (" + problem.getMessage() + "); is it in src/main/assets?";
      throw new ModelException(ModelException.Reason.OPEN, message, problem);
    } catch (ModelException problem) {
      throw problem.of("asset '" + name + "'");
    }
  }

  private static Model open(AssetManager assets, String name, Options options) throws IOException {
    try (AssetFileDescriptor asset = assets.openFd(name)) {
      return Model.openDescriptor(asset.getParcelFileDescriptor().getFd(), asset.getStartOffset(), asset.getLength(), options);
    } catch (IOException compressed) {
      // An asset that is compressed has no descriptor; one that is not there has no stream either.
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (InputStream stream = assets.open(name)) {
      byte[] piece = new byte[1 << 16];
      for (int count; (count = stream.read(piece)) >= 0; ) bytes.write(piece, 0, count);
    }
    return Model.fromBytes(ByteBuffer.wrap(bytes.toByteArray()), options);
  }

  /** The model: its labels, its timings, its self-test. */
  public Model getModel() {
    return model;
  }

  /** The five best classes of a picture of the camera, best first. The image is not closed. See {@link #pixels}. */
  public List<Classification> classify(Image image, int rotationDegrees) {
    return model.classify(pixels(image).rotated(rotationDegrees));
  }

  /** The five best classes of a bitmap, best first. */
  public synchronized List<Classification> classify(Bitmap bitmap) {
    int width = bitmap.getWidth(), height = bitmap.getHeight();
    if (colors.length < width * height) colors = new int[width * height];
    bitmap.getPixels(colors, 0, width, 0, 0, width, height);
    return model.classify(PixelImage.of(width, height, colors));
  }

  /** The {@code top} best classes of a picture in memory. */
  public List<Classification> classify(PixelImage image, int top) {
    return model.classify(image, top);
  }

  /**
   * The pixels of an image in YUV_420_888 or RGBA_8888, within its crop rectangle; they are those of the image until it is closed. Luma and
   * chroma are in the colours that the image says, from Android 13 on; where it says none, in BT.601 and full range, as cameras give them.
   */
  public static PixelImage pixels(Image image) {
    Image.Plane[] planes = image.getPlanes();
    int width = image.getWidth(), height = image.getHeight();
    PixelImage pixels;
    switch (image.getFormat()) {
      case ImageFormat.YUV_420_888:
        pixels =
            PixelImage.yuv420(
                    width, height, planes[0].getBuffer(), planes[0].getRowStride(), planes[1].getBuffer(), planes[2].getBuffer(),
                    planes[1].getRowStride(), planes[1].getPixelStride())
                .colors(matrix(image), range(image));
        break;
      case PixelFormat.RGBA_8888:
        pixels = PixelImage.of(PixelImage.Format.RGBA, width, height, planes[0].getBuffer(), planes[0].getRowStride());
        break;
      default:
        throw ModelException.argument("an image of format " + image.getFormat() + ": YUV_420_888 (35) and RGBA_8888 (1) are taken");
    }
    Rect crop = image.getCropRect();
    return pixels.cropped(crop.left, crop.top, crop.right - crop.left, crop.bottom - crop.top);
  }

  // The bits of android.hardware.DataSpace.
  private static final int STANDARD = 63 << 16, BT709 = 1 << 16, RANGE = 7 << 27, LIMITED = 2 << 27;

  private static int dataSpace(Image image) {
    return Build.VERSION.SDK_INT >= 33 ? image.getDataSpace() : 0;
  }

  private static PixelImage.Matrix matrix(Image image) {
    return (dataSpace(image) & STANDARD) == BT709 ? PixelImage.Matrix.BT709 : PixelImage.Matrix.BT601;
  }

  private static PixelImage.Range range(Image image) {
    return (dataSpace(image) & RANGE) == LIMITED ? PixelImage.Range.VIDEO : PixelImage.Range.FULL;
  }

  /** Closes the model. */
  @Override
  public void close() {
    model.close();
  }
}
