"""Writes what tests of boxes and maps need.

levels.json         outputs of heads that their models do not decode, in sixteenths, and the boxes that numpy makes of them
levels.onnx         such a head on two levels, of pictures of 64 x 64
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


# Heads that their models do not decode.

def logistic(x):
    return 1 / (1 + np.exp(-x))


def greedy(candidates, score, overlap):
    """The boxes that stay: each is left, top, right, bottom, score, class."""
    kept = []
    for box in sorted((box for box in candidates if box[4] >= score), key=lambda box: -box[4]):
        def share(other):
            width = min(box[2], other[2]) - max(box[0], other[0])
            height = min(box[3], other[3]) - max(box[1], other[1])
            common = max(0, width) * max(0, height)
            return common / ((box[2] - box[0]) * (box[3] - box[1]) + (other[2] - other[0]) * (other[3] - other[1]) - common)
        if all(other[5] != box[5] or share(other) <= overlap for other in kept):
            kept.append(box)
    return kept


def candidate(x, y, width, height, scores, objectness=1):
    number = int(np.argmax(scores))
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2, float(scores[number] * objectness), number]


def anchored(levels, anchors, strides, centers, squares, softmax=False, shares=False):
    """Levels are [A, H, W, 5 + C]."""
    sigma = (lambda x: x) if shares else logistic
    found = []
    for values, own, stride, center in zip(levels, anchors, strides, centers):
        for (anchor, row, column), _ in np.ndenumerate(values[..., 0]):
            entry = values[anchor, row, column].astype(np.float64)
            x = (sigma(entry[0]) * center - (center - 1) / 2 + column) * stride
            y = (sigma(entry[1]) * center - (center - 1) / 2 + row) * stride
            sides = (2 * sigma(entry[2:4])) ** 2 if squares else np.exp(entry[2:4])
            scores = np.exp(entry[5:]) / np.exp(entry[5:]).sum() if softmax else sigma(entry[5:])
            found.append(candidate(x, y, sides[0] * own[anchor][0], sides[1] * own[anchor][1], scores, sigma(entry[4])))
    return found


def measured(levels, bins, strides, center):
    """Levels are [H, W, 4 * bins + C]."""
    found = []
    for values, stride in zip(levels, strides):
        for (row, column), _ in np.ndenumerate(values[..., 0]):
            entry = values[row, column].astype(np.float64)
            weights = np.exp(entry[:4 * bins].reshape(4, bins))
            left, top, right, bottom = (weights / weights.sum(1, keepdims=True) * np.arange(bins)).sum(1) * stride
            x, y = (column + center) * stride, (row + center) * stride
            scores = logistic(entry[4 * bins:])
            number = int(np.argmax(scores))
            found.append([x - left, y - top, x + right, y + bottom, float(scores[number]), number])
    return found


def level_cases():
    random = np.random.default_rng(7)

    def draw(*shape, low=-40, high=40):
        return random.integers(low, high, shape).astype(np.float32) / 16

    planes = lambda values: values.transpose(0, 3, 1, 2).reshape(1, -1, *values.shape[1:3])
    pixels = lambda values: values.transpose(1, 2, 0, 3).reshape(1, *values.shape[1:3], -1)
    pairs = lambda numbers: [list(zip(numbers[i:i + 6:2], numbers[i + 1:i + 6:2])) for i in range(0, len(numbers), 6)]
    tiny = pairs([10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319])
    five = pairs([10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326])
    seven = pairs([12, 16, 19, 36, 40, 28, 36, 75, 76, 55, 72, 146, 142, 110, 192, 243, 459, 401])
    voc = [1.08, 1.19, 3.42, 4.41, 6.63, 11.38, 9.42, 5.11, 16.62, 10.52]
    three = lambda classes, size=64: [draw(3, size // stride, size // stride, 5 + classes) for stride in (8, 16, 32)]
    cases = []

    def add(task, labels, size, outputs, candidates):
        boxes = []
        for box in greedy(candidates, 0.25, 0.45)[:100]:
            left, top, right, bottom = max(0, box[0]), max(0, box[1]), min(size, box[2]), min(size, box[3])
            if right > left and bottom > top:
                boxes.append([left, top, right - left, bottom - top, box[4], box[5]])
        cases.append({
            "task": task, "labels": labels, "size": size,
            "outputs": [{"shape": list(o.shape), "sixteenths": (o * 16).astype(int).reshape(-1).tolist()} for o in outputs],
            "boxes": [[round(float(number), 4) for number in box] for box in boxes]})

    two = [draw(3, 4, 4, 7), draw(3, 2, 2, 7)]
    add("detect:yolov3-raw", 2, 64, [planes(v) for v in two], anchored(two, tiny, [16, 32], [1, 1], False))
    levels = three(1)
    add("detect:yolov3-raw", 1, 64, [pixels(v) for v in reversed(levels)], anchored(levels, five, [8, 16, 32], [1] * 3, False))
    levels = three(2)
    add("detect:yolov4-raw", 2, 64, [planes(v) for v in levels], anchored(levels, seven, [8, 16, 32], [1.2, 1.1, 1.05], False))
    levels = three(1)
    add("detect:yolov5-raw", 1, 64, [v[None] for v in levels], anchored(levels, five, [8, 16, 32], [2] * 3, True))
    levels = three(1)
    add("detect:yolov7-raw", 1, 64, [planes(v) for v in levels], anchored(levels, seven, [8, 16, 32], [2] * 3, True))
    levels = [draw(1, 64 // stride, 64 // stride, 7, low=0, high=17) for stride in (16, 32)]
    own = [[(20, 30)], [(50, 24)]]
    add("detect:yolov5-raw,anchors=20x30+50x24,scores=shares", 2, 64, [planes(v) for v in levels],
        anchored(levels, own, [16, 32], [2, 2], True, shares=True))
    single = draw(5, 3, 3, 8)
    add("detect:yolov2-raw", 3, 96, [planes(single)],
        anchored([single], [[(a * 32, b * 32) for a, b in zip(voc[::2], voc[1::2])]], [32], [1], False, softmax=True))
    levels = [draw(64 // stride, 64 // stride, 64 + 2) for stride in (16, 32)]
    add("detect:yolov8-raw", 2, 64, [v.transpose(2, 0, 1)[None] for v in levels], measured(levels, 16, [16, 32], 0.5))
    levels = [draw(64 // stride, 64 // stride, 32 + 3) for stride in (8, 16, 32, 64)]
    rows = np.concatenate([np.concatenate([v[..., 32:], v[..., :32]], 2).reshape(-1, 35) for v in levels])[None]
    add("detect:nanodet", 3, 64, [rows], measured(levels, 8, [8, 16, 32, 64], 0))
    return cases


lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in level_cases())
pathlib.Path(__file__).with_name("levels.json").write_text("[\n" + lines + "\n]\n")

random = np.random.default_rng(11)
weights = {f"w{level}": random.integers(-64, 64, (21, 3, 1, 1)) / 16 for level in (4, 5)}
graph = helper.make_graph(
    [helper.make_node("AveragePool", ["image"], ["small"], kernel_shape=[16, 16], strides=[16, 16]),
     helper.make_node("AveragePool", ["small"], ["smaller"], kernel_shape=[2, 2], strides=[2, 2]),
     helper.make_node("Conv", ["small", "w4"], ["p4"]), helper.make_node("Conv", ["smaller", "w5"], ["p5"])],
    "levels", [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 64, 64])],
    [helper.make_tensor_value_info("p4", TensorProto.FLOAT, [1, 21, 4, 4]), helper.make_tensor_value_info("p5", TensorProto.FLOAT, [1, 21, 2, 2])],
    [numpy_helper.from_array(np.array(value, np.float32), key) for key, value in weights.items()])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, pathlib.Path(__file__).with_name("levels.onnx"))
