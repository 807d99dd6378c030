"""Section shapes: what inputs may be beside their typical extents, and the program that finds what follows."""

from formats import NONE, WIDTH, Fields, product, require


class Shapes:
    """Everything that the section says, of a bundle whose graph and plan are read; `program` is to become the graph inside of it."""

    def __init__(self, bundle, fields, program):
        self.symbols = [self.symbol(fields) for _ in range(fields.u32())]
        for value in bundle.inputs:
            for extent in bundle.values[value].shape:
                symbol = fields.u32()
                require(symbol == NONE or symbol < len(self.symbols), "symbol", symbol)
                require(symbol == NONE or self.symbols[symbol][-1] == extent, "the typical extent of symbol", symbol)
        self.program = program
        program.read_graph(Fields(fields.take(fields.u64())))
        require(len(program.inputs) == len(bundle.inputs), "inputs of the program")
        for value in program.constants:
            if bundle.flag(fields):
                fields.take(product(program.values[value].shape) * WIDTH[program.values[value].element])
        for _ in program.nodes:
            bundle.flag(fields)
        self.derived = {}
        for _ in range(fields.u32()):
            constant, value = fields.u32(), fields.u32()
            require(constant in bundle.constants and value < len(program.values), "a constant that follows from shapes", constant)
            require(not self.derived or constant > max(self.derived), "constants that follow from shapes are out of order")
            require(bundle.values[constant] == program.values[value], "the type of constant", constant)
            self.derived[constant] = value
        homes = [(fields.u32(), fields.u64()) for _ in bundle.slots]
        fields.end("section shapes")
        for slot in range(len(homes)):
            way = set()
            while homes[slot][0] != NONE:
                require(slot not in way and homes[slot][0] < len(homes), "the home of slot", slot)
                way.add(slot)
                slot = homes[slot][0]
        for slot in bundle.slots:
            require((slot.place == 3) == (slot.value in self.derived), "the place of", slot)

    @staticmethod
    def symbol(fields):
        name, least, most, step, typical = fields.text(), fields.i64(), fields.i64(), fields.i64(), fields.i64()
        require(0 <= least <= typical <= most < 1 << 31 and 1 <= step < 1 << 31, "the range of symbol", name)
        require((typical - least) % step == 0 and (most - least) % step == 0, "the steps of symbol", name)
        return name, least, most, step, typical
