"""Layers, activations and normalizations that ONNX Runtime's optimizer has put together.

ONNX defines none of them, so ONNX Runtime is the oracle; where its CPU has no kernel, the formula of its documentation is.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite  # noqa: E402

save_case = suite(__file__)
TRUST = {"oracle": "onnxruntime", "why": "ONNX Runtime alone defines the operator"}


def save(name, op, operands, outputs="y", constant=(), domain="com.microsoft", **attributes):
    names = ["_" if a is None else f"i{k}" for k, a in enumerate(operands)]
    given = {f"i{k}": a for k, a in enumerate(operands) if a is not None}
    constants = {f"i{k}" for k in constant}
    save_case(f"{op}-{name}", node(op, " ".join(names), outputs, domain=domain, **attributes),
              {n: a for n, a in given.items() if n not in constants}, {n: a for n, a in given.items() if n in constants},
              outputs=" ".join(n for n in outputs.split() if n != "_"), **TRUST)


x, w, b = f32(1, 4, 7, 7), f32(6, 4, 3, 3), f32(6)
for act, numbers in (("Relu", []), ("Tanh", []), ("Sigmoid", []), ("LeakyRelu", [.1]), ("Clip", [0., 1.5]), ("HardSigmoid", [.2, .5])):
    save(act, "FusedConv", [x, w, b], constant=(1, 2), activation=act, pads=[1, 1, 1, 1], strides=[2, 1],
         **({"activation_params": numbers} if numbers else {}))
save("residual", "FusedConv", [x, w, b, f32(1, 6, 7, 7)], constant=(1, 2), activation="Relu", pads=[1, 1, 1, 1])
for act, numbers in (("Relu", {}), ("LeakyRelu", {"alpha": .1}), ("Elu", {"alpha": .7}), ("Selu", {"alpha": 1.6, "gamma": 1.05}),
                     ("HardSigmoid", {"alpha": .3, "beta": .4}), ("Softplus", {}), ("ThresholdedRelu", {"alpha": .5})):
    save(act, "FusedGemm", [f32(3, 5), f32(4, 5), f32(4)], constant=(1, 2), activation=act, transB=1, alpha=.5, beta=2.0,
         **{f"activation_{k}": v for k, v in numbers.items()})
for name, a, b, flags in (("plain", (3, 4), (4, 5), {}), ("a", (4, 3), (4, 5), {"transA": 1}),
                          ("b-scaled", (2, 3, 4), (2, 5, 4), {"transB": 1, "alpha": .25}),
                          ("batch-a", (3, 2, 5, 4), (2, 5, 4, 6), {"transBatchA": 1}),
                          ("batch-b", (2, 3, 4), (4, 2, 5), {"transBatchB": 1}),
                          ("both-a", (4, 2, 3, 5), (2, 3, 4, 6), {"transA": 1, "transBatchA": 1})):
    save(name, "FusedMatMul", [f32(*a), f32(*b)], **flags)
save("b", "TransposeMatMul", [f32(2, 3, 4), f32(2, 5, 4)], transB=1)

# Below -3 the approximation with tanh loses digits to cancellation.
save("x", "Gelu", [f32(3, 40)])
save("x", "BiasGelu", [f32(3, 40), f32(40)], constant=(1,))
save("x", "FastGelu", [f32(3, 40, low=-2)])
save("bias", "FastGelu", [f32(3, 40, low=-1), f32(40, low=-1)], constant=(1,))
save("x", "QuickGelu", [f32(3, 40)])
save("alpha", "QuickGelu", [f32(3, 40)], alpha=1.0)

C = 16
for name, skip, rest in (("plain", (2, 3, C), []), ("beta", (2, 3, C), [f32(C)]), ("bias", (2, 3, C), [f32(C), f32(C)]),
                         ("bias-alone", (2, 3, C), [None, f32(C)]), ("rows", (1, 3, C), [f32(C)]), ("matrix", (3, C), [f32(C)])):
    save(name, "SkipLayerNormalization", [f32(2, 3, C), f32(*skip), f32(C)] + rest, "y _ _ s", epsilon=1e-5)
save("plain", "SkipSimplifiedLayerNormalization", [f32(2, 3, C), f32(2, 3, C), f32(C)], "y _ _ s", epsilon=1e-5)
save("bias", "SkipSimplifiedLayerNormalization", [f32(2, 3, C), f32(2, 3, C), f32(C), f32(C)])
save("x", "SimplifiedLayerNormalization", [f32(2, 3, C), f32(C)], domain=None, epsilon=1e-6, axis=-1)

ids, segments, mask = (ints(2, 5, low=0, high=n, type=np.int32) for n in (20, 2, 2))
tables = [f32(20, C), f32(10, C), f32(2, C), f32(C), f32(C)]
save("full", "EmbedLayerNormalization", [ids, segments] + tables + [mask], "y m s", (2, 3, 4, 5, 6), epsilon=1e-5)
save("no-mask", "EmbedLayerNormalization", [ids, segments] + tables, "y m", (2, 3, 4, 5, 6))
save("places", "EmbedLayerNormalization",
     [ids, None, tables[0], tables[1], None, tables[3], tables[4], mask, ints(1, 5, low=0, high=10, type=np.int32)], "y m",
     (2, 3, 5, 6), mask_index_type=1)
codes = [ints(*t.shape, low=0, high=256, type=np.uint8) for t in tables]
scales, zeros = [np.float32(s) for s in (.02, .03, .01, .02, .01)], [np.uint8(z) for z in (100, 120, 90, 3, 128)]
save("full", "QEmbedLayerNormalization", [ids, segments] + codes + [mask] + scales + zeros, "y m", range(2, 18))

for last in (0, 1):
    for act in (0, 1):
        x, gamma, beta = f32(*((2, 4, 3, 8) if last else (2, 8, 4, 3))), f32(8), f32(8)
        rows = np.moveaxis(x, -1, 1) if last else x
        parts = rows.reshape(2, 4, -1).astype(np.float64)
        parts = (parts - parts.mean(2, keepdims=True)) / np.sqrt(parts.var(2, keepdims=True) + 1e-5)
        y = parts.reshape(rows.shape) * gamma.reshape(1, 8, 1, 1) + beta.reshape(1, 8, 1, 1)
        y = y / (1 + np.exp(-y)) if act else y
        y = (np.moveaxis(y, 1, -1) if last else y).astype(np.float32)
        save_case(f"GroupNorm-{'last' if last else 'first'}{'-silu' if act else ''}",
                  node("GroupNorm", "x g b", "y", domain="com.microsoft", groups=4, activation=act, channels_last=last),
                  {"x": x}, {"g": gamma, "b": beta}, oracle="numpy", why="ONNX Runtime's CPU has no kernel", expected=[y])
