"""Slice: attributes (up to 9), inputs (10 on), negative indices and steps, clamping."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

def cut(name, x, starts, ends, axes=None, steps=None, opset=13, type=np.int64):
    parts = {"starts": starts, "ends": ends} | ({"axes": axes} if axes else {}) | ({"steps": steps} if steps else {})
    slots = "starts ends" + (" axes" if axes else " _" if steps else "") + (" steps" if steps else "")
    save_case(name, node("Slice", "x " + slots, "y"), {"x": x}, {k: values(*v, type=type) for k, v in parts.items()}, opset=opset)

save_case("opset9-attributes", node("Slice", "x", "y", starts=[1, -3], ends=[3, 1000], axes=[0, 2]), {"x": f32(4, 2, 7)}, opset=9)
save_case("opset6-no-axes", node("Slice", "x", "y", starts=[0, 1], ends=[2, -1]), {"x": f32(3, 5, 2)}, opset=6)
cut("leading-axes", f32(5, 7), [1, 2], [4, 6], opset=10)
cut("axis", f32(1, 17, 3, 3), [3], [11], [1])
cut("negative", f32(5, 7), [-3, -100], [-1, 3], [-2, -1])
cut("clamped", f32(3, 5), [0], [2**63 - 1], [1])
cut("step-2", f32(2, 9, 3), [1], [8], [1], [3])
cut("reversed", f32(3, 7), [-1], [-(2**63)], [1], [-1])
cut("backwards-by-2", f32(11), [9], [2], [0], [-2])
cut("empty-result", f32(3, 5), [4], [2], [1])
cut("steps-without-axes", f32(6, 6), [0, 5], [6, 0], None, [2, -3])
cut("int32-indices", ints(4, 6), [1], [3], [0], type=np.int32)
