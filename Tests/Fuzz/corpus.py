#!/usr/bin/env python3
"""corpus.py TOOL FOLDER: makes the corpus of the fuzz targets from the fixtures.

A few small inputs for each target, of different kinds: what a fuzzer needs to know a format. TOOL is onnx2mobile; it makes the bundles.
"""
import pathlib
import struct
import subprocess
import sys
import tempfile

FIXTURES = pathlib.Path(__file__).parents[2] / "Fixtures"
BUNDLES = ["Conv/1d", "MaxPool/1d", "Gather/axis-1", "LSTM/forward", "Resize/linear", "Softmax/one-class", "QLinearConv/1d", "TopK/axis-0"]
MODEL_BYTES = 400


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
            packed, installed = scratch / "packed.o2m", scratch / "installed.o2m"
            done = subprocess.run([tool, "convert", model, "-o", packed, "--zstd-level", "1"], capture_output=True)
            if done.returncode or len(list((root / "bundle").glob("*"))) >= 16:
                continue
            subprocess.run([tool, "unpack", packed, "-o", installed], check=True, capture_output=True)
            listed = sections(installed.read_bytes())
            if len(listed) <= 3000:
                write(root / "bundle", operator.name, listed)
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
