"""Exp: overflow, underflow into denormals."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, f64, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Exp", "x", "y"), {"x": f32(3, 17)}, opset=13)
save_case("wide", node("Exp", "x", "y"), {"x": values(-104, -88, -80, -1e-8, 0, 1, 80, 88.5, 89)}, opset=6)
save_case("infinities", node("Exp", "x", "y"), {"x": values(np.inf, -np.inf, np.nan)})
save_case("float64", node("Exp", "x", "y"), {"x": f64(2, 5)})
