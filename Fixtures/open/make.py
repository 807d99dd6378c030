"""Models with open extents whose results are as long as the data say: the head of a detector."""
import pathlib
import sys

import numpy as np
from onnx import TensorProto

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ops"))
from case import f32, i64, node, suite, values  # noqa: E402

save_case = suite(__file__)


# A head as YOLO's exports have, on pictures of any size: boxes of one grid, whose cells are numbered from what Shape says.
def pictures(*sizes):
    return [{"x": f32(1, 3, *size)} for size in sizes]


first, *more = pictures((48, 48), (24, 96), (33, 57), (8, 8), (130, 42))
save_case(
    "yolo",
    [node("Conv", "x w0", "h0", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]), node("Relu", "h0", "r0"),
     node("Conv", "r0 w1", "h1", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2]), node("Relu", "h1", "r1"),
     node("Conv", "r1 w2", "o"), node("Shape", "o", "s"),
     node("Gather", "s n2", "rows", axis=0), node("Gather", "s n3", "columns", axis=0),
     node("Range", "n0 rows n1", "ys"), node("Range", "n0 columns n1", "xs"),
     node("Unsqueeze", "rows a0", "rows1"), node("Unsqueeze", "columns a0", "columns1"),
     node("Concat", "rows1 columns1", "grid", axis=0), node("Unsqueeze", "ys a1", "y1"), node("Expand", "y1 grid", "yy"),
     node("Expand", "xs grid", "xx"), node("Unsqueeze", "xx a0", "x2"), node("Unsqueeze", "yy a0", "y2"),
     node("Concat", "x2 y2", "cells", axis=0), node("Reshape", "cells two_flat", "places"),
     node("Cast", "places", "centers", to=TensorProto.FLOAT),
     node("Reshape", "o flat", "f"), node("Split", "f parts", "place extent score", axis=1),
     node("Sigmoid", "score", "sc"), node("Tanh", "place", "pt"), node("Add", "pt centers", "c"), node("Exp", "extent", "e"),
     node("Concat", "c e", "b", axis=1), node("Transpose", "b", "bt", perm=[0, 2, 1]),
     node("NonMaxSuppression", "bt sc most overlap least", "picked", center_point_box=1),
     node("Gather", "picked n2", "at", axis=1), node("Gather", "picked n1", "label", axis=1),
     node("Squeeze", "bt a0", "all"), node("Gather", "all at", "boxes"),
     node("Squeeze", "sc a0", "known"), node("Slice", "picked from to axis", "pair"), node("GatherND", "known pair", "scores")],
    first,
    {"w0": f32(8, 3, 3, 3, low=-0.4, high=0.4), "w1": f32(8, 8, 3, 3, low=-0.3, high=0.3), "w2": f32(7, 8, 1, 1, low=-0.6, high=0.6),
     "n0": np.int64(0), "n1": np.int64(1), "n2": np.int64(2), "n3": np.int64(3), "a0": i64(0), "a1": i64(1),
     "flat": i64(1, 7, -1), "two_flat": i64(2, -1), "parts": i64(2, 2, 3), "most": i64(200), "overlap": values(0.35), "least": values(0.7),
     "from": i64(1), "to": i64(3), "axis": i64(1)},
    outputs="boxes label scores", extents={"x": [1, 3, "H", "W"]}, more=more)
