package io.github.onnx2mobile;

import static io.github.onnx2mobile.Checks.equal;
import static io.github.onnx2mobile.Checks.expect;
import static io.github.onnx2mobile.ModelTest.open;
import static io.github.onnx2mobile.ModelTest.path;
import static io.github.onnx2mobile.ModelTest.picture;
import static io.github.onnx2mobile.ModelTest.same;

import io.github.onnx2mobile.ModelException.Reason;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Nothing is kept of models that are closed or given up, and threads may share one. */
final class MemoryTest {
  private MemoryTest() {}

  private static long resident() throws Exception {
    for (String line : Files.readAllLines(new File("/proc/self/status").toPath())) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
    throw new AssertionError("no VmRSS");
  }

  static Object leaks() throws Exception {
    PixelImage two = picture("photos/digit.png");
    int before = Native.living();
    long after = 0, start = System.nanoTime();
    for (int round = 0; round < 10_000; round++) {
      String bundle = round % 10 == 0 ? "digits.o2m" : "digits.installed.o2m";
      try (Model model = Model.open(path(bundle), new Options().threads(1 + round % 2))) {
        equal(model.classify(two, 1).get(0).getLabel(), "two");
        if (round % 10 == 1) {
          try {
            open("none.o2m");
          } catch (ModelException expected) {
            equal(expected.getReason(), Reason.OPEN);
          }
        }
      }
      if (round == 2000) {
        System.gc();
        after = resident();
      }
    }
    System.gc();
    long growth = resident() - after;
    equal(Native.living(), before);
    expect(growth < 2000, growth + " KB more");
    double each = (System.nanoTime() - start) / 1e10;
    return String.format("%d KB more after 8,000 models, %.2f ms each", growth, each);
  }

  /** Luma and chroma in yet another way, so that what is copied is copied again and again. */
  static Object runs() throws Exception {
    BufferedImage photo = ModelTest.photo(ModelTest.folder);
    Pictures.Planes planes = new Pictures.Planes(Pictures.colors(photo), photo.getWidth());
    PixelImage[] pictures = {planes.apart(3, 0), planes.joined(true, 0).rotated(90), planes.array(PixelImage.Format.NV21)};
    long after = 0;
    try (Model model = open("digits.installed.o2m")) {
      for (int round = 0; round < 10_000; round++) {
        model.classify(pictures[round % 3], 10);
        if (round == 2000) {
          System.gc();
          after = resident();
        }
      }
      System.gc();
      long growth = resident() - after;
      expect(growth < 2000, growth + " KB more");
      return growth + " KB more after 8,000 runs";
    }
  }

  static Object abandoned() throws Exception {
    int before = Native.living();
    for (int count = 0; count < 200; count++) open("digits.installed.o2m");
    for (int round = 0; round < 100 && Native.living() > before; round++) {
      System.gc();
      Thread.sleep(20);
    }
    equal(Native.living(), before);
    return null;
  }

  static Object threads() throws Exception {
    PixelImage two = picture("photos/digit.png");
    AtomicInteger right = new AtomicInteger(), cancelled = new AtomicInteger();
    try (Model model = open("digits.installed.o2m")) {
      List<Classification> wanted = model.classify(two, 10);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        threads.add(
            new Thread(
                () -> {
                  for (int round = 0; round < 250; round++) {
                    try {
                      same(model.classify(two, 10), wanted);
                      right.incrementAndGet();
                    } catch (ModelException problem) {
                      if (problem.getReason() == Reason.CANCELLED) cancelled.incrementAndGet();
                    }
                  }
                }));
      }
      for (Thread thread : threads) thread.start();
      for (int round = 0; round < 20; round++) {
        model.cancel();
        Thread.sleep(1);
      }
      for (Thread thread : threads) thread.join();
    }
    equal(right.get() + cancelled.get(), 1000);
    expect(cancelled.get() <= 20, cancelled + " runs were cancelled");
    return right + " runs right, " + cancelled + " cancelled";
  }
}
