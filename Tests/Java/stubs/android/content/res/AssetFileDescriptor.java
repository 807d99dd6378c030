package android.content.res;

import android.os.ParcelFileDescriptor;
import java.io.Closeable;
import java.io.IOException;

public class AssetFileDescriptor implements Closeable {
  private final ParcelFileDescriptor file;
  private final long start, length;

  public AssetFileDescriptor(ParcelFileDescriptor file, long start, long length) {
    this.file = file;
    this.start = start;
    this.length = length;
  }

  public ParcelFileDescriptor getParcelFileDescriptor() {
    return file;
  }

  public long getStartOffset() {
    return start;
  }

  public long getLength() {
    return length;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
