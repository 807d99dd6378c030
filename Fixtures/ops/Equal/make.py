"""Equal: floats, integers, bools, broadcasting."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import flags, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("int64", node("Equal", "a b", "y"), {"a": ints(3, 7, low=0, high=3), "b": ints(7, low=0, high=3)}, opset=11)
save_case("float32", node("Equal", "a b", "y"), {"a": values(0.0, 1, np.nan, np.inf), "b": values(-0.0, 2, np.nan, np.inf)}, opset=13)
save_case("bool", node("Equal", "a b", "y"), {"a": flags(2, 5), "b": flags(2, 1)}, opset=7)
save_case("int32-scalar", node("Equal", "a b", "y"), {"a": ints(9, low=0, high=3, type=np.int32)}, {"b": np.int32(1)}, opset=19)
