package androidx.camera.view;

import android.view.ViewGroup;
import androidx.camera.core.Preview;

public final class PreviewView extends ViewGroup {
  public Preview.SurfaceProvider getSurfaceProvider() {
    return null;
  }
}
