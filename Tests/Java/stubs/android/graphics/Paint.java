package android.graphics;

public class Paint {
  public enum Style {
    FILL,
    STROKE
  }

  public void setColor(int color) {}

  public void setStyle(Style style) {}

  public void setStrokeWidth(float width) {}

  public void setTextSize(float size) {}
}
