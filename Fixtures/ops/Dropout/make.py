"""Dropout at inference: ratio as attribute and as input, the mask output."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

x = f32(3, 7)
save_case("opset6-is-test", node("Dropout", "x", "y", is_test=1, ratio=0.5), {"x": x}, opset=6, oracle="numpy",
          expected=[x], why="neither oracle runs opset 6")
save_case("opset7", node("Dropout", "x", "y", ratio=0.3), {"x": f32(1, 5, 3, 3)}, opset=7)
save_case("opset10-mask", node("Dropout", "x", "y mask"), {"x": f32(3, 7)}, opset=10, oracle="reference",
          why="ONNX Runtime writes an all-false mask; later versions of the specification say all true")
save_case("opset13", node("Dropout", "x ratio", "y"), {"x": f32(3, 7)}, {"ratio": np.float32(0.5)}, opset=13)
save_case("opset13-not-training", node("Dropout", "x ratio training", "y mask"), {"x": f32(13)},
          {"ratio": np.float32(0.9), "training": np.array(False)}, opset=13)
