package io.github.onnx2mobile;

import static io.github.onnx2mobile.Checks.equal;
import static io.github.onnx2mobile.Checks.expect;
import static io.github.onnx2mobile.Checks.refused;
import static io.github.onnx2mobile.ModelTest.open;
import static io.github.onnx2mobile.ModelTest.path;
import static io.github.onnx2mobile.ModelTest.picture;

import io.github.onnx2mobile.ModelException.Reason;
import java.io.File;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Boxes, maps of classes, and inputs of other shapes. */
final class TaskTest {
  private TaskTest() {}

  static Object boxes() throws Exception {
    PixelImage digit = picture("photos/digit.png");
    List<String> lines = Files.readAllLines(new File(path("boxes.tsv")).toPath());
    try (Model model = open("detector.o2m")) {
      equal(model.getTask(), Task.DETECT);
      List<Detection> found = model.detect(digit);
      equal(found.size(), lines.size());
      for (int rank = 0; rank < lines.size(); rank++) {
        String[] wanted = lines.get(rank).split("\t", -1);
        Detection box = found.get(rank);
        equal(box.getIndex(), Integer.parseInt(wanted[0]));
        equal(box.getLabel(), wanted[0]);
        float[] numbers = {box.getScore(), box.getX(), box.getY(), box.getWidth(), box.getHeight()};
        for (int i = 0; i < 5; i++) expect(Math.abs(numbers[i] - Float.parseFloat(wanted[1 + i])) < 1e-3, box + ", not " + lines.get(rank));
      }
      expect(model.getTimings().getRun() > 0, "a picture takes time");
      equal(model.detect(digit, 1, -1, -1).size(), 1);
      equal(model.detect(digit, 9, 0.1f, 1).size(), 3);
      equal(model.detect(digit).size(), 2);
      refused(Reason.ARGUMENT, "most is 0", () -> model.detect(digit, 0, -1, -1));
      refused(Reason.ARGUMENT, "score is 2.0: it is 0 to 1", () -> model.detect(digit, 1, 2, -1));
      refused(Reason.ARGUMENT, "overlap is NaN", () -> model.detect(digit, 1, -1, Float.NaN));
      refused(Reason.NO_TASK, "--task segment", () -> model.segment(digit));
      return found.toString();
    }
  }

  /** A box of a picture that was turned is where the upright picture has it. */
  static Object upright() {
    Detection box = new Detection("", 0, 1, 3, 5, 10, 7);
    PixelImage image = PixelImage.of(40, 24, new int[960]);
    float[][] wanted = {{3, 5, 10, 7}, {12, 3, 7, 10}, {27, 12, 10, 7}, {5, 27, 7, 10}};
    for (int turn = 0; turn < 4; turn++) {
      for (boolean mirrored : new boolean[] {false, true}) {
        Detection found = box.upright(image.rotated(90 * turn).mirrored(mirrored));
        float[] sides = wanted[turn].clone();
        if (mirrored) sides[0] = (turn % 2 == 0 ? 40 : 24) - sides[0] - sides[2];
        equal(Arrays.toString(new float[] {found.getX(), found.getY(), found.getWidth(), found.getHeight()}), Arrays.toString(sides));
      }
    }
    return null;
  }

  static Object maps() throws Exception {
    int[] colors = new int[40 * 24];
    for (int i = 0; i < colors.length; i++) colors[i] = i < colors.length / 2 ? 0xFFFF0000 : 0xFF0000FF;  // red, and below it blue
    PixelImage image = PixelImage.of(40, 24, colors);
    try (Model model = open("segmentation.o2m")) {
      equal(model.getTask(), Task.SEGMENT);
      ClassMap map = model.segment(image);
      equal(map.getWidth() + "x" + map.getHeight(), "40x24");
      for (int y = 0; y < 24; y++) for (int x = 0; x < 40; x++) equal(map.at(x, y), y < 12 ? 0 : 2);
      equal(Arrays.toString(model.segment(image, 3, 2).getClasses()), "[0, 0, 0, 2, 2, 2]");
      ClassMap cut = model.segment(image.cropped(10, 0, 30, 24));
      equal(cut.at(9, 23) + " " + cut.at(10, 23), ClassMap.UNSEEN + " 2");
      refused(Reason.ARGUMENT, "a side of the map is 8193: it is 1 to 8192", () -> model.segment(image, 1, 8193));
      refused(Reason.NO_TASK, "--task detect", () -> model.detect(image));
      return null;
    }
  }

  private static Map<String, int[]> shape(int... shape) {
    return Collections.singletonMap("image", shape);
  }

