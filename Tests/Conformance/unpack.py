"""unpack.py WHEEL FOLDER TOOL: lays the test cases of an onnx wheel out as case folders.

The cases of `light` lie flat and without inputs; ONNX's own runner makes them as arange(n) / n in the shape of the input
(onnx/backend/test/runner), and so does this.
"""

import json
import pathlib
import struct
import subprocess
import sys
import zipfile

GROUPS = ("node", "simple", "light", "pytorch-converted", "pytorch-operator")
ROOT = "onnx/backend/test/data/"


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def tensor_proto(name, dims):
    """A serialized float32 TensorProto that holds arange(n) / n."""
    count = 1
    for dim in dims:
        count *= dim
    raw = b"".join(struct.pack("<f", index / count) for index in range(count))
    fields = b"".join(b"\x08" + varint(dim) for dim in dims) + b"\x10\x01"
    return fields + b"\x42" + varint(len(name)) + name.encode() + b"\x4a" + varint(len(raw)) + raw


def lay_out_light(folder, tool):
    for model in sorted(folder.glob("*.onnx")):
        case = folder / model.stem
        data = case / "test_data_set_0"
        data.mkdir(parents=True)
        model.rename(case / "model.onnx")
        (folder / f"{model.stem}_output_0.pb").rename(data / "output_0.pb")
        dump = subprocess.run([tool, "dump", case / "model.onnx", "--format", "json"], check=True, capture_output=True)
        for index, entry in enumerate(json.loads(dump.stdout)["inputs"]):
            (data / f"input_{index}.pb").write_bytes(tensor_proto(entry["name"], entry["shape"]))


def main(wheel, folder, tool):
    folder = pathlib.Path(folder)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = name.removeprefix(ROOT)
            if path == name or path.split("/")[0] not in GROUPS or name.endswith("/"):
                continue
            target = folder / path
            # A name in the archive never leaves the folder.
            if not target.resolve().is_relative_to(folder.resolve()):
                raise SystemExit(f"{wheel}: {name} leaves the folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
    lay_out_light(folder / "light", tool)


if __name__ == "__main__":
    main(*sys.argv[1:])
