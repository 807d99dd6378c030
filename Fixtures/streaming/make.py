"""Writes models that are run on one chunk after another, and a sequence of chunks for each.

voice/      a detector of voice: 256 samples of sound, two states of an LSTM; sound and silence in turn
keywords/   a spotter of keywords: 4 frames of 16 features, three causal convolutions that keep the frames they look back to
decoder/    a decoder: a token, the state of a GRU, which begins as the file says; each token is the one that scored best before

Weights are drawn; outputs of each chunk are onnxruntime's, with the state that it left in the chunk before. The folders are ONNX's test
layout without the files of the states: they follow from the chunks before.
"""
import pathlib
import shutil

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(11)
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def drawn(*shape, scale=1.0):
    return (random.normal(size=shape) * scale).astype(np.float32)


def write(name, nodes, inputs, outputs, constants, states, chunks, initial=()):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info(*item) for item in inputs], [helper.make_tensor_value_info(*item) for item in outputs],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in (*constants, *initial)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    onnx.save(model, folder / "model.onnx")
    options, initial = onnxruntime.SessionOptions(), dict(initial)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    state = {key: initial.get(key, np.zeros(shape, np.float32)) for key, _, shape in inputs if key in states}
    last = None
    for number in range(len(chunks) if isinstance(chunks, list) else chunks[0]):
        chunk = chunks[number] if isinstance(chunks, list) else chunks[1](last)
        values = session.run(None, chunk | state)
        last = dict(zip([key for key, _, _ in outputs], values))
        store(folder / f"test_data_set_{number}", "input", chunk)
        store(folder / f"test_data_set_{number}", "output", last)
        state = {key: last[output] for key, output in states.items()}


def store(folder, kind, values):
    folder.mkdir(exist_ok=True)
    for index, (key, value) in enumerate(values.items()):
        (folder / f"{kind}_{index}.pb").write_bytes(numpy_helper.from_array(value, key).SerializeToString())


# A filter bank, its power, an LSTM, a share.
sound = np.concatenate([drawn(256, scale=0.3) if number % 4 < 2 else drawn(256, scale=0.002) for number in range(8)])
write(
    "voice", [
        helper.make_node("Unsqueeze", ["audio", "one"], ["signal"]),
        helper.make_node("Conv", ["signal", "bank"], ["bands"], "bank", strides=[64], pads=[32, 32]),
        helper.make_node("Mul", ["bands", "bands"], ["power"]), helper.make_node("Add", ["power", "small"], ["above"]),
        helper.make_node("Log", ["above"], ["loudness"]), helper.make_node("Transpose", ["loudness"], ["frames"], perm=[2, 0, 1]),
        helper.make_node("LSTM", ["frames", "w", "r", "b", "", "h", "c"], ["seen", "hn", "cn"], "memory", hidden_size=24),
        helper.make_node("Squeeze", ["hn", "zero"], ["now"]), helper.make_node("Gemm", ["now", "v", "d"], ["score"], "head"),
        helper.make_node("Sigmoid", ["score"], ["voice"])],
    [("audio", FLOAT, [1, 256]), ("h", FLOAT, [1, 1, 24]), ("c", FLOAT, [1, 1, 24])],
    [("voice", FLOAT, [1, 1]), ("hn", FLOAT, [1, 1, 24]), ("cn", FLOAT, [1, 1, 24])],
    [("one", np.array([1])), ("zero", np.array([0])), ("bank", drawn(16, 1, 128, scale=0.1)), ("small", np.float32(1e-4)),
     ("w", drawn(1, 96, 16, scale=0.1)), ("r", drawn(1, 96, 24, scale=0.25)), ("b", drawn(1, 192, scale=0.1)),
     ("v", drawn(24, 1)), ("d", drawn(1, scale=0.1))],
    {"h": "hn", "c": "cn"}, [{"audio": sound[None, 256 * number:256 * number + 256]} for number in range(8)])


# Each layer sees its own last frames before the new ones; the deeper, the farther apart.
nodes, constants, x = [], [("axis", np.array([2])), ("last", np.array([2 ** 31]))], "features"
states, caches = {}, []
for layer, dilation in enumerate((1, 2, 4)):
    kept, channels = 2 * dilation, 16 if layer == 0 else 20
    cache, frames, after = f"cache{layer}", f"frames{layer}", f"kept{layer}"
    nodes += [
        helper.make_node("Concat", [cache, x], [frames], f"join{layer}", axis=2),
        helper.make_node("Slice", [frames, f"from{layer}", "last", "axis"], [after], f"keep{layer}"),
        helper.make_node("Conv", [frames, f"w{layer}", f"b{layer}"], [f"conv{layer}"], f"conv{layer}", dilations=[dilation]),
        helper.make_node("Relu", [f"conv{layer}"], [f"relu{layer}"])]
    constants += [(f"from{layer}", np.array([-kept])), (f"w{layer}", drawn(20, channels, 3, scale=0.2)), (f"b{layer}", drawn(20, scale=0.1))]
    caches.append((cache, FLOAT, [1, channels, kept]))
    states[cache], x = after, f"relu{layer}"
nodes += [
    helper.make_node("ReduceMean", [x], ["mean"], axes=[2], keepdims=0), helper.make_node("Gemm", ["mean", "v"], ["score"], "head"),
    helper.make_node("Softmax", ["score"], ["keyword"], axis=1)]
write(
    "keywords", nodes, [("features", FLOAT, [1, 16, 4]), *caches],
    [("keyword", FLOAT, [1, 5]), *((states[key], kind, shape) for key, kind, shape in caches)], [*constants, ("v", drawn(20, 5, scale=0.5))],
    states, [{"features": drawn(1, 16, 4)} for _ in range(8)])


def best(last):
    return {"token": np.array([[1 if last is None else int(last["scores"].argmax())]])}


write(
    "decoder", [
        helper.make_node("Gather", ["table", "token"], ["embedded"], "embed"),
        helper.make_node("GRU", ["embedded", "w", "r", "b", "", "state"], ["all", "next"], "memory", hidden_size=32, linear_before_reset=1),
        helper.make_node("Squeeze", ["next", "zero"], ["now"]), helper.make_node("Gemm", ["now", "v"], ["scores"], "head")],
    [("token", INT64, [1, 1]), ("state", FLOAT, [1, 1, 32])], [("scores", FLOAT, [1, 40]), ("next", FLOAT, [1, 1, 32])],
    [("zero", np.array([0])), ("table", drawn(40, 24)), ("w", drawn(1, 96, 24, scale=0.2)), ("r", drawn(1, 96, 32, scale=0.2)),
     ("b", drawn(1, 192, scale=0.1)), ("v", drawn(32, 40))],
    {"state": "next"}, (10, best), [("state", drawn(1, 1, 32, scale=0.5))])
