"""ConvTranspose: strides, groups, output_padding, output_shape, auto_pad."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

def up(name, x, w, bias=True, oracle="both", why=None, **attributes):
    weights = {"w": f32(*w, low=-1, high=1)} | ({"b": f32(w[1] * attributes.get("group", 1))} if bias else {})
    save_case(name, node("ConvTranspose", "x w b" if bias else "x w", "y", **attributes), {"x": f32(*x)}, weights,
              opset=11, oracle=oracle, why=why)

grouped = dict(oracle="onnxruntime", why="the reference evaluator fails on grouped weights with more than one channel")
up("3x3", (1, 3, 5, 4), (3, 7, 3, 3))
up("2x2-stride-2", (1, 5, 4, 3), (5, 17, 2, 2), strides=[2, 2])
up("4x4-stride-2-pad-1", (1, 3, 4, 5), (3, 5, 4, 4), strides=[2, 2], pads=[1, 1, 1, 1])
up("output-padding", (1, 3, 4, 5), (3, 2, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
up("output-shape", (1, 2, 3, 3), (2, 3, 3, 3), strides=[3, 2], output_shape=[10, 8])
up("dilated-no-bias", (1, 2, 4, 3), (2, 3, 2, 2), bias=False, dilations=[2, 2])
up("uneven-pads", (1, 2, 5, 5), (2, 3, 3, 3), pads=[1, 0, 2, 1], strides=[2, 3])
up("grouped", (1, 6, 3, 4), (6, 2, 3, 3), group=3, strides=[2, 2], pads=[1, 1, 1, 1], **grouped)
up("depthwise", (1, 5, 3, 3), (5, 1, 4, 4), group=5, strides=[2, 2], pads=[1, 1, 1, 1], bias=False)
up("1d", (2, 3, 7), (3, 5, 3), strides=[2])
up("same-upper", (1, 2, 4, 4), (2, 3, 3, 3), strides=[2, 2], auto_pad="SAME_UPPER")
