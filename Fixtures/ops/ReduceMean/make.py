"""ReduceMean: axes as attribute (up to 17) and as input (18 on), keepdims, noop_with_empty_axes."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, node, suite  # noqa: E402

save_case = suite(__file__)

op = "ReduceMean"
save_case("global-pool", node(op, "x", "y", axes=[2, 3]), {"x": f32(1, 17, 5, 7)}, opset=13)
save_case("no-keepdims", node(op, "x", "y", axes=[2, 3], keepdims=0), {"x": f32(2, 5, 3, 4)}, opset=11)
save_case("negative-axis", node(op, "x", "y", axes=[-1]), {"x": f32(3, 5, 13)}, opset=17)
save_case("all", node(op, "x", "y", keepdims=0), {"x": f32(3, 7)}, opset=8)
save_case("axes-input", node(op, "x axes", "y", keepdims=1), {"x": f32(1, 17, 3, 5)}, {"axes": i64(-1, -2)}, opset=18)
save_case("first-axis", node(op, "x axes", "y", keepdims=0), {"x": f32(7, 3, 2)}, {"axes": i64(0)}, opset=18)
save_case("noop", node(op, "x", "y", noop_with_empty_axes=1), {"x": f32(3, 5)}, opset=18)
save_case("empty-axes-reduce-all", node(op, "x axes", "y"), {"x": f32(3, 5)}, {"axes": i64()}, opset=18)
