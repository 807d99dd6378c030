"""Transpose: default reversal, layouts, channel shuffle, size-one dimensions."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("reverse", node("Transpose", "x", "y"), {"x": f32(2, 3, 5)}, opset=13)
save_case("to-channels-last", node("Transpose", "x", "y", perm=[0, 2, 3, 1]), {"x": f32(1, 17, 3, 5)}, opset=6)
save_case("to-channels-first", node("Transpose", "x", "y", perm=[0, 3, 1, 2]), {"x": f32(2, 3, 5, 7)})
save_case("rank-5", node("Transpose", "x", "y", perm=[0, 2, 1, 4, 3]), {"x": f32(1, 2, 5, 3, 4)})
save_case("int64", node("Transpose", "x", "y", perm=[1, 0]), {"x": ints(3, 5)})
save_case("float16", node("Transpose", "x", "y", perm=[1, 2, 0]), {"x": f16(2, 3, 4)})
save_case("pair-cancels", [node("Transpose", "x", "a", perm=[0, 2, 3, 1]), node("Relu", "a", "b"), node("Transpose", "b", "y", perm=[0, 3, 1, 2])], {"x": f32(1, 5, 3, 2)})
save_case("channel-shuffle",
          [node("Reshape", "x split", "a"), node("Transpose", "a", "b", perm=[0, 2, 1, 3, 4]), node("Reshape", "b merge", "y")],
          {"x": f32(1, 12, 3, 5)}, {"split": i64(1, 3, 4, 3, 5), "merge": i64(1, -1, 3, 5)})
save_case("scalar", node("Transpose", "x", "y"), {"x": f32()})
save_case("empty", node("Transpose", "x", "y", perm=[1, 0]), {"x": f32(0, 3)})
