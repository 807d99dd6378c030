package io.github.onnx2mobile;

import java.util.Objects;
import java.util.regex.Pattern;

/** Checks by name; the exit code is 1 when one fails. */
final class Checks {
  /** A check; gives what is worth saying about it, or null. */
  interface Body {
    Object run() throws Exception;
  }

  /** What throws a ModelException. */
  interface Action {
    void run() throws Exception;
  }

  private int passed;
  private int failed;

  void check(String name, Body body) {
    try {
      Object note = body.run();
      passed++;
      System.out.println("  " + name + (note == null ? "" : ": " + note));
    } catch (Throwable problem) {
      failed++;
      System.out.println("  FAILED " + name + ": " + problem);
      problem.printStackTrace(System.out);
    }
  }

  /** Ends the program. */
  void end() {
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }

  static void expect(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  static void equal(Object found, Object expected) {
    expect(Objects.equals(found, expected), found + ", not " + expected);
  }

  /** That the action throws a ModelException of this reason, whose message has a part like `sentence`. */
  static ModelException refused(ModelException.Reason reason, String sentence, Action action) throws Exception {
    try {
      action.run();
    } catch (ModelException problem) {
      equal(problem.getReason(), reason);
      equal(problem.getCode(), reason.ordinal());
      expect(Pattern.compile(sentence).matcher(problem.getMessage()).find(), "'" + problem.getMessage() + "' is not like " + sentence);
      return problem;
    }
    throw new AssertionError("no error where " + reason + " is due");
  }
}
