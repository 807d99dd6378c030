"""Split: equal, attribute (up to 12), input (13 on), num_outputs with an uneven last part (18 on)."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("equal", node("Split", "x", "a b", axis=1), {"x": f32(1, 8, 3, 3)}, opset=11, outputs="a b")
save_case("attribute", node("Split", "x", "a b c", axis=0, split=[1, 4, 2]), {"x": f32(7, 3)}, opset=6)
save_case("input", node("Split", "x parts", "a b", axis=-1), {"x": f32(2, 11)}, {"parts": i64(4, 7)}, opset=13)
save_case("equal-13", node("Split", "x", "a b c", axis=1), {"x": f32(2, 9)}, opset=13)
save_case("uneven-num-outputs", node("Split", "x", "a b c", axis=0, num_outputs=3), {"x": f32(7, 2)}, opset=18)
save_case("zero-part", node("Split", "x parts", "a b", axis=0), {"x": f32(3, 2)}, {"parts": i64(0, 3)}, opset=13)
save_case("int64", node("Split", "x", "a b", axis=0), {"x": ints(6)}, opset=13)
save_case("one-output", node("Split", "x", "a", axis=1, num_outputs=1), {"x": f32(2, 5)}, opset=18)
save_case("one-half-unused", [node("Split", "x", "a b", axis=1), node("Relu", "b", "y")], {"x": f32(1, 10, 2, 2)}, opset=13)
