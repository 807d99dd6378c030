"""Shape: whole, and a range of dimensions (15 on)."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("whole", node("Shape", "x", "y"), {"x": f32(2, 3, 5)}, opset=6)
save_case("scalar", node("Shape", "x", "y"), {"x": f32()}, opset=13)
save_case("start-end", node("Shape", "x", "y", start=1, end=3), {"x": f32(2, 3, 5, 7)}, opset=15)
save_case("negative", node("Shape", "x", "y", start=-2), {"x": f32(2, 3, 5)}, opset=15)
save_case("clamped", node("Shape", "x", "y", start=-9, end=9), {"x": f32(2, 3)}, opset=15)
save_case("nothing", node("Shape", "x", "y", start=2, end=1), {"x": f32(2, 3)}, opset=15)
save_case("empty-dimension", node("Shape", "x", "y"), {"x": f32(2, 0)}, opset=21)
