"""LSTM: both directions with every operand, the other layout, without anything, weights that are inputs."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)


def weights(directions, inputs, hidden):
    return {"w": f32(directions, 4 * hidden, inputs, low=-0.5, high=0.5), "r": f32(directions, 4 * hidden, hidden, low=-0.5, high=0.5), "b": f32(directions, 8 * hidden, low=-0.5, high=0.5)}


LAYOUT = dict(oracle="reference", why="ONNX Runtime does not run layout 1")
IGNORED = dict(oracle="onnxruntime", why="the reference evaluator ignores the lengths, the clip and the activations")
op = "LSTM"
both = dict(direction="bidirectional", hidden_size=11)
states = {"h": f32(2, 3, 11), "c": f32(2, 3, 11)}
save_case("both-ways", node(op, "x w r b _ h c p", "y yh yc", **both), {"x": f32(5, 3, 7), **states},
          {**weights(2, 7, 11), "p": f32(2, 33)}, opset=14)
save_case("batch-first", node(op, "x w r b _ h c", "y yh yc", layout=1, **both), {"x": f32(3, 5, 7), "h": f32(3, 2, 11), "c": f32(3, 2, 11)},
          weights(2, 7, 11), opset=14, **LAYOUT)
save_case("reverse", node(op, "x w r", "y", direction="reverse", hidden_size=16), {"x": f32(4, 1, 3)},
          {k: v for k, v in weights(1, 3, 16).items() if k != "b"}, opset=22)
save_case("computed-weights", node(op, "x w r b", "_ yh", hidden_size=5), {"x": f32(3, 2, 4), **weights(1, 4, 5)}, opset=7)
save_case("many-steps", node(op, "x w r b", "y yh yc", hidden_size=3), {"x": f32(101, 2, 2)}, weights(1, 2, 3), opset=14)
lengths = values(5, 2, 4, type=np.int32)
save_case("lengths", node(op, "x w r b l h c p", "y yh yc", **both), {"x": f32(5, 3, 7), "l": lengths, **states},
          {**weights(2, 7, 11), "p": f32(2, 33)}, opset=14, **IGNORED)
save_case("clip-and-coupled-gates", node(op, "x w r b _ h c p", "y yh yc", clip=0.4, input_forget=1, **both), {"x": f32(5, 3, 7), **states},
          {**weights(2, 7, 11), "p": f32(2, 33)}, opset=14, **IGNORED)
save_case("activations", node(op, "x w r b", "y yh yc", hidden_size=5, activations=["HardSigmoid", "Softsign", "ScaledTanh"],
                              activation_alpha=[0.3, 0.7], activation_beta=[0.4, 0.6]), {"x": f32(4, 2, 3)}, weights(1, 3, 5), opset=14, **IGNORED)
