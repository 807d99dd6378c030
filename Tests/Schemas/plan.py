"""The rules of a plan: where slots lie, and what a step may read and overwrite."""

from collections import namedtuple

from formats import NONE, WIDTH, product, require
from records import OPERATORS, operand

Memory = namedtuple("Memory", "region offset count pitch run")


def overlaps(a, b):
    """Whether a byte belongs to both; different channels of one buffer do not overlap."""
    if a.region != b.region or not a.count or not b.count:
        return False
    if a.offset + a.count <= b.offset or b.offset + b.count <= a.offset:
        return False
    if a.pitch != b.pitch or (a.run == a.pitch and b.run == b.pitch):
        return True
    ahead = (b.offset - a.offset) % a.pitch
    return ahead < a.run or a.pitch - ahead < b.run


def is_same(a, b):
    dense = a.pitch == a.run and b.pitch == b.run
    return a[:3] == b[:3] and (a[3:] == b[3:] or dense)


def is_one_order(shape):
    return len(shape) < 3 or not product(shape) or shape[1] == 1 or product(shape[2:]) == 1


def extent(slot, value):
    shape, size = value.shape, WIDTH[value.element]
    usual = shape[1] if len(shape) > 1 else 1
    if slot.layout == 0:
        require(slot.pitch == usual, "pitch of", slot)
        return product(shape) * size, 1, 1
    require(len(shape) >= 3 and slot.pitch >= shape[1], "layout of", slot)
    if not product(shape):
        return 0, 1, 1
    pixels = product(shape) // shape[1]
    return (slot.pitch * (pixels - 1) + shape[1]) * size, slot.pitch * size, shape[1] * size


def places(bundle):
    """Where every slot lies."""
    memory = []
    for slot in bundle.slots:
        value = bundle.values[slot.value]
        is_constant = slot.value in bundle.constants
        require((slot.place in (1, 3)) == is_constant, "the place of", slot)
        if slot.place == 3:
            require(slot.value in bundle.derived and slot.packing == slot.precision == 0, "a slot that follows from shapes", slot)
            memory.append(Memory("derived", len(memory), product(value.shape) * WIDTH[value.element], 1, 1))
            continue
        if is_constant:
            usual = value.shape[1] if len(value.shape) > 1 else 1
            require(slot.pitch == usual, "pitch of", slot)
            require(slot.where % 64 == 0 and slot.where + slot.length <= len(bundle.weights), "the blob of", slot)
            require((slot.precision == 2) == (slot.scales != (1 << 64) - 1), "scales of", slot)
            require(slot.precision == 0 or slot.packing not in (0, 5) and value.element == 1, "precision of", slot)
            require(slot.packing == 0 or value.element == 1, "packing of", slot)
            memory.append(Memory("weights", slot.where, slot.length, 1, 1))
            continue
        require(slot.packing == slot.precision == slot.length == 0 and slot.scales == (1 << 64) - 1, "form of", slot)
        count, pitch, run = extent(slot, value)
        if slot.value in bundle.rooms:
            require(pitch == run and slot.pitch == (value.shape[1] if len(value.shape) > 1 else 1), "gaps in", slot)
            count, pitch, run = bundle.rooms[slot.value], 1, 1
        if slot.place == 0:
            unit = 64 if pitch == run else WIDTH[value.element]
            require(slot.where % unit == 0 and slot.where + count <= bundle.arena, "the place of", slot)
            memory.append(Memory("arena", slot.where, count, pitch, run))
        else:
            require(slot.where < len(memory), "an alias of a later slot")
            root = memory[slot.where]
            other = bundle.slots[slot.where]
            require(other.packing == other.precision == 0 and root.count == count and root.pitch == root.run and pitch == run, "alias", slot)
            memory.append(Memory(root.region, root.offset, count, 1, 1))
    return memory


