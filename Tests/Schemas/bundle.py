"""A bundle's sections, by Schemas/bundle.md."""

import re
import struct
from collections import namedtuple

import zstandard

from formats import NONE, WIDTH, Fields, product, require, words, xxh64
from records import ELEMENTS, OPERATORS, bodies, decode, operand, operands
from shapes import Shapes

MAGIC = bytes.fromhex("894F324D0D0A1A0A")
REQUIRED = {1, 2, 3, 4}
# Optional sections that no reader may pass over.
SHAPES, STATE, COUNTED, BODIES, CERTIFIED = 9, 10, 11, 12, 13
ESSENTIAL = {SHAPES, STATE, COUNTED, BODIES}
MOST_NESTED = 64
Value = namedtuple("Value", "element shape")
Node = namedtuple("Node", "number name record inputs outputs bodies")
Slot = namedtuple("Slot", "value layout packing precision place pitch where length scales")


def elements(data, type):
    """The elements of a tensor as numbers; those of types that Python does not know are no numbers."""
    if type == 16:
        return list(struct.unpack(f"<{len(data) // 2}f", b"".join(b"\0\0" + data[i : i + 2] for i in range(0, len(data), 2))))
    kind = {1: "f", 2: "B", 3: "b", 4: "H", 5: "h", 6: "i", 7: "q", 9: "?", 10: "e", 11: "d", 12: "I", 13: "Q"}.get(type)
    count = len(data) // WIDTH[type]
    return list(struct.unpack(f"<{count}{kind}", data)) if kind else [float("nan")] * count


def zeros(data, what):
    require(data.count(0) == len(data), what, "are not zero")


def sections(data):
    """The raw bytes of all sections by type; every byte of the file is checked on the way."""
    require(len(data) >= 64 and data[:8] == MAGIC, "not a bundle")
    head = Fields(data[:64])
    head.take(8)
    major, minor, flags, algorithm, count = head.u16(), head.u16(), head.u32(), head.u32(), head.u32()
    length, at, table_length, table_hash, head_hash = (head.u64() for _ in range(5))
    require(major == 1 and minor <= 13, "version", major, minor)
    require(xxh64(data[:56]) == head_hash, "the hash of the header")
    require(flags >> 16 == 0, "flags", flags)
    require(algorithm == 1 and count <= 256 and length == len(data), "header")
    require(at >= 64 and at % 8 == 0 and table_length == 64 * count and at + table_length <= length, "the place of the table")
    table = Fields(data[at : at + table_length])
    require(xxh64(table.data) == table_hash, "the hash of the table")
    zeros(data[64:at], "bytes before the table")
    end, found = at + table_length, {}
    for _ in range(count):
        type, required, offset, stored_length, raw_length = table.u32(), table.u32(), table.u64(), table.u64(), table.u64()
        codec, alignment, hash = table.u32(), table.u32(), table.u64()
        zeros(table.take(16), "the last bytes of a line of the table")
        require(type not in found and (1 <= type <= 6 or type in ESSENTIAL or not required & 1), "section", type)
        require(required == (1 if type in REQUIRED | ESSENTIAL else 0), "flags of section", type)
        least = 16384 if flags & 1 else 64 if type == 4 else 1
        require(alignment & alignment - 1 == 0 and least <= alignment <= 65536 and offset % alignment == 0, "alignment of section", type)
        require(offset >= end and offset + stored_length <= length, "the place of section", type)
        zeros(data[end:offset], f"bytes before section {type}")
        end = offset + stored_length
        found[type] = unpack(data[offset:end], codec, raw_length, flags & 1)
        require(xxh64(found[type]) == hash, "the hash of section", type)
    zeros(data[end:], "bytes behind the last section")
    require(REQUIRED <= set(found), "a section is missing")
    require(not SHAPES in found or not BODIES in found, "sections shapes and bodies")
    # Whether levels follow in section 8 is seen when that is read.
    stated = version(found, levels=minor == 13 and 8 in found)
    require(minor == stated or minor < 6 == stated, "version", minor, "with sections", *found)
    return found, flags & 1, minor


def version(types, levels):
    """The minor version that a bundle with these sections states, or with levels of a head in section 8."""
    if levels:
        return 13
    if CERTIFIED in types:
        return 12
    if SHAPES in types and COUNTED in types:
        return 11
    return next((minor for type, minor in ((BODIES, 10), (COUNTED, 9), (STATE, 8), (SHAPES, 7)) if type in types), 6)


