"""GlobalAveragePool."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

for name, shape in ("picture", (1, 17, 7, 7)), ("one-pixel", (2, 5, 1, 1)), ("1d", (1, 3, 13)), ("3d", (2, 3, 2, 3, 5)), ("row", (1, 19, 1, 31)):
    save_case(name, node("GlobalAveragePool", "x", "y"), {"x": f32(*shape)}, opset=22 if name == "3d" else 7)
