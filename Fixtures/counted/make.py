"""Models whose results are as long as the data say: operators alone, what follows from their lengths, and two detectors' heads."""
import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ops"))
from case import f16, f32, flags, i64, ints, node, suite, values  # noqa: E402

save_case = suite(__file__)


def sparse(*shape):
    """Numbers of which most are zero."""
    return f32(*shape) * (f32(*shape) > 1.5)


# What is not zero.
save_case("non-zero", node("NonZero", "x", "y"), {"x": sparse(5, 7)})
save_case("non-zero-none", node("NonZero", "x", "y"), {"x": np.zeros((3, 4), np.float32)})
save_case("non-zero-all", node("NonZero", "x", "y"), {"x": np.ones((2, 3, 2), np.int64)})
save_case("non-zero-bool", node("NonZero", "x", "y"), {"x": flags(130)})
save_case("non-zero-signs", node("NonZero", "x", "y"), {"x": values(0.0, -0.0, 1e-45, np.nan, -np.inf, 0.0, 3.0)})
save_case("non-zero-int32", node("NonZero", "x", "y"), {"x": ints(3, 33, low=-1, high=2, type=np.int32)})
save_case("compress-rows", node("Compress", "x c", "y", axis=0), {"x": f32(5, 3), "c": flags(5)})
save_case("compress-last", node("Compress", "x c", "y", axis=-1), {"x": f32(2, 6), "c": flags(4)})
save_case("compress-flat", node("Compress", "x c", "y"), {"x": ints(3, 4), "c": flags(12)})
save_case("compress-nothing", node("Compress", "x c", "y", axis=1), {"x": f32(2, 3), "c": np.zeros(3, bool)})

# What differs.
save_case("unique", node("Unique", "x", "y i v c"), {"x": ints(17, low=0, high=6).astype(np.float32)})
save_case("unique-in-order", node("Unique", "x", "y i v c", sorted=0), {"x": ints(20, low=0, high=9)})
save_case("unique-rows", node("Unique", "x", "y _ v", axis=0), {"x": ints(9, 2, low=0, high=2).astype(np.float32)}, outputs="y v")
save_case("unique-columns", node("Unique", "x", "y", axis=-1), {"x": ints(2, 9, low=0, high=2).astype(np.float32)})

# The best.
save_case("top-k", node("TopK", "x k", "v i"), {"x": f32(3, 11), "k": i64(4)})
save_case("top-k-none", node("TopK", "x k", "v i"), {"x": f32(3, 5), "k": i64(0)})
save_case("top-k-smallest", node("TopK", "x k", "v i", axis=0, largest=0), {"x": ints(9, 2, type=np.int32), "k": i64(5)})
save_case("top-k-long", node("TopK", "x k", "v i", axis=1), {"x": ints(2, 300, 3, low=0, high=50).astype(np.float32), "k": i64(299)})

# Lengths that inputs say.
save_case("slice", node("Slice", "x s e a t", "y"),
          {"x": f32(6, 9), "s": i64(-1, 1), "e": i64(-7, 8), "a": i64(0, 1), "t": i64(-2, 3)})
save_case("slice-end", node("Slice", "x s e", "y"), {"x": f32(6, 3), "e": i64(4)}, {"s": i64(0)})
save_case("reduce-axes", node("ReduceSum", "x a", "y", keepdims=0), {"x": f32(3, 4, 5), "a": i64(1)})
save_case("reduce-axes-kept", node("ReduceMax", "x a", "y"), {"x": f32(3, 4, 5), "a": i64(-1, 0)}, opset=18)
save_case("reshape", node("Reshape", "x s", "y"), {"x": f32(2, 3, 4), "s": i64(4, -1)})
save_case("split", node("Split", "x s", "a b c"), {"x": f32(7, 2), "s": i64(2, 0, 5)})

# What follows from a length.
marked = node("NonZero", "m", "p")
save_case("gathered-rows", [marked, node("Transpose", "p", "t"), node("Squeeze", "t one", "i"), node("Gather", "x i", "r"),
                            node("MatMul", "r w", "y")],
          {"x": f32(9, 4), "m": flags(9)}, {"one": i64(1), "w": f32(4, 5)})
save_case("counted", [marked, node("Shape", "p", "s"), node("Gather", "s one", "n", axis=0), node("Cast", "n", "f", to=TensorProto.FLOAT),
                      node("Mul", "f x", "y")], {"x": f32(3), "m": flags(40)}, {"one": np.int64(1)})
