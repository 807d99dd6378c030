package io.github.onnx2mobile;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What a model has outside of Java's heap. It is given back by {@code free}, or when nobody reaches the model any more. */
final class Holdings extends PhantomReference<Model> {
  private static final ReferenceQueue<Model> abandoned = new ReferenceQueue<>();
  private static final Set<Holdings> all = Collections.newSetFromMap(new ConcurrentHashMap<>());

  static {
    Thread thread = new Thread(Holdings::freeAbandoned, "onnx2mobile");
    thread.setDaemon(true);
    thread.start();
  }

  private long address;
  private ByteBuffer bundle;

  /** @param bundle the bytes that the model reads, where they are somebody else's */
  Holdings(Model model, long address, ByteBuffer bundle) {
    super(model, abandoned);
    this.address = address;
    this.bundle = bundle;
    all.add(this);
  }

  private static void freeAbandoned() {
    while (true) {
      try {
        ((Holdings) abandoned.remove()).free();
      } catch (InterruptedException stranger) {
        // Nobody has a reason to end this thread.
      }
    }
  }

  /** The native model; an exception where it was given up. */
  synchronized long address() {
    if (address == 0) throw ModelException.argument("this model was closed: open it again");
    return address;
  }

  /** Ends the run that is going on; nothing after {@link #free}. */
  synchronized void cancel() {
    if (address != 0) Native.cancel(address);
  }

  synchronized void free() {
    if (address != 0) Native.free(address);
    address = 0;
    bundle = null;
    all.remove(this);
  }
}
