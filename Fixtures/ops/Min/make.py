"""Min: one, two and three inputs, broadcasting, NaN, integers."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("two", node("Min", "a b", "y"), {"a": f32(3, 17), "b": f32(3, 17)}, opset=8)
save_case("one", node("Min", "a", "y"), {"a": f32(7)})
save_case("three-broadcast", node("Min", "a b c", "y"), {"a": f32(2, 1, 5), "b": f32(3, 1), "c": f32()}, opset=13)
save_case("int64", node("Min", "a b", "y"), {"a": ints(11), "b": ints(1)}, opset=12)
save_case("nan", node("Min", "a b", "y"), {"a": values(np.nan, 1, np.inf), "b": values(0, np.nan, -np.inf)})
save_case("float16", node("Min", "a b", "y"), {"a": f16(9), "b": f16()}, opset=13)
