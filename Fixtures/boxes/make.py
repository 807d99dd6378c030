"""Writes what tests of boxes and maps need.

suppression.json    boxes of one class, and which of them onnxruntime's NonMaxSuppression keeps, in its order
detector.onnx       three rows of left, top, right, bottom, score, class on pictures of 64 x 64, whatever they show
segmentation.onnx   the picture's own channels as scores of three classes, on 16 x 16
halves.onnx         the same at half the size, of any picture: its height and width are open
"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def suppressed(boxes, scores, score, iou):
    names = ["boxes", "scores", "most", "iou", "score"]
    shapes = [[1, len(boxes), 4], [1, 1, len(boxes)], [1], [1], [1]]
    types = [TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.INT64, TensorProto.FLOAT, TensorProto.FLOAT]
    graph = helper.make_graph(
        [helper.make_node("NonMaxSuppression", names, ["kept"])], "nms",
        [helper.make_tensor_value_info(n, t, s) for n, t, s in zip(names, types, shapes)],
        [helper.make_tensor_value_info("kept", TensorProto.INT64, [None, 3])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    # The operator takes a score greater than the threshold; ours one that is at least the limit.
    values = [boxes[None], scores[None, None], np.array([4096]), np.array([iou], np.float32),
              np.array([np.nextafter(np.float32(score), np.float32(-1))], np.float32)]
    return session.run(None, dict(zip(names, values)))[0][:, 2]


def draw(random, count, steps):
    # On a grid of quarters, so that every area is exact; scores of few values where `steps` is small.
    corner = random.integers(0, 1600, (count, 2)) / 4
    size = random.integers(16, 640, (count, 2)) / 4
    scores = random.integers(0, steps + 1, count) / steps
    return np.concatenate([corner, corner + size], 1).astype(np.float32), scores.astype(np.float32)


random = np.random.default_rng(3)
cases = []
for count, steps, score, iou in [(1, 1, 0, 0.5), (40, 8, 0.25, 0.45), (40, 8, 0.25, 0.45), (200, 16, 0.5, 0.3), (200, 1 << 20, 0.05, 0.7),
                                 (64, 4, 0, 0), (64, 4, 0, 1), (50, 8, 1, 0.5), (300, 2, 0.5, 0.6)]:
    boxes, scores = draw(random, count, steps)
    if count == 64:  # the same box many times
        boxes[::4] = boxes[0]
    if count == 50:
        scores /= 2
    kept = suppressed(boxes, scores, score, iou)
    cases.append({"boxes": boxes.tolist(), "scores": scores.tolist(), "score": score, "iou": iou, "kept": kept.tolist()})
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
pathlib.Path(__file__).with_name("suppression.json").write_text("[\n" + lines + "\n]\n")


def write(name, nodes, sides, output, constants):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, *sides])],
        [helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])],
        [numpy_helper.from_array(np.array(value, np.float32), key) for key, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, pathlib.Path(__file__).with_name(f"{name}.onnx"))


rows = [[[8, 16, 40, 48, 0.9, 1], [30, 30, 60, 62, 0.5, 0], [0, 0, 1, 1, 0.125, 2]]]
write("detector", [
    helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2, 3], keepdims=0), helper.make_node("Mul", ["mean", "small"], ["shift"]),
    helper.make_node("Add", ["rows", "shift"], ["boxes"])], (64, 64), ("boxes", [1, 3, 6]), {"rows": rows, "small": [1e-6]})
write("segmentation", [helper.make_node("Relu", ["image"], ["map"])], (16, 16), ("map", [1, 3, 16, 16]), {})
write("halves", [helper.make_node("AveragePool", ["image"], ["map"], kernel_shape=[2, 2], strides=[2, 2])], ("height", "width"),
      ("map", [1, 3, None, None]), {})
