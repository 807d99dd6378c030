"""Reciprocal."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Reciprocal", "x", "y"), {"x": f32(3, 17, low=0.2)}, opset=13)
save_case("special", node("Reciprocal", "x", "y"), {"x": values(0.0, -0.0, np.inf, -np.inf, 1e-38)}, opset=6)
save_case("scalar", node("Reciprocal", "x", "y"), {"x": np.float32(-8)})