def unpack(stored, codec, length, installed):
    require(codec in (0, 1, 2) and not (installed and codec), "codec", codec)
    if codec == 0:
        require(len(stored) == length, "stored and raw length")
        return stored
    require(zstandard.frame_content_size(stored) >= 0, "the frame does not say its length")
    frame = zstandard.ZstdDecompressor().decompressobj()
    raw = frame.decompress(stored)
    require(frame.eof and not frame.unused_data and len(raw) == zstandard.frame_content_size(stored), "zstd frame")
    if codec == 2:
        raw = rearranged(Fields(raw))
    require(len(raw) == length, "raw length")
    return raw


def rearranged(fields):
    """`[panel][row][column]` of elements from `[byte][panel][column][row]`."""
    runs = fields.list(lambda: (fields.u64(), fields.u32(), fields.u32(), fields.u32()))
    result = bytearray()
    for count, width, rows, columns in runs:
        require(width and rows and columns and count % (width * rows * columns) == 0, "run")
        stored, run = fields.take(count), bytearray(count)
        matrix, plane = rows * columns, count // width
        for byte in range(width):
            for panel in range(count // width // matrix):
                first = byte * plane + panel * matrix
                for row in range(rows):
                    start = (panel * matrix + row * columns) * width + byte
                    run[start : start + (columns - 1) * width + 1 : width] = stored[first + row : first + matrix : rows]
        result += run
    fields.end("the arranged section")
    return bytes(result)


def entries(fields, what):
    found = fields.list(lambda: fields.take(fields.u64()))
    fields.end(what)
    return found


class Graph:
    """A graph and its plan: that of a bundle, or a body."""

    depth, rooms, derived = 0, {}, {}

    def value(self, fields):
        element, rank = fields.u8(), fields.u8()
        require(element in ELEMENTS and rank <= 8, "a value of type", element, "and rank", rank)
        shape = tuple(fields.i64() for _ in range(rank))
        require(all(dim >= 0 for dim in shape) and product(shape) * WIDTH[element] < 1 << 62, "extents", shape)
        return Value(element, shape)

    def read_graph(self, fields):
        count, inputs, constants, nodes, outputs = (fields.u32() for _ in range(5))
        require(inputs + constants <= count, "more inputs and constants than values")
        self.inputs, self.constants = range(inputs), range(inputs, inputs + constants)
        self.values = [self.value(fields) for _ in range(count)]
        self.nodes, free = [], inputs + constants
        for _ in range(nodes):
            number, takes, gives, zero, length = fields.u16(), fields.u16(), fields.u16(), fields.u16(), fields.u32()
            require(number in OPERATORS and zero == 0, "operator", number)
            name, ins, outs = OPERATORS[number][:3]
            indices = [fields.u32() for _ in range(takes)]
            record = decode(name, Fields(fields.take(length)))
            least, most, optional = operands(ins)
            require(least <= takes <= most, name, "has", takes, "inputs")
            for index, value in enumerate(indices):
                absent = value == NONE and index < len(optional) and optional[index]
                require(absent or value < free, "input", index, "of", name, "is", value)
            least, most, _ = operands(outs)
            require((0 if outs.endswith("…") else 1) <= gives and least - outs.endswith("…") <= gives <= most, name, "has", gives, "outputs")
            inner = [Body(Fields(body), self.depth + 1) for body in bodies(name, record)]
            self.nodes.append(Node(number, name, record, indices, range(free, free + gives), inner))
            free += gives
        require(free == count, "values without a writer")
        self.outputs = [fields.u32() for _ in range(outputs)]
        require(all(value < count for value in self.outputs), "outputs")
        fields.end("a graph")

    def read_plan(self, fields):
        found = entries(fields, "a plan")
        require(found, "no entry")
        entry = Fields(found[0])
        self.arena, slots, steps, inputs, outputs = entry.u64(), *(entry.u32() for _ in range(4))
        require(inputs == len(self.inputs) and outputs == len(self.outputs), "operands of the plan")
        self.slots = []
        for _ in range(slots):
            slot = Slot(entry.u32(), *(entry.u8() for _ in range(4)), *(entry.u64() for _ in range(4)))
            require(slot.value < len(self.values) and slot.layout < 2 and slot.packing < 8 and slot.precision < 3 and slot.place < 4, slot)
            self.slots.append(slot)
        self.input_slots = [entry.u32() for _ in range(inputs)]
        self.output_slots = [entry.u32() for _ in range(outputs)]
        self.steps = []
        for _ in range(steps):
            kind = entry.u8()
            require(kind < 2, "step", kind)
            if kind == 1:
                self.steps.append((None, [entry.u32()], [entry.u32()]))
            else:
                node = self.nodes[entry.u32()]
                self.steps.append((node, [entry.u32() for _ in node.inputs], [entry.u32() for _ in node.outputs]))
        entry.end("the entry of the plan")
        for node, reads, writes in self.steps:
            require(all(slot < slots for slot in writes + [slot for slot in reads if slot != NONE or node is None]), "a step's slots")

    def inner(self):
        """The bodies of all nodes, each before those inside of it."""
        return [body for node in self.nodes for first in node.bodies for body in [first] + first.inner()]


class Body(Graph):
    """A graph inside of an operator."""

    def __init__(self, fields, depth):
        self.depth = depth
        require(depth <= MOST_NESTED, "graphs inside of one another:", depth)
        self.read_graph(fields)


class Bundle(Graph):
    """Everything that a bundle says, each field read and each rule checked; weights are those of weights.py."""

    def __init__(self, data):
        self.raw, self.installed, minor = sections(data)
        self.levels = False
        self.read_graph(Fields(self.raw[2]))
        self.read_plan(Fields(self.raw[3]))
        self.shapes = Shapes(self, Fields(self.raw[SHAPES]), Graph()) if SHAPES in self.raw else None
        self.derived = self.shapes.derived if self.shapes else {}
        self.rooms = self.read_rooms(Fields(self.raw[COUNTED])) if COUNTED in self.raw else {}
        self.weights = self.raw[4]
        self.read_bodies()
        self.read_manifest(Fields(self.raw[1]))
        self.state = self.read_state(Fields(self.raw[10])) if 10 in self.raw else {}
        if 5 in self.raw:
            self.read_certificate(Fields(self.raw[5]))
        if CERTIFIED in self.raw:
            self.read_certified_shapes(Fields(self.raw[CERTIFIED]))
        if 7 in self.raw:
            fields = Fields(self.raw[7])
            self.fixed_inputs = fields.list(lambda: self.fixed_input(fields))
            fields.end("section fixed inputs")
        self.pictures = self.read_pictures(Fields(self.raw[8])) if 8 in self.raw else None
        require(self.levels == (minor == 13), "version", minor, "with levels" if self.levels else "without levels")
        self.origins = [[] for _ in self.values]
        if 6 in self.raw:
            fields = Fields(self.raw[6])
            self.origins = fields.list(lambda: fields.list(fields.text))
            fields.end("section names")
            require(len(self.origins) == len(self.values), "names are of", len(self.origins), "values")

    def read_bodies(self):
        """The plans of bodies, whose constants lie in the weights of the bundle."""
        inner = self.inner()
        require(bool(inner) == (BODIES in self.raw), "bodies and their section")
        if not inner:
            return
        fields = Fields(self.raw[BODIES])
        plans = entries(fields, "section bodies")
        require(len(plans) == len(inner), "plans of bodies:", len(plans), "for", len(inner))
        for body, plan in zip(inner, plans):
            body.weights = self.weights
            body.read_plan(Fields(plan))

    def read_rooms(self, fields):
        """The bytes that values take at most whose extents a run decides."""
        rooms, bounds = [], []
        for _ in range(fields.u32()):
            rooms.append((fields.u32(), fields.i64()))
            bounds.append(fields.u32() if self.shapes else NONE)
        fields.end("section counted")
        first = len(self.inputs) + len(self.constants)
        require([value for value, _ in rooms] == sorted({value for value, _ in rooms}), "values of section counted")
        for (value, room), bound in zip(rooms, bounds):
            require(first <= value < len(self.values), "value", value, "of section counted")
            stated = self.values[value]
            require(room >= product(stated.shape) * WIDTH[stated.element], "the room of value", value)
            if bound != NONE:
                program = self.shapes.program.values
                require(bound < len(program) and program[bound] == stated, "the bound of value", value)
        return dict(rooms)

    def read_manifest(self, fields):
        ports = [fields.list(lambda: (fields.text(), self.value(fields))) for _ in range(2)]
        self.names = [[name for name, _ in list] for list in ports]
        require([value for _, value in ports[0]] == [self.values[i] for i in self.inputs], "inputs of the manifest")
        require([value for _, value in ports[1]] == [self.values[i] for i in self.outputs], "outputs of the manifest")
        self.labels = fields.list(fields.text)
        self.preprocessing = fields.text()
        check_preprocessing(self.preprocessing)
        operators = fields.list(fields.u16)
        require(operators == sorted({node.number for graph in [self] + self.inner() for node in graph.nodes}), "operators of the manifest")
        require(fields.u64() == self.arena and fields.u64() == len(self.weights), "arena and weights of the manifest")
        self.source_hash = bytes(fields.list(fields.u8))
        require(len(self.source_hash) in (0, 32), "SHA-256")
        self.source_bytes, self.tool, self.precision = fields.u64(), fields.text(), fields.text()
        self.passes = fields.list(fields.text)
        if not fields.at_end():
            for path, length, hash in fields.list(lambda: (fields.text(), fields.u64(), fields.list(fields.u8))):
                require(len(hash) == 32 and not path.startswith("/"), "external data", path)
        fields.end("section manifest")

    def read_state(self, fields):
        """By input: the output that it takes, and what it is before the first run."""
        links = {}
        for _ in range(fields.u32()):
            input, output, stored = fields.u32(), fields.u32(), self.flag(fields)
            require(input < len(self.inputs) and output < len(self.outputs), "a link of input", input, "and output", output)
            require(not links or input > max(links), "links out of order")
            value = self.values[self.inputs[input]]
            require(value == self.values[self.outputs[output]], "the types of input", input, "and output", output)
            links[input] = (output, fields.take(product(value.shape) * WIDTH[value.element]) if stored else None)
        require(links, "no link")
        fields.end("section state")
        return links

    def read_certificate(self, fields):
        form, verdict, threshold = fields.u8(), fields.flag(), fields.f64()
        require(form < 4, "form of the certificate", form)
        require(form < 3 or fields.u8() < 3, "evidence")
        self.cases = fields.list(lambda: self.certified_case(fields, form))
        fields.end("section certificate")
        for _, outputs in self.cases:
            for output, value in zip(outputs, self.outputs):
                stated, element = product(self.values[value].shape), self.values[value].element
                most = self.rooms.get(value, 0) // WIDTH[element]
                require(output[0] == stated or output[0] <= most, "elements of the certificate")
            require(not verdict or all(output[4] >= threshold for output in outputs), "the verdict of the certificate")

    def read_certified_shapes(self, fields):
        """Certificates at other extents: what follows from those is not inferred here, so that their cases stay unread."""
        for _ in range(fields.u32()):
            extents = [fields.i64() for _ in range(fields.u32())]
            require(len(extents) == len(self.shapes.symbols), "extents of", len(extents), "symbols")
            for extent, (name, least, most, step, _) in zip(extents, self.shapes.symbols):
                require(least <= extent <= most and (extent - least) % step == 0, "symbol", name, "is", extent)
            certificate = Fields(fields.take(fields.u64()))
            require(certificate.u8() == 3 and certificate.u8() < 2, "the head of a certificate")
        fields.end("section certified shapes")

    def read_pictures(self, fields):
        """What section 8 says, as the manifest's text says it."""
        text = None
        if self.flag(fields):
            kind, *resize = fields.u8(), fields.u32(), fields.u32()
            require(kind < 4 and all((1 <= side <= 8192) if kind else side == 0 for side in resize), "resize", kind, *resize)
            pad, corner = (fields.u8(), self.flag(fields)) if kind == 3 else (None, None)
            filter, is_cropped, *crop = fields.u8(), self.flag(fields), fields.u32(), fields.u32()
            require(filter < 5 and all((1 <= side <= 8192) if is_cropped else side == 0 for side in crop), "crop", *crop)
            order, layout, scale = fields.u8(), fields.u8(), fields.f64()
            mean = [fields.f64() for _ in range(fields.u8())]
            std = [fields.f64() for _ in range(fields.u8())]
            require(order < 2 and layout < 2 and len(mean) in (1, 3) and len(std) in (1, 3) and 0 not in std, "pre-processing")
            text = {
                "resize": ["none", f"short:{resize[0]}", f"{resize[0]}x{resize[1]}", f"letterbox:{resize[0]}x{resize[1]}"][kind],
                "filter": ["box", "bilinear", "hamming", "bicubic", "lanczos"][filter],
                "crop": f"{crop[0]}x{crop[1]}" if is_cropped else "none",
                "order": ["rgb", "bgr"][order], "scale": [scale], "mean": mean, "std": std, "layout": ["nchw", "nhwc"][layout],
            }
            if kind == 3:
                text |= {"pad": str(pad), "align": "corner" if corner else "center"}
            require(text == preprocessing(self.preprocessing), "the pre-processing of manifest and pictures")
        if self.flag(fields):
            output, scores = fields.u32(), fields.u8()
            require(output < len(self.outputs) and scores < 4, "classes of output", output, "as", scores)
        if fields.at_end():
            return text
        task = fields.u8()
        require(task < 4, "a task of", task)
        if task:
            input, axes = fields.u32(), fields.u8()
            require(input < len(self.inputs) and axes < 2, "the picture's input", input, axes)
        if task == 1:
            self.read_boxes(fields)
        elif task == 3:
            self.levels = True
            self.read_levels(fields)
        elif task == 2:
            output, content, axis, _ = fields.u32(), fields.u8(), fields.u8(), fields.f64()
            require(output < len(self.outputs) and content < 3, "a map of output", output)
            require(axis == 255 or axis < len(self.values[self.outputs[output]].shape), "the classes' axis", axis)
        return text

    def read_boxes(self, fields):
        counts = [self.candidates(fields, 4)]
        form, unit, grids = fields.u8(), fields.u8(), [fields.u32() for _ in range(fields.u8())]
        require(form < 3 and unit < 4 and len(grids) <= 8 and bool(grids) == (unit == 2), "boxes", form, unit, *grids)
        counts.append(self.candidates(fields, 1))
        classes = fields.u32()
        counts += [self.candidates(fields, 1) for _ in range(2) if self.flag(fields)]
        scores, background, suppression = fields.u8(), fields.u8(), fields.u8()
        require(classes and scores < 3 and background < 3 and suppression < 3, "scores", classes, scores, background, suppression)
        least, overlap, most = fields.f64(), fields.f64(), fields.u32()
        require(0 <= least <= 1 and 0 <= overlap <= 1 and 1 <= most <= 4096, "limits of boxes", least, overlap, most)
        require(len(set(counts)) == 1 and counts[0] <= 1 << 24, "candidates", *counts)

    def read_levels(self, fields):
        sides, bins, has_objectness, scores_first, classes = fields.u8(), fields.u8(), self.flag(fields), self.flag(fields), fields.u32()
        require(sides < 3 and 1 <= bins <= (64 if sides == 2 else 1) and classes, "a level's numbers", sides, bins, classes)
        scores, background, suppression = fields.u8(), fields.u8(), fields.u8()
        require(scores < 3 and background < 3 and suppression < 3, "scores", scores, background, suppression)
        least, overlap, most = fields.f64(), fields.f64(), fields.u32()
        require(0 <= least <= 1 and 0 <= overlap <= 1 and 1 <= most <= 4096, "limits of boxes", least, overlap, most)
        levels = fields.u8()
        require(1 <= levels <= 8, "levels", levels)
        for _ in range(levels):
            output, order, stride, _, anchors = fields.u32(), fields.u8(), fields.u32(), fields.f64(), fields.u8()
            require(output < len(self.outputs) and order < 4 and 1 <= stride <= 8192, "a level of output", output, order, stride)
            require(anchors <= 16 and (anchors == 0) == (sides == 2), "anchors", anchors)
            for _ in range(anchors):
                require(fields.f64() > 0 and fields.f64() > 0, "an anchor of no size")
            entries, shape = 4 * bins + has_objectness + classes, self.values[self.outputs[output]].shape
            fits = {0: lambda: shape[-3] == max(1, anchors) * entries, 1: lambda: shape[-1] == max(1, anchors) * entries,
                    2: lambda: shape[-4] == anchors and shape[-1] == entries, 3: lambda: shape[-1] == entries}
            require(len(shape) >= (4, 4, 5, 3)[order] - 1 and fits[order](), "a level's shape", order, *shape)

    def candidates(self, fields, entries):
        """How many candidates a field of so many entries has."""
        output, axis, first = fields.u32(), fields.u8(), fields.u32()
        require(output < len(self.outputs), "a field of output", output)
        shape = self.values[self.outputs[output]].shape
        extent = 1 if axis == 255 else shape[axis]
        require(first + entries <= extent, "entry", first, "of a field")
        return product(shape) // extent

    @staticmethod
    def flag(fields):
        value = fields.u8()
        require(value < 2, "a flag of", value)
        return value == 1

    @staticmethod
    def fixed_input(fields):
        name, element = fields.text(), fields.u8()
        shape = [fields.u64() for _ in range(fields.u8())]
        if element == 8:
            values = fields.list(fields.text)
            require(len(values) == product(shape), "strings of", name)
            return name, values
        return name, fields.take(product(shape) * WIDTH[element])

    def certified_case(self, fields, form):
        seed = fields.u64()
        if form == 3:
            require(fields.u32() == len(self.inputs), "inputs of the certificate")
            for index, value in enumerate(self.inputs):
                self.certified_input(fields, self.values[value], index in self.state)
        count = fields.u32()
        require(count == len(self.outputs), "outputs of the certificate")
        return seed, [self.certified(fields, seed, self.values[value].element if form == 3 else None) for value in self.outputs]

    @staticmethod
    def certified_input(fields, value, is_state):
        kind = fields.u8()
        require(kind < 5 or kind == 5 and is_state, "origin of an input", kind)
        if kind == 3:
            least, greatest = fields.i64(), fields.i64()
            require(-(1 << 62) <= least <= greatest <= 1 << 62, "range of an input")
        if kind == 4:
            require(len(fields.list(fields.u8)) == product(value.shape) * WIDTH[value.element], "bytes of an input")

    @staticmethod
    def certified(fields, seed, element):
        """One output: its count, what is kept of it, and whether the figures can be those of its elements."""
        count, indices = fields.u64(), fields.list(fields.u32)
        kept = fields.list(fields.f32) if element is None else elements(bytes(fields.list(fields.u8)), element)
        norm, total, largest, mean, sqnr = (fields.f64() for _ in range(5))
        least, greatest = (fields.f32() if element is None else fields.f64() for _ in range(2))
        require(len(kept) == (len(indices) if indices else count), "elements kept")
        require(bool(indices) == (count > 4096), "a sample of", count, "elements")
        if indices:
            random = seeded(90, seed)
            for i in range(1024):
                first, next = i * count // 1024, (i + 1) * count // 1024
                require(indices[i] == first + (random() >> 40) % (next - first), "index", i, "of the sample")
        finite = [x for x in kept if abs(x) < float("inf")]
        if not indices and len(finite) == len(kept) and norm < float("inf"):
            require(abs(sum(x * x for x in kept) ** 0.5 - norm) <= 1e-6 * norm, "the norm of an output")
            require(abs(sum(kept) - total) <= 1e-6 * norm * len(kept) ** 0.5 + 1e-30, "the sum of an output")
            require(not kept or (float(min(kept)), float(max(kept))) == (least, greatest), "the extremes of an output")
        require(all(least <= float(x) <= greatest for x in finite), "an element outside the extremes")
        return count, kept, largest, mean, sqnr


def check_preprocessing(text):
    number = r"-?\d+(\.\d+)?(e[-+]?\d+)?(/-?\d+(\.\d+)?(e[-+]?\d+)?)?"
    values = {
        "resize": r"none|short:\d+|(letterbox:)?\d+x\d+", "pad": r"\d+", "align": "center|corner",
        "filter": "box|bilinear|hamming|bicubic|lanczos", "crop": r"none|\d+x\d+",
        "order": "rgb|bgr", "scale": number, "mean": f"{number}(,{number},{number})?", "std": f"{number}(,{number},{number})?",
        "layout": "nchw|nhwc",
    }
    keys = re.split(r",(?=[a-z]+=)", text.replace("\n", ",").rstrip(",")) if text else []
    names = [key.split("=")[0] for key in keys]
    require(len(set(names)) == len(names), "a pre-processing key twice")
    for key in keys:
        name, _, value = key.partition("=")
        require(name in values and re.fullmatch(values[name], value), "pre-processing", key)


def preprocessing(text):
    """The keys of a pre-processing that a writer gave, numbers as such."""
    keys = dict(key.split("=") for key in re.split(r",(?=[a-z]+=)", text.replace("\n", ",").rstrip(",")))
    return keys | {key: [float(number) for number in keys[key].split(",")] for key in ("scale", "mean", "std")}


def seeded(input, seed):
    """The stream of one input of a case."""
    mask = (1 << 64) - 1
    state = seed + input * 0xD1B54A32D192ED03 & mask

    def next():
        nonlocal state
        state = state + 0x9E3779B97F4A7C15 & mask
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        return z ^ z >> 31

    return next
