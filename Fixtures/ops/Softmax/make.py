"""Softmax: flattening up to opset 12, one axis from 13 on."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("last-axis", node("Softmax", "x", "y"), {"x": f32(3, 17)}, opset=13)
save_case("axis-1-of-4", node("Softmax", "x", "y", axis=1), {"x": f32(2, 7, 3, 5)}, opset=13)
save_case("axis-0", node("Softmax", "x", "y", axis=0), {"x": f32(5, 3)}, opset=17)
save_case("negative-axis", node("Softmax", "x", "y", axis=-2), {"x": f32(2, 5, 3)}, opset=13)
save_case("large-logits", node("Softmax", "x", "y"), {"x": values(1000, 999, -1000, 88, 0).reshape(1, 5)}, opset=13)
save_case("one-class", node("Softmax", "x", "y"), {"x": f32(4, 1)}, opset=13)
old = dict(oracle="onnxruntime", why="the reference evaluator has only the form of opset 13; before that, the dimensions from axis on are flattened")
save_case("opset11-flattens", node("Softmax", "x", "y"), {"x": f32(2, 3, 5)}, opset=11, **old)
save_case("opset8-axis-2", node("Softmax", "x", "y", axis=2), {"x": f32(2, 3, 5, 2)}, opset=8, **old)
save_case("opset11-axis-0", node("Softmax", "x", "y", axis=0), {"x": f32(3, 4)}, opset=11, **old)
save_case("opset11-negative-axis", node("Softmax", "x", "y", axis=-1), {"x": f32(2, 3, 5)}, opset=11)
save_case("opset9-matrix", node("Softmax", "x", "y", axis=1), {"x": f32(1, 10)}, opset=9)
