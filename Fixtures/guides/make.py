"""Writes the models of the page "My model does not convert".

decides.onnx    a branch that an input decides: `rate`
cut.onnx        a layer that is known, and behind it a node that is not
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write(name, nodes, inputs, output, constants=(), opsets=()):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info(*item) for item in inputs], [helper.make_tensor_value_info(*output)],
        [numpy_helper.from_array(value, key) for key, value in constants])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), *opsets], ir_version=8)
    onnx.save(model, pathlib.Path(__file__).with_name(f"{name}.onnx"))


def branch(name, extent, *nodes):
    return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(f"{name}/y", TensorProto.FLOAT, [1, extent])])


write("decides", [
    helper.make_node("Equal", ["rate", "high"], ["is high"], "rate/is"),
    helper.make_node(
        "If", ["is high"], ["y"], "rate/if",
        then_branch=branch("then", 200, helper.make_node("Slice", ["sound", "from", "to", "axis", "step"], ["then/y"])),
        else_branch=branch("else", 400, helper.make_node("Identity", ["sound"], ["else/y"])))],
    [("sound", TensorProto.FLOAT, [1, 400]), ("rate", TensorProto.INT64, [])], ("y", TensorProto.FLOAT, None),
    [("high", np.array(16000))] + [(key, np.array([value])) for key, value in (("from", 0), ("to", 400), ("axis", 1), ("step", 2))])
weights = np.random.default_rng(5).normal(size=(4, 3, 3, 3)).astype(np.float32)
write("cut", [
    helper.make_node("Conv", ["image", "w"], ["c"], "stem", pads=[1, 1, 1, 1]), helper.make_node("Relu", ["c"], ["features"], "stem/relu"),
    helper.make_node("RandomNormalLike", ["features"], ["noise"], "head/noise"), helper.make_node("Add", ["features", "noise"], ["y"], "head/add")],
    [("image", TensorProto.FLOAT, [1, 3, 8, 8])], ("y", TensorProto.FLOAT, [1, 4, 8, 8]), [("w", weights)])
