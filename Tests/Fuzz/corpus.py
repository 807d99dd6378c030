#!/usr/bin/env python3
"""corpus.py TOOL FOLDER: makes the corpus of the fuzz targets from the fixtures.

A few small inputs for each target, of different kinds: what a fuzzer needs to know a format. TOOL is onnx2mobile; it makes the bundles.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

FIXTURES = pathlib.Path(__file__).parents[2] / "Fixtures"
MODEL_BYTES = 400


COUNTED = ["top-k", "slice", "non-zero", "suppression", "compress-rows", "reshape"]
CONTROL = ["while"]
STATES = ["Add", "Mul", "Max", "Sub"]
# What the targets ask of a bundle stands behind this type, which no section has.
ASKED = 15


def write(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def sections(bundle):
    """The raw sections of an installed bundle, as the target `bundle` reads them: a type, a length, the bytes."""
    count, = struct.unpack_from("<I", bundle, 20)
    table, = struct.unpack_from("<Q", bundle, 32)
    listed = b""
    for line in range(table, table + 64 * count, 64):
        kind, _, offset, stored = struct.unpack_from("<IIQQ", bundle, line)
        listed += struct.pack("<BI", kind, stored) + bundle[offset : offset + stored]
    return listed


def bundle(tool, scratch, model, *flags):
    """The sections of a model's bundle; None where it is refused."""
    packed, installed = scratch / "packed.o2m", scratch / "installed.o2m"
    done = subprocess.run(
        [tool, "convert", model, "-o", packed, "--zstd-level", "1", "--precision", "float32", *flags], capture_output=True
    )
    if done.returncode:
        return None
    subprocess.run([tool, "unpack", packed, "-o", installed], check=True, capture_output=True)
    return sections(installed.read_bytes())


def ports(tool, model):
    """The inputs and outputs of a model: names and shapes."""
    shown = json.loads(subprocess.run([tool, "dump", model, "--format", "json"], check=True, capture_output=True).stdout)
    return [(port["name"], port["shape"]) for port in shown["inputs"]], [(port["name"], port["shape"]) for port in shown["outputs"]]


def asking(listed, asked):
    return listed + struct.pack("<BI", ASKED, len(asked)) + bytes(asked)


def varied(tool, root, scratch, operators):
    """Bundles with open extents, counted ones, bodies and states."""
    for folder, name in [("counted", name) for name in COUNTED] + [("control", name) for name in CONTROL]:
        write(root / "bundle", name, bundle(tool, scratch, FIXTURES / folder / name / "model.onnx", "--no-verify"))
    for operator in operators:
        if len(list((root / "shapes").glob("*"))) >= 16:
            break
        for model in sorted(operator.glob("*/model.onnx"))[:1]:
            inputs, _ = ports(tool, model)
            last = [shape[-1] for _, shape in inputs if shape]
            if not last or last[0] < 2:
                continue
            # All axes that are as long as the last one of the first input are one symbol.
            flags = []
            for name, shape in inputs:
                flags += ["--input-shape", name + ":" + ",".join("T" if extent == last[0] else str(extent) for extent in shape)]
            listed = bundle(tool, scratch, model, *flags, "--symbol", "T=1..64", "--typical", "T=%d" % last[0], "--no-verify")
            if listed and len(listed) <= 3000:
                write(root / "shapes", operator.name, asking(listed, [last[0] - 1, 0, 40, 63, 64, 255]))
    for operator in STATES:
        for model in sorted((FIXTURES / "ops" / operator).glob("*/model.onnx")):
            inputs, outputs = ports(tool, model)
            if len(inputs) < 2 or inputs[1][1] != outputs[0][1]:
                continue
            listed = bundle(tool, scratch, model, "--state", "%s=%s" % (inputs[1][0], outputs[0][0]), "--no-verify")
            if not listed:
                continue
            shape = inputs[1][1]
            count = 1
            for extent in shape:
                count *= extent
            state = b"\x89O2S\r\n\x1a\n" + struct.pack("<IIQ", 1, 1, 0) + struct.pack("<IBB", 1, 1, len(shape))
            state += struct.pack("<%dq" % len(shape), *shape) + bytes(4 * count) + bytes(8)
            write(root / "states", operator, asking(listed, state))
            break


def main(tool, root):
    operators = sorted(path for path in (FIXTURES / "ops").iterdir() if path.is_dir())
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for operator in operators:
            cases = sorted(operator.glob("*/model.onnx"), key=lambda path: (path.stat().st_size, path))
            if not cases:
                continue
            model = cases[0]
            if model.stat().st_size <= MODEL_BYTES:
                write(root / "importer", operator.name, model.read_bytes())
            if len(list((root / "bundle").glob("*"))) >= 16:
                continue
            listed = bundle(tool, scratch, model)
            if listed and len(listed) <= 3000:
                write(root / "bundle", operator.name, listed)
        varied(tool, root, scratch, operators)
    for place, data in enumerate(sorted((FIXTURES / "ops").glob("*/*/test_data_set_0/input_0.pb"))[::90]):
        if data.stat().st_size <= 1000:
            write(root / "values", str(place), b"\0" + data.read_bytes())
    for kind, descr in enumerate(["<f4", "<i8", "|b1"]):
        header = ("{'descr': '%s', 'fortran_order': False, 'shape': (2, 1), }" % descr).ljust(117) + "\n"
        body = bytes(2 * int(descr[2]))
        write(root / "npy", descr[1:], b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + body)
    pictures = sorted((FIXTURES / "models").glob("*/pictures/*"))[:2]
    pictures += [path for path in sorted((FIXTURES / "cases").rglob("*")) if path.suffix in (".jpg", ".png")][:4]
    for path in pictures:
        if path.stat().st_size <= 3000:
            write(root / "picture", path.name, path.read_bytes())
    texts = ["resize=short:256,crop=224x224,mean=0.485,0.456,0.406,std=0.229,0.224,0.225", "resize=8x6,filter=box,order=bgr,layout=nhwc"]
    for place, text in enumerate(texts):
        write(root / "preprocessing", "text-%d" % place, text.encode())
    for path in sorted((FIXTURES / "models").glob("*/preprocess.json")):
        write(root / "preprocessing", path.parent.name + ".json", path.read_bytes())
    write(root / "labels", "unix", "cat\ndog\n\u00e9\n".encode())
    write(root / "labels", "windows", b"cat\r\ndog\r\n\r\nlast")
    for place in range(8):
        write(root / "operators", str(place), bytes((place * 37 + step * step * 11) % 256 for step in range(64)))


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
