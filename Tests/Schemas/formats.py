"""What files are made of: XXH64, little-endian fields, ONNX's messages. Standard library only."""

import re
import sys
from array import array
from pathlib import Path

SCHEMAS = Path(__file__).resolve().parents[2] / "Schemas"
MASK = (1 << 64) - 1
P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5

# No index, and bytes of an element by its type.
NONE = 0xFFFFFFFF
WIDTH = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2} | {n: 1 for n in range(17, 27)}


class Fault(Exception):
    """A rule of the specification that a file breaks."""


def require(condition, *words):
    if not condition:
        raise Fault(" ".join(str(word) for word in words))


def product(dims):
    result = 1
    for dim in dims:
        result *= dim
    return result


def words(code, data):
    """The bytes as an array of elements of one machine type."""
    items = array(code)
    items.frombytes(bytes(data))
    if sys.byteorder == "big":
        items.byteswap()
    return items


def raw(items):
    """The bytes of an array, little-endian."""
    if sys.byteorder == "big":
        items = array(items.typecode, items)
        items.byteswap()
    return items.tobytes()


def rotate(value, count):
    return (value << count | value >> 64 - count) & MASK


def xxh64(data):
    length = len(data)
    whole = length // 32 * 32
    if whole:
        a, b, c, d = P1 + P2 & MASK, P2, 0, -P1 & MASK
        stripes = iter(words("Q", data[:whole]))
        for w, x, y, z in zip(stripes, stripes, stripes, stripes):
            a = a + w * P2 & MASK
            a = (a << 31 | a >> 33) * P1 & MASK
            b = b + x * P2 & MASK
            b = (b << 31 | b >> 33) * P1 & MASK
            c = c + y * P2 & MASK
            c = (c << 31 | c >> 33) * P1 & MASK
            d = d + z * P2 & MASK
            d = (d << 31 | d >> 33) * P1 & MASK
        h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) & MASK
        for lane in (a, b, c, d):
            h = ((h ^ rotate(lane * P2 & MASK, 31) * P1 & MASK) * P1 + P4) & MASK
    else:
        h = P5
    h = h + length & MASK
    at = whole
    while at + 8 <= length:
        lane = int.from_bytes(data[at : at + 8], "little")
        h = (rotate(h ^ rotate(lane * P2 & MASK, 31) * P1 & MASK, 27) * P1 + P4) & MASK
        at += 8
    if at + 4 <= length:
        h = (rotate(h ^ int.from_bytes(data[at : at + 4], "little") * P1 & MASK, 23) * P2 + P3) & MASK
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ byte * P5 & MASK, 11) * P1 & MASK
    h = (h ^ h >> 33) * P2 & MASK
    h = (h ^ h >> 29) * P3 & MASK
    return h ^ h >> 32


class Fields:
    """Reads fields one after another and never past the end."""

    def __init__(self, data):
        self.data, self.at = bytes(data), 0

    def take(self, count):
        require(0 <= count <= len(self.data) - self.at, "a field ends behind its section at", self.at)
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)

    def u8(self):
        return self.number(1)

    def u16(self):
        return self.number(2)

    def u32(self):
        return self.number(4)

    def u64(self):
        return self.number(8)

    def i64(self):
        return self.number(8, signed=True)

    def f32(self):
        return words("f", self.take(4))[0]

    def f64(self):
        return words("d", self.take(8))[0]

    def flag(self):
        value = self.u8()
        require(value < 2, "a flag is", value)
        return value

    def text(self):
        return self.take(self.u32()).decode("utf-8")

    def list(self, item):
        return [item() for _ in range(self.u32())]

    def at_end(self):
        return self.at == len(self.data)

    def end(self, what):
        require(self.at_end(), what, "goes on behind its last field")


def tables(name):
    """The tables of a page as lists of rows, by their first row."""
    found, head = {}, None
    for line in (SCHEMAS / name).read_text().split("\n"):
        if not line.startswith("|"):
            head = None
            continue
        cells = tuple(cell.strip() for cell in line[1:-1].split("|"))
        if head is None:
            head = found.setdefault(cells, [])
        elif not cells[0].startswith("---"):
            head.append(cells)
    return found


