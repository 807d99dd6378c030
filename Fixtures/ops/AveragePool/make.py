"""AveragePool: count_include_pad, ceil_mode, auto_pad, dilations."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

def pool(name, x, opset=11, oracle="both", why=None, **attributes):
    save_case(name, node("AveragePool", "x", "y", **attributes), {"x": f32(*x)}, opset=opset, oracle=oracle, why=why)

pool("2x2", (1, 17, 6, 8), kernel_shape=[2, 2], strides=[2, 2])
pool("3x3-padded-excluded", (1, 5, 7, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
pool("3x3-padded-included", (1, 5, 7, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
pool("ceil", (1, 3, 8, 7), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, opset=19)
pool("ceil-padded-included", (1, 3, 8, 7), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 0, 0], ceil_mode=1, count_include_pad=1, opset=19)
pool("same-upper", (1, 3, 7, 8), kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER")
pool("same-lower", (1, 3, 7, 8), kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_LOWER", opset=7)
pool("dilated", (1, 3, 9, 9), kernel_shape=[2, 3], dilations=[2, 2], opset=19)
pool("1d", (2, 3, 13), kernel_shape=[4], strides=[3], pads=[1, 2])
pool("whole-picture", (1, 19, 7, 7), kernel_shape=[7, 7], opset=10)
