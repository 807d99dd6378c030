"""Elu."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("default", node("Elu", "x", "y"), {"x": f32(3, 17)}, opset=6)
save_case("alpha", node("Elu", "x", "y", alpha=1.7), {"x": f32(1, 5, 3, 3, low=-9)})
save_case("near-zero", node("Elu", "x", "y"), {"x": values(-1e-7, -1e-3, -0.0, 1e-7, -100, -np.inf, np.inf)})
save_case("opset22", node("Elu", "x", "y", alpha=0.5), {"x": f32(7)}, opset=22)