  static Object shapes() throws Exception {
    PixelImage image = PixelImage.of(16, 16, new int[256]);
    try (Model model = open("halves.o2m")) {
      equal(model.getInputs().get(0).getExtents().toString(), "[1, 3, 4 to 64 in steps of 2, 4 to 64 in steps of 2]");
      equal(model.getOutputs().get(0).getExtents().size(), 0);
      Extent open = model.getInputs().get(0).getExtents().get(2);
      expect(open.contains(64) && !open.contains(5) && !open.contains(66), "an extent says what it takes");
      for (int[] size : new int[][] {{16, 16}, {4, 64}, {64, 64}, {10, 4}, {18, 22}, {16, 16}}) {
        int height = size[0], width = size[1];
        model.resize(shape(1, 3, height, width));
        equal(Arrays.toString(model.getInputs().get(0).getShape()), "[1, 3, " + height + ", " + width + "]");
        equal(model.getOutputs().get(0).getLength(), 3 * height * width / 4);
        float[] x = new float[3 * height * width];
        for (int i = 0; i < x.length; i++) x[i] = i % 29 / 29f;
        float[] y = (float[]) model.run(Collections.singletonMap("image", x)).get("map");
        for (int i = 0; i < y.length; i++) {
          int at = 2 * (i / (width / 2)) * width + 2 * (i % (width / 2));
          float mean = (x[at] + x[at + 1] + x[at + width] + x[at + width + 1]) / 4;
          expect(Math.abs(y[i] - mean) < 1e-6, y[i] + ", not " + mean);
        }
      }
      model.segment(image);
      refused(Reason.SHAPE, "^input 'image': axis 3 is 4 to 64 in steps of 2, not 7$", () -> model.resize(shape(1, 3, 8, 7)));
      refused(Reason.SHAPE, "axis 1 is 3, not 4", () -> model.resize(shape(1, 4, 8, 8)));
      refused(Reason.SHAPE, "^input 'image' has 4 axes, not 3$", () -> model.resize(shape(3, 8, 8)));
      refused(Reason.ARGUMENT, "an extent is -1", () -> model.resize(shape(1, 3, -1, 8)));
      refused(Reason.ARGUMENT, "no input 'x'", () -> model.resize(Collections.singletonMap("x", new int[] {1})));
      equal(Arrays.toString(model.getInputs().get(0).getShape()), "[1, 3, 16, 16]");
      model.segment(image);
      model.resize(shape(1, 3, 8, 8));
      refused(Reason.PICTURE, "the prepared picture of 16x16 .* does not fill the input", () -> model.segment(image));
      refused(Reason.ARGUMENT, "192 elements.*an array of 7", () -> model.run(Collections.singletonMap("image", new float[7])));
      return null;
    }
  }

  /** A chunk of sound. */
  private static Map<String, Object> chunk(int number) {
    float[] audio = new float[256];
    for (int i = 0; i < audio.length; i++) audio[i] = (float) Math.sin(i * (number + 1)) / (number + 1);
    Map<String, Object> inputs = new java.util.HashMap<>();
    inputs.put("audio", audio);
    return inputs;
  }

  static Object states() throws Exception {
    try (Model model = open("voice.o2m"); Model other = open("voice.installed.o2m")) {
      equal(model.getInputs().get(0).getState(), null);
      equal(model.getInputs().get(1).getState() + " " + model.getInputs().get(2).getState(), "hn cn");
      Map<String, Object> last = null;
      float first = 0;
      for (int number = 0; number < 6; number++) {
        Map<String, Object> told = chunk(number);
        told.put("h", last == null ? new float[24] : last.get("hn"));
        told.put("c", last == null ? new float[24] : last.get("cn"));
        last = model.run(chunk(number));
        if (number == 0) first = ((float[]) last.get("voice"))[0];
        expect(Arrays.equals((float[]) last.get("voice"), (float[]) other.run(told).get("voice")), "state goes on");
      }
      byte[] saved = model.saveState();
      float next = ((float[]) model.run(chunk(0)).get("voice"))[0];
      expect(next != first, "state counts");
      other.resetState();
      equal(((float[]) other.run(chunk(0)).get("voice"))[0], first);
      other.restoreState(saved);
      equal(((float[]) other.run(chunk(0)).get("voice"))[0], next);
      refused(Reason.STATE, "no state that a session saved", () -> other.restoreState(new byte[3]));
      refused(Reason.ARGUMENT, "not null", () -> other.restoreState(null));
      saved[40] ^= 1;
      refused(Reason.STATE, "no state that a session saved", () -> other.restoreState(saved));
      refused(Reason.ARGUMENT, "input 'audio' is .*missing", () -> other.run(Collections.emptyMap()));
      return null;
    }
  }

  static void run(Checks checks) {
    checks.check("state goes from run to run", TaskTest::states);
    checks.check("boxes are those of `run`", TaskTest::boxes);
    checks.check("boxes stand upright", TaskTest::upright);
    checks.check("maps of classes", TaskTest::maps);
    checks.check("inputs of other shapes", TaskTest::shapes);
  }
}
