"""ReduceSum: axes as attribute (up to 12) and as input (13 on), keepdims, noop_with_empty_axes, integers."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

op = "ReduceSum"
save_case("axes-attribute", node(op, "x", "y", axes=[1]), {"x": f32(3, 17, 2)}, opset=11)
save_case("no-keepdims", node(op, "x", "y", axes=[0, 2], keepdims=0), {"x": f32(2, 5, 3)}, opset=12)
save_case("axes-input", node(op, "x axes", "y"), {"x": f32(2, 5, 7)}, {"axes": i64(1)}, opset=13)
save_case("all", node(op, "x", "y", keepdims=0), {"x": f32(3, 7)}, opset=13)
save_case("noop", node(op, "x", "y", noop_with_empty_axes=1), {"x": f32(3, 5)}, opset=13)
save_case("int64", node(op, "x axes", "y", keepdims=0), {"x": ints(3, 5)}, {"axes": i64(-1)}, opset=13)
save_case("empty-is-zero", node(op, "x axes", "y"), {"x": f32(2, 0, 3)}, {"axes": i64(1)}, opset=13)
