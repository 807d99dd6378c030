"""The tables of a result that bench.py wrote: `report.py RESULTS.json` prints them as Markdown."""
import json
import pathlib
import platform
import sys

import engines

WRONG = 1e-3  # difference to ONNX Runtime over the largest logit; Winograd in float32 stays two orders below


def quantile(values, q):
    values = sorted(values)
    at = q * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def median(values):
    return quantile(values, 0.5)


def machine():
    """Processor and the vector instructions that engines choose by."""
    lines = [line.split(":", 1) for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if ":" in line]
    info = {key.strip(): value.strip() for key, value in reversed(lines)}
    flags = (info.get("flags") or info.get("Features", "")).split()
    known = {"avx2": "AVX2", "fma": "FMA", "avx512f": "AVX-512", "avx512_vnni": "AVX-512 VNNI", "asimd": "NEON", "asimddp": "dot product"}
    cores = sum(key.strip() == "processor" for key, _ in lines)
    family = f", family {info['cpu family']} model {info['model']}" if "cpu family" in info else ""
    return {"cpu": info.get("model name", platform.machine()) + family, "cores": cores,
            "isa": [name for flag, name in known.items() if flag in flags]}


class Tables:
    def __init__(self, results):
        self.results = results
        self.names = [name for name, _, _ in results["engines"]]
        self.titles = {name: title + name[len(name.split("@")[0]):] for name, title, _ in results["engines"]}
        self.peers = [name for name in self.names if name.split("@")[0] != engines.OURS]
        self.cells = {(cell["model"], cell["threads"], cell["engine"]): cell for cell in results["cells"]}
        self.rows = list(dict.fromkeys((cell["model"], cell["threads"]) for cell in results["cells"]))
        self.notes = []

    def wrong(self, cell):
        return not cell.get("error", 0) <= WRONG

    def refusal(self, cell):
        """What stands in place of a figure, or None."""
        if "failure" in cell:
            text, note = "failed", cell["failure"]
        elif self.wrong(cell):
            text, note = "wrong", f"differs by {cell['error']:.1e} of the largest logit"
        else:
            return None
        if note.startswith("not converted: "):
            text, note = "not converted", note.removeprefix("not converted: ")
        line = f"{self.titles[cell['engine']]}, {cell['model']}: {note}"
        if line not in self.notes:
            self.notes.append(line)
        return f"{text} ({self.notes.index(line) + 1})"

    def table(self, key, figures, text):
        """A row per model and threads. `figures` makes the numbers to compare of a cell's samples, `text` shows one."""
        extra = ["download form"] if key == "first_ms" and engines.OURS in self.names else []
        heads = [self.titles[name] for name in self.names]
        columns = heads[:1] + extra + heads[1:] if extra else heads
        lines = ["| model | threads | " + " | ".join(columns) + (" | ratio |" if self.compares() else " |"),
                 "|---|---|" + "---|" * (len(columns) + self.compares())]
        for model, threads in self.rows:
            row, known = [], {}
            for name in self.names:
                cell = self.cells[model, threads, name]
                refusal = self.refusal(cell)
                if refusal is None:
                    known[name] = figures(cell[key])
                row.append(refusal or shown(known[name], text))
                if extra and name == engines.OURS:
                    row.append(shown(figures(cell["download_ms"]), text) if "download_ms" in cell else "-")
            if self.compares():
                best = [min(column) for column in zip(*(known[name] for name in self.peers if name in known))]
                row.append(shown([ours / peer for ours, peer in zip(known.get(engines.OURS, []), best)], "{:.2f}".format) or "-")
            lines.append(f"| {model} | {threads} | " + " | ".join(row) + " |")
        return "\n".join(lines)

    def compares(self):
        return bool(self.peers) and engines.OURS in self.names

    def spread(self):
        """How far apart the middle half of the times lies, relative to the median: over the cells, median and largest."""
        spreads = []
        for cell in self.cells.values():
            times = flat(cell.get("latency_ms", []))
            if times:
                spreads.append((quantile(times, 0.75) - quantile(times, 0.25)) / median(times))
        middle, most = (round(100 * spread) for spread in (median(spreads), max(spreads)))
        return f"the middle half of an engine's times spans {middle} % of its median ({most} % at most)"

    def conditions(self):
        machine = self.results["machine"]
        versions = ", ".join(packages for _, _, packages in self.results["engines"] if packages)
        return (f"{machine['cpu']}, {machine['cores']} cores, {', '.join(machine['isa'])}; {versions}. Float32, batch 1, 224×224; "
                "every engine in a process of its own, all in turn, and its logits compared with ONNX Runtime's.")


def flat(rounds):
    return [time for times in rounds for time in times]


def shown(values, text):
    return " / ".join(text(value) for value in values)


def median_and_minimum(times):
    return median(times), min(times)


def milliseconds(value):
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def tables(results):
    tables = Tables(results)
    parts = [tables.conditions()]
    unit = "ms of processor time" if results["clock"] == "cpu" else "ms"
    if results["rounds"]:
        parts += [f"Latency in {unit}, median / minimum over {results['rounds']} rounds of 2 to 10 runs; {tables.spread()}. The "
                  "ratio, here and below, is ours over the least of the other engines.",
                  tables.table("latency_ms", lambda rounds: median_and_minimum(flat(rounds)), milliseconds)]
    if results["samples"]:
        parts += [f"From opening the model's file to the first output in {unit}, median / minimum of {results['samples']} fresh "
                  "processes, the engine loaded and the file in memory. Ours is the installed form with all hashes checked; beside it the "
                  "download form, unpacked in memory by our command. Caches of compiled models, which some engines can be told to "
                  "keep, are off.",
                  tables.table("first_ms", median_and_minimum, milliseconds),
                  "Peak resident memory of these processes after three more runs in MiB, less what they held before opening the model: "
                  "median.",
                  tables.table("peak_bytes", lambda sizes: [median(sizes)], lambda size: f"{size / 2**20:.1f}")]
    if tables.notes:
        parts.append("\n".join(f"({number}) {note}  " for number, note in enumerate(tables.notes, 1)))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(tables(json.loads(pathlib.Path(sys.argv[1]).read_text())))
