"""MaxPool: ceil_mode, dilations, padding, auto_pad, one dimension, the index output."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite  # noqa: E402

save_case = suite(__file__)

def pool(name, x, opset=12, oracle="both", why=None, **attributes):
    save_case(name, node("MaxPool", "x", "y", **attributes), {"x": f32(*x)}, opset=opset, oracle=oracle, why=why)

pool("2x2", (1, 17, 6, 8), kernel_shape=[2, 2], strides=[2, 2])
pool("3x3-stride-2", (1, 5, 13, 11), kernel_shape=[3, 3], strides=[2, 2])
pool("3x3-stride-2-ceil", (1, 5, 12, 10), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
pool("ceil-window-in-padding", (1, 2, 5, 5), kernel_shape=[2, 2], strides=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1, opset=22)
pool("padded", (2, 3, 7, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], opset=8)
pool("stride-1-default", (1, 3, 5, 4), kernel_shape=[3, 2], opset=7)
pool("dilated", (1, 3, 9, 9), kernel_shape=[3, 3], dilations=[2, 3], opset=10)
pool("same-upper", (1, 3, 7, 8), kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER")
pool("same-lower", (1, 3, 7, 8), kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_LOWER", oracle="onnxruntime",
     why="the reference evaluator's output is not ceil(input / stride)")
pool("1d", (2, 3, 13), kernel_shape=[4], strides=[3], pads=[1, 2])
pool("negative-padded", (1, 1, 1, 1), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
save_case("int8", node("MaxPool", "x", "y", kernel_shape=[2, 2], strides=[1, 2]), {"x": ints(1, 3, 4, 6, type=np.int8)}, opset=12)
save_case("indices", node("MaxPool", "x", "y i", kernel_shape=[2, 2], strides=[2, 2]), {"x": f32(1, 2, 4, 6)}, opset=12)
