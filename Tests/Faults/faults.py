#!/usr/bin/env python3
"""Mutation score: plants the faults of plan.txt into a copy of the sources and asks which of them the tests notice.

    faults.py --check          every planned place is in the sources exactly once, and nothing of the switch is
    faults.py --build          plant all faults into .build/faults/tree and build it, once
    faults.py                  the tests of each fault's folder, then the rest for those that survive
    faults.py NUMBER...        the same for these, and suites that let them pass are asked again
    faults.py --score          the table by area, and who survived

All faults are in one build, and the environment's O2M_FAULT chooses one: without it the build does what the sources say. The table,
.build/faults/table.tsv, grows line by line; what it holds is not run again.
"""

import collections
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAN = pathlib.Path(__file__).with_name("plan.txt")
WORK = ROOT / ".build" / "faults"
TREE = WORK / "tree"
BUILD = WORK / "build"
TABLE = WORK / "table.tsv"
SWITCH = "o2m_planted"
TIME_FACTOR, LEAST_TIME = 5, 60  # a fault that takes that many times as long as none, and at least so many seconds, hangs

# The tests of a folder, best first; a longer name goes before a shorter one.
FOLDER = {
    "CO2MKernels": ["CO2MKernelsTests", "O2MOpsTests"],
    "O2MOps": ["O2MOpsTests"],
    "O2MTensor": ["O2MOpsTests", "O2MTensorTests"],
    "O2MPasses": ["O2MPassesTests"],
    "O2MBundle": ["O2MBundleTests"],
    "O2MRuntime": ["O2MBundleTests", "O2MRuntimeTests"],
    "O2MUnpack": ["O2MBundleTests", "O2MRuntimeTests"],
    "O2MImport": ["O2MImportTests"],
}

# What is left for survivors: what is cheap, then what tells much. Suites of the folder are not asked twice.
REST = [
    "O2MPassesTests", "O2MGraphTests", "O2MTensorTests", "O2MOpsTests", "O2MParityTests", "O2MImportTests", "FixtureTests",
    "O2MImageTests", "ONNX2MobileTests", "RandomGraphTests", "BisectionTests", "O2MBundleTests", "CommandTests",
]

AREAS = {1: "passes", 2: "shape rules and references", 3: "planner, lowering, bundle", 4: "kernels", 5: "importer"}

Fault = collections.namedtuple("Fault", "number file before right after wrong")


def fail(message):
    sys.exit(f"faults: {message}")


def plan():
    faults = []
    for line_number, line in enumerate(PLAN.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\d+) (\S+): (.*?)«(.*)»(.*) => (.*)", line)
        if not match:
            fail(f"plan.txt:{line_number}: not `NUMBER FILE: text «right» text => wrong`")
        number, file, *parts = match.groups()
        faults.append(Fault(int(number), file, *parts))
    numbers = [fault.number for fault in faults]
    if numbers != sorted(set(numbers)):
        fail("the numbers of plan.txt do not rise")
    return faults


def place(fault, text):
    """Where the right expression begins and ends."""
    line = fault.before + fault.right + fault.after
    if text.count(line) != 1:
        fail(f"{fault.number}: Sources/{fault.file} holds this {text.count(line)} times, not once: {line}")
    start = text.index(line) + len(fault.before)
    return start, start + len(fault.right)


def check(faults):
    for fault in faults:
        place(fault, (ROOT / "Sources" / fault.file).read_text())
        if fault.right == fault.wrong:
            fail(f"{fault.number}: no fault")
    for path in sorted(ROOT.glob("Sources/**/*")) + [ROOT / "Package.swift"]:
        if path.is_file() and SWITCH.encode() in path.read_bytes().lower():
            fail(f"{path.relative_to(ROOT)} holds the switch of the test build")
    print(f"faults: {len(faults)} places, each found once; no trace of the switch in Sources")


def planted(fault):
    """An expression becomes a choice of two; a wrong one in braces stands for a statement."""
    chosen = f"({SWITCH if fault.file.endswith('.swift') else SWITCH.upper()}({fault.number}))"
    if fault.wrong.startswith("{"):
        return f"if {chosen} {fault.wrong} else {{ {fault.right} }}"
    return f"({chosen} ? ({fault.wrong}) : ({fault.right}))"


