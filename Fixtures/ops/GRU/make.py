"""GRU: both forms of the reset gate, both directions, the other layout."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)


def weights(directions, inputs, hidden):
    return {"w": f32(directions, 3 * hidden, inputs, low=-0.5, high=0.5), "r": f32(directions, 3 * hidden, hidden, low=-0.5, high=0.5), "b": f32(directions, 6 * hidden, low=-0.5, high=0.5)}


LAYOUT = dict(oracle="reference", why="ONNX Runtime does not run layout 1")
IGNORED = dict(oracle="onnxruntime", why="the reference evaluator ignores the lengths, the clip and the activations")
op = "GRU"
for name, linear in [("reset-first", 0), ("linear-first", 1)]:
    both = dict(direction="bidirectional", hidden_size=11, linear_before_reset=linear)
    save_case(name, node(op, "x w r b _ h", "y yh", **both), {"x": f32(5, 3, 7), "h": f32(2, 3, 11)}, weights(2, 7, 11), opset=14)
    save_case(name + "-batch-first", node(op, "x w r b", "y yh", layout=1, **both), {"x": f32(3, 5, 7)}, weights(2, 7, 11),
              opset=14, **LAYOUT)
save_case("reverse", node(op, "x w r b", "y", direction="reverse", hidden_size=16), {"x": f32(4, 1, 3)}, weights(1, 3, 16), opset=22)
save_case("lengths", node(op, "x w r b l h", "y yh", clip=0.5, **both), {"x": f32(5, 3, 7), "l": values(5, 2, 4, type=np.int32), "h": f32(2, 3, 11)},
          weights(2, 7, 11), opset=14, **IGNORED)
save_case("activations", node(op, "x w r b", "y yh", hidden_size=5, activations=["Softplus", "LeakyRelu"], activation_alpha=[0.2]),
          {"x": f32(4, 2, 3)}, weights(1, 3, 5), opset=14, **IGNORED)
