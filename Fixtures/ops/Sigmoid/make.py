"""Sigmoid: both saturated ends."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("picture", node("Sigmoid", "x", "y"), {"x": f32(1, 17, 3, 5)}, opset=13)
save_case("wide", node("Sigmoid", "x", "y"), {"x": values(-200, -104, -88, -20, -1e-8, 0, 1e-8, 17, 20, 89, 200)}, opset=6)
save_case("infinities", node("Sigmoid", "x", "y"), {"x": values(np.inf, -np.inf, 0.0, np.nan)})
save_case("scalar", node("Sigmoid", "x", "y"), {"x": f32()})
save_case("silu", [node("Sigmoid", "x", "s"), node("Mul", "x s", "y")], {"x": f32(1, 5, 7, 3, low=-9, high=9)})
save_case("float16", node("Sigmoid", "x", "y"), {"x": f16(11)})
