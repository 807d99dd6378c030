package android.app;

import android.content.Context;
import android.os.Bundle;
import android.view.LayoutInflater;
import android.view.View;

public abstract class Activity extends Context {
  protected void onCreate(Bundle state) {}

  protected void onDestroy() {}

  public void setContentView(int layout) {}

  public <T extends View> T findViewById(int id) {
    return null;
  }

  public LayoutInflater getLayoutInflater() {
    return null;
  }

  public final void runOnUiThread(Runnable action) {}
}
