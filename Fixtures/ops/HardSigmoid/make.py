"""HardSigmoid: the specification's slope 0.2 and PyTorch's 1/6."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("default", node("HardSigmoid", "x", "y"), {"x": f32(3, 17, low=-5, high=5)}, opset=6)
save_case("sixth", node("HardSigmoid", "x", "y", alpha=1 / 6, beta=0.5), {"x": f32(1, 17, 3, 3, low=-5, high=5)}, opset=13)
save_case("infinities", node("HardSigmoid", "x", "y"), {"x": values(np.inf, -np.inf, 2.5, -2.5)})
save_case("hard-swish", [node("HardSigmoid", "x", "s", alpha=1 / 6, beta=0.5), node("Mul", "x s", "y")], {"x": f32(31, low=-5, high=5)})
save_case("falling", node("HardSigmoid", "x", "y", alpha=-0.3, beta=0.25), {"x": f32(2, 7)}, opset=22)
