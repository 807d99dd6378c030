"""Pad: attribute (up to 10) and inputs (11 on), constant, reflect and edge, negative pads, axes (18 on)."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)

def pad(name, x, pads, opset=13, value=None, axes=None, mode=None, **oracle):
    more = {"p": i64(*pads)} | ({"v": value} if value is not None else {}) | ({"axes": axes} if axes is not None else {})
    slots = "p" + (" v" if value is not None else " _" if axes is not None else "") + (" axes" if axes is not None else "")
    save_case(name, node("Pad", "x " + slots, "y", **({"mode": mode} if mode else {})), {"x": x}, more, opset=opset, **oracle)

save_case("opset6-attribute", node("Pad", "x", "y", pads=[0, 0, 1, 1, 0, 0, 1, 1], value=1.5), {"x": f32(1, 3, 3, 5)}, opset=6)
save_case("opset9-reflect", node("Pad", "x", "y", mode="reflect", pads=[0, 2, 0, 1]), {"x": f32(2, 5)}, opset=9)
pad("constant-zero", f32(1, 17, 3, 5), [0, 0, 1, 1, 0, 0, 1, 1], opset=11)
pad("constant-value", f32(3, 5), [1, 0, 2, 3], value=np.float32(-7))
pad("minus-infinity", f32(1, 2, 3, 3), [0, 0, 1, 1, 0, 0, 1, 1], value=np.float32(-np.inf))
pad("reflect", f32(1, 2, 4, 5), [0, 0, 3, 2, 0, 0, 1, 4], mode="reflect")
pad("edge", f32(1, 2, 3, 4), [0, 0, 2, 5, 0, 0, 1, 3], mode="edge")
pad("negative", f32(5, 7), [-1, 2, 1, -3], oracle="onnxruntime", why="the reference evaluator refuses negative pads")
pad("channels", f32(1, 5, 3, 3), [0, 3, 0, 0, 0, 4, 0, 0])
pad("axes", f32(2, 3, 5), [1, 2, 3, 4], opset=18, axes=i64(-1, 0))
pad("int64", ints(3), [1, 2], value=np.int64(9))
pad("wrap", f32(2, 5), [0, 3, 0, 2], opset=19, mode="wrap")
save_case("before-conv", [node("Pad", "x p", "a"), node("Conv", "a w", "y", strides=[2, 2])], {"x": f32(1, 3, 6, 6)},
          {"p": i64(0, 0, 0, 0, 0, 0, 1, 1), "w": f32(5, 3, 3, 3)}, opset=13)