def check(bundle):
    """Runs the plan without data: every read must see what was put there."""
    memory, slots, values = places(bundle), bundle.slots, bundle.values
    holds = [slot.place in (1, 3) for slot in slots]
    live = set()

    def overwrite(place):
        for slot in [slot for slot in live if overlaps(memory[slot], place)]:
            holds[slot] = False
            live.discard(slot)

    def share(slot):
        if not holds[slot]:
            holds[slot] = True
            if memory[slot].region == "arena":
                live.add(slot)

    def write(slot):
        overwrite(memory[slot])
        share(slot)

    for index, slot in enumerate(bundle.input_slots):
        require(slots[slot].value == index and slots[slot].layout == 0 and slots[slot].place == 0, "the slot of input", index)
        write(slot)
    require(all(holds[slot] for slot in bundle.input_slots), "inputs share memory")
    for node, reads, writes in bundle.steps:
        for slot in reads:
            require(slot == NONE or holds[slot], "slot", slot, "is read and does not hold its value")
        if node is None:
            convert(bundle, memory, reads[0], writes[0], share, write)
            continue
        require([slots[s].value if s != NONE else NONE for s in reads] == node.inputs, "operands of", node.name)
        require([slots[s].value for s in writes] == list(node.outputs), "outputs of", node.name)
        check_layouts(bundle, node, reads, writes)
        whole, parts, lies = concat_or_split(bundle, memory, node, reads, writes)
        check_overlaps(bundle, memory, node, reads, writes, whole, parts, lies)
        if whole is not None and parts is reads:
            for slot, place in zip(parts, lies):
                if place is not True and product(values[slots[slot].value].shape):
                    overwrite(place or memory[whole])
            share(whole)
        elif whole is not None:
            for slot, place in zip(parts, lies):
                share(slot) if place is True else write(slot)
        else:
            for slot in writes:
                share(slot) if slots[slot].place == 2 else write(slot)
    for index, slot in enumerate(bundle.output_slots):
        require(slots[slot].value == bundle.outputs[index] and holds[slot] and slots[slot].layout == 0, "the slot of output", index)


def convert(bundle, memory, source, target, share, write):
    a, b = bundle.slots[source], bundle.slots[target]
    require(a.value == b.value and a.packing == a.precision == b.packing == b.precision == 0, "a conversion of another value")
    if b.place == 2:
        require(memory[source][:2] == memory[target][:2], "a conversion to an alias of something else")
        require(a.layout == b.layout or is_one_order(bundle.values[a.value].shape), "an alias in another order")
        share(target)
    else:
        require(b.place == 0 and not overlaps(memory[source], memory[target]), "a conversion onto its source")
        write(target)


def check_layouts(bundle, node, reads, writes):
    """Only operands that the table of operators names lie channels last."""
    _, ins, outs, _, last = OPERATORS[node.number]
    for text, slots in ((ins, reads), (outs, writes)):
        for index, slot in enumerate(slots):
            if slot != NONE and bundle.slots[slot].layout == 1:
                name = operand(text, index)
                require(last == "all" or name in last.split(", "), node.name, "has", name, "channels last")


def is_counted(bundle, reads, writes):
    """Whether a step reads or gives a value whose extents a run decides."""
    return any(slot != NONE and bundle.slots[slot].value in bundle.rooms for slot in list(reads) + list(writes))


def concat_or_split(bundle, memory, node, reads, writes):
    """For Concat and Split along channels: the whole, the parts, and for each part whether it lies where it belongs, else where that is."""
    if node.name not in ("Concat", "Split") or is_counted(bundle, reads, writes):
        return None, None, []
    whole, parts = (writes[0], reads) if node.name == "Concat" else (reads[0], writes)
    shape = bundle.values[bundle.slots[whole].value].shape
    if len(shape) < 3 or node.record["axis"] % len(shape) != 1:
        return None, None, []
    lies, begin = [], 0
    for part in parts:
        value = bundle.values[bundle.slots[part].value]
        end = begin + value.shape[1] * WIDTH[value.element]
        place = None
        if bundle.slots[whole].layout == 1:
            w = memory[whole]
            if w.region == "arena" and w.count and end <= w.run:
                place = Memory("arena", w.offset + begin, w.count - w.run + end - begin, w.pitch, end - begin)
        lies.append(True if place and bundle.slots[part].layout == 1 and memory[part] == place else place)
        begin = end
    return whole, parts, lies


def check_overlaps(bundle, memory, node, reads, writes, whole, parts, lies):
    in_place = OPERATORS[node.number][3] == "yes" and not is_counted(bundle, reads, writes)
    for index, output in enumerate(writes):
        if bundle.slots[output].place == 2:
            require(len(writes) == 1 and reads and reads[0] != NONE and memory[reads[0]][:2] == memory[output][:2], node.name, "has an alias")
            continue
        for position, slot in enumerate(reads):
            if slot == NONE or not overlaps(memory[slot], memory[output]):
                continue
            takes = in_place and position == index == 0 and is_same(memory[slot], memory[output])
            takes = takes and bundle.slots[slot].layout == bundle.slots[output].layout
            part = whole is not None and lies[position if parts is reads else index] is True
            require(takes or part, node.name, "overwrites its input", position)
        for other, slot in enumerate(writes):
            require(other == index or slot != output and not overlaps(memory[slot], memory[output]), "two outputs of", node.name)
