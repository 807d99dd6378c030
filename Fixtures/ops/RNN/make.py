"""RNN: both directions, the other layout, an activation with numbers of its own."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)


def weights(directions, inputs, hidden):
    return {"w": f32(directions, hidden, inputs, low=-0.5, high=0.5), "r": f32(directions, hidden, hidden, low=-0.5, high=0.5), "b": f32(directions, 2 * hidden, low=-0.5, high=0.5)}


LAYOUT = dict(oracle="reference", why="ONNX Runtime does not run layout 1")
IGNORED = dict(oracle="onnxruntime", why="the reference evaluator ignores the lengths, the clip and the activations")
op = "RNN"
both = dict(direction="bidirectional", hidden_size=11)
save_case("both-ways", node(op, "x w r b _ h", "y yh", **both), {"x": f32(5, 3, 7), "h": f32(2, 3, 11)}, weights(2, 7, 11), opset=14)
save_case("batch-first", node(op, "x w r b", "y yh", layout=1, **both), {"x": f32(3, 5, 7)}, weights(2, 7, 11), opset=14,
          **LAYOUT)
save_case("affine", node(op, "x w r b", "y yh", hidden_size=5, activations=["Affine"], activation_alpha=[0.5], activation_beta=[0.25]),
          {"x": f32(4, 2, 3)}, weights(1, 3, 5), opset=22)
save_case("lengths", node(op, "x w r b l h", "y yh", activations=["Relu", "Relu"], **both),
          {"x": f32(5, 3, 7), "l": values(5, 2, 4, type=np.int32), "h": f32(2, 3, 11)}, weights(2, 7, 11), opset=14, **IGNORED)
save_case("mixed-activations", node(op, "x w r b", "y yh", activations=["Elu", "ThresholdedRelu"], activation_alpha=[0.6, 0.1], **both),
          {"x": f32(5, 3, 7)}, weights(2, 7, 11), opset=14, **IGNORED)
save_case("empty-batch", node(op, "x w r b", "y yh", hidden_size=5), {"x": f32(4, 0, 3)}, weights(1, 3, 5), opset=14)
