package io.github.onnx2mobile;

import static io.github.onnx2mobile.Checks.equal;
import static io.github.onnx2mobile.Checks.expect;
import static io.github.onnx2mobile.Checks.refused;
import static io.github.onnx2mobile.ModelTest.agree;
import static io.github.onnx2mobile.ModelTest.bytes;
import static io.github.onnx2mobile.ModelTest.expected;
import static io.github.onnx2mobile.ModelTest.open;
import static io.github.onnx2mobile.ModelTest.picture;

import io.github.onnx2mobile.ModelException.Reason;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What cannot be used is refused with a sentence. */
final class ErrorTest {
  private ErrorTest() {}

  private static int cases;

  private static void refuses(Reason reason, String sentence, Checks.Action action) throws Exception {
    cases++;
    refused(reason, sentence, action);
  }

  private static byte[] changed(byte[] bytes, int place) {
    byte[] changed = bytes.clone();
    changed[place] ^= 1;
    return changed;
  }

  static Object errors() throws Exception {
    PixelImage two = picture("photos/digit.png");
    byte[] installed = bytes("digits.installed.o2m");
    int weights = Integer.parseInt(new String(bytes("weights-offset"), StandardCharsets.US_ASCII).trim());
    ByteBuffer flat = ByteBuffer.allocateDirect(64);
    refuses(Reason.OPEN, "none\\.o2m: the file cannot be opened: there is none of this name \\(errno 2\\)", () -> open("none.o2m"));
    refuses(Reason.OPEN, "errno 9", () -> Model.openDescriptor(-1, 0, 0, new Options()));
    refuses(Reason.TRUNCATED, "are needed, there are", () -> Model.fromBytes(Arrays.copyOf(installed, 5000)));
    refuses(Reason.HASH, "do not have their hash", () -> Model.fromBytes(changed(installed, weights)));
    refuses(Reason.NOT_A_BUNDLE, "not a bundle", () -> Model.fromBytes(new byte[4096]));
    refuses(Reason.ARGUMENT, "a path with a zero", () -> Model.open("x\0y"));
    refuses(Reason.ARGUMENT, "0 to 1024", () -> new Options().threads(1025));
    try (Model model = open("digits.installed.o2m"); Model plain = open("plain.o2m"); Model crop = open("crop.o2m");
        Model map = open("map.o2m"); Model unverified = open("unverified.o2m"); Model gather = open("gather.o2m")) {
      refuses(Reason.UNPREPARED, "--preprocess", () -> plain.classify(two));
      PixelImage small = PixelImage.of(9, 8, new int[72]);
      refuses(Reason.PICTURE, "a crop of 16x16 does not fit into the picture of 9x8", () -> crop.classify(small));
      refuses(Reason.NO_CLASSES, "class scores", () -> map.classify(two));
      refuses(Reason.NO_CERTIFICATE, "certificate", unverified::selfTest);
      model.cancel();
      refuses(Reason.CANCELLED, "cancelled", () -> model.classify(two));
      agree(model.classify(two, 10), expected("digits", "digit"));

      Map<String, Object> elements = new HashMap<>();
      elements.put("x", new float[20]);
      elements.put("i", new long[] {0, 1, 2, 3, 0, 1, 2, 77});
      cases++;
      ModelException problem = refused(Reason.RUN, "Gather.*which gives 'y'", () -> gather.run(elements));
      equal(problem.getDetail(), 77L);
      expect(problem.getNodeOperator().startsWith("Gather"), problem.getNodeOperator());
      equal(problem.getNodeOutput(), "y");

      refuses(Reason.ARGUMENT, "'image' is float32 \\[1, 1, 16, 16\\].*missing", () -> model.run(new HashMap<>()));
      Map<Object, String> wrong = new LinkedHashMap<>();
      wrong.put(new byte[256], "float\\[\\] of 256 elements.*byte\\[\\]");
      wrong.put(new float[255], "an array of 255");
      wrong.put(flat, "a buffer of 64 bytes");
      wrong.put(ByteBuffer.allocate(1024), "not direct");
      for (Object value : wrong.keySet()) {
        refuses(Reason.ARGUMENT, wrong.get(value), () -> model.run(Collections.singletonMap("image", value)));
      }
      refuses(Reason.ARGUMENT, "no input 'picture'.*'image'", () -> model.run(Collections.singletonMap("picture", new float[256])));
      refuses(Reason.ARGUMENT, "top is 0", () -> model.classify(two, 0));
      model.close();
      refuses(Reason.ARGUMENT, "was closed", () -> model.classify(two));
      model.cancel();
    }
    refuses(Reason.ARGUMENT, "has no pixels", () -> PixelImage.of(0, 8, new int[8]));
    refuses(Reason.ARGUMENT, "64 colours, there are 8", () -> PixelImage.of(8, 8, new int[8]));
    refuses(Reason.ARGUMENT, "192 bytes, there are 64", () -> PixelImage.of(PixelImage.Format.RGB, 8, 8, new byte[64]));
    refuses(Reason.ARGUMENT, "holds 64 bytes, 256 are needed", () -> PixelImage.of(PixelImage.Format.RGBA, 8, 8, flat, 0));
    refuses(Reason.ARGUMENT, "a row of RGBA has 32", () -> PixelImage.of(PixelImage.Format.RGBA, 8, 8, flat, 31));
    refuses(Reason.ARGUMENT, "not direct", () -> PixelImage.of(PixelImage.Format.GRAY, 8, 8, ByteBuffer.allocate(64), 0));
    refuses(Reason.ARGUMENT, "give them to yuv420", () -> PixelImage.of(PixelImage.Format.NV12, 8, 8, flat, 0));
    refuses(Reason.ARGUMENT, "U holds 64 bytes", () -> PixelImage.yuv420(8, 8, flat, 8, flat, flat, 64, 2));
    refuses(Reason.ARGUMENT, "pixel stride of 0", () -> PixelImage.yuv420(8, 8, flat, 8, flat, flat, 8, 0));
    refuses(Reason.ARGUMENT, "0, 90, 180 or 270", () -> two.rotated(45));
    refuses(Reason.ARGUMENT, "8x8 at 4, 0 does not lie in a picture of 8x8", () -> two.cropped(4, 0, 8, 8));

    // Weights that nobody checks are no longer the model's.
    byte[] other = installed.clone();
    for (int i = 0; i < 4096 && weights + i < other.length; i++) other[weights + i] ^= 0x40;
    try (Model model = Model.fromBytes(ByteBuffer.wrap(other), new Options().trusted(true))) {
      refuses(Reason.SELF_TEST, "outputs", model::selfTest);
    }
    return cases + " of them";
  }

