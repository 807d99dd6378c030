package io.github.onnx2mobile;

import java.io.File;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A bundle of {@code onnx2mobile convert}, ready to run.
 *
 * <pre>{@code
 * try (Model model = Model.open("squeezenet.o2m")) {
 *   Classification best = model.classify(image).get(0);
 * }
 * }</pre>
 *
 * Any thread may call any method; calls wait for each other, but for {@link #cancel}. Models do not wait for other models. {@link #close}
 * gives the memory back; without it, that happens some time after nobody reaches the model.
 */
public final class Model implements AutoCloseable {
  // As many as a bundle can ask for.
  private static final int MOST_BOXES = 4096;
  private static final int LONGEST_SIDE = 8192;

  private final Object turn = new Object();
  private final Holdings holdings;
  private volatile List<Port> inputs;
  private volatile List<Port> outputs;
  private final List<String> labels;
  private final Task task;
  private final int threads;
  private volatile Timings timings = new Timings(0, 0);

  private Model(long address, ByteBuffer bundle, Options options) {
    holdings = new Holdings(this, address, Native.borrows(address) ? bundle : null);
    threads = options.threads;
    inputs = ports(address, Native.INPUT);
    outputs = ports(address, Native.OUTPUT);
    String[] names = new String[Native.count(address, Native.LABEL)];
    for (int index = 0; index < names.length; index++) names[index] = name(address, Native.LABEL, index);
    labels = Collections.unmodifiableList(Arrays.asList(names));
    task = Task.of(Native.task(address));
  }

  // Opening

  /** Maps a bundle. The file is not written while the model lives. Of the download form, it is read and unpacked. */
  public static Model open(String path) {
    return open(path, new Options());
  }

  /** The same with options; a {@link ModelException} names the path. */
  public static Model open(String path, Options options) {
    byte[] text = path.getBytes(StandardCharsets.UTF_8);
    if (path.indexOf(0) >= 0) throw ModelException.argument("a path with a zero in it");
    try {
      return new Model(Native.openPath(Arrays.copyOf(text, text.length + 1), flags(options), options.threads), null, options);
    } catch (ModelException problem) {
      throw problem.of(path);
    }
  }

  /** The same of a file. */
  public static Model open(File file, Options options) {
    return open(file.getPath(), options);
  }

  /**
   * Maps a bundle that lies in an open file, as an uncompressed asset in an app's package does; the file may be closed afterwards. At an
   * offset that is no multiple of 64 the bytes are copied.
   *
   * @param size bytes from {@code offset} on; 0 takes all that follow
   */
  public static Model openDescriptor(int file, long offset, long size, Options options) {
    if (offset < 0 || size < 0) throw ModelException.argument(size + " bytes at " + offset + ": neither is below 0");
    return new Model(Native.openDescriptor(file, offset, size, flags(options), options.threads), null, options);
  }

  /**
   * Uses a bundle in memory. A direct buffer whose bytes, from its position to its limit, begin at a multiple of 64 is not copied: they
   * stay as they are while the model lives.
   */
  public static Model fromBytes(ByteBuffer bytes, Options options) {
    ByteBuffer direct = bytes.isDirect() ? bytes.slice() : direct(bytes);
    return new Model(Native.openBuffer(direct, 0, direct.remaining(), flags(options), options.threads), direct, options);
  }

  /** Uses a copy of a bundle. */
  public static Model fromBytes(byte[] bytes) {
    return fromBytes(ByteBuffer.wrap(bytes), new Options());
  }

  /** A copy of what lies between position and limit, at a multiple of 64. */
  private static ByteBuffer direct(ByteBuffer bytes) {
    ByteBuffer copy = ByteBuffer.allocateDirect(bytes.remaining() + 63);
    copy.position(Native.gap(copy));
    ByteBuffer aligned = copy.slice();
    aligned.put(bytes.duplicate());
    aligned.flip();
    return aligned;
  }

  private static int flags(Options options) {
    return options.trusted ? 1 : 0;
  }

  // What it says of itself

  private static String name(long address, int what, int index) {
    return new String(Native.name(address, what, index), StandardCharsets.UTF_8);
  }

  private static List<Port> ports(long address, int what) {
    Port[] ports = new Port[Native.count(address, what)];
    long[] numbers = new long[10];
    for (int index = 0; index < ports.length; index++) {
      Native.describe(address, what, index, numbers);
      int[] shape = new int[(int) numbers[1]];
      long length = 1;
      for (int axis = 0; axis < shape.length; axis++) {
        shape[axis] = (int) numbers[2 + axis];
        length *= numbers[2 + axis];
      }
      ElementType type = ElementType.of(numbers[0]);
      int taken = what == Native.INPUT ? Native.state(address, index) : -1;
      String state = taken < 0 ? null : name(address, Native.OUTPUT, taken);
      ports[index] = new Port(name(address, what, index), type, shape, (int) length, extents(address, what, index, shape.length), state);
    }
    return Collections.unmodifiableList(Arrays.asList(ports));
  }

  private static List<Extent> extents(long address, int what, int index, int rank) {
    if (what != Native.INPUT) return Collections.emptyList();
    List<Extent> extents = new ArrayList<>(rank);
    long[] numbers = new long[3];
    for (int axis = 0; axis < rank; axis++) {
      Native.extent(address, index, axis, numbers);
      extents.add(new Extent(numbers[0], numbers[1], numbers[2]));
    }
    return Collections.unmodifiableList(extents);
  }

  /** What the model takes, in its order. */
  public List<Port> getInputs() {
    return inputs;
  }

  /** What the model gives, in its order. */
  public List<Port> getOutputs() {
    return outputs;
  }

  /** The names of the classes, in the order of the output's elements; empty where the bundle has none. */
  public List<String> getLabels() {
    return labels;
  }

  /** What {@code onnx2mobile convert} was told that the outputs are. */
  public Task getTask() {
    return task;
  }

  /** Milliseconds of the last call. */
  public Timings getTimings() {
    return timings;
  }

  /** Bytes that the model's intermediate values take. */
  public long getArenaBytes() {
    synchronized (turn) {
      return Native.arenaBytes(holdings.address());
    }
  }

  /** The version of the runtime, such as {@code "0.2.0"}. */
  public static String version() {
    int version = Native.version();
    return (version >> 16) + "." + (version >> 8 & 0xff) + "." + (version & 0xff);
  }

  // Running

  /** Prepares the picture as the bundle says, runs the model, and gives the five best classes, best first. */
  public List<Classification> classify(PixelImage image) {
    return classify(image, 5);
  }

  /** The {@code top} best classes, or all where there are fewer. */
  public List<Classification> classify(PixelImage image, int top) {
    if (top < 1) throw ModelException.argument("top is " + top + ": it is how many classes are wanted, at least 1");
    int most = 1;
    for (Port output : outputs) most = Math.max(most, output.getLength());
    int[] indices = new int[Math.min(top, most)];
    float[] probabilities = new float[indices.length];
    int count = see(image, address -> Native.classify(this, address, indices, probabilities));
    List<Classification> best = new ArrayList<>(count);
    for (int rank = 0; rank < count; rank++) best.add(new Classification(label(indices[rank]), indices[rank], probabilities[rank]));
    return best;
  }

  /** Prepares the picture as the bundle says, runs the model, and gives the objects that it sees, best first. */
  public List<Detection> detect(PixelImage image) {
    return detect(image, MOST_BOXES, -1, -1);
  }

  /**
   * The same with limits.
   *
   * @param most how many objects at most
   * @param score the least score of one, 0 to 1; below 0 it is what the bundle says
   * @param overlap two boxes of a class whose intersection is a greater share of their union are one object, 0 to 1; likewise
   */
  public List<Detection> detect(PixelImage image, int most, float score, float overlap) {
    if (most < 1) throw ModelException.argument("most is " + most + ": it is how many boxes are wanted, at least 1");
    if (!(score <= 1)) throw ModelException.argument("score is " + score + ": it is 0 to 1");
    if (!(overlap <= 1)) throw ModelException.argument("overlap is " + overlap + ": it is 0 to 1");
    int[] indices = new int[Math.min(most, MOST_BOXES)];
    float[] numbers = new float[5 * indices.length];
    int count = see(image, address -> Native.detect(this, address, score, overlap, indices, numbers));
    List<Detection> found = new ArrayList<>(count);
    for (int rank = 0; rank < count; rank++) {
      float[] box = Arrays.copyOfRange(numbers, 5 * rank, 5 * rank + 5);
      found.add(new Detection(label(indices[rank]), indices[rank], box[0], box[1], box[2], box[3], box[4]));
    }
    return found;
  }

  /** Prepares the picture as the bundle says, runs the model, and gives the class of every pixel of the picture as it is stored. */
  public ClassMap segment(PixelImage image) {
    return segment(image, image.getWidth(), image.getHeight());
  }

  /** The same at another size, to which the picture is scaled; sides are 1 to 8192. */
  public ClassMap segment(PixelImage image, int width, int height) {
    for (int side : new int[] {width, height}) {
      if (side < 1 || side > LONGEST_SIDE) {
        throw ModelException.argument("a side of the map is " + side + ": it is 1 to " + LONGEST_SIDE);
      }
    }
    byte[] map = new byte[width * height];
    see(image, address -> {
      Native.segment(this, address, map, width, height);
      return 0;
    });
    return new ClassMap(width, height, map);
  }

  /** What runs a model on a picture that was prepared. */
  private interface Question {
    int ask(long address);
  }

  private int see(PixelImage image, Question question) {
    synchronized (turn) {
      long address = holdings.address(), start = System.nanoTime();
      ByteBuffer[] buffers = image.buffers;
      Native.setPicture(
          this, address, image.numbers, image.array, buffers[0], buffers[1], buffers[2], image.places, image.pixelStride);
      long prepared = System.nanoTime();
      int answer = question.ask(address);
      note(start, prepared);
      return answer;
    }
  }

  private String label(int index) {
    return index < labels.size() ? labels.get(index) : String.valueOf(index);
  }

  private void note(long start, long prepared) {
    timings = new Timings((prepared - start) / 1e6, (System.nanoTime() - prepared) / 1e6);
  }

  /**
   * Gives inputs other shapes, by name; the others keep theirs. {@link #getInputs} and {@link #getOutputs} then have what follows, and so many
   * elements go into {@link #run} and come out; a picture is prepared for what its input has. Where the bundle does not take a shape, as
   * {@link Port#getExtents} says, there is an exception with {@link ModelException.Reason#SHAPE}, and all is as before.
   */
  public void resize(Map<String, int[]> shapes) {
    known("input", inputs, shapes);
    synchronized (turn) {
      long address = holdings.address();
      long[] numbers = new long[9 * inputs.size()];
      for (int index = 0; index < inputs.size(); index++) {
        int[] given = shapes.get(inputs.get(index).getName()), shape = given == null ? inputs.get(index).getShape() : given;
        if (given == null && inputs.get(index).getState() != null) {
          numbers[9 * index] = -1;
          continue;
        }
        numbers[9 * index] = shape.length;
        for (int axis = 0; axis < shape.length; axis++) {
          if (shape[axis] < 0) throw ModelException.argument("an extent is " + shape[axis] + ": it is at least 0");
          if (axis < 8) numbers[9 * index + 1 + axis] = shape[axis];
        }
      }
      Native.resize(this, address, numbers);
      inputs = ports(address, Native.INPUT);
      outputs = ports(address, Native.OUTPUT);
    }
  }

  /**
   * Runs the model on elements for every input: an array of the class that {@link ElementType#getArray} names, or a direct buffer of as
   * many bytes in the machine's order. Gives an array for every output, by name. Inputs with a {@link Port#getState} may be left out.
   */
  public Map<String, Object> run(Map<String, ?> elements) {
    synchronized (turn) {
      Map<String, Object> results = new LinkedHashMap<>();
      for (Port output : outputs) {
        results.put(output.getName(), Array.newInstance(output.getType().getArray().getComponentType(), output.getLength()));
      }
      run(elements, results);
      return results;
    }
  }

  /** The same into arrays or direct buffers of the caller's, for the outputs that he wants. */
  public void run(Map<String, ?> elements, Map<String, ?> results) {
    synchronized (turn) {
      known("input", inputs, elements);
      known("output", outputs, results);
      for (Port input : inputs) {
        if (input.getState() == null || elements.containsKey(input.getName())) check("input", input, elements.get(input.getName()));
      }
      for (Port output : outputs) if (results.containsKey(output.getName())) check("output", output, results.get(output.getName()));
      long address = holdings.address(), start = System.nanoTime();
      for (int index = 0; index < inputs.size(); index++) {
        Object value = elements.get(inputs.get(index).getName());
        if (value == null) continue;
        Native.writeInput(this, address, index, value, value instanceof ByteBuffer ? 0 : 1, offset(value));
      }
      long prepared = System.nanoTime();
      Native.run(this, address);
      for (int index = 0; index < outputs.size(); index++) {
        Object value = results.get(outputs.get(index).getName());
        if (value != null) Native.readOutput(this, address, index, value, value instanceof ByteBuffer ? 0 : 1, offset(value));
      }
      note(start, prepared);
    }
  }

  // State

  /**
   * Begins a new stream. An input with a {@link Port#getState} takes what that output was after the run before that ended well; before the first
   * run, and after this, it is zeros or what the bundle says.
   */
  public void resetState() {
    synchronized (turn) {
      Native.resetState(this, holdings.address());
    }
  }

  /** The state as bytes that another model of this bundle can go on with, see {@link #restoreState}. */
  public byte[] saveState() {
    synchronized (turn) {
      return Native.saveState(this, holdings.address());
    }
  }

  /**
   * Makes the state what {@link #saveState} gave. That of another model, of other extents, or damaged is an exception with
   * {@link ModelException.Reason#STATE}; then the state stays.
   */
  public void restoreState(byte[] state) {
    if (state == null) throw ModelException.argument("a state is the bytes that saveState gave, not null");
    synchronized (turn) {
      Native.restoreState(this, holdings.address(), state);
    }
  }

  private static long offset(Object value) {
    return value instanceof ByteBuffer ? ((ByteBuffer) value).position() : 0;
  }

  private static void known(String kind, List<Port> ports, Map<String, ?> values) {
    for (String name : values.keySet()) {
      StringBuilder names = new StringBuilder();
      boolean known = false;
      for (Port port : ports) {
        known |= port.getName().equals(name);
        names.append(names.length() == 0 ? "'" : ", '").append(port.getName()).append("'");
      }
      if (!known) throw ModelException.argument("there is no " + kind + " '" + name + "'; the model has " + names);
    }
  }

  private static void check(String kind, Port port, Object value) {
    ElementType type = port.getType();
    long bytes = (long) port.getLength() * type.getBytes();
    String given;
    if (value == null) {
      given = "missing";
    } else if (value instanceof ByteBuffer) {
      ByteBuffer buffer = (ByteBuffer) value;
      boolean usable = buffer.isDirect() && !(kind.equals("output") && buffer.isReadOnly());
      // What Java puts into it has the buffer's order, the runtime the machine's.
      boolean ordered = type.getBytes() == 1 || buffer.order() == ByteOrder.nativeOrder();
      if (usable && ordered && buffer.remaining() == bytes) return;
      given = !usable
          ? "a buffer that is not direct, or read-only"
          : buffer.remaining() != bytes
              ? "a buffer of " + buffer.remaining() + " bytes" : "a buffer whose order is not ByteOrder.nativeOrder()";
    } else if (value.getClass() == type.getArray()) {
      int length = Array.getLength(value);
      if (length == port.getLength()) return;
      given = "an array of " + length;
    } else {
      given = value.getClass().getSimpleName();
    }
    String wanted = type.getArray().getSimpleName() + " of " + port.getLength() + " elements or a direct buffer of " + bytes + " bytes";
    throw ModelException.argument(kind + " " + port + ": " + wanted + "; it is " + given);
  }

  /**
   * Ends the call that is going on, or the next one, with {@link ModelException.Reason#CANCELLED}. It does not wait; any thread may call
   * it at any time.
   */
  public void cancel() {
    holdings.cancel();
  }

  /** Runs the bundle's certificate on this device; an exception where the bundle fails it. */
  public SelfTest selfTest() {
    double[] numbers = new double[5];
    synchronized (turn) {
      Native.selfTest(this, holdings.address(), threads, numbers);
    }
    return new SelfTest(numbers);
  }

  /** Gives the memory back, after the call that is going on. Closing twice is harmless. */
  @Override
  public void close() {
    synchronized (turn) {
      holdings.free();
    }
  }
}