def plant(faults):
    """The sources with every fault, in a copy. What did not change keeps its date."""
    kept = set()
    by_file = collections.defaultdict(list)
    for fault in faults:
        by_file[fault.file].append(fault)

    def write(relative, data):
        target = TREE / relative
        kept.add(target)
        if not target.exists() or target.read_bytes() != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def link(relative, leads_to):
        target = TREE / relative
        kept.add(target)
        if not target.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(leads_to)

    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and path.is_symlink():
            link(name, path.readlink())
            continue
        if not name or not path.is_file():
            continue
        data = path.read_bytes()
        file = name.removeprefix("Sources/")
        if name.startswith("Sources/") and file in by_file:
            data = with_faults(file, data.decode(), by_file[file]).encode()
        elif name == HEADER:
            data = (DECLARATION.encode() + b"#endif").join(data.rsplit(b"#endif", 1))
        write(name, data)
        if os.access(path, os.X_OK):
            (TREE / name).chmod(0o755)
    write("Sources/CO2MPlatform/planted.c", DEFINITION.encode())
    for path in TREE.glob("**/*"):
        if path.is_file() and path not in kept and ".build" not in path.relative_to(TREE).parts:
            path.unlink()


HEADER = "Sources/CO2MPlatform/include/o2m_platform.h"
DECLARATION = """
#include <stdbool.h>
extern int o2m_planted_fault;
static inline bool o2m_planted(int number) { return o2m_planted_fault == number; }

"""

DEFINITION = """#include <stdlib.h>

int o2m_planted_fault;

__attribute__((constructor)) static void choose(void) {
  const char *number = getenv("O2M_FAULT");
  if (number) o2m_planted_fault = atoi(number);
}
"""


def with_faults(file, text, faults):
    places = sorted((place(fault, text), fault) for fault in faults)
    for ((_, end), one), ((start, _), other) in zip(places, places[1:]):
        if start < end:
            fail(f"{one.number} and {other.number} overlap")
    for (start, end), fault in reversed(places):
        text = text[:start] + planted(fault) + text[end:]
    if file.endswith(".swift"):
        return "import CO2MPlatform\n" + text
    # Some of these files are included many times, below other names for the same functions.
    macro = SWITCH.upper()
    return f"extern int {SWITCH}_fault;\n#undef {macro}\n#define {macro}(number) ({SWITCH}_fault == (number))\n" + text


def build():
    log = WORK / "build.log"
    command = ["swift", "build", "--scratch-path", str(BUILD), "-Xswiftc", "-O", "-Xcc", "-O2", "--build-tests"]
    with log.open("wb") as output:
        code = subprocess.run(command, cwd=TREE, stdout=output, stderr=subprocess.STDOUT).returncode
    if code:
        lines = [line for line in log.read_text(errors="replace").splitlines() if "error:" in line]
        fail("\n".join(["the build failed; the whole log is in .build/faults/build.log"] + list(dict.fromkeys(lines))[:40]))


def binary():
    found = list(BUILD.glob("debug/*PackageTests.xctest"))
    if len(found) != 1:
        fail("there is no build; --build makes it")
    return found[0]


