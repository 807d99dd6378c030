"""Identity."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, flags, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("float32", node("Identity", "x", "y"), {"x": f32(2, 7)}, opset=13)
save_case("int64", node("Identity", "x", "y"), {"x": ints(5)}, opset=6)
save_case("bool-empty", node("Identity", "x", "y"), {"x": flags(0, 3)}, opset=14)
save_case("chain", [node("Identity", "x", "a"), node("Identity", "a", "b"), node("Neg", "b", "y")], {"x": f32(3)})
save_case("input-is-two-outputs", [node("Identity", "x", "y"), node("Identity", "x", "z")], {"x": f32(3)}, outputs="y z")
save_case("of-constant", [node("Identity", "c", "d"), node("Add", "x d", "y")], {"x": f32(2, 3)}, {"c": f32(3)}, list_initializers=True, ir=3, opset=8)
