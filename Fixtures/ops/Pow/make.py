"""Pow: constant exponents that exporters write, general exponents, mixed types."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("square", node("Pow", "x e", "y"), {"x": f32(3, 7)}, {"e": np.float32(2)}, opset=13)
save_case("cube", node("Pow", "x e", "y"), {"x": f32(13)}, {"e": values(3.0)})
save_case("root", node("Pow", "x e", "y"), {"x": f32(2, 9, low=0)}, {"e": values(0.5)})
save_case("general", node("Pow", "x e", "y"), {"x": f32(3, 1, low=0.1), "e": f32(1, 5)}, opset=7)
save_case("float-to-integer-exponent", node("Pow", "x e", "y"), {"x": f32(5)}, {"e": i64(2)}, opset=15)
save_case("int64", node("Pow", "x e", "y"), {"x": i64(-3, 2, 7, 0), "e": i64(3, 10, 2, 0)}, opset=13)
save_case("special", node("Pow", "x e", "y"), {"x": values(0, -2, -2, 1, np.inf, 0), "e": values(0, 3, 2, np.nan, -1, -1)})
