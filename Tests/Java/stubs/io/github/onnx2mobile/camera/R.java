package io.github.onnx2mobile.camera;

public final class R {
  public static final class layout {
    public static final int camera = 1, label = 2;
  }

  public static final class id {
    public static final int preview = 3, labels = 4, name = 5, share = 6, status = 7, boxes = 9;
  }

  public static final class string {
    public static final int no_camera = 8;
  }
}
