"""LogSoftmax: flattening up to opset 12, one axis from 13 on."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("last-axis", node("LogSoftmax", "x", "y"), {"x": f32(3, 17)}, opset=13)
save_case("axis-1-of-4", node("LogSoftmax", "x", "y", axis=1), {"x": f32(2, 7, 3, 5)}, opset=13)
save_case("large-logits", node("LogSoftmax", "x", "y"), {"x": values(1000, 999, -1000, 88, 0).reshape(1, 5)}, opset=13, oracle="onnxruntime",
          why="the reference evaluator takes the logarithm of an underflowed zero")
save_case("opset11-flattens", node("LogSoftmax", "x", "y"), {"x": f32(2, 3, 5)}, opset=11, oracle="onnxruntime",
          why="the reference evaluator has only the form of opset 13; before that, the dimensions from axis on are flattened")
save_case("opset9-matrix", node("LogSoftmax", "x", "y", axis=1), {"x": f32(2, 10)}, opset=9)
