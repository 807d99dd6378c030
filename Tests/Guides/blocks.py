"""Runs the console blocks of a page that stand behind the mark `<!-- run guides -->`, command by command, from the repository's root.

    blocks.py PYTHON TOOL PAGE...

`python` and `onnx2mobile` are PYTHON and TOOL. What is printed must be what the page shows but for its numbers and how wide columns are: training gives
others on each machine. `--write` puts what was printed into the pages.
"""
import os
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"(<!-- run guides -->\n```console\n)(.*?)(\n```)", re.DOTALL)


def masked(text):
    # Which weights are rounded, and hashes, are those of one training.
    text = re.sub(r"^weights .*(\n {8}.*)*", "weights", text, flags=re.MULTILINE)
    text = re.sub(r"\b[0-9a-f]{16}…", "#", text)
    return [" ".join(re.sub(r"[0-9][0-9,.]*(e[-+][0-9]+)?", "#", line).split()) for line in text.strip("\n").split("\n")]


def run(command, python, tool):
    functions = f'python() {{ "{python}" -W ignore "$@"; }}; onnx2mobile() {{ "{tool}" "$@"; }}; '
    joined = command.replace("\\\n", "")
    done = subprocess.run(["bash", "-c", functions + joined], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout.strip("\n")


def commands(block):
    """Pairs of a command, which may go on over several lines, and what it prints."""
    for part in ("\n" + block).split("\n$ ")[1:]:
        lines = part.split("\n")
        count = next(index for index, line in enumerate(lines) if not line.endswith("\\")) + 1
        yield "\n".join(lines[:count]), "\n".join(lines[count:])


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    python, tool, *pages = (os.path.abspath(argument) for argument in arguments)
    failed = count = 0
    for page in map(pathlib.Path, pages):
        def replaced(match):
            nonlocal failed, count
            text = []
            for command, shown in commands(match[2]):
                code, found = run(command, python, tool)
                count += 1
                if code or (masked(found) != masked(shown) and "--write" not in sys.argv):
                    failed += 1
                    print(f"{page.name}: $ {command}\n{found}\nexit code {code}\n", file=sys.stderr)
                text.append(f"$ {command}" + ("\n" + found if found else ""))
            return match[1] + "\n".join(text) + match[3]

        text = BLOCK.sub(replaced, page.read_text())
        if "--write" in sys.argv:
            page.write_text(text)
    print(f"guides: {count} commands, {failed} fail or print something else than their page")
    return 1 if failed or not count else 0


sys.exit(main())
