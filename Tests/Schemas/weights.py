"""Packed weights to logical order, and the rounding of their values."""

import struct
from array import array

from formats import NONE, WIDTH, product, raw, require, words
from records import OPERATORS, PAGE, operand

CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
PACKED = PAGE["operator", "input", "packing", "where"]


def up(count):
    return (count + 15) // 16 * 16


def ones(list, length):
    return list or [1] * length


def stride_one(record):
    return all(x == 1 for x in record["strides"] + record["dilations"])


def functions(record):
    return [gate["kind"] for gate in record["functions"]]


def repeats(kinds, pattern):
    return kinds == pattern * (len(kinds) // len(pattern))


# What the column "where" says, as conditions on a node, its shapes and types by operand name.
WHERE = {
    "": lambda r, s, t: True,
    "else": lambda r, s, t: True,
    "group > 1, group = M and C/G = 1": lambda r, s, t: r["group"] > 1 and r["group"] == s["w"][0] and s["w"][1] == 1,
    "else, where group = 1, the kernel is 3×3, stride and dilation are 1, and C is 8 or more: the writer's choice": (
        lambda r, s, t: r["group"] == 1 and s["w"][2:] == (3, 3) and stride_one(r) and s["w"][1] >= 8
    ),
    "alpha = beta = 1, transA = 0, transB = 1": lambda r, s, t: r["alpha"] == r["beta"] == 1 and not r["transA"] and r["transB"],
    "alpha = beta = 1, transA = 0, transB = 0": lambda r, s, t: r["alpha"] == r["beta"] == 1 and not r["transA"] and not r["transB"],
    "as many elements as y has columns, all along the last axis, and b could be packed": (
        lambda r, s, t: r["alpha"] == r["beta"] == 1
        and not r["transA"]
        and product(s["c"]) == s["y"][-1]
        and s["c"]
        and s["c"][-1] == s["y"][-1]
    ),
    "rank 2": lambda r, s, t: len(s["b"]) == 2,
    "b has rank 2": lambda r, s, t: len(s["b"]) == 2,
    "x is float32, the functions of each direction are sigmoid, tanh, tanh": (
        lambda r, s, t: t["x"] == 1 and repeats(functions(r), ["sigmoid", "tanh", "tanh"])
    ),
    "x is float32, the functions of each direction are sigmoid, tanh": (
        lambda r, s, t: t["x"] == 1 and repeats(functions(r), ["sigmoid", "tanh"])
    ),
    "x is float32, all functions are tanh, or all are relu": (
        lambda r, s, t: t["x"] == 1 and (repeats(functions(r), ["tanh"]) or repeats(functions(r), ["relu"]))
    ),
}


def packings(node, values):
    """For every input of a node the packings that the table allows."""
    _, ins, outs, _, _ = OPERATORS[node.number]
    shapes, types = {}, {}
    for text, indices in ((outs, node.outputs), (ins, node.inputs)):
        for index, value in enumerate(indices):
            if value != NONE:
                shapes[operand(text, index)], types[operand(text, index)] = values[value].shape, values[value].element
    found = []
    for index, value in enumerate(node.inputs):
        allowed = [0]
        if value != NONE and values[value].element == 1 and 0 < product(values[value].shape) and len(values[value].shape) <= 4:
            for operator, names, numbers, where in PACKED:
                if operator == node.name and operand(ins, index) in names.split(", ") and WHERE[where](node.record, shapes, types):
                    w = {"b": "w" if "w" in shapes else "b", "c": "b" if "b" in shapes else "v"}.get(operand(ins, index))
                    if "5" in numbers and w in shapes and (types[w] != 1 or len(shapes[w]) > 4):
                        continue
                    allowed = [int(number) for number in numbers.split(", ")]
                    break
        found.append(allowed)
    return found


def taps(node, shape):
    """The order of a transposed convolution's taps."""
    kernel = shape[2:]
    count = product(kernel)
    if len(kernel) > 2:
        return list(range(count))
    strides, dilations = ones(node.record["strides"], len(kernel)), ones(node.record["dilations"], len(kernel))

    def key(tap):
        at = [tap // product(kernel[i + 1 :]) % kernel[i] for i in range(len(kernel))]
        return [a * d % s for a, d, s in zip(at, dilations, strides)] + at

    return sorted(range(count), key=key)


class Form:
    """How a constant is packed: the numbers of the table "Where an element lies"."""

    def __init__(self, packing, shape, groups, order):
        self.packing, self.shape, self.groups, self.order = packing, shape, groups, order
        count = product(shape)
        if packing in (1, 7):
            self.outputs, self.inputs, self.taps = shape[0] // groups, shape[1], product(shape[2:])
        elif packing == 2:
            self.outputs, self.inputs, self.taps = shape[0], 1, product(shape[1:])
        elif packing == 3:
            self.outputs, self.inputs, self.taps = shape[1], shape[0], 1
        elif packing == 4:
            self.groups = product(shape[:-2])
            self.outputs, self.inputs, self.taps = shape[-2], shape[-1], 1
        elif packing == 5:
            self.outputs, self.inputs, self.taps = count // groups, 1, 1
        elif packing == 6:
            self.outputs, self.inputs, self.taps = shape[1], shape[0] // groups, product(shape[2:])
        self.size = self.groups * up(self.outputs) * self.inputs * self.taps

    def logical(self, channel):
        """Where the elements of an output channel (group, o) lie in logical order: a slice for each run of packed ones."""
        group, o = channel
        I, T, O = self.inputs, self.taps, self.outputs
        if self.packing == 1:
            first = (group * O + o) * I * T
            return [slice(first + t, first + I * T, T) for t in range(T)]
        if self.packing in (2, 4, 7):
            first = (group * O + o) * I * T
            return [slice(first, first + I * T)]
        if self.packing == 3:
            return [slice(o, I * O, O)]
        if self.packing == 5:
            return [slice(group * O + o, group * O + o + 1)]
        first = (group * I * O + o) * T
        return [slice(first + tap, first + ((I - 1) * O) * T + T, O * T) for tap in self.order]

    def packed(self, group, o):
        """Where the elements of an output channel, or of padding, lie in the blob, in the order of `logical`."""
        if self.packing == 2:
            return slice(o, self.size, up(self.outputs))
        if self.packing == 5:
            return slice(group * up(self.outputs) + o, group * up(self.outputs) + o + 1)
        depth = self.inputs * self.taps
        panel = (group * up(self.outputs) + o) // 16
        return slice(panel * depth * 16 + o % 16, (panel + 1) * depth * 16, 16)

    def channels(self):
        return [(group, o) for group in range(self.groups) for o in range(self.outputs)]

    def padding(self):
        return [(group, o) for group in range(self.groups) for o in range(self.outputs, up(self.outputs))]

    def unpack(self, blob):
        """The elements in logical order; padding must be zero."""
        require(len(blob) == self.size, "a blob of", len(blob), "elements for", self.size)
        result = array(blob.typecode, bytes(product(self.shape) * blob.itemsize))
        for channel in self.channels():
            elements, at = blob[self.packed(*channel)], 0
            for place in self.logical(channel):
                count = len(range(*place.indices(len(result))))
                result[place] = elements[at : at + count]
                at += count
        for channel in self.padding():
            require(not any(blob[self.packed(*channel)]), "padding is not zero")
        return result


def float16(values):
    """float32 to the bits of float16, to nearest, ties to even."""
    return words("H", struct.pack(f"<{len(values)}e", *values))


def float32(x):
    return array("f", [x])[0]


def neighbours(x):
    """A float32 that is not negative, the one above it and the one below."""
    bits = struct.unpack("<I", struct.pack("<f", x))[0]
    return [struct.unpack("<f", struct.pack("<I", b))[0] for b in (bits, bits + 1, max(bits - 1, 0))]


def unit(w, largest):
    """The scale with which codes give every weight back, if there is one."""
    for n in range(1, 128):
        for s in neighbours(float32(largest / n)):
            if s > 0 and all(abs(q := round(float32(x / s))) <= 127 and float32(q * s) == x for x in w):
                return s
    return None


def rounded(values, form):
    """Codes in logical order and scales by output channel, as *Precision* of bundle.md has them."""
    codes, scales = array("b", bytes(len(values))), []
    lost = float32(max(map(abs, values), default=0) * 2**-24)
    for channel in form.channels():
        where = form.logical(channel)
        places = [i for place in where for i in range(*place.indices(len(values)))]
        places.sort()
        w = [values[i] for i in places]
        largest = max(map(abs, w), default=0)
        if largest <= lost:
            scales.append(1.0)
            continue
        scale = unit(w, largest) or float32(largest / 127) or 1.0
        quotients = array("f", [x / scale for x in w])
        q = [min(127, max(-127, round(x))) for x in quotients]
        errors = array("f", [x - y for x, y in zip(quotients, q)])
        total = 0.0
        for error in errors:
            total += error
        steps = round(total)
        direction = 1 if steps > 0 else -1
        candidates = [i for i, e in enumerate(errors) if e * direction > 0 and abs(q[i] + direction) <= 127]
        candidates.sort(key=lambda i: -errors[i] * direction)
        for i in candidates[: abs(steps)]:
            q[i] += direction
        for i, code in zip(places, q):
            codes[i] = code
        scales.append(scale)
    return codes, scales


def plain(blob, slot, value, rank):
    """A plain constant in logical order."""
    shape = value.shape
    require(len(blob) == product(shape), "a blob of", len(blob), "elements for", shape)
    if slot.layout == 0:
        return blob
    shape = (1,) * (rank - len(shape)) + shape
    require(len(shape) >= 3, "channels last below rank 3")
    channels, pixels = shape[1], product(shape[2:])
    result = array(blob.typecode, bytes(len(blob) * blob.itemsize))
    for n in range(shape[0]):
        for c in range(channels):
            first = n * channels * pixels
            result[first + c * pixels : first + (c + 1) * pixels] = blob[first + c : first + channels * pixels : channels]
    return result


class Constant:
    """A constant as one slot stores it: its elements in logical order, with scales where they are codes."""

    def __init__(self, bundle, node, reads, index):
        slot = bundle.slots[reads[index]] if node else bundle.slots[index]
        value = bundle.values[slot.value]
        self.slot, self.value = slot, value
        self.size = (WIDTH[value.element], 2, 1)[slot.precision]
        require(slot.length % self.size == 0, "the length of a blob")
        blob = words(CODES[self.size], bundle.weights[slot.where : slot.where + slot.length])
        self.form, self.scales = None, None
        if slot.packing == 0:
            ranks = [len(bundle.values[v].shape) for v in node.inputs if v != NONE] if node else [0]
            self.elements = plain(blob, slot, value, max(ranks))
            return
        packings_ = packings(node, bundle.values)[index]
        require(slot.packing in packings_, node.name, "has input", index, "in packing", slot.packing, "not", packings_)
        groups = node.record.get("group") or 1
        if node.name in ("Conv", "ConvTranspose") and index == 2 and reads[1] != NONE:
            w = bundle.slots[reads[1]]
            groups = groups if w.packing in (1, 6) else 1
        order = taps(node, value.shape) if slot.packing == 6 else None
        self.form = Form(slot.packing, value.shape, groups if slot.packing in (1, 5, 6) else 1, order)
        self.elements = self.form.unpack(blob)
        if slot.precision == 2:
            self.read_scales(bundle)

    def read_scales(self, bundle):
        form, width = self.form, up(self.form.outputs)
        start, count = self.slot.scales, self.form.groups * width
        require(start % 64 == 0 and start + 4 * count <= len(bundle.weights), "the place of scales")
        scales = words("f", bundle.weights[start : start + 4 * count])
        require(all(scales[g * width + o] == 1 for g, o in form.padding()), "a scale of padding is not 1")
        self.scales = [scales[g * width + o] for g, o in form.channels()]
        self.scale_bytes = range(start, start + 4 * count)

    def values(self):
        """The bytes of the numbers that the constant stands for, in logical order."""
        if self.slot.precision == 0:
            return raw(self.elements)
        if self.slot.precision == 1:
            return raw(array("f", halves(self.elements)))
        result = array("f", bytes(4 * len(self.elements)))
        codes = words("b", raw(self.elements))
        for channel, scale in zip(self.form.channels(), self.scales):
            for place in self.form.logical(channel):
                result[place] = array("f", [code * scale for code in codes[place]])
        return raw(result)


def halves(codes):
    """The numbers that bits of float16 stand for."""
    return struct.unpack(f"<{len(codes)}e", raw(codes))


def constants(bundle):
    """Every constant in every form in which a step reads it, once per slot."""
    found = {}
    for node, reads, _ in bundle.steps:
        for index, slot in enumerate(reads):
            if slot == NONE or bundle.slots[slot].place != 1 or node is None:
                continue
            if slot not in found:
                found[slot] = Constant(bundle, node, reads, index)
            else:
                require(found[slot].slot.packing in packings(node, bundle.values)[index], "a slot that a second reader cannot read")
    for slot in range(len(bundle.slots)):
        if bundle.slots[slot].place == 1 and slot not in found:
            found[slot] = Constant(bundle, None, None, slot)
    return found


def check_gaps(bundle, found):
    """Blobs and scales of the graph and of bodies lie apart from each other, zeros between them."""
    ranges = sorted(
        [(c.slot.where, c.slot.where + c.slot.length) for c in found]
        + [(c.scale_bytes.start, c.scale_bytes.stop) for c in found if c.scales is not None]
    )
    end = 0
    for first, last in ranges + [(len(bundle.weights), len(bundle.weights))]:
        require(first >= end, "two blobs overlap")
        require(not any(bundle.weights[end:first]), "bytes between blobs are not zero")
        end = last
