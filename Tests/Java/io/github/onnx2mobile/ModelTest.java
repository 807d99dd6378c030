package io.github.onnx2mobile;

import static io.github.onnx2mobile.Checks.equal;
import static io.github.onnx2mobile.Checks.expect;

import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The package on a desktop: ModelTest FOLDER BROKEN HEADER, with what .ci/java-test made in FOLDER. */
public final class ModelTest {
  private static final Checks checks = new Checks();
  static File folder;

  private ModelTest() {}

  static String path(String name) {
    return new File(folder, name).getPath();
  }

  static byte[] bytes(String name) throws Exception {
    return Files.readAllBytes(new File(folder, name).toPath());
  }

  static Model open(String name) {
    return Model.open(path(name));
  }

  static PixelImage picture(String name) throws Exception {
    BufferedImage image = Pictures.read(new File(path(name)));
    return PixelImage.of(image.getWidth(), image.getHeight(), Pictures.colors(image));
  }

  /** A photo where there is one, else a digit. */
  static BufferedImage photo(File folder) throws Exception {
    File photo = new File(folder, "photos/goldfish.png");
    return Pictures.read(photo.exists() ? photo : new File(folder, "photos/digit.png"));
  }

  /** What `run` said of a bundle and a picture: lines of index, share and label. */
  static List<Classification> expected(String bundle, String picture) throws Exception {
    List<Classification> classes = new ArrayList<>();
    for (String line : Files.readAllLines(new File(path("expected/" + bundle + "/" + picture + ".tsv")).toPath())) {
      String[] parts = line.split("\t", 3);
      classes.add(new Classification(parts[2], Integer.parseInt(parts[0]), Float.parseFloat(parts[1])));
    }
    return classes;
  }

  /**
   * That two lists name the same classes. Host and device differ in the order of sums alone, and so by what a float32 bundle may: 1e-4 of
   * the largest and 1e-3 of each.
   */
  static void agree(List<Classification> found, List<Classification> expected) {
    agree(found, expected, 1e-4 * expected.get(0).getProbability(), 1e-3);
  }

  private static void agree(List<Classification> found, List<Classification> expected, double absolute, double relative) {
    equal(found.size(), expected.size());
    for (int rank = 0; rank < found.size(); rank++) {
      Classification one = found.get(rank), other = expected.get(rank);
      double most = absolute + relative * other.getProbability();
      boolean near = Math.abs(one.getProbability() - other.getProbability()) <= most;
      boolean named = one.getIndex() == other.getIndex() && one.getLabel().equals(other.getLabel());
      expect(named && near, "rank " + rank + ": " + one + ", not " + other);
    }
  }

  static void same(List<Classification> found, List<Classification> expected) {
    agree(found, expected, 0, 0);
  }

  // What pictures show

  private static void classify(String bundle) throws Exception {
    File[] photos = new File(path("expected/" + bundle)).listFiles();
    Arrays.sort(photos);
    double prepare = Double.MAX_VALUE, run = Double.MAX_VALUE;
    try (Model model = open(bundle + ".installed.o2m"); Model packed = open(bundle + ".o2m")) {
      String best = "";
      for (File photo : photos) {
        String name = photo.getName().replace(".tsv", "");
        PixelImage picture = picture("photos/" + name + ".png");
        List<Classification> wanted = expected(bundle, name);
        agree(model.classify(picture, wanted.size()), wanted);
        same(packed.classify(picture), model.classify(picture));
        best += (best.isEmpty() ? "" : "; ") + name + ": " + wanted.get(0);
        prepare = Math.min(prepare, model.getTimings().getPrepare());
        run = Math.min(run, model.getTimings().getRun());
      }
      System.out.printf("  %s: %s; %.1f ms to prepare, %.1f ms to run%n", bundle, best, prepare, run);
    }
  }

