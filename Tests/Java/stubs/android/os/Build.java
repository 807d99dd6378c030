package android.os;

public class Build {
  public static class VERSION {
    /** No constant, since a device says it; here a test does. */
    public static int SDK_INT = 24;
  }
}
