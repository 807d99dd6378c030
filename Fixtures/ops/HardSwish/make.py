"""HardSwish."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("picture", node("HardSwish", "x", "y"), {"x": f32(1, 17, 3, 5, low=-5, high=5)}, opset=14)
save_case("edges", node("HardSwish", "x", "y"), {"x": values(-3, 3, -3.0001, 3.0001, 0, -0.0, -1.5)}, opset=20)
save_case("opset22", node("HardSwish", "x", "y"), {"x": f32(13, low=-9, high=9)}, opset=22)
