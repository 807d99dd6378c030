"""Writes the man pages of what `onnx2mobile --experimental-dump-help` says: python3 man.py VERSION FOLDER < HELP.json

One page for the command and one for each of its subcommands.
"""

import json
import pathlib
import re
import sys


def text(words: str) -> str:
    """Words as roff shows them."""
    words = words.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in words.split("\n"))


def names(argument: dict) -> str:
    """An argument as a page shows it: `-o, --output OUT.o2m`."""
    value = f"\\fI{text(argument['valueName'])}\\fR"
    if argument["kind"] == "positional":
        return value
    flags = ", ".join(
        f"\\fB{text(('-' if name['kind'] == 'short' else '--') + name['name'])}\\fR"
        for name in sorted(argument["names"], key=lambda name: name["kind"] != "short"))
    return f"{flags} {value}" if argument["kind"] == "option" else flags


def synopsis(path: str, command: dict) -> str:
    line = f"\\fB{text(path)}\\fR"
    if any(sub["commandName"] != "help" for sub in command.get("subcommands", [])):
        line += " \\fICOMMAND\\fR"
    for argument in shown(command):
        if argument["kind"] == "positional":
            name = names(argument) + ("\\&..." if argument["isRepeating"] else "")
            line += f" [{name}]" if argument["isOptional"] else f" {name}"
        elif not argument["isOptional"]:
            line += f" {names(argument)}"
    return line + " [\\fIOPTIONS\\fR]"


def shown(command: dict) -> list:
    return [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]


def options(command: dict) -> str:
    lines = []
    for argument in shown(command):
        said = argument.get("abstract", "").strip()
        if argument.get("defaultValue"):
            said += f" The default is {argument['defaultValue']}."
        if argument.get("allValues") and not any(value.split("=")[0] in said for value in argument["allValues"][1:]):
            said += f" One of {', '.join(argument['allValues'])}."
        lines += [".TP", names(argument), text(said)]
    return "\n".join(lines)


def broken(line: str) -> str:
    """A command that fits into 80 columns, broken before an option where it is long."""
    lines = []
    while len(line) > 70 and line.rfind(" -", 8, 68) > 0:
        at = line.rfind(" -", 8, 68)
        lines.append(line[:at] + " \\")
        line = "   " + line[at:]
    return "\n".join([*lines, line])


def discussion(command: dict) -> dict:
    """The paragraphs of the help by the section that they go to; those that are set out in lines stay so."""
    parts = {"DESCRIPTION": [], "EXAMPLES": [], "EXIT STATUS": []}
    for paragraph in re.split(r"\n\s*\n", command.get("discussion", "").strip()):
        head, *rest = paragraph.split("\n")
        section = {"Example:": "EXAMPLES", "Exit codes:": "EXIT STATUS"}.get(head)
        if section == "EXAMPLES":
            parts[section].append(".nf\n" + text("\n".join(broken(line.strip()) for line in rest)) + "\n.fi")
        elif section == "EXIT STATUS":
            parts[section] += [f".TP\n{line.split(None, 1)[0]}\n{text(line.split(None, 1)[1])}" for line in rest]
        elif paragraph:
            parts["DESCRIPTION"].append(".PP\n" + text(paragraph))
    parts["DESCRIPTION"] = parts["DESCRIPTION"] or [text(command["abstract"])]
    return parts


def page(path: str, command: dict, version: str, others: list) -> str:
    parts, name = discussion(command), path.replace(" ", "-")
    lines = [
        f'.TH {text(name.upper())} 1 "" "onnx2mobile {version}" "User Commands"', ".nh", ".ad l", ".SH NAME",
        f"{text(name)} \\- {text(command['abstract'].rstrip('.'))}", ".SH SYNOPSIS", synopsis(path, command), ".SH DESCRIPTION",
        *parts["DESCRIPTION"],
    ]
    subcommands = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    if subcommands:
        lines.append(".SH COMMANDS")
        for sub in subcommands:
            lines += [".TP", f"\\fB{text(sub['commandName'])}\\fR", text(sub["abstract"])]
    lines += [".SH OPTIONS", options(command)]
    for section in ("EXIT STATUS", "EXAMPLES"):
        if parts[section]:
            lines += [f".SH {section}", *parts[section]]
    if not parts["EXIT STATUS"]:
        lines += [".SH EXIT STATUS", "See \\fBonnx2mobile\\fR(1)."]
    lines += [".SH SEE ALSO", ",\n".join(f"\\fB{text(other)}\\fR(1)" for other in others if other != name)]
    return "\n".join(lines) + "\n"


def main(version: str, folder: str) -> None:
    root = json.load(sys.stdin)["command"]
    subcommands = [sub for sub in root["subcommands"] if sub["commandName"] != "help" and sub["shouldDisplay"]]
    pages = {"onnx2mobile": root, **{f"onnx2mobile {sub['commandName']}": sub for sub in subcommands}}
    others = [path.replace(" ", "-") for path in pages]
    for path, command in pages.items():
        file = pathlib.Path(folder) / f"{path.replace(' ', '-')}.1"
        file.write_text(page(path, command, version, others), "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
