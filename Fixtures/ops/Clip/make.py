"""Clip: bounds as attributes (6), as inputs (11 and later), one bound, none, integers, min above max."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("opset6-relu6", node("Clip", "x", "y", min=0.0, max=6.0), {"x": f32(1, 17, 3, 5, low=-4, high=10)}, opset=6)
save_case("opset10-min-only", node("Clip", "x", "y", min=-1.0), {"x": f32(19)}, opset=10)
save_case("opset6-defaults", node("Clip", "x", "y"), {"x": f32(7)}, opset=6)
save_case("opset11", node("Clip", "x lo hi", "y"), {"x": f32(3, 7)}, {"lo": np.float32(-1), "hi": np.float32(1.5)}, opset=11)
save_case("max-only", node("Clip", "x _ hi", "y"), {"x": f32(13)}, {"hi": np.float32(0.5)}, opset=13)
save_case("min-only", node("Clip", "x lo", "y"), {"x": f32(13)}, {"lo": np.float32(0)}, opset=13)
save_case("no-bounds", node("Clip", "x", "y"), {"x": f32(5)}, opset=13)
save_case("int64", node("Clip", "x lo hi", "y"), {"x": ints(3, 5)}, {"lo": np.int64(-2), "hi": np.int64(4)}, opset=13)
save_case("min-above-max", node("Clip", "x lo hi", "y"), {"x": f32(9)}, {"lo": np.float32(2), "hi": np.float32(-2)}, opset=13)
save_case("float16", node("Clip", "x lo hi", "y"), {"x": f16(11)}, {"lo": np.float16(0), "hi": np.float16(2)}, opset=13)
save_case("constant-node-bounds",
          [node("Constant", "", "lo", value_float=0.0), node("Constant", "", "hi", value_float=6.0), node("Clip", "x lo hi", "y")],
          {"x": f32(1, 3, 5, 5, low=-3, high=9)}, opset=18)
