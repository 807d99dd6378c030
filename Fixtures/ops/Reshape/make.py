"""Reshape: 0 copies, -1 is computed, allowzero, to and from scalars, shape computed in the graph."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("plain", node("Reshape", "x s", "y"), {"x": f32(2, 3, 5)}, {"s": i64(5, 6)}, opset=13)
save_case("zero-copies", node("Reshape", "x s", "y"), {"x": f32(2, 3, 5)}, {"s": i64(0, 15)}, opset=6)
save_case("minus-one", node("Reshape", "x s", "y"), {"x": f32(1, 17, 2, 3)}, {"s": i64(0, -1)}, opset=9)
save_case("allowzero", node("Reshape", "x s", "y", allowzero=1), {"x": f32(0, 3)}, {"s": i64(3, 0, 7)}, opset=14)
save_case("to-scalar", node("Reshape", "x s", "y"), {"x": f32(1, 1)}, {"s": i64()}, opset=13)
save_case("from-scalar", node("Reshape", "x s", "y"), {"x": f32()}, {"s": i64(1, 1)}, opset=13)
save_case("int64", node("Reshape", "x s", "y"), {"x": ints(12)}, {"s": i64(3, -1)}, opset=21)
save_case("computed-shape",
          [node("Shape", "x", "d"), node("Gather", "d zero", "n"), node("Unsqueeze", "n", "n1", axes=[0]),
           node("Concat", "n1 rest", "s", axis=0), node("Reshape", "x s", "y")],
          {"x": f32(3, 2, 5)}, {"zero": np.int64(0), "rest": i64(-1)}, opset=11)
