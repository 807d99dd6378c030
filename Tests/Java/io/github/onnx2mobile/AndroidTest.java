package io.github.onnx2mobile;

import static io.github.onnx2mobile.Checks.equal;
import static io.github.onnx2mobile.Checks.expect;
import static io.github.onnx2mobile.Checks.refused;

import android.content.res.AssetFileDescriptor;
import android.content.res.AssetManager;
import android.graphics.Bitmap;
import android.media.Image;
import android.os.Build;
import android.os.ParcelFileDescriptor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;

/** What only Android has, with stand-ins for its classes that do what its documentation says. */
final class AndroidTest {
  private AndroidTest() {}

  /** An app's package with one asset, stored at an offset or, where that is below 0, compressed. */
  private static final class Assets extends AssetManager {
    private final byte[] asset;
    private final long offset;
    private final File file;

    Assets(byte[] asset, long offset) throws IOException {
      this.asset = asset;
      this.offset = offset;
      file = File.createTempFile("o2m", ".apk");
      file.deleteOnExit();
      byte[] all = new byte[(int) Math.max(offset, 0) + asset.length + 100];
      System.arraycopy(asset, 0, all, (int) Math.max(offset, 0), asset.length);
      Files.write(file.toPath(), all);
    }

    private void find(String name) throws FileNotFoundException {
      if (!name.equals("x.o2m")) throw new FileNotFoundException(name);
    }

    @Override
    public AssetFileDescriptor openFd(String name) throws IOException {
      find(name);
      if (offset < 0) throw new FileNotFoundException("this asset is compressed");
      FileInputStream stream = new FileInputStream(file);
      try {
        Field number = FileDescriptor.class.getDeclaredField("fd");
        number.setAccessible(true);
        int descriptor = number.getInt(stream.getFD());
        ParcelFileDescriptor parcel =
            new ParcelFileDescriptor(descriptor) {
              @Override
              public void close() {
                try {
                  stream.close();
                } catch (IOException problem) {
                  throw new AssertionError(problem);
                }
              }
            };
        return new AssetFileDescriptor(parcel, offset, asset.length);
      } catch (ReflectiveOperationException problem) {
        throw new AssertionError(problem);
      }
    }

    @Override
    public InputStream open(String name) throws IOException {
      find(name);
      return new ByteArrayInputStream(asset);
    }
  }

  /** A camera's picture, U and V in one plane, V first. */
  private static final class CameraImage extends Image {
    private final Pictures.Planes planes;
    private final int format, dataSpace;
    private final Plane[] views = new Plane[3];

    CameraImage(Pictures.Planes planes, int format, int dataSpace) {
      this.planes = planes;
      this.format = format;
      this.dataSpace = dataSpace;
      PixelImage joined = planes.joined(false, 12);
      for (int i = 0; i < 3; i++) {
        ByteBuffer buffer = joined.buffers[i];
        int rowStride = (int) joined.places[3 + i], pixelStride = i == 0 ? 1 : joined.pixelStride;
        views[i] =
            new Plane() {
              @Override
              public int getRowStride() {
                return rowStride;
              }

              @Override
              public int getPixelStride() {
                return pixelStride;
              }

              @Override
              public ByteBuffer getBuffer() {
                return buffer;
              }
            };
      }
    }

    @Override
    public int getFormat() {
      return format;
    }

    @Override
    public int getWidth() {
      return planes.width;
    }

    @Override
    public int getHeight() {
      return planes.height;
    }

    @Override
    public Plane[] getPlanes() {
      return views;
    }

    @Override
    public int getDataSpace() {
      return dataSpace;
    }
  }

