"""Flatten."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite  # noqa: E402

save_case = suite(__file__)

for name, axis, opset in ("default", None, 6), ("axis-0", 0, 9), ("axis-2", 2, 9), ("last", 4, 13), ("negative", -1, 11):
    save_case(name, node("Flatten", "x", "y", **({} if axis is None else {"axis": axis})), {"x": f32(2, 3, 5, 1)}, opset=opset)
save_case("scalar", node("Flatten", "x", "y", axis=0), {"x": f32()}, opset=13)
save_case("int64", node("Flatten", "x", "y"), {"x": ints(2, 2, 3)}, opset=13)
