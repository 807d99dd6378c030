"""Gemm: transposes, alpha and beta, every broadcast of C, C absent."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("classifier", node("Gemm", "x w b", "y", transB=1), {"x": f32(1, 17)}, {"w": f32(10, 17), "b": f32(10)}, opset=13)
save_case("plain", node("Gemm", "a b c", "y"), {"a": f32(3, 5), "b": f32(5, 7), "c": f32(3, 7)}, opset=7)
save_case("both-transposed", node("Gemm", "a b c", "y", transA=1, transB=1), {"a": f32(5, 3), "b": f32(7, 5), "c": f32(1, 7)}, opset=9)
save_case("alpha-beta", node("Gemm", "x w b", "y", alpha=0.25, beta=-1.5), {"x": f32(4, 19)}, {"w": f32(19, 23), "b": f32(4, 1)}, opset=11)
save_case("scalar-c", node("Gemm", "x w b", "y"), {"x": f32(2, 3)}, {"w": f32(3, 5), "b": f32()}, opset=13)
save_case("no-c", node("Gemm", "x w", "y", transB=1), {"x": f32(13, 11)}, {"w": f32(17, 11)}, opset=11)
save_case("beta-zero", node("Gemm", "x w b", "y", beta=0.0), {"x": f32(2, 3)}, {"w": f32(3, 4), "b": f32(4)}, opset=13)
save_case("transA-constant-weights", node("Gemm", "x w b", "y", transA=1), {"x": f32(7, 2)}, {"w": f32(7, 17), "b": f32(17)}, opset=13)
save_case("opset6-broadcast", node("Gemm", "x w b", "y", broadcast=1, transB=1), {"x": f32(2, 3)},
          {"w": f32(5, 3), "b": f32(5)}, opset=6, oracle="reference",
          why="ONNX Runtime begins at opset 7")
