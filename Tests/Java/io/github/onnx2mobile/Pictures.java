package io.github.onnx2mobile;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageIO;

/** Pictures in files, and the ways in which a camera or an app has them in memory. */
final class Pictures {
  private Pictures() {}

  static BufferedImage read(File file) throws IOException {
    BufferedImage image = ImageIO.read(file);
    if (image == null) throw new IOException(file + ": not a picture");
    return image;
  }

  /** Pixels as Bitmap.getPixels gives them. The levels of a gray picture are taken as they are stored. */
  static int[] colors(BufferedImage image) {
    int width = image.getWidth(), height = image.getHeight();
    int[] colors = new int[width * height];
    boolean gray = image.getRaster().getNumBands() == 1;
    for (int i = 0; i < colors.length; i++) {
      int level = gray ? image.getRaster().getSample(i % width, i / width, 0) : 0;
      colors[i] = gray ? new Color(level, level, level).getRGB() : image.getRGB(i % width, i / width);
    }
    return colors;
  }

  static ByteBuffer direct(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length);
    buffer.put(bytes);
    buffer.flip();
    return buffer;
  }

  /** The pixels in a channel order such as "RGBA", `gap` bytes between the rows. */
  static byte[] bytes(int[] colors, int width, String order, int gap) {
    int height = colors.length / width, stride = width * order.length() + gap;
    byte[] bytes = new byte[stride * height];
    for (int i = 0; i < colors.length; i++) {
      for (int channel = 0; channel < order.length(); channel++) {
        int shift = "BGRA".indexOf(order.charAt(channel)) * 8;
        bytes[i / width * stride + i % width * order.length() + channel] = (byte) (colors[i] >> shift);
      }
    }
    return bytes;
  }

  /** The picture turned to the left, which turned to the right by `degrees` stands upright again. */
  static int[] turned(int[] colors, int width, int degrees) {
    int height = colors.length / width;
    int[] turned = new int[colors.length];
    int across = degrees % 180 == 0 ? width : height;
    for (int i = 0; i < colors.length; i++) {
      int x = i % across, y = i / across;
      int column = degrees == 0 ? x : degrees == 90 ? width - 1 - y : degrees == 180 ? width - 1 - x : y;
      int row = degrees == 0 ? y : degrees == 90 ? x : degrees == 180 ? height - 1 - y : height - 1 - x;
      turned[i] = colors[row * width + column];
    }
    return turned;
  }

  /** Luma and chroma of BT.601 in full range, as JPEG has them: the chroma of 2 x 2 pixels is that of their mean colour. */
  static final class Planes {
    final int width, height, across, down;
    final byte[] y, u, v;

    Planes(int[] colors, int width) {
      this.width = width;
      height = colors.length / width;
      across = (width + 1) / 2;
      down = (height + 1) / 2;
      y = new byte[width * height];
      u = new byte[across * down];
      v = new byte[across * down];
      for (int i = 0; i < y.length; i++) y[i] = luma(colors[i]);
      for (int i = 0; i < u.length; i++) {
        double red = 0, green = 0, blue = 0;
        for (int part = 0; part < 4; part++) {
          int x = Math.min(width - 1, i % across * 2 + part % 2), row = Math.min(height - 1, i / across * 2 + part / 2);
          int color = colors[row * width + x];
          red += (color >> 16 & 255) / 4.0;
          green += (color >> 8 & 255) / 4.0;
          blue += (color & 255) / 4.0;
        }
        u[i] = level(128 - 0.168736 * red - 0.331264 * green + 0.5 * blue);
        v[i] = level(128 + 0.5 * red - 0.418688 * green - 0.081312 * blue);
      }
    }

    private static byte luma(int color) {
      return level(0.299 * (color >> 16 & 255) + 0.587 * (color >> 8 & 255) + 0.114 * (color & 255));
    }

    private static byte level(double value) {
      return (byte) Math.max(0, Math.min(255, Math.round(value)));
    }

    /** The colours that the standard's formula makes of them. */
    int[] colors() {
      int[] colors = new int[width * height];
      for (int i = 0; i < colors.length; i++) {
        int chroma = i / width / 2 * across + i % width / 2;
        double luma = y[i] & 255, blue = (u[chroma] & 255) - 128, red = (v[chroma] & 255) - 128;
        int r = level(luma + 1.402 * red) & 255, g = level(luma - 0.344136 * blue - 0.714136 * red) & 255;
        colors[i] = 255 << 24 | r << 16 | g << 8 | level(luma + 1.772 * blue) & 255;
      }
      return colors;
    }

    /** Planes with gaps between rows, their chroma `stride` bytes apart in buffers of their own. */
    PixelImage apart(int stride, int gap) {
      int row = width + gap, chromaRow = across * stride + gap;
      return PixelImage.yuv420(
          width, height, direct(spread(y, width, 1, row)), row, direct(spread(u, across, stride, chromaRow)),
          direct(spread(v, across, stride, chromaRow)), chromaRow, stride);
    }

    /** As most cameras give them: U and V in one plane, each buffer a view of it that ends with its own last byte. */
    PixelImage joined(boolean uFirst, int gap) {
      int row = width + gap, chromaRow = 2 * across + gap;
      byte[] both = new byte[chromaRow * down - gap];
      for (int i = 0; i < u.length; i++) {
        int place = i / across * chromaRow + i % across * 2;
        both[place] = uFirst ? u[i] : v[i];
        both[place + 1] = uFirst ? v[i] : u[i];
      }
      ByteBuffer first = direct(both), second = first.duplicate();
      first.limit(both.length - 1);
      second.position(1);
      return PixelImage.yuv420(
          width, height, direct(spread(y, width, 1, row)), row, uFirst ? first : second, uFirst ? second : first, chromaRow, 2);
    }

    /** In one array, as the first cameras' callbacks gave them. */
    PixelImage array(PixelImage.Format format) {
      boolean planar = format == PixelImage.Format.I420;
      byte[] all = new byte[y.length + 2 * u.length];
      System.arraycopy(y, 0, all, 0, y.length);
      for (int i = 0; i < u.length; i++) {
        int first = y.length + (planar ? i : 2 * i), second = planar ? first + u.length : first + 1;
        boolean swapped = format == PixelImage.Format.NV21;
        all[first] = swapped ? v[i] : u[i];
        all[second] = swapped ? u[i] : v[i];
      }
      return PixelImage.of(format, width, height, all).colors(PixelImage.Matrix.BT601, PixelImage.Range.FULL);
    }

    /** The elements of a plane `stride` bytes apart and its rows `rowStride`; the last row has no gap. */
    private static byte[] spread(byte[] plane, int width, int stride, int rowStride) {
      int height = plane.length / width;
      byte[] spread = new byte[(height - 1) * rowStride + (width - 1) * stride + 1];
      for (int i = 0; i < plane.length; i++) spread[i / width * rowStride + i % width * stride] = plane[i];
      return spread;
    }
  }

  /** Writes pictures as PNG files, so that the command reads the pixels that Java does: prepare OUT PICTURE... */
  public static void main(String[] arguments) throws IOException {
    for (int i = 1; i < arguments.length; i++) {
      File file = new File(arguments[i]);
      BufferedImage image = read(file), plain = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
      plain.setRGB(0, 0, image.getWidth(), image.getHeight(), colors(image), 0, image.getWidth());
      ImageIO.write(plain, "png", new File(arguments[0], file.getName().replaceAll("\\.[a-z]+$", ".png")));
    }
  }
}
