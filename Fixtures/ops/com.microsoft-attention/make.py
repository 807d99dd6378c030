"""ONNX Runtime's attention with its projection, without it and over quantized numbers, and its rotary embedding.

ONNX defines none of them, so ONNX Runtime is the oracle; packed operands, for which its CPU has no kernel, are those of an
unpacked case. Signed weights stay within 7 bits: without VNNI its sums of uint8 by int8 saturate at 16 bits.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)
TRUST = {"oracle": "onnxruntime", "why": "ONNX Runtime alone defines the operator"}
H, D, B, S, T, E = 2, 4, 2, 5, 6, 6


def save(name, op, operands, outputs="y", constant=(), trust=TRUST, **attributes):
    names = ["_" if a is None else f"i{k}" for k, a in enumerate(operands)]
    given = {f"i{k}": a for k, a in enumerate(operands) if a is not None}
    constants = {f"i{k}" for k in constant}
    save_case(f"{op}-{name}", node(op, " ".join(names), outputs, domain="com.microsoft", **attributes),
              {n: a for n, a in given.items() if n not in constants}, {n: a for n, a in given.items() if n in constants}, **trust)


def i32(*numbers):
    return np.array(numbers, np.int32)


def flags(*shape):
    return ints(*shape, low=0, high=2, type=np.int32)


def attention(name, mask=None, past=None, bias=None, outputs="y", parts=(8, 8, 8), **attributes):
    if parts != (8, 8, 8):
        attributes["qkv_hidden_sizes"] = list(parts)
    save(name, "Attention", [f32(B, S, 8), f32(8, sum(parts)), f32(sum(parts)), mask, past, bias], outputs, (1, 2), num_heads=H,
         **attributes)


past = f32(2, B, H, 3, D)
lowest = float(np.finfo(np.float32).min)
attention("plain")
attention("causal", unidirectional=1)
attention("scale", scale=.3)
attention("wide-values", parts=(8, 8, 12))
attention("present", outputs="y p")
attention("lengths", i32(3, 5))
attention("starts", i32(4, 5, 1, 0))
attention("mask", flags(B, S))
attention("mask-lowest", i32([0] * S, [1, 0, 1, 0, 1]), mask_filter_value=lowest)
attention("mask-by-query", flags(B, S, S))
attention("mask-causal", flags(B, S), unidirectional=1)
attention("mask-causal-lowest", flags(B, S), unidirectional=1, mask_filter_value=lowest)
attention("filter-causal", flags(B, S), unidirectional=1, mask_filter_value=-2.0)
attention("bias", flags(B, S), bias=f32(1, H, S, S))
attention("past", past=past, outputs="y p")
attention("past-mask-causal", flags(B, S + 3), past, outputs="y p", unidirectional=1)
attention("past-lengths", i32(3, 8), past, outputs="y p")

for type in (np.int8, np.uint8):
    for name, per_column, mask, causal, before in (("", 0, None, 0, None), ("-columns", 1, i32(3, 5), 0, None), ("-past", 0, None, 1, past)):
        n, zero = 3 * H * D, 0 if type == np.int8 else 128
        save(type.__name__ + name, "QAttention",
             [ints(B, S, 8, low=0, high=256, type=np.uint8), ints(8, n, low=zero - 64, high=zero + 64, type=type), f32(n),
              np.float32(.02), f32(n, low=.01, high=.02) if per_column else np.float32(.01), mask, np.uint8(120),
              np.full(n, zero, type) if per_column else type(zero), before], "y" if before is None else "y p", (1, 2, 3, 4, 6, 7),
             num_heads=H, unidirectional=causal)


def heads(name, q, k, v, bias=None, mask=None, summand=None, before=(None, None), outputs="y", **attributes):
    save(name, "MultiHeadAttention", [q, k, v, bias, mask, summand, *before], outputs, num_heads=H, **attributes)


q, k, v, same = f32(B, S, H * D), f32(B, T, H * D), f32(B, T, H * E), f32(B, S, H * D)
before = (f32(B, H, 3, D), f32(B, H, 3, D))
heads("plain", q, k, v)
heads("bias", q, k, v, f32(2 * H * D + H * E))
heads("lengths", q, k, v, mask=i32(2, 6))
heads("mask", q, k, v, mask=flags(B, T))
heads("mask-by-query", q, k, v, mask=flags(B, S, T))
heads("summand", q, k, v, summand=f32(1, H, S, T))
heads("causal", q, same, same, unidirectional=1)
heads("scale", q, k, v, scale=.1)
heads("past", q, same, same, before=before, outputs="y pk pv")
heads("past-causal", q, same, same, f32(3 * H * D), flags(B, S + 3), before=before, outputs="y pk pv", unidirectional=1)
heads("heads", q, f32(B, H, T, D), f32(B, H, T, D), f32(3 * H * D))


def softmax_attention(q, k, v):
    scores = q.astype(np.float64) @ np.swapaxes(k, 2, 3) / np.sqrt(D)
    p = np.exp(scores - scores.max(-1, keepdims=True))
    y = p / p.sum(-1, keepdims=True) @ v
    return np.swapaxes(y, 1, 2).reshape(B, S, -1).astype(np.float32)


packed = f32(B, S, H, 3, D)
parts = [np.swapaxes(packed[:, :, :, k], 1, 2) for k in range(3)]
save("packed", "MultiHeadAttention", [packed], num_heads=H,
     trust={"oracle": "numpy", "why": "ONNX Runtime's CPU has no kernel", "expected": [softmax_attention(*parts)]})
packed = f32(B, T, H, 2, D)
parts = [np.swapaxes(a, 1, 2) for a in (q.reshape(B, S, H, D), packed[:, :, :, 0], packed[:, :, :, 1])]
save("packed-keys", "MultiHeadAttention", [q, packed], num_heads=H,
     trust={"oracle": "numpy", "why": "ONNX Runtime's CPU has no kernel", "expected": [softmax_attention(*parts)]})

cos, sin = f32(20, 4), f32(20, 4)
for name, shape, places, attributes in (
        ("rows", (2, 5, 16), i64([0, 1, 2, 3, 4], [3, 4, 5, 6, 7]), {}), ("heads", (2, 2, 5, 8), i64(2), {}),
        ("interleaved", (2, 5, 16), i64(3), {"interleaved": 1}),
        ("partial", (2, 5, 24), i64(1), {"num_heads": 2, "rotary_embedding_dim": 8})):
    save(name, "RotaryEmbedding", [f32(*shape), places, cos, sin], constant=(2, 3), **attributes)
