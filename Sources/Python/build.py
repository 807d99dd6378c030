"""Makes the wheel: python3 build.py COMMAND LIBRARY LICENCES VERSION OUT

The same files give the same bytes. Nothing but Python's standard library is used.
"""

import base64
import hashlib
import pathlib
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
TAG = "py3-none-manylinux_2_36_x86_64"

METADATA = """Metadata-Version: 2.1
Name: onnx2mobile
Version: {version}
Summary: Takes a trained ONNX model to a phone, proves that it is still the same model, and runs it
License: MIT
Classifier: License :: OSI Approved :: MIT License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Typing :: Typed
Requires-Python: >=3.9
Requires-Dist: numpy >=1.21
Provides-Extra: pictures
Requires-Dist: pillow >=8 ; extra == 'pictures'
Description-Content-Type: text/markdown
{licences}
{readme}"""

WHEEL = f"""Wheel-Version: 1.0
Generator: onnx2mobile
Root-Is-Purelib: false
Tag: {TAG}
"""


def main(command: str, library: str, licences: str, version: str, out: str) -> None:
    info = f"onnx2mobile-{version}.dist-info"
    texts = {path.name: path for path in pathlib.Path(licences).iterdir()}
    files = {f"onnx2mobile/{path.name}": path.read_bytes() for path in (HERE / "onnx2mobile").iterdir() if path.is_file()}
    files["onnx2mobile/libo2m.so.0"] = pathlib.Path(library).read_bytes()
    files[f"onnx2mobile-{version}.data/scripts/onnx2mobile"] = pathlib.Path(command).read_bytes()
    metadata = METADATA.format(
        version=version, licences="".join(f"License-File: licenses/{name}\n" for name in sorted(texts)),
        readme=(HERE / "README.md").read_text("utf-8"))
    own = {"METADATA": metadata.encode(), "WHEEL": WHEEL.encode()}
    own.update({f"licenses/{name}": path.read_bytes() for name, path in texts.items()})
    files = {**dict(sorted(files.items())), **{f"{info}/{name}": own[name] for name in sorted(own)}}

    def record(name: str, content: bytes) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        return f"{name},sha256={digest},{len(content)}\n"

    files[f"{info}/RECORD"] = ("".join(record(*item) for item in files.items()) + f"{info}/RECORD,,\n").encode()

    wheel = pathlib.Path(out) / f"onnx2mobile-{version}-{TAG}.whl"
    wheel.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if "/scripts/" in name or ".so" in name else 0o100644) << 16
            archive.writestr(entry, content)
    print(f"  {wheel.name}: {wheel.stat().st_size} bytes, {len(files)} files")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
