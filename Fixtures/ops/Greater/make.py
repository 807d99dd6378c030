"""Greater: floats, integers, broadcasting."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("float32", node("Greater", "a b", "y"), {"a": f32(3, 7), "b": f32(7)}, opset=13)
save_case("opset7", node("Greater", "a b", "y"), {"a": f32(5, 1), "b": f32(1, 3)}, opset=7)
save_case("special", node("Greater", "a b", "y"), {"a": values(0.0, np.nan, np.inf, 1), "b": values(-0.0, 1, np.inf, np.nan)}, opset=9)
save_case("int64", node("Greater", "a b", "y"), {"a": ints(11), "b": ints()}, opset=9)
