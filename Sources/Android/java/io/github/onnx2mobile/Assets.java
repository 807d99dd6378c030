package io.github.onnx2mobile;

import android.content.res.AssetFileDescriptor;
import android.content.res.AssetManager;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Bundles among an app's assets. */
final class Assets {
  private Assets() {}

  /**
   * Opens a bundle. Where the package holds it uncompressed ({@code noCompress += "o2m"}) and at a multiple of 64 it is mapped, and nothing
   * is copied; else its bytes are read into memory.
   */
  static Model open(AssetManager assets, String name, Options options) {
    try {
      return opened(assets, name, options);
    } catch (IOException problem) {
      String message = "asset '" + name + "': it cannot be opened (" + problem.getMessage() + "); is it in src/main/assets?";
      throw new ModelException(ModelException.Reason.OPEN, message, problem);
    } catch (ModelException problem) {
      throw problem.of("asset '" + name + "'");
    }
  }

  private static Model opened(AssetManager assets, String name, Options options) throws IOException {
    try (AssetFileDescriptor asset = assets.openFd(name)) {
      return Model.openDescriptor(asset.getParcelFileDescriptor().getFd(), asset.getStartOffset(), asset.getLength(), options);
    } catch (IOException compressed) {
      // An asset that is compressed has no descriptor; one that is not there has no stream either.
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (InputStream stream = assets.open(name)) {
      byte[] piece = new byte[1 << 16];
      for (int count; (count = stream.read(piece)) >= 0; ) bytes.write(piece, 0, count);
    }
    return Model.fromBytes(ByteBuffer.wrap(bytes.toByteArray()), options);
  }
}