def run(number, suite, limit):
    """What noticed the fault, or None; and the seconds. The run ends with the first test that fails."""
    environment = dict(os.environ, O2M_FAULT=str(number), SWIFT_BACKTRACE="enable=no", NO_COLOR="1")
    environment.pop("O2M_MODELS", None)
    started = time.monotonic()
    process = subprocess.Popen(
        [binary(), "--testing-library", "swift-testing", "--filter", rf"^{suite}\."], cwd=TREE, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    os.set_blocking(process.stdout.fileno(), False)
    output, noticed, finished = b"", None, False
    try:
        while noticed is None:
            piece = process.stdout.read()
            if piece:
                output += piece
                lines = output.split(b"\n")
                output = lines.pop()
                for line in lines:
                    text = re.sub(r"\x1b\[[0-9;]*m", "", line.decode(errors="replace"))
                    finished = finished or "Test run with" in text and "passed" in text
                    match = re.search(r"✘ Test (.*?) (?:recorded an issue|failed after)", text)
                    if match and noticed is None:
                        noticed = match[1]
            elif process.poll() is not None:
                break
            elif time.monotonic() - started > limit:
                noticed = f"no end after {limit:.0f} s"
            else:
                time.sleep(0.05)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    seconds = time.monotonic() - started
    if noticed is None and (code != 0 or not finished):
        noticed = f"ended with {code}"
    return noticed, seconds


class Table:
    """number, file, fault, suite, result, seconds: a result is the test that noticed, or `-`."""

    def __init__(self):
        self.lines = {}
        if TABLE.exists():
            for line in TABLE.read_text().splitlines():
                fields = line.split("\t")
                if len(fields) == 7:
                    self.lines[int(fields[0]), fields[4], fields[1]] = fields
        self.file = TABLE.open("a")

    def key(self, fault):
        return hashlib.sha256(repr(fault).encode()).hexdigest()[:8]

    def result(self, fault, suite):
        fields = self.lines.get((fault.number, suite, self.key(fault)))
        return fields and fields[5]

    def note(self, fault, suite, noticed, seconds):
        text = " ".join(f"{fault.right} => {fault.wrong}".split())
        fields = [str(fault.number), self.key(fault), fault.file, text, suite, (noticed or "-").replace("\t", " "), f"{seconds:.1f}"]
        self.lines[fault.number, suite, fields[1]] = fields
        self.file.write("\t".join(fields) + "\n")
        self.file.flush()

    def killer(self, fault):
        for suite in suites(fault) + REST:
            noticed = self.result(fault, suite)
            if noticed and noticed != "-":
                return suite, noticed
        return None


def suites(fault):
    return FOLDER[fault.file.split("/")[0]]


def limits(table, needed):
    """Each suite without a fault: it must pass, and says how long it may take."""
    found = {}
    none = Fault(0, "-", "", "none", "", "none")
    for suite in needed:
        fields = table.lines.get((0, suite, table.key(none)))
        if fields is None or fields[5] != "-":
            noticed, seconds = run(0, suite, 3600)
            table.note(none, suite, noticed, seconds)
            if noticed:
                fail(f"{suite} fails without a fault: {noticed}")
            fields = table.lines[0, suite, table.key(none)]
        found[suite] = max(LEAST_TIME, TIME_FACTOR * float(fields[6]))
    return found


def rounds(faults, asks_again):
    table = Table()
    if asks_again:
        numbers = {fault.number for fault in faults}
        table.lines = {key: fields for key, fields in table.lines.items() if key[0] not in numbers or fields[5] != "-"}
    for name, wanted in [("folder", suites), ("rest", lambda fault: [s for s in REST if s not in suites(fault)])]:
        left = [fault for fault in faults if table.killer(fault) is None]
        limit = limits(table, list(dict.fromkeys(suite for fault in left for suite in wanted(fault))))
        print(f"faults: {name}: {len(left)} of {len(faults)}", flush=True)
        for fault in left:
            for suite in wanted(fault):
                noticed = table.result(fault, suite)
                if noticed is None:
                    noticed, seconds = run(fault.number, suite, limit[suite])
                    table.note(fault, suite, noticed, seconds)
                    print(f"{fault.number}\t{suite}\t{noticed or '-'}\t{seconds:.1f}", flush=True)
                if noticed and noticed != "-":
                    break
    score(faults)


def score(faults):
    table = Table()
    asked = {fault: [suite for suite in suites(fault) + REST if table.result(fault, suite)] for fault in faults}
    for area, name in list(AREAS.items()) + [(None, "all")]:
        own = [fault for fault in faults if asked[fault] and (area is None or fault.number // 100 == area)]
        killers = [table.killer(fault) for fault in own]
        count = sum(killer is not None for killer in killers)
        folder = sum(killer is not None and killer[0] in suites(fault) for fault, killer in zip(own, killers))
        if own:
            print(f"{name}: {count} of {len(own)} noticed ({100 * count / len(own):.1f} %), {folder} by their folder's tests")
    print(f"not asked yet: {sum(not suites for suites in asked.values())}")
    for fault in faults:
        if asked[fault] and table.killer(fault) is None:
            print(f"survived {' '.join(asked[fault])}: {fault.number} {fault.file}: {fault.right} => {fault.wrong}")


def main(arguments):
    faults = plan()
    WORK.mkdir(parents=True, exist_ok=True)
    if arguments == ["--check"]:
        check(faults)
    elif arguments == ["--build"]:
        check(faults)
        plant(faults)
        build()
    elif arguments == ["--score"]:
        score(faults)
    elif all(argument.isdigit() for argument in arguments):
        chosen = {int(argument) for argument in arguments}
        unknown = chosen - {fault.number for fault in faults}
        if unknown:
            fail(f"no fault has the number {min(unknown)}")
        rounds([fault for fault in faults if not chosen or fault.number in chosen], asks_again=bool(chosen))
    else:
        fail("usage: faults.py [--check | --build | --score | NUMBER...]")


if __name__ == "__main__":
    main(sys.argv[1:])
