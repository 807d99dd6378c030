"""Tile."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Tile", "x r", "y"), {"x": f32(2, 3)}, {"r": i64(2, 3)}, opset=13)
save_case("one-axis", node("Tile", "x r", "y"), {"x": f32(1, 5, 2)}, {"r": i64(1, 1, 4)}, opset=6)
save_case("nothing", node("Tile", "x r", "y"), {"x": f32(3, 2)}, {"r": i64(1, 1)})
save_case("zero-times", node("Tile", "x r", "y"), {"x": f32(3, 2)}, {"r": i64(0, 2)})
save_case("int64", node("Tile", "x r", "y"), {"x": ints(3)}, {"r": i64(3)})
