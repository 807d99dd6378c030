"""Gather: axes, index ranks, negative indices, integers and halves, empty indices."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f16, f32, i64, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("rows", node("Gather", "x i", "y"), {"x": f32(7, 3)}, {"i": i64(6, 0, 0, 3)}, opset=13)
save_case("axis-1", node("Gather", "x i", "y", axis=1), {"x": f32(2, 5, 3)}, {"i": i64(4, 1)}, opset=11)
save_case("matrix-of-indices", node("Gather", "x i", "y", axis=-1), {"x": f32(3, 5)}, {"i": ints(2, 3, low=0, high=5)})
save_case("scalar-index", node("Gather", "x i", "y", axis=0), {"x": f32(4, 3)}, {"i": np.int64(2)})
save_case("negative-indices", node("Gather", "x i", "y", axis=0), {"x": f32(5, 2)}, {"i": i64(-1, -5, 2)}, opset=13)
save_case("int32-indices", node("Gather", "x i", "y", axis=1), {"x": f32(2, 3)}, {"i": values(2, 0, type=np.int32)}, opset=6)
save_case("runtime-indices", node("Gather", "x i", "y"), {"x": f32(11, 3), "i": ints(5, low=0, high=11)})
save_case("int64-data", node("Gather", "x i", "y"), {"x": ints(6)}, {"i": i64(5, 1)})
save_case("float16-data", node("Gather", "x i", "y", axis=1), {"x": f16(2, 7)}, {"i": i64(6, 6, 0)})
save_case("no-indices", node("Gather", "x i", "y"), {"x": f32(3, 2)}, {"i": i64()}, oracle="onnxruntime",
          why="the reference evaluator forgets the other dimensions")
