package android.view;

public class View {
  public static final int VISIBLE = 0;
  public static final int INVISIBLE = 4;

  public void setVisibility(int visibility) {}

  public <T extends View> T findViewById(int id) {
    return null;
  }
}