  static Object damaged(File broken) throws Exception {
    Map<Reason, Integer> reasons = new TreeMap<>();
    for (File file : broken.listFiles((place, name) -> name.endsWith(".o2m"))) {
      for (boolean trusted : new boolean[] {false, true}) {
        try (Model model = Model.open(file, new Options().trusted(trusted))) {
          expect(trusted, file + " opens");
        } catch (ModelException problem) {
          expect(problem.getMessage().startsWith(file.getPath() + ": ") && problem.getReason() != Reason.OK, problem.getMessage());
          reasons.merge(problem.getReason(), 1, Integer::sum);
        }
      }
    }
    expect(reasons.keySet().containsAll(Arrays.asList(Reason.DAMAGED, Reason.UNSUPPORTED, Reason.VERSION)), reasons.toString());
    return reasons;
  }

  static Object header(File file) throws Exception {
    String header = new String(Files.readAllBytes(file.toPath()), StandardCharsets.UTF_8);
    Matcher code = Pattern.compile("O2M_(?:ERROR_)?(\\w+) = (\\d+),").matcher(header.substring(header.indexOf("O2M_OK")));
    List<String> names = new ArrayList<>();
    while (names.size() < Reason.values().length && code.find()) {
      equal(Integer.parseInt(code.group(2)), names.size());
      names.add(code.group(1));
    }
    for (Reason reason : Reason.values()) equal(reason.name(), names.get(reason.ordinal()));
    equal(count(header, "O2M_ERROR_\\w+ = \\d+,"), Reason.values().length - 1);
    String section = header.substring(header.indexOf("// Element types"), header.indexOf("O2M_MAX_RANK"));
    Matcher type = Pattern.compile("O2M_([A-Z0-9]+) = (\\d+),").matcher(section);
    int types = 0;
    for (; type.find(); types++) equal(ElementType.valueOf(type.group(1)).getCode(), Integer.parseInt(type.group(2)));
    equal(types, ElementType.values().length);
    for (PixelImage.Format format : PixelImage.Format.values()) {
      expect(header.contains("O2M_IMAGE_" + format + " = " + format.code + ","), "o2m.h numbers " + format + " otherwise");
    }
    equal(count(header, "O2M_IMAGE_\\w+ = \\d+,"), PixelImage.Format.values().length);
    Matcher version = Pattern.compile("O2M_VERSION 0x(\\w\\w)(\\w\\w)(\\w\\w)").matcher(header);
    expect(version.find(), "o2m.h has a version");
    StringBuilder text = new StringBuilder();
    for (int part = 1; part <= 3; part++) text.append(part == 1 ? "" : ".").append(Integer.parseInt(version.group(part), 16));
    equal(Model.version(), text.toString());
    return names.size() + " codes, version " + text;
  }

  private static int count(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    int count = 0;
    while (matcher.find()) count++;
    return count;
  }
}
