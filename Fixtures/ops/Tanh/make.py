"""Tanh: near zero, saturated."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Tanh", "x", "y"), {"x": f32(7, 17)}, opset=13)
save_case("wide", node("Tanh", "x", "y"), {"x": values(-100, -9.1, -8, -1e-7, -0.0, 1e-20, 0.3, 4, 9, 100)}, opset=6)
save_case("infinities", node("Tanh", "x", "y"), {"x": values(np.inf, -np.inf, np.nan)})
save_case("scalar", node("Tanh", "x", "y"), {"x": f32()})
