"""LayerNormalization: axis, epsilon, without bias, the statistics outputs."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

op = "LayerNormalization"
save_case("last-axis", node(op, "x s b", "y"), {"x": f32(2, 5, 17)}, {"s": f32(17), "b": f32(17)}, opset=17)
save_case("no-bias", node(op, "x s", "y", epsilon=1e-2), {"x": f32(3, 13)}, {"s": f32(13)}, opset=17)
save_case("axis-1", node(op, "x s b", "y", axis=1), {"x": f32(2, 3, 5)}, {"s": f32(3, 5), "b": f32(3, 5)}, opset=17)
save_case("statistics", node(op, "x s b", "y mean inv", axis=-1), {"x": f32(2, 3, 7)}, {"s": f32(7), "b": f32(7)}, opset=17)
save_case("large-mean", node(op, "x s b", "y"), {"x": f32(2, 31, low=4, high=8)}, {"s": f32(31), "b": f32(31)}, opset=17)
two, eps = np.float32(2), np.float32(1e-5)
save_case("as-exporters-spell-it",
          [node("ReduceMean", "x", "m", axes=[-1]), node("Sub", "x m", "d"), node("Pow", "d two", "q"), node("ReduceMean", "q", "v", axes=[-1]),
           node("Add", "v eps", "e"), node("Sqrt", "e", "r"), node("Div", "d r", "n"), node("Mul", "n s", "g"), node("Add", "g b", "y")],
          {"x": f32(2, 3, 17)}, {"two": two, "eps": eps, "s": f32(17), "b": f32(17)}, opset=14)
