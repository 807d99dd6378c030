"""Cast: between floats, integers and bool; truncation toward zero; saturating and not is for float 8 only."""
import pathlib
import sys

import numpy as np
from onnx import TensorProto

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, flags, i64, node, suite, values  # noqa: E402

save_case = suite(__file__)

def to(name): return getattr(TensorProto, name)
x = values(-2.7, -1.0, -0.4, 0.0, 0.4, 0.5, 1.5, 2.7, 100.9)
save_case("float-to-int64", node("Cast", "x", "y", to=to("INT64")), {"x": x}, opset=13)
save_case("float-to-int32", node("Cast", "x", "y", to=to("INT32")), {"x": f32(3, 7, low=-1e6, high=1e6)}, opset=9)
save_case("float-to-bool", node("Cast", "x", "y", to=to("BOOL")), {"x": values(0.0, -0.0, 0.1, -3, np.inf)}, opset=6)
save_case("float-to-half", node("Cast", "x", "y", to=to("FLOAT16")), {"x": values(1, 0.1, 65504, 65519, 65520, 1e-8, 6e-8, 5.97e-8, 2049, 2051, -1e9)}, opset=13)
save_case("half-to-float", node("Cast", "x", "y", to=to("FLOAT")), {"x": values(1, 0.1, 65504, 6e-8, -np.inf, type=np.float16)}, opset=13)
save_case("float-to-double", node("Cast", "x", "y", to=to("DOUBLE")), {"x": f32(5)}, opset=13)
save_case("double-to-float", node("Cast", "x", "y", to=to("FLOAT")), {"x": np.array([0.1, 1e-46, 3.5e38, 16777217.0])}, opset=13)
save_case("int64-to-float", node("Cast", "x", "y", to=to("FLOAT")), {"x": i64(0, -1, 16777217, 16777219, 2**62)}, opset=13)
save_case("int64-to-int32", node("Cast", "x", "y", to=to("INT32")), {"x": i64(1, -1, 2**31, 2**32 + 5)}, opset=13)
save_case("bool-to-float", node("Cast", "x", "y", to=to("FLOAT")), {"x": flags(3, 5)}, opset=19)
save_case("uint8-to-float", node("Cast", "x", "y", to=to("FLOAT")), {"x": values(0, 127, 128, 255, type=np.uint8)}, opset=21)
save_case("float-to-uint8", node("Cast", "x", "y", to=to("UINT8")), {"x": values(0, 0.9, 254.9, 255)}, opset=13)
save_case("same-type", node("Cast", "x", "y", to=to("FLOAT")), {"x": f32(3)}, opset=13)
save_case("float-to-bfloat16", [node("Cast", "x", "b", to=to("BFLOAT16")), node("Cast", "b", "y", to=to("FLOAT"))],
          {"x": values(1, 1.00390625, 1.01171875, 3.3e38, 1e-40, -0.1)}, opset=13)
