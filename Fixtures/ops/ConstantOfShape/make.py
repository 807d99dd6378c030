"""ConstantOfShape: default zero, other types and values, empty shape."""
import pathlib
import sys

import numpy as np
from onnx import helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, node, suite, values  # noqa: E402

save_case = suite(__file__)

def fill(a): return numpy_helper.from_array(a, "value")
save_case("default", node("ConstantOfShape", "s", "y"), {}, {"s": i64(2, 3)}, opset=9)
save_case("int64", node("ConstantOfShape", "s", "y", value=fill(i64(7))), {}, {"s": i64(5)}, opset=9)
save_case("bool", node("ConstantOfShape", "s", "y", value=fill(np.array([True]))), {}, {"s": i64(2, 2)}, opset=20)
save_case("scalar", node("ConstantOfShape", "s", "y", value=fill(values(2.5))), {}, {"s": i64()}, opset=9)
save_case("empty", node("ConstantOfShape", "s", "y"), {}, {"s": i64(0, 3)}, opset=9)
save_case("of-input-shape", [node("Shape", "x", "s"), node("ConstantOfShape", "s", "o", value=fill(values(1.0))), node("Add", "x o", "y")],
          {"x": f32(3, 5)}, opset=13)
