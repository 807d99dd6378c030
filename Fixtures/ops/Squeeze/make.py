"""Squeeze: axes as attribute (up to 12), as input (13 on), absent."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("attribute", node("Squeeze", "x", "y", axes=[0, 2]), {"x": f32(1, 3, 1, 5)}, opset=11)
save_case("input", node("Squeeze", "x axes", "y"), {"x": f32(1, 17, 1, 1)}, {"axes": i64(-1, 2)}, opset=13)
save_case("all-ones", node("Squeeze", "x", "y"), {"x": f32(1, 3, 1)}, opset=13)
save_case("all-ones-opset6", node("Squeeze", "x", "y"), {"x": f32(1, 1, 2)}, opset=6)
save_case("to-scalar", node("Squeeze", "x axes", "y"), {"x": ints(1)}, {"axes": i64(0)}, opset=13)
