"""Weights and tables of 2, 4 and 8 bits in blocks. ONNX Runtime, which alone defines them, is the oracle."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, ints, node, suite  # noqa: E402

save_case = suite(__file__)
TRUST = {"oracle": "onnxruntime", "why": "ONNX Runtime alone defines the operator"}


def matmul(name, shape, n, block, bits, zero=None, bias=False, groups=False):
    k = shape[-1]
    blocks = -(-k // block)
    given = {"b": ints(n, blocks, block * bits // 8, low=0, high=256, type=np.uint8), "s": f32(n, blocks, low=.01, high=.1)}
    if zero == "packed":
        given["z"] = ints(n, -(-blocks * bits // 8), low=0, high=256, type=np.uint8)
    if zero == "float":
        given["z"] = f32(n, blocks, low=0, high=2 ** bits - 1)
    if groups:
        given["g"] = (np.arange(k) // block).astype(np.int32)
    if bias:
        given["c"] = f32(n)
    inputs = " ".join(["a"] + [name if name in given else "_" for name in "bszgc"])
    save_case(f"MatMulNBits-{name}", node("MatMulNBits", inputs, "y", domain="com.microsoft", K=k, N=n, block_size=block, bits=bits),
              {"a": f32(*shape)}, given, **TRUST)


matmul("4-bits", (3, 64), 8, 32, 4)
matmul("4-bits-zero", (2, 3, 64), 8, 16, 4, "packed")
matmul("4-bits-odd-blocks", (3, 80), 5, 32, 4, "packed", bias=True)
matmul("4-bits-ragged", (3, 70), 5, 32, 4, "packed")
matmul("4-bits-float-zero", (3, 70), 8, 32, 4, "float")
matmul("4-bits-groups", (3, 64), 8, 32, 4, groups=True)
matmul("8-bits-zero", (3, 64), 8, 32, 8, "packed")
matmul("2-bits-zero", (3, 96), 8, 32, 2, "packed")


def gather(name, k, block, bits, zero, indices):
    blocks = -(-k // block)
    given = {"t": ints(10, k * bits // 8, low=0, high=256, type=np.uint8), "s": f32(10, blocks, low=.01, high=.1)}
    if zero:
        given["z"] = ints(10, -(-blocks * bits // 8), low=0, high=256, type=np.uint8)
    save_case(f"GatherBlockQuantized-{name}",
              node("GatherBlockQuantized", "t i s" + (" z" if zero else ""), "y", domain="com.microsoft", bits=bits, block_size=block,
                   gather_axis=0, quantize_axis=1), {"i": indices}, given, **TRUST)


gather("4-bits", 64, 32, 4, False, i64(1, 3, 3))
gather("4-bits-zero", 96, 32, 4, True, np.array([[1, 3], [9, 0]], np.int32))
gather("8-bits-zero", 64, 32, 8, True, np.array(4, np.int64))
gather("2-bits-zero", 96, 32, 2, True, i64(2, 5))