save_case("numbered", [marked, node("Shape", "p", "s"), node("Gather", "s one", "n"), node("Range", "zero n step", "r"),
                       node("Cast", "r", "f", to=TensorProto.FLOAT), node("Unsqueeze", "f last", "c"), node("Mul", "c x", "y")],
          {"x": f32(1, 3), "m": flags(12)}, {"one": np.int64(1), "zero": np.int64(0), "step": np.int64(1), "last": i64(1)})
save_case("refilled", [marked, node("Shape", "p", "s"), node("Slice", "s one two", "n"), node("Concat", "n cols", "t", axis=0),
                       node("Expand", "x t", "e"), node("Transpose", "p", "q"), node("Cast", "q", "f", to=TensorProto.FLOAT),
                       node("Concat", "e f", "j", axis=1), node("Reshape", "j flat", "z"), node("Softmax", "z", "y", axis=0)],
          {"x": f32(1, 3), "m": flags(3, 5)}, {"one": i64(1), "two": i64(2), "cols": i64(3), "flat": i64(-1)})
save_case("sum-of-marked", [marked, node("Transpose", "p", "t"), node("GatherND", "x t", "g"), node("ReduceSum", "g axes", "y", keepdims=0)],
          {"x": f32(4, 6), "m": flags(4, 6)}, {"axes": i64(0)})
save_case("joined", [node("NonZero", "m", "p"), node("NonZero", "q", "r"), node("Concat", "p r", "y", axis=1)],
          {"m": flags(7), "q": flags(9)})
save_case("bounded-best", [marked, node("Transpose", "p", "t"), node("GatherND", "x t", "g"), node("Shape", "g", "s"), node("Min", "s most", "k"),
                           node("TopK", "g k", "v i")], {"x": f32(30), "m": flags(30)}, {"most": i64(5)}, outputs="v i")


# Boxes.
def boxes(batches, count, size=10.0):
    corner = f32(batches, count, 2, low=0, high=size)
    return np.concatenate([corner, corner + f32(batches, count, 2, low=1, high=size / 2)], 2).astype(np.float32)


def suppression(name, count, classes=1, batches=1, most=None, overlap=0.5, least=0.1, oracle="both", why=None, **attributes):
    numbers = {"m": None if most is None else i64(most), "o": None if overlap is None else values(overlap),
               "l": None if least is None else values(least)}
    names = " ".join(n if a is not None else "_" for n, a in numbers.items())
    scores = f32(batches, classes, count, low=0, high=1)
    save_case(name, node("NonMaxSuppression", f"b s {names}".rstrip("_ "), "y", **attributes),
              {"b": boxes(batches, count), "s": scores}, {n: a for n, a in numbers.items() if a is not None},
              oracle=oracle, why=why)


suppression("suppression", 30, most=5)
suppression("suppression-of-classes", 20, classes=3, batches=2, most=7)
suppression("suppression-centered", 25, most=25, center_point_box=1)
suppression("suppression-of-none", 6, oracle="onnxruntime", why="the reference evaluator takes no absent input here")
suppression("suppression-without-thresholds", 12, most=12, overlap=None, least=None, oracle="onnxruntime",
            why="the reference evaluator takes no absent input here")
suppression("suppression-without-end", 300, classes=2, most=2**40, overlap=0.3, least=0.6)
save_case("suppression-of-equals", node("NonMaxSuppression", "b s m o", "y"),
          {"b": np.repeat(boxes(1, 3), 4, 1), "s": np.full((1, 1, 12), 0.5, np.float32)}, {"m": i64(12), "o": values(0.5)})
save_case("suppression-asked", node("NonMaxSuppression", "b s m o l", "y"),
          {"b": boxes(1, 9), "s": f32(1, 2, 9, low=0, high=1), "m": i64(3), "o": values(0.4), "l": values(0.2)})

# A head as YOLO's exports have: boxes of one grid, the best of each class, and what they are.
grid = 12
save_case(
    "yolo",
    [node("Conv", "x w", "h", kernel_shape=[3, 3], pads=[1, 1, 1, 1]), node("Relu", "h", "r"), node("Conv", "r v", "o"),
     node("Reshape", "o shape", "f"), node("Split", "f parts", "place extent score", axis=1),
     node("Sigmoid", "score", "s"), node("Tanh", "place", "pt"), node("Add", "pt centers", "c"), node("Exp", "extent", "e"),
     node("Concat", "c e", "b", axis=1), node("Transpose", "b", "bt", perm=[0, 2, 1]),
     node("NonMaxSuppression", "bt s most overlap least", "picked", center_point_box=1),
     node("Gather", "picked two", "at", axis=1), node("Gather", "picked one", "label", axis=1),
     node("Squeeze", "bt zero", "all"), node("Gather", "all at", "boxes"),
     node("Squeeze", "s zero", "sc"), node("Slice", "picked from to axis", "pair"), node("GatherND", "sc pair", "scores")],
    {"x": f32(1, 3, grid, grid)},
    {"w": f32(8, 3, 3, 3, low=-0.4, high=0.4), "v": f32(7, 8, 1, 1, low=-0.6, high=0.6), "shape": i64(1, 7, grid * grid),
     "parts": i64(2, 2, 3),
     "centers": np.stack(np.meshgrid(np.arange(grid), np.arange(grid))).reshape(1, 2, -1).astype(np.float32),
     "most": i64(20), "overlap": values(0.45), "least": values(0.6), "one": np.int64(1), "two": np.int64(2), "zero": i64(0),
     "from": i64(1), "to": i64(3), "axis": i64(1)},
    outputs="boxes label scores")

