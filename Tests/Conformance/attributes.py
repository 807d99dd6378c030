"""attributes.py FILE [--write]: compares the table of attributes in FILE with the operators of the installed onnx, or writes it.

A line of the table: the operator, then for each version that changed its attributes their names. An operator that is deprecated keeps
those that it had.
"""

import pathlib
import sys
import textwrap

import onnx
from onnx import defs

BEGIN, END = '  static let text = """\n', '    """\n'


def lines():
    operators = {}
    for schema in defs.get_all_schemas_with_history():
        name = f"{schema.domain}.{schema.name}" if schema.domain else schema.name
        operators.setdefault(name, {})[schema.since_version] = " ".join(sorted(schema.attributes))
    for name in sorted(operators):
        versions, parts = operators[name], []
        for version in sorted(versions):
            if not parts or versions[version] != parts[-1][1]:
                parts.append((version, versions[version]))
        yield f"{name}: " + " | ".join(f"{version} {names}".strip() for version, names in parts)


def table():
    for line in lines():
        # A backslash joins the pieces of a line that is too long.
        yield from (f"    {piece}\n" for piece in " \\\n".join(textwrap.wrap(line, 130, break_long_words=False)).split("\n"))


def main(path, write):
    path = pathlib.Path(path)
    text = path.read_text()
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    new = head + BEGIN + "".join(table()) + END + tail
    if write:
        path.write_text(new)
    elif new != text:
        sys.exit(f"{path}: its table is not that of onnx {onnx.__version__}; `attributes.py {path} --write` makes it so")


if __name__ == "__main__":
    main(sys.argv[1], "--write" in sys.argv[2:])
