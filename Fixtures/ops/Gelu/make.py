"""Gelu: exact and tanh forms."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("exact", node("Gelu", "x", "y"), {"x": f32(3, 17, low=-5, high=5)}, opset=20)
save_case("tanh", node("Gelu", "x", "y", approximate="tanh"), {"x": f32(3, 17, low=-5, high=5)}, opset=20)
save_case("wide", node("Gelu", "x", "y"), {"x": values(-20, -6, -1e-6, 0, 1e-6, 6, 20)}, opset=20)
save_case("scalar", node("Gelu", "x", "y", approximate="none"), {"x": f32()}, opset=20)
