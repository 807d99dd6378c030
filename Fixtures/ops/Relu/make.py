"""Relu."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("picture", node("Relu", "x", "y"), {"x": f32(1, 17, 5, 7)}, opset=13)
save_case("opset6", node("Relu", "x", "y"), {"x": f32(31)}, opset=6)
save_case("scalar", node("Relu", "x", "y"), {"x": np.float32(-2)})
save_case("empty", node("Relu", "x", "y"), {"x": f32(0, 3)})
save_case("infinities", node("Relu", "x", "y"), {"x": values(np.inf, -np.inf, 0.0, -1e-45, 1e-45)})
save_case("float16", node("Relu", "x", "y"), {"x": f16(3, 11)}, opset=14)
save_case("int32", node("Relu", "x", "y"), {"x": ints(9, type=np.int32)}, opset=14)