# A head as torchvision's SSD exports have: of each class what is above a threshold, at most so many of it, one suppression for all.
count, classes = 40, 3
per_class = []
for k in range(1, classes):
    per_class += [
        node("Gather", f"p n{k}", f"s{k}", axis=1), node("Greater", f"s{k} least", f"g{k}"), node("NonZero", f"g{k}", f"z{k}"),
        node("Transpose", f"z{k}", f"t{k}"), node("GatherND", f"s{k} t{k}", f"k{k}"), node("GatherND", f"b t{k}", f"o{k}"),
        node("Shape", f"k{k}", f"c{k}"), node("Min", f"c{k} most", f"m{k}"), node("TopK", f"k{k} m{k}", f"v{k} i{k}"),
        node("Gather", f"o{k} i{k}", f"x{k}"), node("Shape", f"v{k}", f"d{k}"), node("Expand", f"n{k} d{k}", f"l{k}")]
names = lambda letter: " ".join(f"{letter}{k}" for k in range(1, classes))
save_case(
    "ssd",
    [node("MatMul", "x w", "h"), node("Relu", "h", "r"), node("MatMul", "r u", "q"), node("Softmax", "q", "p", axis=1),
     node("MatMul", "r t", "off"), node("Add", "off anchors", "b")] + per_class +
    [node("Concat", names("v"), "v", axis=0), node("Concat", names("x"), "boxes0", axis=0), node("Concat", names("l"), "l", axis=0),
     node("Cast", "l", "lf", to=TensorProto.FLOAT), node("ReduceMax", "boxes0", "far", keepdims=0), node("Add", "far unit", "span"),
     node("Mul", "lf span", "shift"), node("Unsqueeze", "shift a1", "column"), node("Add", "boxes0 column", "apart"),
     node("Unsqueeze", "apart a0", "b3"), node("Unsqueeze", "v a01", "s3"),
     node("NonMaxSuppression", "b3 s3 all overlap", "picked"), node("Gather", "picked two", "at", axis=1),
     node("Slice", "at a0 keep", "few"), node("Gather", "boxes0 few", "boxes"), node("Gather", "v few", "scores"),
     node("Gather", "l few", "labels")],
    {"x": f32(count, 6)},
    {"w": f32(6, 8, low=-0.6, high=0.6), "u": f32(8, classes), "t": f32(8, 4, low=-0.2, high=0.2), "anchors": boxes(1, count)[0],
     "least": values(0.3)[0], "most": i64(10), "unit": np.float32(1), "a0": i64(0), "a1": i64(1), "a01": i64(0, 1), "keep": i64(12),
     "all": i64(2**31), "overlap": values(0.5), "two": np.int64(2), **{f"n{k}": np.int64(k) for k in range(1, classes)}},
    outputs="boxes scores labels")

# What exporters write around NonMaxSuppression: nothing of nothing, else what follows.
def unless_none(name, flags):
    nothing = helper.make_graph([helper.make_node("Constant", [], ["none"], value=numpy_helper.from_array(i64()))], "nothing", [],
                                [helper.make_tensor_value_info("none", TensorProto.INT64, [0])])
    found = helper.make_graph([node("Squeeze", "t one", "q"), node("Mul", "q two", "kept")], "found", [],
                              [helper.make_tensor_value_info("kept", TensorProto.INT64, None)])
    save_case(name, [marked, node("Transpose", "p", "t"), node("Size", "t", "n"), node("Equal", "n zero", "is_none"),
                     node("If", "is_none", "y", then_branch=nothing, else_branch=found)],
              {"m": flags}, {"one": i64(1), "two": np.int64(2), "zero": np.int64(0)}, infer=False)


unless_none("unless-none", flags(11))
unless_none("none", np.zeros(11, bool))