  private static Object formats() throws Exception {
    BufferedImage photo = photo(folder);
    int width = photo.getWidth() - 1, height = photo.getHeight() - 1;  // odd where a photo's are even
    int[] colors = new int[width * height], all = Pictures.colors(photo);
    // A gray picture would not show which channel is which.
    for (int i = 0; i < all.length && photo.getRaster().getNumBands() == 1; i++) {
      int level = all[i] & 255;
      all[i] = 255 << 24 | level << 16 | (255 - level) / 2 << 8 | level / 3;
    }
    for (int i = 0; i < colors.length; i++) colors[i] = all[i / width * photo.getWidth() + i % width];
    String bundle = new File(path("squeezenet1_1.installed.o2m")).exists() ? "squeezenet1_1" : "digits";
    try (Model model = open(bundle + ".installed.o2m")) {
      List<Classification> wanted = model.classify(PixelImage.of(width, height, colors));
      for (PixelImage.Format format : new PixelImage.Format[] {PixelImage.Format.RGB, PixelImage.Format.RGBA, PixelImage.Format.BGRA}) {
        String order = format.name();
        int stride = width * order.length() + 5;
        same(model.classify(PixelImage.of(format, width, height, Pictures.bytes(colors, width, order, 0))), wanted);
        ByteBuffer rows = Pictures.direct(Pictures.bytes(colors, width, order, 5));
        same(model.classify(PixelImage.of(format, width, height, rows, stride)), wanted);
      }
      for (int degrees : new int[] {90, 180, 270}) {
        int across = degrees == 180 ? width : height;
        PixelImage turned = PixelImage.of(across, width * height / across, Pictures.turned(colors, width, degrees));
        agree(model.classify(turned.rotated(degrees)), wanted);
      }
      PixelImage cut = PixelImage.of(photo.getWidth(), photo.getHeight(), all).cropped(0, 0, width, height);
      same(model.classify(cut), wanted);
      int[] mirrored = new int[colors.length];
      for (int i = 0; i < colors.length; i++) mirrored[i] = colors[i / width * width + width - 1 - i % width];
      agree(model.classify(PixelImage.of(width, height, mirrored).mirrored(true)), wanted);

      // Luma and chroma: every way in which they lie gives the very same, and comes near what the standard's colours of them give: a level
      // of a channel is off by 1 at most.
      Pictures.Planes planes = new Pictures.Planes(colors, width);
      double[] near = shares(model, PixelImage.of(width, height, planes.colors()));
      double[] found = shares(model, planes.array(PixelImage.Format.I420));
      double most = 0;
      for (int index = 0; index < near.length; index++) most = Math.max(most, Math.abs(found[index] - near[index]));
      expect(most < 0.01, "luma and chroma change a share by " + most);
      List<Classification> exact = model.classify(planes.array(PixelImage.Format.I420));
      List<PixelImage> ways = new ArrayList<>(Arrays.asList(planes.array(PixelImage.Format.NV12), planes.array(PixelImage.Format.NV21)));
      for (int gap : new int[] {0, 7, 64}) {
        ways.addAll(Arrays.asList(planes.joined(true, gap), planes.joined(false, gap)));
        for (int stride : new int[] {1, 2, 3}) ways.add(planes.apart(stride, gap));
      }
      for (PixelImage way : ways) same(model.classify(way), exact);
      for (int degrees : new int[] {90, 180, 270}) {
        List<Classification> turned = model.classify(planes.array(PixelImage.Format.I420).rotated(degrees));
        for (PixelImage way : ways) same(model.classify(way.rotated(degrees)), turned);
      }
      return String.format("%d ways of luma and chroma, a share is off by %.1e at most", ways.size(), most);
    }
  }

  /** The share of every class. */
  private static double[] shares(Model model, PixelImage picture) {
    double[] shares = new double[model.getLabels().size()];
    for (Classification each : model.classify(picture, shares.length)) shares[each.getIndex()] = each.getProbability();
    return shares;
  }

  // Tensors

