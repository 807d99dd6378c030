"""Neg: floats and integers."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Neg", "x", "y"), {"x": f32(3, 17)}, opset=13)
save_case("opset6", node("Neg", "x", "y"), {"x": values(0.0, -0.0, np.inf)}, opset=6)
save_case("int64", node("Neg", "x", "y"), {"x": i64(3, -4, 0, -2**63)})
save_case("int8", node("Neg", "x", "y"), {"x": values(-128, 127, 5, type=np.int8)})
