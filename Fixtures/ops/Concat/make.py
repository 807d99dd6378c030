"""Concat: every axis, many inputs, an empty one, integers, shape arithmetic."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, flags, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("channels", node("Concat", "a b", "y", axis=1), {"a": f32(1, 17, 3, 5), "b": f32(1, 7, 3, 5)}, opset=13)
save_case("last-axis-three", node("Concat", "a b c", "y", axis=-1), {"a": f32(2, 3, 1), "b": f32(2, 3, 5), "c": f32(2, 3, 2)}, opset=11)
save_case("first-axis", node("Concat", "a b", "y", axis=0), {"a": f32(3, 5), "b": f32(1, 5)}, opset=6)
save_case("one-input", node("Concat", "a", "y", axis=1), {"a": f32(2, 3)})
save_case("with-empty", node("Concat", "a b c", "y", axis=0), {"a": f32(2, 3), "b": f32(0, 3), "c": f32(1, 3)})
save_case("with-constant", node("Concat", "x c x", "y", axis=1), {"x": f32(1, 2, 3)}, {"c": f32(1, 4, 3)})
save_case("int64", node("Concat", "a b", "y", axis=0), {"a": ints(3), "b": ints(2)})
save_case("float16", node("Concat", "a b", "y", axis=1), {"a": f16(2, 3), "b": f16(2, 5)}, opset=13)
save_case("bool", node("Concat", "a b", "y", axis=0), {"a": flags(3), "b": flags(2)}, opset=13)
