"""What the tests share: the digits as bundles, small models of their own, stored tensors."""

import os
import pathlib
import tempfile
import unittest

import numpy
import onnx2mobile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "Fixtures/models/digits"
BOXES = ROOT / "Fixtures/boxes"
PICTURES = sorted((DIGITS / "pictures").glob("*.png"))
MODELS = pathlib.Path(os.environ["O2M_MODELS"]) if "O2M_MODELS" in os.environ else None

# ONNX's TensorProto.DataType.
TYPES = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11,
    "uint32": 12, "uint64": 13,
}


class Case(unittest.TestCase):
    """A test with the digits as a bundle in both forms, and a folder for files of its own."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="onnx2mobile-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.digits = cls.folder / "digits.o2m"
        cls.installed = cls.folder / "digits.installed.o2m"
        onnx2mobile.convert(
            DIGITS / "model.onnx", cls.digits, labels=DIGITS / "labels.txt", preprocess=str(DIGITS / "preprocess.json"))
        onnx2mobile._command._run(["unpack", str(cls.digits), "-o", str(cls.installed)])

    def refuses(self, kind, pattern, *arguments, code, **keywords):
        """That a call is refused with this sentence and this code; returns the exception."""
        call, *arguments = arguments
        with self.assertRaisesRegex(kind, pattern) as caught:
            call(*arguments, **keywords)
        self.assertEqual(caught.exception.code, code)
        return caught.exception


def stored(path):
    """The tensor in a file of ONNX's TensorProto, with float_data or raw_data."""
    dims, floats, raw, kind = [], b"", b"", 0
    for field, value in fields(path.read_bytes()):
        if field == 1:
            dims += [value] if isinstance(value, int) else list(varints(value))
        elif field == 2:
            kind = value
        elif field == 4:
            floats += value
        elif field == 9:
            raw = value
    name = next(name for name, number in TYPES.items() if number == kind)
    return numpy.frombuffer(raw or floats, name if raw else "float32").reshape(dims)


def varints(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


def fields(data):
    """The fields of a message of protobuf."""
    at = 0

    def varint():
        nonlocal at
        start = at
        while data[at] & 128:
            at += 1
        at += 1
        return next(varints(data[start:at]))

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = varint() if key & 7 == 2 else {1: 8, 5: 4}[key & 7]
        yield key >> 3, data[at : at + size]
        at += size


def message(*parts):
    """A message of protobuf of pairs of field and value: a number, bytes, or text."""
    result = b""
    for field, value in parts:
        if isinstance(value, int):
            result += varint(field << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            result += varint(field << 3 | 2) + varint(len(value)) + value
    return result


def varint(value):
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    return bytes(result) + bytes([value])


def model(operator, inputs, outputs, *attributes):
    """The bytes of a model of one node; `inputs` and `outputs` are of a name, a type and a shape each."""
    def port(name, kind, shape):
        dims = message(*((1, message((1, extent))) for extent in shape))
        return message((1, name), (2, message((1, message((1, TYPES[kind]), (2, dims))))))

    node = message(
        *((1, name) for name, *_ in inputs), *((2, name) for name, *_ in outputs), (3, "node"), (4, operator),
        *((5, attribute) for attribute in attributes))
    graph = message((1, node), (2, "graph"), *((11, port(*item)) for item in inputs), *((12, port(*item)) for item in outputs))
    return message((1, 8), (7, graph), (8, message((2, 17))))


def ints(name, values):
    """An attribute that is a list of whole numbers."""
    return message((1, name), *((8, value) for value in values), (20, 7))
