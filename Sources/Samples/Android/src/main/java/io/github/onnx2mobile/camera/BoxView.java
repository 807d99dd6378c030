package io.github.onnx2mobile.camera;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.util.AttributeSet;
import android.view.View;
import io.github.onnx2mobile.Detection;
import java.util.Collections;
import java.util.List;

/** A detector's boxes over a preview that fills the view: what of a frame has no room is cut off on both sides alike. */
public final class BoxView extends View {
  private static final int COLOR = 0xFFFFD60A;

  private final Paint edge = new Paint();
  private final Paint text = new Paint();
  private List<Detection> boxes = Collections.emptyList();
  private float frameWidth = 1;
  private float frameHeight = 1;

  public BoxView(Context context, AttributeSet attributes) {
    super(context, attributes);
    edge.setColor(COLOR);
    edge.setStyle(Paint.Style.STROKE);
    edge.setStrokeWidth(5);
    text.setColor(COLOR);
    text.setTextSize(36);
  }

  /** Boxes in pixels of the upright frame, which has this size. */
  void show(List<Detection> found, int width, int height) {
    boxes = found;
    frameWidth = width;
    frameHeight = height;
    invalidate();
  }

  @Override
  protected void onDraw(Canvas canvas) {
    float scale = Math.max(getWidth() / frameWidth, getHeight() / frameHeight);
    float left = (getWidth() - frameWidth * scale) / 2, top = (getHeight() - frameHeight * scale) / 2;
    for (Detection box : boxes) {
      float x = left + box.getX() * scale, y = top + box.getY() * scale;
      canvas.drawRect(x, y, x + box.getWidth() * scale, y + box.getHeight() * scale, edge);
      canvas.drawText(box.getLabel(), x + 8, y + 40, text);
    }
  }
}
