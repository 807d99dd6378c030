package android.view;

import android.content.Context;
import android.graphics.Canvas;
import android.util.AttributeSet;

public class View {
  public static final int VISIBLE = 0;
  public static final int INVISIBLE = 4;

  public View() {}

  public View(Context context, AttributeSet attributes) {}

  public final int getWidth() {
    return 0;
  }

  public final int getHeight() {
    return 0;
  }

  public void invalidate() {}

  protected void onDraw(Canvas canvas) {}

  public void setVisibility(int visibility) {}

  public <T extends View> T findViewById(int id) {
    return null;
  }
}
