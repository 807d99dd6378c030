"""MatMul: matrices, vectors, batches that broadcast."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("matrices", node("MatMul", "a b", "y"), {"a": f32(3, 17), "b": f32(17, 5)}, opset=13)
save_case("constant", node("MatMul", "x w", "y"), {"x": f32(2, 7, 19)}, {"w": f32(19, 23)}, opset=9)
save_case("batched", node("MatMul", "a b", "y"), {"a": f32(2, 3, 5, 7), "b": f32(2, 3, 7, 4)})
save_case("batch-broadcast", node("MatMul", "a b", "y"), {"a": f32(3, 1, 2, 5), "b": f32(4, 5, 3)})
save_case("vector-matrix", node("MatMul", "a b", "y"), {"a": f32(7), "b": f32(7, 5)})
save_case("matrix-vector", node("MatMul", "a b", "y"), {"a": f32(3, 2, 7), "b": f32(7)})
save_case("dot", node("MatMul", "a b", "y"), {"a": f32(31), "b": f32(31)})
save_case("one-row", node("MatMul", "x w", "y"), {"x": f32(1, 257)}, {"w": f32(257, 3)})
save_case("with-bias", [node("MatMul", "x w", "m"), node("Add", "m b", "y")], {"x": f32(5, 13)}, {"w": f32(13, 17), "b": f32(17)})
save_case("int32", node("MatMul", "a b", "y"), {"a": ints(3, 4, type=np.int32), "b": ints(4, 2, type=np.int32)})
save_case("empty-k", node("MatMul", "a b", "y"), {"a": f32(3, 0), "b": f32(0, 2)})
