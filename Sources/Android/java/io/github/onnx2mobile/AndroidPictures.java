package io.github.onnx2mobile;

import android.graphics.Bitmap;
import android.graphics.ImageFormat;
import android.graphics.PixelFormat;
import android.graphics.Rect;
import android.media.Image;
import android.os.Build;

/** Android's pictures as the runtime takes them. */
public final class AndroidPictures {
  private AndroidPictures() {}

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

  /** A copy of a bitmap's pixels. */
  public static PixelImage pixels(Bitmap bitmap) {
    int width = bitmap.getWidth(), height = bitmap.getHeight();
    int[] colors = new int[width * height];
    bitmap.getPixels(colors, 0, width, 0, 0, width, height);
    return PixelImage.of(width, height, colors);
  }
}
