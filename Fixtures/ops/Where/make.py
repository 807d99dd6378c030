"""Where: broadcasting of all three, integers."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, flags, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("same-shape", node("Where", "c a b", "y"), {"c": flags(3, 7), "a": f32(3, 7), "b": f32(3, 7)}, opset=9)
save_case("scalars", node("Where", "c a b", "y"), {"c": flags(2, 5)}, {"a": np.float32(1), "b": np.float32(-np.inf)})
save_case("three-way", node("Where", "c a b", "y"), {"c": flags(5, 1, 1), "a": f32(3, 1), "b": f32(7)}, opset=16)
save_case("int64", node("Where", "c a b", "y"), {"c": flags(11), "a": ints(11), "b": ints()})
save_case("bool", node("Where", "c a b", "y"), {"c": flags(6), "a": flags(6), "b": flags(6)}, oracle="reference", why="ONNX Runtime has no bool Where")
