package io.github.onnx2mobile.camera;

import android.Manifest;
import android.os.Bundle;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.ProgressBar;
import android.widget.TextView;
import androidx.activity.ComponentActivity;
import androidx.activity.result.contract.ActivityResultContracts;
import androidx.camera.core.CameraSelector;
import androidx.camera.core.ImageAnalysis;
import androidx.camera.core.ImageProxy;
import androidx.camera.core.Preview;
import androidx.camera.lifecycle.ProcessCameraProvider;
import androidx.camera.view.PreviewView;
import com.google.common.util.concurrent.ListenableFuture;
import io.github.onnx2mobile.Classification;
import io.github.onnx2mobile.Classifier;
import io.github.onnx2mobile.Detection;
import io.github.onnx2mobile.Model;
import io.github.onnx2mobile.ModelException;
import io.github.onnx2mobile.PixelImage;
import io.github.onnx2mobile.Task;
import io.github.onnx2mobile.Timings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Shows what the camera sees: the live picture, the best labels or a detector's boxes, and what each stage of a frame costs. */
public final class CameraActivity extends ComponentActivity {
  private static final int LABELS = 5;

  // Frames are classified one after the other, away from the screen's thread.
  private final ExecutorService frames = Executors.newSingleThreadExecutor();
  private Model model;
  private BoxView boxes;
  private View[] rows;
  private TextView status;
  private long last;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.camera);
    status = findViewById(R.id.status);
    rows = rows(findViewById(R.id.labels));
    boxes = findViewById(R.id.boxes);
    try {
      model = Classifier.fromAsset(this, "model.o2m").getModel();
    } catch (ModelException problem) {
      status.setText(problem.getMessage());
      return;
    }
    registerForActivityResult(
            new ActivityResultContracts.RequestPermission(),
            allowed -> {
              if (allowed) openCamera();
              else status.setText(R.string.no_camera);
            })
        .launch(Manifest.permission.CAMERA);
  }

  private View[] rows(LinearLayout list) {
    View[] rows = new View[LABELS];
    for (int rank = 0; rank < LABELS; rank++) {
      rows[rank] = getLayoutInflater().inflate(R.layout.label, list, false);
      rows[rank].setVisibility(View.INVISIBLE);
      list.addView(rows[rank]);
    }
    return rows;
  }

  private void openCamera() {
    ListenableFuture<ProcessCameraProvider> pending = ProcessCameraProvider.getInstance(this);
    pending.addListener(
        () -> {
          try {
            show(pending.get());
          } catch (ExecutionException | InterruptedException | IllegalArgumentException problem) {
            status.setText(problem.getMessage());
          }
        },
        this::runOnUiThread);
  }

  private void show(ProcessCameraProvider provider) {
    PreviewView view = findViewById(R.id.preview);
    Preview preview = new Preview.Builder().build();
    preview.setSurfaceProvider(view.getSurfaceProvider());
    // A frame that comes while another is looked at replaces the one that waits.
    ImageAnalysis analysis = new ImageAnalysis.Builder().setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST).build();
    analysis.setAnalyzer(frames, this::look);
    provider.unbindAll();
    provider.bindToLifecycle(this, CameraSelector.DEFAULT_BACK_CAMERA, preview, analysis);
  }

  private void look(ImageProxy frame) {
    try (ImageProxy open = frame) {
      long now = System.nanoTime();
      double between = (now - last) / 1e6;
      last = now;
      ImageProxy.PlaneProxy[] planes = open.getPlanes();
      PixelImage pixels =
          PixelImage.yuv420(
                  open.getWidth(), open.getHeight(), planes[0].getBuffer(), planes[0].getRowStride(), planes[1].getBuffer(),
                  planes[2].getBuffer(), planes[1].getRowStride(), planes[1].getPixelStride())
              .rotated(open.getImageInfo().getRotationDegrees());
      boolean detects = model.getTask() == Task.DETECT;
      List<Classification> best = detects ? Collections.emptyList() : model.classify(pixels, LABELS);
      List<Detection> found = new ArrayList<>();
      if (detects) for (Detection box : model.detect(pixels)) found.add(box.upright(pixels));
      Timings timings = model.getTimings();
      String text =
          String.format(
              Locale.ROOT, "%.0f frames per second, prepare %.1f ms, run %.1f ms", 1000 / between, timings.getPrepare(),
              timings.getRun());
      boolean turned = open.getImageInfo().getRotationDegrees() % 180 != 0;
      int width = turned ? pixels.getHeight() : pixels.getWidth(), height = turned ? pixels.getWidth() : pixels.getHeight();
      runOnUiThread(() -> {
        show(best, text);
        boxes.show(found, width, height);
      });
    } catch (ModelException problem) {
      runOnUiThread(() -> status.setText(problem.getMessage()));
    }
  }

  private void show(List<Classification> best, String text) {
    status.setText(text);
    for (int rank = 0; rank < rows.length; rank++) {
      rows[rank].setVisibility(rank < best.size() ? View.VISIBLE : View.INVISIBLE);
      if (rank >= best.size()) continue;
      TextView name = rows[rank].findViewById(R.id.name);
      ProgressBar share = rows[rank].findViewById(R.id.share);
      name.setText(best.get(rank).toString());
      share.setProgress(Math.round(1000 * best.get(rank).getProbability()));
    }
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    if (model != null) frames.execute(model::close);
    frames.shutdown();
  }
}
