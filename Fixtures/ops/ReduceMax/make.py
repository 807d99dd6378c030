"""ReduceMax: axes as attribute and as input, keepdims, integers."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

op = "ReduceMax"
save_case("axes-attribute", node(op, "x", "y", axes=[2, 3]), {"x": f32(1, 17, 3, 5, high=-0.5)}, opset=13)
save_case("no-keepdims", node(op, "x", "y", axes=[-1], keepdims=0), {"x": f32(2, 5, 3)}, opset=11)
save_case("all", node(op, "x", "y", keepdims=0), {"x": f32(3, 7)}, opset=12)
save_case("axes-input", node(op, "x axes", "y"), {"x": f32(2, 5, 7)}, {"axes": i64(0, 2)}, opset=18)
save_case("int64", node(op, "x axes", "y", keepdims=0), {"x": ints(3, 5)}, {"axes": i64(1)}, opset=18)
