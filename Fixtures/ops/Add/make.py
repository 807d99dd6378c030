"""Add: broadcasting in every form, integer and half types, the opset 6 broadcast attribute."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("same-shape", node("Add", "a b", "y"), {"a": f32(3, 17), "b": f32(3, 17)})
save_case("scalar", node("Add", "a b", "y"), {"a": f32(2, 7), "b": f32()})
save_case("both-broadcast", node("Add", "a b", "y"), {"a": f32(5, 1, 13), "b": f32(1, 7, 1)}, opset=7)
save_case("channel-constant", node("Add", "x c", "y"), {"x": f32(1, 17, 5, 3)}, {"c": f32(17, 1, 1)}, opset=13)
save_case("lower-rank-first", node("Add", "a b", "y"), {"a": f32(11), "b": f32(2, 3, 11)})
save_case("empty", node("Add", "a b", "y"), {"a": f32(0, 4), "b": f32(1, 4)})
save_case("int64-wraps", node("Add", "a b", "y"), {"a": i64(2**63 - 1, -5, 7), "b": i64(1, 5, -8)})
save_case("int32", node("Add", "a b", "y"), {"a": ints(3, 5, type=np.int32), "b": ints(5, type=np.int32)})
save_case("float16", node("Add", "a b", "y"), {"a": f16(3, 17), "b": f16(3, 1)})
a, b = f32(2, 3, 4, 5), f32(3, 4)
save_case("opset6-axis", node("Add", "a b", "y", axis=1, broadcast=1), {"a": a, "b": b}, opset=6, oracle="numpy",
          expected=[a + b[:, :, None]], why="neither oracle runs the limited broadcasting of opset 6", ir=3, infer=False)
