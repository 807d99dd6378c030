"""BatchNormalization at inference: alone, after Conv, before Conv, after grouped ConvTranspose, every version."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

def stats(c): return {"s": f32(c, low=0.2), "b": f32(c), "m": f32(c), "v": f32(c, low=0.1)}
bn = "BatchNormalization"
save_case("picture", node(bn, "x s b m v", "y"), {"x": f32(2, 17, 3, 5)}, stats(17), opset=15)
save_case("matrix", node(bn, "x s b m v", "y"), {"x": f32(3, 13)}, stats(13), opset=14)
old = dict(oracle="onnxruntime", why="the reference evaluator computes batch statistics, as in training")
save_case("epsilon", node(bn, "x s b m v", "y", epsilon=0.1), {"x": f32(1, 5, 7)}, stats(5), opset=9, **old)
save_case("one-channel-opset7", node(bn, "x s b m v", "y"), {"x": f32(1, 1, 3, 3)}, stats(1), opset=7, **old)
save_case("opset6-is-test", node(bn, "x s b m v", "y", is_test=1), {"x": f32(1, 3, 2, 2)}, stats(3), opset=6, oracle="reference",
          why="ONNX Runtime begins at opset 7")
save_case("runtime-statistics", node(bn, "x s b m v", "y"), {"x": f32(1, 3, 4), **stats(3)}, opset=15)
save_case("after-conv", [node("Conv", "x w", "c"), node(bn, "c s b m v", "y")], {"x": f32(1, 3, 6, 5)}, {"w": f32(17, 3, 3, 3)} | stats(17), opset=13, **old)
save_case("after-depthwise", [node("Conv", "x w cb", "c", group=7, pads=[1, 1, 1, 1]), node(bn, "c s b m v", "y"), node("Relu", "y", "z")],
          {"x": f32(1, 7, 5, 5)}, {"w": f32(7, 1, 3, 3), "cb": f32(7)} | stats(7), opset=15)
save_case("before-padded-conv", [node(bn, "x s b m v", "n"), node("Conv", "n w", "y", pads=[1, 1, 1, 1])],
          {"x": f32(1, 5, 4, 4)}, {"w": f32(3, 5, 3, 3)} | stats(5), opset=15)
save_case("after-grouped-conv-transpose", [node("ConvTranspose", "x w", "c", group=2, strides=[2, 2]), node(bn, "c s b m v", "y")],
          {"x": f32(1, 4, 3, 3)}, {"w": f32(4, 3, 2, 2)} | stats(6), opset=15,
          oracle="onnxruntime", why="the reference evaluator fails on grouped ConvTranspose")
save_case("after-gemm", [node("Gemm", "x w cb", "c", transB=1), node(bn, "c s b m v", "y")], {"x": f32(2, 5)},
          {"w": f32(11, 5), "cb": f32(11)} | stats(11), opset=15)
save_case("empty-picture", node(bn, "x s b m v", "y"), {"x": f32(2, 5, 0, 3)}, stats(5), opset=15)
