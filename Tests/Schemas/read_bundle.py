#!/usr/bin/env python3
"""Reads bundles as a stranger would who has only the folder Schemas, and proves that their weights are the model's.

    read_bundle.py FOLDER      lines of FOLDER/list: bundle, dump, model and float32 bundle, separated by tabs; - where there is none
    read_bundle.py BUNDLE...   reads bundles alone

Every section is decoded to its end and every rule of bundle.md checked. Packed constants are brought to logical order and compared: with the
ONNX file's tensors of the same names bit for bit, with the hashes that `dump` prints of the graph before packing, and, where they were
rounded, with the rounding that bundle.md specifies, done here on the numbers of the float32 bundle. Then one byte of every packed blob and
vector of scales is changed, the hashes made right again, and the comparison must find it.
"""

import hashlib
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import plan
import weights
from bundle import ESSENTIAL, Bundle, version
from formats import Fault, Onnx, product, raw, require, words, xxh64

TYPES = {"float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11}
TYPES |= {"uint32": 12, "uint64": 13, "bfloat16": 16, "float8e4m3fn": 17, "float8e4m3fnuz": 18, "float8e5m2": 19, "float8e5m2fnuz": 20}
TYPES |= {"uint4": 21, "int4": 22, "float4e2m1": 23, "float8e8m0": 24, "uint2": 25, "int2": 26}


class Expected:
    """What the constants of a bundle must be."""

    def __init__(self, bundle, dump, model, exact):
        self.dump = {entry["value"]: entry for entry in json.loads(Path(dump).read_text())["constants"]} if dump else None
        self.tensors = model.tensors if model else {}
        self.exact = exact
        self.origins = bundle.origins
        if self.dump is not None:
            require(sorted(self.dump) == list(bundle.constants), "constants of the dump")

    def check(self, index, constant, counts):
        slot, value = constant.slot, constant.value
        if self.dump is not None:
            entry = self.dump[slot.value]
            require(TYPES[entry["type"]] == value.element and tuple(entry["shape"]) == value.shape, "type of", entry["name"])
            require(f"{xxh64(constant.values()):016x}" == entry["xxh64"], "the hash of", entry["name"])
            counts["hashes of the dump"] += 1
        if slot.precision and self.exact:
            numbers = words("f", self.exact[slot.value])
            if slot.precision == 1:
                require(weights.float16(numbers) == constant.elements, "float16 rounding of value", slot.value)
                counts["tensors rounded to float16 again"] += 1
            else:
                codes, scales = weights.rounded(numbers, constant.form)
                require(raw(codes) == raw(constant.elements), "int8 codes of value", slot.value)
                require(scales == constant.scales, "scales of value", slot.value)
                counts["tensors rounded to int8 again"] += 1
        for name in self.origins[slot.value] if slot.precision == 0 else []:
            if self.tensors.get(name) is not None:
                element, shape, data = self.tensors[name]
                require(element == value.element and product(shape) == product(value.shape), "type of the original", name)
                require(data == raw(constant.elements), "the elements of the original", name)
                counts["tensors equal to the model's"] += 1


def changed(bundle, expected, found, counts):
    """Changes one bit in every packed blob and in its scales; each must be found by what it does to the weights."""
    for index, constant in found.items():
        if constant.slot.packing == 0:
            continue
        blob = range(constant.slot.where, constant.slot.where + constant.slot.length)
        for bytes_ in [blob] + ([constant.scale_bytes] if constant.scales is not None else []):
            at = bytes_[len(bytes_) * 5 // 8]
            original = bundle.weights
            bundle.weights = original[:at] + bytes([original[at] ^ 1]) + original[at + 1 :]
            # The file with the hashes of the changed section reads without a fault: only the weights are others.
            if len(original) < 1 << 16:
                bundle.raw[4] = bundle.weights
                require(Bundle(assemble(bundle.raw, bundle.levels)).weights == bundle.weights, "the changed bundle")
                bundle.raw[4] = original
            try:
                expected.check(index, again(bundle, index, constant), Counter())
            except Fault:
                counts["changed bytes found"] += 1
            else:
                raise AssertionError(f"byte {at} of the weights was changed and nothing noticed")
            bundle.weights = original


def again(bundle, index, constant):
    for node, reads, _ in bundle.steps:
        if node is not None and index in reads:
            return weights.Constant(bundle, node, reads, reads.index(index))
    raise Fault("no reader")


def assemble(sections, levels):
    """The installed form of raw sections."""
    table, body = b"", b""
    at = -(-(64 + 64 * len(sections)) // 16384) * 16384
    first = at
    for type in sorted(sections):
        data = sections[type]
        required = int(type <= 4 or type in ESSENTIAL)
        fields = [(type, 4), (required, 4), (at, 8), (len(data), 8), (len(data), 8), (0, 4), (16384, 4), (xxh64(data), 8), (0, 16)]
        table += b"".join(value.to_bytes(size, "little") for value, size in fields)
        body += bytes(at - first - len(body)) + data
        at = -(-(at + len(data)) // 16384) * 16384
    length = first + len(body)
    minor = version(sections, levels)
    numbers = [(1, 2), (minor, 2), (1, 4), (1, 4), (len(sections), 4), (length, 8), (64, 8), (len(table), 8), (xxh64(table), 8)]
    head = bytes.fromhex("894F324D0D0A1A0A") + b"".join(value.to_bytes(size, "little") for value, size in numbers)
    head += xxh64(head).to_bytes(8, "little")
    return head + table + bytes(first - 64 - len(table)) + body


def read(line):
    """Reads and checks one bundle; returns what was counted, or the fault."""
    counts = Counter()
    path, dump, model_path, exact_path = (None if field == "-" else field for field in line)
    try:
        data = Path(path).read_bytes()
        bundle = Bundle(data)
        plan.check(bundle)
        found = weights.constants(bundle)
        inner = {}
        for number, body in enumerate(bundle.inner()):
            plan.check(body)
            inner |= {(number, slot): constant for slot, constant in weights.constants(body).items()}
        weights.check_gaps(bundle, [*found.values(), *inner.values()])
        model = Onnx(model_path) if model_path else None
        if model:
            require(bundle.source_bytes == len(model.data), "length of the source")
            require(bundle.source_hash == hashlib.sha256(model.data).digest(), "SHA-256 of the source")
        exact = None
        if exact_path:
            other = Bundle(Path(exact_path).read_bytes())
            exact = {constant.slot.value: raw(constant.elements) for constant in weights.constants(other).values()}
        expected = Expected(bundle, dump, model, exact)
        for index, constant in found.items():
            expected.check(index, constant, counts)
        if dump:
            changed(bundle, expected, found, counts)
    except Fault as fault:
        return path, str(fault), counts
    counts["bundles"] += 1
    counts["bytes of files"] += len(data)
    counts["raw bytes"] += sum(map(len, bundle.raw.values()))
    counts["sections"] += len(bundle.raw)
    counts["bodies"] += len(bundle.inner())
    graphs = [bundle] + bundle.inner()
    counts["records"] += sum(len(graph.nodes) for graph in graphs)
    counts["steps"] += sum(len(graph.steps) for graph in graphs)
    counts["constants"] += len(found) + len(inner)
    counts["packed tensors"] += sum(1 for constant in found.values() if constant.slot.packing)
    counts["certificates"] += 5 in bundle.raw
    for constant in found.values():
        if constant.slot.packing:
            counts[f"packing {constant.slot.packing}, " + ("float32", "float16", "int8")[constant.slot.precision]] += 1
    counts |= Counter({f"operator {node.name}": 1 for graph in graphs for node in graph.nodes})
    return path, None, counts


def main(arguments):
    start = time.time()
    if len(arguments) == 1 and Path(arguments[0]).is_dir():
        lines = [line.split("\t") for line in (Path(arguments[0]) / "list").read_text().splitlines()]
    else:
        lines = [[path, "-", "-", "-"] for path in arguments]
    require(lines, "no bundles")
    total, faults = Counter(), 0
    with ProcessPoolExecutor() as pool:
        for path, fault, counts in pool.map(read, lines, chunksize=8):
            total += counts
            if fault:
                faults += 1
                print(f"error: {path}: {fault}", file=sys.stderr)
    operators = sum(1 for name in total if name.startswith("operator "))
    for name, count in sorted(total.items()):
        if not name.startswith("operator "):
            print(f"  {count:>12,} {name}")
    print(f"schemas: {total['bundles']} bundles read, {operators} operators, {faults} faults, {time.time() - start:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
