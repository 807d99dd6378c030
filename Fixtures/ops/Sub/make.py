"""Sub: broadcasting, integer and half types."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("same-shape", node("Sub", "a b", "y"), {"a": f32(2, 19), "b": f32(2, 19)})
save_case("constant-first", node("Sub", "c x", "y"), {"x": f32(3, 5)}, {"c": values(1.0)})
save_case("both-broadcast", node("Sub", "a b", "y"), {"a": f32(3, 1, 5), "b": f32(7, 1)}, opset=7)
save_case("int64", node("Sub", "a b", "y"), {"a": ints(13), "b": ints(1)})
save_case("float16", node("Sub", "a b", "y"), {"a": f16(17), "b": f16()})
save_case("infinities", node("Sub", "a b", "y"), {"a": values(np.inf, np.inf, -np.inf, 1, 0), "b": values(1, np.inf, -np.inf, np.nan, -0.0)})
