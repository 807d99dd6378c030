"""Erf, and GELU as exporters spell it."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Erf", "x", "y"), {"x": f32(3, 17)}, opset=13)
save_case("wide", node("Erf", "x", "y"), {"x": values(-9, -4, -1e-6, 0, 0.5, 0.9, 1.1, 3.9, 4.1)}, opset=9)
save_case("infinities", node("Erf", "x", "y"), {"x": values(np.inf, -np.inf)})
half, one, root = (np.float32(v) for v in (0.5, 1.0, np.sqrt(2)))
save_case("gelu", [node("Div", "x root", "a"), node("Erf", "a", "b"), node("Add", "b one", "c"), node("Mul", "x c", "d"),
                   node("Mul", "d half", "y")], {"x": f32(5, 13)}, {"root": root, "one": one, "half": half})
