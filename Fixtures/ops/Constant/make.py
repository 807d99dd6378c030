"""Constant: every attribute form but strings, which no tensor operator here takes."""
import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

def used(name, opset, value_type, **attribute):
    x = ints(2, 3) if value_type == "int" else f32(2, 3)
    save_case(name, [node("Constant", "", "c", **attribute), node("Add", "x c", "y")], {"x": x}, opset=opset)

used("value", 9, "float", value=numpy_helper.from_array(f32(3), "c"))
used("value-typed-field", 7, "float", value=helper.make_tensor("c", TensorProto.FLOAT, [3], [0.5, -1.0, 2.25]))
used("value-int64-typed-field", 13, "int", value=helper.make_tensor("c", TensorProto.INT64, [3], [5, -1, 2**40]))
used("value-float", 12, "float", value_float=0.75)
used("value-floats", 13, "float", value_floats=[1.0, -2.0, 0.5])
used("value-int", 12, "int", value_int=-7)
used("value-ints", 21, "int", value_ints=[1, 2, 3])
sparse = helper.make_sparse_tensor(helper.make_tensor("v", TensorProto.FLOAT, [2], [3.0, -4.0]), helper.make_tensor("i", TensorProto.INT64, [2], [1, 5]), [2, 3])
x = f32(2, 3)
save_case("sparse-value", [node("Constant", "", "c", sparse_value=sparse), node("Add", "x c", "y")], {"x": x}, opset=13, oracle="numpy",
          expected=[x + values(0, 3, 0, 0, 0, -4).reshape(2, 3)], why="the reference evaluator keeps the constant sparse", infer=False)
half = helper.make_tensor("c", TensorProto.FLOAT16, [2], values(1.5, -0.1, type=np.float16).tobytes(), raw=True)
save_case("float16", [node("Constant", "", "c", value=half), node("Mul", "x c", "y")], {"x": f16(3, 2)}, opset=13)
bits = helper.make_tensor("c", TensorProto.FLOAT16, [2], [1.5, -0.1])
save_case("float16-in-int32-field", [node("Constant", "", "c", value=bits), node("Mul", "x c", "y")], {"x": f16(3, 2)}, opset=13)
save_case("only-output", node("Constant", "", "y", value=numpy_helper.from_array(f32(2, 2), "c")), {}, opset=13)