  private static Object assets(File folder) throws Exception {
    byte[] installed = Files.readAllBytes(new File(folder, "digits.installed.o2m").toPath());
    byte[] packed = Files.readAllBytes(new File(folder, "digits.o2m").toPath());
    BufferedImage digit = Pictures.read(new File(folder, "photos/digit.png"));
    int[] colors = Pictures.colors(digit);
    PixelImage two = PixelImage.of(digit.getWidth(), digit.getHeight(), colors);
    Bitmap bitmap =
        new Bitmap() {
          @Override
          public int getWidth() {
            return digit.getWidth();
          }

          @Override
          public int getHeight() {
            return digit.getHeight();
          }

          @Override
          public void getPixels(int[] pixels, int offset, int stride, int x, int y, int width, int height) {
            System.arraycopy(colors, 0, pixels, offset, colors.length);
          }
        };
    List<Classification> wanted;
    try (Model model = Model.fromBytes(installed)) {
      wanted = model.classify(two);
    }
    int ways = 0;
    for (byte[] bundle : new byte[][] {installed, packed}) {
      for (long offset : new long[] {0, 64, 4096 + 64, 4, 4100, -1}) {
        Assets assets = new Assets(bundle, offset);
        try (Classifier classifier = Classifier.fromAsset(assets, "x.o2m", new Options())) {
          String mappings = new String(Files.readAllBytes(new File("/proc/self/maps").toPath()), StandardCharsets.UTF_8);
          equal(mappings.contains(assets.file.getPath()), bundle == installed && offset >= 0 && offset % 64 == 0);
          ModelTest.agree(classifier.classify(bitmap), wanted);
          ModelTest.agree(classifier.classify(two, 5), wanted);
          ways++;
        }
      }
    }
    refused(
        ModelException.Reason.OPEN, "asset 'y.o2m': it cannot be opened \\(y.o2m\\)",
        () -> Classifier.fromAsset(new Assets(packed, 64), "y.o2m", new Options()));
    refused(
        ModelException.Reason.NOT_A_BUNDLE, "asset 'x.o2m': this is not a bundle",
        () -> Classifier.fromAsset(new Assets(new byte[4096], 64), "x.o2m", new Options()));
    return ways + " ways";
  }

  private static Object camera(File folder) throws Exception {
    BufferedImage photo = ModelTest.photo(folder);
    Pictures.Planes planes = new Pictures.Planes(Pictures.colors(photo), photo.getWidth());
    try (Classifier classifier = new Classifier(Model.open(new File(folder, "digits.installed.o2m").getPath()))) {
      Model model = classifier.getModel();
      PixelImage.Range full = PixelImage.Range.FULL, video = PixelImage.Range.VIDEO;
      // What the DataSpace constants UNKNOWN, JFIF, BT601_625 and BT709 say, from Android 13 on.
      int[] spaces = {0, 146931712, 281149440, 281083904};
      PixelImage.Range[] ranges = {full, full, video, video};
      for (int i = 0; i < 2 * spaces.length; i++) {
        Build.VERSION.SDK_INT = i < spaces.length ? 24 : 33;
        boolean knows = i >= spaces.length;
        int space = i % spaces.length;
        PixelImage.Matrix matrix = knows && space == 3 ? PixelImage.Matrix.BT709 : PixelImage.Matrix.BT601;
        PixelImage array = planes.array(PixelImage.Format.NV21).colors(matrix, knows ? ranges[space] : full).rotated(90);
        List<Classification> found = classifier.classify(new CameraImage(planes, 0x23, spaces[space]), 90);
        equal(found.toString(), model.classify(array).toString());
      }
      refused(
          ModelException.Reason.ARGUMENT, "format 256: YUV_420_888 \\(35\\)",
          () -> classifier.classify(new CameraImage(planes, 256, 0), 0));
      expect(model.getTimings().getPrepare() > 0, "a picture takes time");
      return null;
    }
  }

  /** Boxes of a camera's picture lie in the upright one, and maps in the one that is stored. */
  private static Object tasks(File folder) throws Exception {
    BufferedImage photo = ModelTest.photo(folder);
    Pictures.Planes planes = new Pictures.Planes(Pictures.colors(photo), photo.getWidth());
    PixelImage stored = planes.array(PixelImage.Format.NV21).rotated(90);
    Assets detecting = new Assets(Files.readAllBytes(new File(folder, "detector.installed.o2m").toPath()), 4);
    try (Detector detector = Detector.fromAsset(detecting, "x.o2m", new Options())) {
      List<Detection> found = detector.detect(new CameraImage(planes, 0x23, 0), 90), own = detector.detect(stored);
      equal(found.size(), own.size());
      for (int i = 0; i < found.size(); i++) equal(found.get(i).toString(), own.get(i).upright(stored).toString());
      expect(!found.isEmpty() && !found.toString().equals(own.toString()), "a box of a picture that is turned moves");
    }
    Assets segmenting = new Assets(Files.readAllBytes(new File(folder, "segmentation.o2m").toPath()), 64);
    try (Segmenter segmenter = Segmenter.fromAsset(segmenting, "x.o2m", new Options())) {
      ClassMap map = segmenter.segment(new CameraImage(planes, 0x23, 0), 90);
      equal(map.getWidth() + "x" + map.getHeight(), photo.getWidth() + "x" + photo.getHeight());
      equal(Arrays.toString(map.getClasses()), Arrays.toString(segmenter.segment(stored, photo.getWidth(), photo.getHeight()).getClasses()));
    }
    return null;
  }

  static void run(Checks checks, File folder) {
    checks.check("assets, stored and compressed", () -> assets(folder));
    checks.check("a camera's pictures", () -> camera(folder));
    checks.check("a camera's boxes and maps", () -> tasks(folder));
  }
}
