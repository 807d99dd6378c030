"""Conv: one and two dimensions, groups, depthwise, dilation, strides, every auto_pad."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

def conv(name, x, w, bias=True, opset=13, oracle="both", why=None, **attributes):
    weights = {"w": f32(*w, low=-1, high=1)} | ({"b": f32(w[0])} if bias else {})
    save_case(name, node("Conv", "x w b" if bias else "x w", "y", **attributes), {"x": f32(*x)}, weights,
              opset=opset, oracle=oracle, why=why)

conv("pointwise", (1, 17, 5, 7), (19, 17, 1, 1), kernel_shape=[1, 1])
conv("pointwise-stride-2", (2, 5, 7, 9), (3, 5, 1, 1), strides=[2, 2])
conv("3x3-padded", (1, 3, 9, 11), (17, 3, 3, 3), pads=[1, 1, 1, 1], opset=11)
conv("3x3-no-bias", (1, 5, 6, 5), (7, 5, 3, 3), bias=False)
conv("3x3-stride-2-first-layer", (1, 3, 17, 19), (16, 3, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1], opset=7)
conv("5x3-uneven-pads", (1, 4, 7, 8), (5, 4, 5, 3), pads=[2, 0, 1, 3])
conv("grouped", (1, 9, 5, 6), (15, 3, 3, 3), group=3, pads=[1, 1, 1, 1])
conv("grouped-pointwise", (1, 12, 3, 5), (8, 3, 1, 1), group=4, bias=False)
conv("depthwise-3x3", (1, 17, 7, 9), (17, 1, 3, 3), group=17, pads=[1, 1, 1, 1])
conv("depthwise-3x3-stride-2", (1, 19, 8, 7), (19, 1, 3, 3), group=19, pads=[1, 1, 1, 1], strides=[2, 2])
conv("depthwise-5x5-dilated", (1, 5, 13, 11), (5, 1, 5, 5), group=5, pads=[4, 4, 4, 4], dilations=[2, 2])
conv("depthwise-multiplier-2", (1, 7, 5, 5), (14, 1, 3, 3), group=7)
conv("dilated", (1, 3, 11, 13), (5, 3, 3, 3), dilations=[2, 3], pads=[2, 3, 2, 3])
conv("same-upper", (1, 3, 7, 8), (5, 3, 3, 2), auto_pad="SAME_UPPER", strides=[2, 2])
conv("same-lower", (1, 3, 7, 8), (5, 3, 4, 3), auto_pad="SAME_LOWER", strides=[2, 2])
conv("valid", (1, 3, 7, 8), (5, 3, 3, 3), auto_pad="VALID", oracle="onnxruntime", why="the reference evaluator pads under VALID")
conv("1d", (2, 7, 19), (11, 7, 5), pads=[2, 1], strides=[2])
conv("1d-depthwise", (1, 13, 17), (13, 1, 3), group=13, pads=[1, 1])
conv("3d", (1, 2, 4, 5, 3), (3, 2, 2, 3, 2))
conv("whole-picture", (1, 17, 5, 5), (10, 17, 5, 5))
conv("padding-wider-than-picture", (1, 2, 1, 1), (3, 2, 3, 3), pads=[1, 1, 1, 1])
conv("batch-3", (3, 5, 4, 4), (17, 5, 3, 3), pads=[1, 1, 1, 1])
save_case("runtime-weights", node("Conv", "x w", "y", pads=[1, 1, 1, 1]), {"x": f32(1, 3, 5, 5), "w": f32(4, 3, 3, 3)}, opset=22)
save_case("listed-initializers", node("Conv", "x w b", "y"), {"x": f32(1, 3, 5, 5)}, {"w": f32(4, 3, 3, 3), "b": f32(4)},
          opset=8, ir=3, list_initializers=True)
