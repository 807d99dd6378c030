"""Upsample 7 (scales as attribute) and 9 (as input); deprecated by Resize."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite, values  # noqa: E402

save_case = suite(__file__)

def case(name, x, scales, opset, mode, **oracle):
    attributes = {"mode": mode} | ({"scales": scales} if opset < 9 else {})
    save_case(name, node("Upsample", "x" if opset < 9 else "x s", "y", **attributes), {"x": x}, {} if opset < 9 else {"s": values(*scales)}, opset=opset, **oracle)

alone = dict(oracle="onnxruntime", why="the reference evaluator has only nearest by whole factors, given as an input")
case("nearest-7", f32(1, 3, 3, 5), [1.0, 1.0, 2.0, 2.0], 7, "nearest", **alone)
case("nearest-9", f32(1, 5, 2, 3), [1.0, 1.0, 2.0, 3.0], 9, "nearest")
case("linear-9", f32(1, 2, 3, 4), [1.0, 1.0, 2.0, 2.0], 9, "linear", **alone)
case("fractional-9", f32(1, 2, 3, 5), [1.0, 1.0, 1.5, 1.7], 9, "nearest", **alone)
