"""PRelu: slope per channel, single, full, per row."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("channel", node("PRelu", "x s", "y"), {"x": f32(1, 17, 3, 5)}, {"s": f32(17, 1, 1)}, opset=16)
save_case("single", node("PRelu", "x s", "y"), {"x": f32(3, 7)}, {"s": f32(1)}, opset=9)
save_case("full", node("PRelu", "x s", "y"), {"x": f32(3, 7)}, {"s": f32(3, 7)}, opset=7)
save_case("row", node("PRelu", "x s", "y"), {"x": f32(3, 7)}, {"s": f32(7)})
save_case("runtime-slope", node("PRelu", "x s", "y"), {"x": f32(2, 5, 1, 3), "s": f32(5, 1, 1)})
save_case("opset6-channel", node("PRelu", "x s", "y"), {"x": f32(2, 5, 3)}, {"s": f32(5)}, opset=6, oracle="reference",
          why="ONNX Runtime begins at opset 7; before that the slope follows axis 1")
