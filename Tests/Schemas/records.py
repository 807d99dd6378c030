"""Operators and their records, by the tables of Schemas/operators.md."""

from formats import Fault, require, tables

PAGE = tables("operators.md")
OPERATORS = {int(row[0]): row[1:] for row in PAGE["number", "operator", "inputs", "outputs", "in place", "channels last"]}
ENUMERATIONS = {name: numbers.split(", ") for name, numbers in PAGE["enumeration", "numbers"]}
ACTIVATIONS = [row[2].split(", ") if row[2] else [] for row in PAGE["number", "activation", "parameters", "y"]]
ELEMENTS = set(range(1, 27)) - {8, 14, 15}


def grouped(rows, since):
    """Rows of fields by the names in the first cell, which stands for the rows below it too."""
    found, names = {}, []
    for row in rows:
        names = row[0].split(", ") if row[0] else names
        for name in names:
            found.setdefault(name, []).append((row[1], row[2], row[3], row[4] if since else ""))
    return found


RECORDS = grouped(PAGE["operator", "field", "type", "allowed", "since", "meaning"], True)
STRUCTURES = grouped(PAGE["structure", "field", "type", "allowed", "meaning"], False)


def allows(allowed, value):
    if not allowed:
        return True
    if "…" in allowed:
        least, most = allowed.split("…")
        return int(least) <= value and (not most or value <= int(most))
    return value in [int(item) for item in allowed.split(", ")]


def field(fields, name, type, allowed, record):
    """Reads one field; checks that its value is allowed."""

    if not allowed and "i64" in type:
        allowed = "-2147483648…2147483647"

    def number(value):
        require(allows(allowed, value), name, "is", value)
        return value

    if type in ("u8", "i64", "u64", "f32"):
        return number(getattr(fields, type)())
    if type == "flag":
        return fields.flag()
    if type == "bits":
        require(number(fields.u8()) < 1 << len(name.split(", ")), name, "has an unknown bit")
        return None
    if type == "i64?":
        return number(fields.i64()) if fields.flag() else None
    if type in ("element", "element?"):
        value = number(fields.u8())
        require(value in ELEMENTS or value == 0 and type == "element?", name, "is the type", value)
        return value
    if type.startswith("enum "):
        value = fields.u8()
        require(value < len(ENUMERATIONS[type[5:]]), name, "is", value)
        return ENUMERATIONS[type[5:]][value].split(" ")[1]
    if type.startswith("list of "):
        return fields.list(lambda: field(fields, name, type[8:], allowed, record))
    if type == "activation":
        kind = fields.u8()
        require(kind < len(ACTIVATIONS), "activation", kind)
        return [kind] + [fields.f32() for _ in ACTIVATIONS[kind]]
    if type == "graph":
        return fields.take(fields.u64())
    if type.startswith("gate × "):
        count = int(type.split(" ")[2]) * (2 if record["direction"] == "bidirectional" else 1)
        return [structure(fields, "gate", {}) for _ in range(count)]
    if type in STRUCTURES:
        return structure(fields, type, record)
    raise Fault("the table has the unknown type " + type)


def structure(fields, name, record):
    for member, type, allowed, _ in STRUCTURES[name]:
        record[member] = field(fields, member, type, allowed, record)
    return record


def decode(operator, fields):
    """The fields of a record, those of structures among them. It must end with its last field."""
    record = {}
    for name, type, allowed, since in RECORDS.get(operator, []):
        if since and fields.at == len(fields.data):
            record[name] = None
            if "else " in since and since.split("else ")[1].isdigit():
                record[name] = int(since.split("else ")[1])
            continue
        record[name] = field(fields, name, type, allowed, record)
    fields.end(f"the record of {operator}")
    return record


def operands(text):
    """The least and the largest number of operands of a list, and which may be absent."""
    names = text.split(", ")
    if names[-1].endswith("…?"):
        return len(names) - 1, 65536, [name.endswith("?") for name in names[:-1]]
    optional = [name.endswith("?") for name in names]
    if names[-1].endswith("…"):
        return len(names), 65536, optional
    while optional and names and names[-1].endswith("?"):
        names.pop()
    return len(names), len(optional), optional


def bodies(operator, record):
    """The graphs in a record."""
    return [record[name] for name, type, _, _ in RECORDS.get(operator, []) if type == "graph"]


def operand(text, index):
    """The name of an operand."""
    names = text.split(", ")
    return names[min(index, len(names) - 1)].rstrip("?…")
