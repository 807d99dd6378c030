"""Size."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Size", "x", "y"), {"x": f32(3, 7)}, opset=6)
save_case("scalar", node("Size", "x", "y"), {"x": f32()}, opset=13)
save_case("empty", node("Size", "x", "y"), {"x": f32(3, 0, 5)}, opset=13)
