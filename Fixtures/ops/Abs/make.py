"""Abs: floats and integers."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Abs", "x", "y"), {"x": f32(3, 17)}, opset=13)
save_case("special", node("Abs", "x", "y"), {"x": values(-0.0, -np.inf, np.nan, -1e-45)}, opset=6)
save_case("int32", node("Abs", "x", "y"), {"x": ints(13, type=np.int32)})
save_case("uint8", node("Abs", "x", "y"), {"x": values(0, 200, type=np.uint8)})
