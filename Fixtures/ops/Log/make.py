"""Log: around one, denormal, zero, negative."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Log", "x", "y"), {"x": f32(3, 17, low=0.01, high=9)}, opset=13)
save_case("wide", node("Log", "x", "y"), {"x": values(1e-38, 1e-5, 0.99999, 1, 1.00001, 3e38)}, opset=6)
save_case("special", node("Log", "x", "y"), {"x": values(0, -1, np.inf, np.nan)})
