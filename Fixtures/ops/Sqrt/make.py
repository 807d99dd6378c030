"""Sqrt."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Sqrt", "x", "y"), {"x": f32(3, 17, low=0, high=9)}, opset=13)
save_case("special", node("Sqrt", "x", "y"), {"x": values(0, -0.0, 1e-38, -1, np.inf)}, opset=6)
save_case("scalar", node("Sqrt", "x", "y"), {"x": np.float32(2)})
save_case("reciprocal-of-root", [node("Sqrt", "x", "r"), node("Reciprocal", "r", "y")], {"x": f32(13, low=0.1)})
