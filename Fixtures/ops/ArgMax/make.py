"""ArgMax: axis, keepdims, ties with either rule."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("classes", node("ArgMax", "x", "y", axis=1, keepdims=0), {"x": f32(3, 17)}, opset=13)
save_case("default-axis", node("ArgMax", "x", "y"), {"x": f32(5, 3)}, opset=6)
save_case("negative-axis", node("ArgMax", "x", "y", axis=-2), {"x": f32(2, 7, 3)}, opset=11)
tied = values(1, 3, 3, 0, 2, 2, 1, 2, 0, 0, 0, 0).reshape(3, 4)
save_case("first-of-ties", node("ArgMax", "x", "y", axis=1), {"x": tied}, opset=12)
save_case("last-of-ties", node("ArgMax", "x", "y", axis=1, select_last_index=1), {"x": tied}, opset=12)
save_case("int32", node("ArgMax", "x", "y", axis=0, keepdims=0), {"x": ints(7, 2, type=np.int32)}, opset=13)
