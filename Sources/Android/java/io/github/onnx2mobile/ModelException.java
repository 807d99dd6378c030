package io.github.onnx2mobile;

import java.nio.charset.StandardCharsets;

/** What went wrong: one sentence, the reason that o2m.h numbers, and the numbers in it. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What can go wrong, in the order of the codes in o2m.h; a code keeps its number for ever. */
  public enum Reason {
    OK,
    OPEN,
    MEMORY,
    DAMAGED,
    TRUNCATED,
    HASH,
    NOT_A_BUNDLE,
    VERSION,
    COMPRESSED,
    UNSUPPORTED,
    ARGUMENT,
    THREADS,
    RUN,
    SELF_TEST,
    NO_CERTIFICATE,
    UNPREPARED,
    PICTURE,
    CANCELLED,
    NO_CLASSES,
    NO_TASK,
    SHAPE,
    STATE,
    BUSY;

    private static final Reason[] byCode = values();

    static Reason of(int code) {
      return code >= 0 && code < byCode.length ? byCode[code] : UNSUPPORTED;
    }
  }

  private final int code;
  private final int system;
  private final long offset;
  private final long found;
  private final long expected;
  private final long detail;
  private final String nodeOperator;
  private final String nodeOutput;

  private ModelException(
      int code, String message, int system, long offset, long found, long expected, long detail, String operator, String output,
      Throwable cause) {
    super(message, cause);
    this.code = code;
    this.system = system;
    this.offset = offset;
    this.found = found;
    this.expected = expected;
    this.detail = detail;
    nodeOperator = operator;
    nodeOutput = output;
  }

  /** For the native half: an o2m_error, with the node of its model that it numbers. */
  ModelException(
      int code, byte[] sentence, int system, long offset, long found, long expected, long detail, byte[] operator, byte[] output) {
    this(code, text(sentence), system, offset, found, expected, detail, text(operator), text(output), null);
  }

  ModelException(Reason reason, String message) {
    this(reason, message, null);
  }

  ModelException(Reason reason, String message, Throwable cause) {
    this(reason.ordinal(), message, 0, -1, 0, 0, 0, null, null, cause);
  }

  /** An argument that cannot be used. */
  static ModelException argument(String message) {
    return new ModelException(Reason.ARGUMENT, message);
  }

  /** The same with the name of what was opened before the sentence. */
  ModelException of(String source) {
    return new ModelException(
        code, source + ": " + getMessage(), system, offset, found, expected, detail, nodeOperator, nodeOutput, this);
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  /** Which of the things that can go wrong it is. */
  public Reason getReason() {
    return Reason.of(code);
  }

  /** The number that o2m.h gives the reason. */
  public int getCode() {
    return code;
  }

  /** The errno value of a file, else 0. */
  public int getSystem() {
    return system;
  }

  /** The byte in the bundle; -1 where there is none. */
  public long getOffset() {
    return offset;
  }

  /** What this and {@link #getExpected} and {@link #getDetail} are, o2m.h says for each code. */
  public long getFound() {
    return found;
  }

  /** See {@link #getFound}. */
  public long getExpected() {
    return expected;
  }

  /** See {@link #getFound}. */
  public long getDetail() {
    return detail;
  }

  /** The ONNX operator of the node that refused its inputs, else null. */
  public String getNodeOperator() {
    return nodeOperator;
  }

  /** The first tensor of the original model that this node gives; empty where the bundle has no names, null where there is no node. */
  public String getNodeOutput() {
    return nodeOutput;
  }
}
