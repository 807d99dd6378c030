"""Ceil."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, f64, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Ceil", "x", "y"), {"x": f32(3, 17)}, opset=13)
save_case("special", node("Ceil", "x", "y"), {"x": values(-0.5, -0.0, 0.5, -1, 8388607.5, -8388607.5, 1e30, np.inf, np.nan)}, opset=6)
save_case("float64", node("Ceil", "x", "y"), {"x": f64(5)})