  private static Object tensors() throws Exception {
    try (Model model = open("digits.installed.o2m")) {
      Port input = model.getInputs().get(0);
      equal(input.toString(), "'image' is float32 [1, 1, 16, 16]");
      equal(input.getLength(), 256);
      equal(model.getOutputs().get(0).toString(), "'logits' is float32 [1, 10]");
      equal(model.getLabels().get(2), "two");
      expect(model.getArenaBytes() > 0, "there is an arena");
      float[] image = new float[256];
      for (int i = 0; i < image.length; i++) image[i] = (i * 37 % 101) / 50f - 1;
      float[] logits = (float[]) model.run(Collections.singletonMap("image", image)).get("logits");
      equal(logits.length, 10);
      ByteBuffer direct = ByteBuffer.allocateDirect(4 + 1024).order(ByteOrder.nativeOrder());
      direct.position(4);
      direct.slice().order(ByteOrder.nativeOrder()).asFloatBuffer().put(image);
      ByteBuffer result = ByteBuffer.allocateDirect(40).order(ByteOrder.nativeOrder());
      model.run(Collections.singletonMap("image", direct), Collections.singletonMap("logits", result));
      for (int i = 0; i < 10; i++) equal(result.getFloat(4 * i), logits[i]);
      ByteBuffer swapped = ByteBuffer.allocateDirect(1024).order(ByteOrder.BIG_ENDIAN);
      Checks.refused(
          ModelException.Reason.ARGUMENT, "order is not ByteOrder.nativeOrder", () -> model.run(Collections.singletonMap("image", swapped)));
      model.run(Collections.singletonMap("image", image), Collections.emptyMap());
      SelfTest test = model.selfTest();
      expect(test.getCases() > 0 && test.getValues() > 0 && test.getShare() < 1 && test.getSqnr() > 20, "the self-test holds: " + test);
      return "self-test " + test;
    }
  }

  private static Object opens() throws Exception {
    PixelImage two = picture("photos/digit.png");
    byte[] installed = bytes("digits.installed.o2m"), packed = bytes("digits.o2m");
    try (Model model = open("digits.installed.o2m")) {
      List<Classification> wanted = model.classify(two, 10);
      List<Model> models = new ArrayList<>();
      for (int shift : new int[] {0, 1, 17}) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(installed.length + 64 + shift);
        int start = Native.gap(buffer) + shift;
        buffer.position(start);
        buffer.put(installed);
        buffer.position(start).limit(start + installed.length);
        models.add(Model.fromBytes(buffer, new Options().threads(2)));
      }
      models.add(Model.fromBytes(installed));
      models.add(Model.fromBytes(packed));
      models.add(Model.fromBytes(Pictures.direct(packed), new Options()));
      models.add(Model.open(new File(path("digits.o2m")), new Options().threads(0)));
      models.add(Model.open(path("digits.installed.o2m"), new Options().trusted(true).threads(1)));
      for (Model each : models) {
        same(each.classify(two, 10), wanted);
        each.close();
        each.close();
      }
      return models.size() + " ways";
    }
  }

  public static void main(String[] arguments) throws Exception {
    folder = new File(arguments[0]);
    // Android's library on this machine's libc: bionic_on_glibc.c.
    if (arguments.length > 3) System.load(new File(arguments[3]).getAbsolutePath());
    checks.check("codes, types and formats are those of o2m.h", () -> ErrorTest.header(new File(arguments[2])));
    for (String bundle : new File(path("expected")).list()) {
      checks.check("pictures' classes are those of `run`", () -> {
        classify(bundle);
        return null;
      });
    }
    checks.check("every form of pixels says the same", ModelTest::formats);
    checks.check("every way to open a bundle gives the same model", ModelTest::opens);
    checks.check("tensors", ModelTest::tensors);
    TaskTest.run(checks);
    checks.check("errors are sentences with numbers", ErrorTest::errors);
    checks.check("damaged bundles", () -> ErrorTest.damaged(new File(arguments[1])));
    checks.check("threads share a model", MemoryTest::threads);
    checks.check("10,000 models, each run once, take no memory", MemoryTest::leaks);
    checks.check("10,000 runs of one model take no memory", MemoryTest::runs);
    checks.check("what nobody holds is freed", MemoryTest::abandoned);
    AndroidTest.run(checks, folder);
    checks.end();
  }
}
