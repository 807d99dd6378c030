"""compare.py REPORTS LIST [--accept]: compares the verdicts of a run with the list that is kept.
compare.py --table LIST: the table of the page on operators.

A line of the list: case, "plain" where all declared inputs and outputs are float32, int32, int64 or bool (else "other"), and for the
reference and for the bundle either "pass", "pass: SETTINGS as constants", the reason why the case is not supported, or "fails: " and why.
"""

import json
import pathlib
import sys

ROUTES = ("reference", "bundle")
UNLISTED = "not in the list"


def read_list(path):
    rows = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            case, values, *cells = line.split("\t")
            rows[case] = (values, dict(zip(ROUTES, cells)))
    return rows


def cell(case):
    if case["status"] == "passed":
        return "pass: " + case["reason"] if case["reason"] else "pass"
    return ("fails: " if case["status"] == "failed" else "") + " ".join(case["reason"].split())


def kind(cell):
    """What must not change: whether the case passes, and with what held constant."""
    return cell if cell.startswith("pass") else "fails" if cell.startswith("fails") else "refused"


def counts(rows):
    """Cases, passes through the reference, passes through the bundle, and how many of those with settings held constant, by group."""
    groups = {}
    for case, (values, cells) in rows.items():
        group = case.split("/")[0]
        for name in [group] + ([f"{group}, plain"] if group in ("collected", "node") and values == "plain" else []):
            entry = groups.setdefault(name, [0, 0, 0, 0])
            entry[0] += 1
            entry[1] += cells["reference"].startswith("pass")
            entry[2] += cells["bundle"].startswith("pass")
            entry[3] += cells["bundle"].startswith("pass:")
    return groups


def table(rows):
    yield "| cases | | reference | bundle | with settings held constant |"
    yield "|---|---:|---:|---:|---:|"
    for name, (total, reference, bundle, pinned) in sorted(counts(rows).items()):
        share = [f"{passed} ({100 * passed / total:.1f} %)" for passed in (reference, bundle)]
        yield f"| {name} | {total} | {share[0]} | {share[1]} | {pinned} |"


def values(reports, case):
    """Whether a case that is not in the list is plain, as its data.json says; other where nothing does."""
    path = pathlib.Path(reports) / "data" / case / "data.json"
    return "plain" if path.exists() and json.loads(path.read_text()).get("plain") else "other"


def main(reports, path, accept):
    path = pathlib.Path(path)
    known = read_list(path)
    found = {}
    for route in ROUTES:
        for case in json.loads((pathlib.Path(reports) / f"{route}.json").read_text())["cases"]:
            found.setdefault(case["name"], {})[route] = cell(case)
    changed = 0
    for case in sorted(set(known) | set(found)):
        for route in ROUTES:
            before = known.get(case, ("", {}))[1].get(route, UNLISTED)
            after = found.get(case, {}).get(route, "not in the suite")
            if kind(before) != kind(after):
                print(f"{case} through {route}:\n  was: {before}\n  is:  {after}")
                changed += 1
            elif not after.startswith("pass") and before != UNLISTED:
                # A reason that somebody wrote stays.
                found[case][route] = before
    rows = {case: (known[case][0] if case in known else values(reports, case), cells) for case, cells in found.items()}
    print("\n".join(table(rows)))
    if accept:
        head = [line for line in path.read_text().splitlines() if line.startswith("#")]
        lines = ["\t".join([case, rows[case][0], *(found[case][route] for route in ROUTES)]) for case in sorted(found)]
        path.write_text("\n".join(head + lines) + "\n")
        return 0
    print(f"{changed} verdicts are not those of {path}" if changed else f"all verdicts are those of {path}")
    return 1 if changed else 0


if __name__ == "__main__":
    if sys.argv[1] == "--table":
        print("\n".join(table(read_list(pathlib.Path(sys.argv[2])))))
        sys.exit()
    sys.exit(main(sys.argv[1], sys.argv[2], "--accept" in sys.argv[3:]))
