"""Unsqueeze: axes as attribute (up to 12) and as input (13 on), negative, unordered."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("attribute", node("Unsqueeze", "x", "y", axes=[0, 3]), {"x": f32(3, 5)}, opset=11)
save_case("input", node("Unsqueeze", "x axes", "y"), {"x": f32(17)}, {"axes": i64(1, 2)}, opset=13)
save_case("negative", node("Unsqueeze", "x axes", "y"), {"x": f32(2, 3)}, {"axes": i64(-1, -3)}, opset=13)
save_case("unordered", node("Unsqueeze", "x axes", "y"), {"x": f32(2, 3)}, {"axes": i64(3, 0)}, opset=21)
save_case("scalar", node("Unsqueeze", "x axes", "y"), {"x": ints()}, {"axes": i64(0)}, opset=13)
