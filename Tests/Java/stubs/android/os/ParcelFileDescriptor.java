package android.os;

import java.io.Closeable;

public class ParcelFileDescriptor implements Closeable {
  private final int file;

  public ParcelFileDescriptor(int file) {
    this.file = file;
  }

  public int getFd() {
    return file;
  }

  @Override
  public void close() {}
}
