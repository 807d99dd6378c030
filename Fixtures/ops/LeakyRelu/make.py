"""LeakyRelu: default and other slopes."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("default-alpha", node("LeakyRelu", "x", "y"), {"x": f32(1, 17, 3, 5)}, opset=16)
save_case("alpha", node("LeakyRelu", "x", "y", alpha=0.2), {"x": f32(31)}, opset=6)
save_case("negative-alpha", node("LeakyRelu", "x", "y", alpha=-0.5), {"x": f32(2, 7)})
save_case("above-one", node("LeakyRelu", "x", "y", alpha=3.0), {"x": f32(13)})
save_case("infinities", node("LeakyRelu", "x", "y", alpha=0.1), {"x": values(np.inf, -np.inf, 0.0, np.nan)})
