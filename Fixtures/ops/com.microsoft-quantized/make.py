"""ONNX Runtime's quantized operators, which its quantizer writes: element by element, pooling and products.

ONNX defines none of them, so ONNX Runtime is the oracle; where its CPU has no kernel, the formula of its documentation is.
Signed weights stay within 7 bits: without VNNI its sums of uint8 by int8 saturate at 16 bits.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite  # noqa: E402

save_case = suite(__file__)
WHY = "ONNX Runtime alone defines the operator"


def save(name, op, operands, dynamic=(0,), **keywords):
    """Operands by position; all but the dynamic ones are constants, None is absent."""
    names = ["_" if a is None else f"i{k}" for k, a in enumerate(operands)]
    attributes = {k: v for k, v in keywords.items() if k not in ("expected", "oracle", "why", "outputs")}
    keywords = {k: v for k, v in keywords.items() if k not in attributes}
    keywords = {"oracle": "onnxruntime", "why": WHY, **keywords}
    outputs = keywords.pop("outputs", "y")
    save_case(f"{op}-{name}", node(op, " ".join(names), outputs, domain="com.microsoft", **attributes),
              {f"i{k}": operands[k] for k in dynamic},
              {f"i{k}": a for k, a in enumerate(operands) if a is not None and k not in dynamic}, **keywords)


def codes(*shape, type):
    info = np.iinfo(type)
    return ints(*shape, low=info.min, high=info.max + 1, type=type)


def weights(*shape, type):
    return ints(*shape, low=-64, high=64, type=np.int8) if type == np.int8 else codes(*shape, type=type)


for type in (np.uint8, np.int8):
    T, scalar, point = type.__name__, np.float32, type
    for op in ("QLinearAdd", "QLinearMul"):
        # Powers of two make halves, which go to the even sum with the zero point.
        for name, a, b, y in (("", 0.02, 0.03, 0.05), ("-halves", 0.5, 0.25, 1.0), ("-saturated", 0.013, 0.007, 0.0003)):
            save(T + name, op, [codes(2, 3, 9, type=type), scalar(a), point(7), codes(2, 3, 9, type=type), scalar(b), point(90),
                                scalar(y), point(3)], (0, 3))
        save(T + "-broadcast", op, [codes(2, 3, 5, type=type), scalar(.02), point(0), codes(5, type=type), scalar(.03), point(9),
                                    scalar(.05), point(3)], (0, 3))
    every = np.arange(256).astype(np.uint8).view(type)
    save(T, "QLinearSigmoid", [every, scalar(.05), point(100), scalar(1 / 256), point(0)])
    save(T, "QLinearLeakyRelu", [every, scalar(.1), point(100), scalar(.1), point(20)], alpha=0.2)
    save(T, "QLinearSoftmax", [codes(2, 5, 3, type=type), scalar(.05), point(10), scalar(1 / 256), point(0)], opset=13, axis=1)
    save(T + "-flat", "QLinearSoftmax", [codes(2, 3, 4, type=type), scalar(.05), point(10), scalar(1 / 256), point(0)], opset=12)
    save(T, "QLinearConcat", [scalar(.05), point(4), codes(2, 3, 4, type=type), scalar(.05), point(4), codes(2, 2, 4, type=type),
                              scalar(.02), point(9), codes(2, 1, 4, type=type), scalar(.11), point(0)], (2, 5, 8), axis=1)
    save(T, "QLinearWhere", [np.array([[True], [False], [True]]), codes(3, 4, type=type), scalar(.05), point(3),
                             codes(3, 4, type=type), scalar(.02), point(9), scalar(.03), point(1)], (0, 1, 4))
    for name, shape, last, x, y in (("", (2, 3, 7, 7), 0, .05, .05), ("-halves", (2, 3, 4, 4), 0, .1, .1),
                                    ("-last", (2, 4, 6, 3), 1, .05, .02), ("-line", (1, 8, 5), 0, .02, .02)):
        save(T + name, "QLinearGlobalAveragePool", [codes(*shape, type=type), scalar(x), point(10), scalar(y), point(21)],
             channels_last=last)
    save(T, "QLinearAveragePool", [codes(2, 3, 8, 8, type=type), scalar(.1), point(10), scalar(.0713), point(20)],
         kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    x = codes(2, 3, 4, type=type)
    mean = np.mean((x.astype(np.float32) - 10) * np.float32(.05), axis=1, keepdims=True) / np.float32(.023)
    save(T, "QLinearReduceMean", [x, scalar(.05), point(10), scalar(.023), point(20)], axes=[1], keepdims=1, oracle="numpy",
         why="ONNX Runtime's CPU has no kernel", expected=[np.clip(np.rint(mean) + 20, np.iinfo(type).min,
                                                                 np.iinfo(type).max).astype(type)])
    save(T, "NhwcMaxPool", [codes(1, 6, 6, 3, type=type)], kernel_shape=[2, 2], strides=[2, 2])
    for name, transposes, per_column, has_c, has_y, alpha in (
            ("", (0, 0), 0, 1, 1, 1.0), ("-columns", (0, 1), 1, 1, 1, 1.0), ("-transposed", (1, 0), 0, 0, 1, .5),
            ("-float", (0, 1), 1, 1, 0, 2.0)):
        zero = 0 if type == np.int8 else 120
        save(T + name, "QGemm", [codes(*((6, 5) if transposes[0] else (5, 6)), type=np.uint8), scalar(.02), np.uint8(117),
                                 weights(*((4, 6) if transposes[1] else (6, 4)), type=type),
                                 f32(4, low=.01, high=.02) if per_column else scalar(.015),
                                 np.full(4, zero, type) if per_column else point(zero),
                                 ints(4, low=-3000, high=3000, type=np.int32) if has_c else None]
             + ([scalar(.9), np.uint8(129)] if has_y else []), transA=transposes[0], transB=transposes[1], alpha=alpha)
    for name, shape, per_column, zero, bias in (("", (5, 6), 0, 1, 0), ("-columns", (2, 5, 6), 1, 1, 1), ("-no-zero", (2, 5, 6), 0, 0, 1)):
        scale = f32(4, low=.01, high=.02) if per_column else scalar(.015)
        zero = (np.full(4, 3, type) if per_column else point(3)) if zero else None
        tail = [f32(4)] if bias else []
        save(T + name, "DynamicQuantizeMatMul", [f32(*shape), weights(6, 4, type=type), scale, zero] + tail)
        save(T + name, "MatMulIntegerToFloat", [codes(*shape, type=np.uint8), weights(6, 4, type=type), scalar(.02), scale,
                                                np.uint8(100), zero] + tail)
    for name, last, group in (("", 0, 1), ("-last", 1, 1), ("-last-groups", 1, 3)):
        save(T + name, "QLinearConv", [codes(*((1, 5, 5, 6) if last else (1, 6, 5, 5)), type=np.uint8), scalar(.02), np.uint8(100),
                                       weights(9, 6 // group, 3, 3, type=type), f32(9, low=.01, high=.02),
                                       np.full(9, 0 if type == np.int8 else 120, type), scalar(1.5), np.uint8(90),
                                       ints(9, low=-3000, high=3000, type=np.int32)], channels_last=last, group=group,
             pads=[1, 1, 1, 1])
for type in (np.uint8, np.int8, np.uint16, np.int16):
    T = type.__name__
    for op, x in (("QuantizeLinear", f32(3, 4)), ("DequantizeLinear", codes(3, 4, type=type))):
        save(T, op, [x, np.float32(.02), type(3)])
        save(T + "-axis", op, [x, f32(3, low=.01, high=.1), np.arange(3).astype(type)], axis=0)

for name, directions, attributes, given in (
        ("", 1, {}, "b"), ("-reverse", 1, {"direction": "reverse"}, "bhc"), ("-both", 2, {"direction": "bidirectional"}, "bhc"),
        ("-bare", 1, {}, "")):
    for type, per_column in ((np.int8, 1), (np.uint8, 0)):
        D, I, H, batch = directions, 5, 8, 2
        zero = 0 if type == np.int8 else 128
        shape = (D, 4 * H) if per_column else (D,)
        save(type.__name__ + name, "DynamicQuantizeLSTM",
             [f32(6, batch, I), ints(D, I, 4 * H, low=zero - 64, high=zero + 64, type=type),
              ints(D, H, 4 * H, low=zero - 64, high=zero + 64, type=type), f32(D, 8 * H) if "b" in given else None, None,
              f32(D, batch, H, low=-1, high=1) if "h" in given else None, f32(D, batch, H) if "c" in given else None, None,
              f32(*shape, low=.004, high=.01), np.full(shape, zero, type), f32(*shape, low=.004, high=.01), np.full(shape, zero, type)],
             outputs="y h c", hidden_size=H, **attributes)
