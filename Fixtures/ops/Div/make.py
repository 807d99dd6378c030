"""Div: floats, integers that truncate toward zero, division by zero in floats."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, i64, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("same-shape", node("Div", "a b", "y"), {"a": f32(3, 17), "b": f32(3, 17, low=0.5)})
save_case("constant-divisor", node("Div", "x c", "y"), {"x": f32(2, 3, 5)}, {"c": np.float32(3)})
save_case("broadcast", node("Div", "a b", "y"), {"a": f32(5, 1), "b": f32(1, 7, low=1)}, opset=7)
a, b = i64(7, -7, 7, -7, 0, 9), i64(2, 2, -2, -2, 5, 3)
save_case("int64-truncates", node("Div", "a b", "y"), {"a": a, "b": b})
save_case("int32-exact", node("Div", "a b", "y"), {"a": values(8, 9, 0, type=np.int32), "b": values(2, type=np.int32)})
save_case("by-zero", node("Div", "a b", "y"), {"a": values(1, -1, 0, np.inf), "b": values(0, 0, 0, np.inf)})
save_case("float16", node("Div", "a b", "y"), {"a": f16(11), "b": f16(11, low=1)})
