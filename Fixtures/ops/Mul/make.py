"""Mul: broadcasting (also the squeeze-excite gate), integer and half types, the opset 6 broadcast attribute."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("same-shape", node("Mul", "a b", "y"), {"a": f32(3, 23), "b": f32(3, 23)})
save_case("gate", node("Mul", "x g", "y"), {"x": f32(1, 17, 5, 5), "g": f32(1, 17, 1, 1)}, opset=13)
save_case("row", node("Mul", "a b", "y"), {"a": f32(4, 1), "b": f32(1, 9)}, opset=7)
save_case("square", node("Mul", "a a", "y"), {"a": f32(13)})
save_case("int64", node("Mul", "a b", "y"), {"a": ints(2, 5), "b": ints(5)})
save_case("int32", node("Mul", "a b", "y"), {"a": ints(7, type=np.int32), "b": ints(type=np.int32)})
save_case("float16", node("Mul", "a b", "y"), {"a": f16(3, 7), "b": f16(7)})
save_case("infinities", node("Mul", "a b", "y"), {"a": values(np.inf, -np.inf, 0.0, -1, 1e38), "b": values(0, -1, -0.0, 0, 10)})
a, b = f32(2, 3, 4), f32(3)
save_case("opset6-axis", node("Mul", "a b", "y", axis=1, broadcast=1), {"a": a, "b": b}, opset=6, oracle="numpy",
          expected=[a * b[:, None]], why="neither oracle runs the limited broadcasting of opset 6", infer=False)