class Onnx:
    """A reader of protobuf messages that knows what Schemas/onnx.proto says, and of the tensors of a model."""

    messages = {}
    text = re.sub(r"//.*", "", (SCHEMAS / "onnx.proto").read_text())
    enums = set(re.findall(r"enum (\w+)", text))
    text = re.sub(r"enum \w+ \{[^}]*\}", "", text)
    for name, body in re.findall(r"message (\w+) \{((?:[^{}]|\{[^{}]*\})*)\}", text):
        fields = re.findall(r"(optional|repeated|required)?\s*([\w.]+)\s+(\w+)\s*=\s*(\d+)\s*(?:\[[^\]]*\])?\s*;", body)
        messages[name] = {int(number): (label == "repeated", type, field) for label, type, field, number in fields}

    @staticmethod
    def varint(data, at):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, at
            shift += 7

    @classmethod
    def decode(cls, data, name):
        fields, result, at = cls.messages[name], {}, 0
        while at < len(data):
            key, at = cls.varint(data, at)
            wire = key & 7
            if wire == 0:
                value, at = cls.varint(data, at)
            elif wire == 2:
                length, at = cls.varint(data, at)
                value, at = data[at : at + length], at + length
            else:
                require(wire in (1, 5), "wire type", wire)
                size = 8 if wire == 1 else 4
                value, at = data[at : at + size], at + size
            repeated, type, field = fields.get(key >> 3, (False, None, None))
            if field is None:
                continue
            values = cls.values(value, wire, type.split(".")[-1])
            if repeated:
                result.setdefault(field, []).extend(values)
            else:
                result[field] = values[-1]
        return result

    @classmethod
    def values(cls, value, wire, type):
        if type in cls.messages:
            return [cls.decode(value, type)]
        if type in ("string", "bytes"):
            return [value]
        if type in ("float", "double"):
            return list(words("f" if type == "float" else "d", value))
        packed = []
        if wire == 2:
            at = 0
            while at < len(value):
                item, at = cls.varint(value, at)
                packed.append(item)
        else:
            packed = [value]
        signed = type in ("int32", "int64") or type in cls.enums
        return [item - (1 << 64) if signed and item >> 63 else item for item in packed]

    # TensorProto.DataType: bits, and the field that holds elements where raw_data does not.
    elements = {
        1: (32, "float_data"), 2: (8, "int32_data"), 3: (8, "int32_data"), 4: (16, "int32_data"), 5: (16, "int32_data"),
        6: (32, "int32_data"), 7: (64, "int64_data"), 9: (8, "int32_data"), 10: (16, "int32_data"), 11: (64, "double_data"),
        12: (32, "uint64_data"), 13: (64, "uint64_data"), 16: (16, "int32_data"), 17: (8, "int32_data"), 18: (8, "int32_data"),
        19: (8, "int32_data"), 20: (8, "int32_data"), 21: (4, "int32_data"), 22: (4, "int32_data"), 23: (4, "int32_data"),
        24: (8, "int32_data"), 25: (2, "int32_data"), 26: (2, "int32_data"),
    }

    @classmethod
    def tensor(cls, message, folder):
        """Type, extents and the bytes of the elements, small ones a byte each; None for strings, complex numbers and what is missing."""
        type, dims = message.get("data_type", 0), tuple(message.get("dims", []))
        if type not in cls.elements:
            return None
        bits, field = cls.elements[type]
        count = 1
        for dim in dims:
            count *= dim
        if message.get("data_location", 0) == 1:
            where = {entry["key"].decode(): entry["value"].decode() for entry in message["external_data"]}
            data = (folder / where["location"]).read_bytes()[int(where.get("offset", 0)) :]
            data = data[: int(where["length"])] if "length" in where else data
        elif "raw_data" in message:
            data = message["raw_data"]
        else:
            items = message.get(field, [])
            if field in ("float_data", "double_data"):
                return type, dims, raw(array("f" if field == "float_data" else "d", items))
            data = b"".join((item & (1 << max(bits, 8)) - 1).to_bytes(max(bits, 8) // 8, "little") for item in items)
        if bits < 8:
            # Elements come lowest first; negative ones keep their sign in the byte.
            per, low = 8 // bits, (1 << bits) - 1
            codes = [data[i // per] >> bits * (i % per) & low for i in range(count)]
            if type in (22, 26):
                codes = [code - (1 << bits) & 255 if code >> bits - 1 else code for code in codes]
            data = bytes(codes)
        return type, dims, bytes(data)

    def __init__(self, path):
        self.path = Path(path)
        self.data = self.path.read_bytes()
        graph = self.decode(self.data, "ModelProto").get("graph", {})
        self.tensors = {}
        for message in graph.get("initializer", []):
            self.tensors[message.get("name", b"").decode()] = self.tensor(message, self.path.parent)
        for node in graph.get("node", []):
            if node.get("op_type") == b"Constant" and node.get("output"):
                for attribute in node.get("attribute", []):
                    if attribute.get("name") == b"value" and "t" in attribute:
                        self.tensors[node["output"][0].decode()] = self.tensor(attribute["t"], self.path.parent)
