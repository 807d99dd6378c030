"""Max: one, two and three inputs, broadcasting, NaN, integers; opset 6 without broadcasting."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("two", node("Max", "a b", "y"), {"a": f32(3, 17), "b": f32(3, 17)}, opset=8)
save_case("one", node("Max", "a", "y"), {"a": f32(7)})
save_case("three-broadcast", node("Max", "a b c", "y"), {"a": f32(2, 1, 5), "b": f32(3, 1), "c": f32()}, opset=13)
save_case("int32", node("Max", "a b", "y"), {"a": ints(11, type=np.int32), "b": ints(1, type=np.int32)}, opset=12)
save_case("nan", node("Max", "a b", "y"), {"a": values(np.nan, 1, np.inf), "b": values(0, np.nan, -np.inf)})
save_case("opset6", node("Max", "a b", "y"), {"a": f32(5), "b": f32(5)}, opset=6)
