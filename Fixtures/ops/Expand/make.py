"""Expand: in both directions; a 1 in the shape keeps the input's dimension."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("rows", node("Expand", "x s", "y"), {"x": f32(1, 5)}, {"s": i64(3, 5)}, opset=13)
save_case("keeps-dimension", node("Expand", "x s", "y"), {"x": f32(3, 1, 5)}, {"s": i64(1, 4, 1)}, opset=8)
save_case("adds-dimensions", node("Expand", "x s", "y"), {"x": f32(3, 1)}, {"s": i64(2, 1, 1, 7)})
save_case("lower-rank-shape", node("Expand", "x s", "y"), {"x": f32(2, 3, 1)}, {"s": i64(4)})
save_case("scalar", node("Expand", "x s", "y"), {"x": f32()}, {"s": i64(2, 3)})
save_case("int64", node("Expand", "x s", "y"), {"x": ints(1)}, {"s": i64(5)})
save_case("to-empty", node("Expand", "x s", "y"), {"x": f32(1, 3)}, {"s": i64(0, 3)})
