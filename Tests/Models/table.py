"""Converts and verifies exported models and prints the table: `table.py COMMAND OUT FOLDER...` takes every model in the folders.

Bundles and what the command said go to OUT. The exit code is 1 where a model misses what it should do: all convert to float32 and agree with
ONNX Runtime, but those that models.py expects to be refused.
"""
import json
import pathlib
import subprocess
import sys

import models
import onnx

EXPORTERS = {"script": "TorchScript", "dynamo": "dynamo"}
UNSUPPORTED = 69
PATIENCE = 1800  # seconds that a conversion may take


class Row:
    """What became of one exported model."""

    def __init__(self, folder, command, out):
        self.folder, self.command, self.out = folder, command, out
        name, dot, exporter = folder.name.rpartition(".")
        self.name, self.exporter = (name, EXPORTERS[exporter]) if dot and exporter in EXPORTERS else (folder.name, "")
        # A model from elsewhere is like the one of the list whose name its own begins with.
        like = [models.MODELS[self.name]] if self.name in models.MODELS else [
            net for name, net in models.MODELS.items() if self.name.startswith(name)]
        self.is_refused = any(net.is_refused for net in like)
        self.nodes, self.parity, self.note, self.verdict = "", ["", ""], None, "not exported"
        model = folder / "model.onnx"
        if not model.exists():
            self.note = (folder / "failure.txt").read_text().strip()
            return
        opsets = {entry.domain: entry.version for entry in onnx.load(model, load_external_data=False).opset_import}
        self.exporter = f"{self.exporter} {opsets['']}".strip()
        self.convert(model)

    def convert(self, model):
        bundle = self.out / f"{self.folder.name}.o2m"
        bundle.unlink(missing_ok=True)
        # Without its own check: that of verify, against ONNX Runtime's outputs, says more and takes a tenth of the time.
        code, said = self.run("convert", model, "-o", bundle, "--precision", "float32", "--no-verify", "--json")
        if said is not None:
            self.nodes = f"{said['nodes_imported']} → {said['nodes_optimized']}"
        if code == 0:
            code, said = self.run("verify", model, bundle, "--data", self.folder, "--format", "json")
        if code in (0, 1) and said is not None:
            outputs = said["outputs"]
            self.parity = [f"{max(float(output['max_abs']) for output in outputs):.1e}",
                           f"{min(float(output.get('sqnr_db', 'inf')) for output in outputs):.1f} dB"]
        self.verdict = {0: "pass", 1: "fail", UNSUPPORTED: "refused (69)"}.get(code, f"error ({code})")

    def run(self, action, *arguments):
        """The exit code, and what was printed as JSON, if anything was. What stands on stderr becomes the note."""
        try:
            done = subprocess.run([self.command, action, *arguments], capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.note = f"{action} takes more than {PATIENCE} s"
            return "timeout", None
        (self.out / f"{self.folder.name}.{action}.log").write_text(done.stdout + done.stderr)
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if not line.startswith("  help: ")]
            if len(lines) > 4:
                lines[3:] = [f"and {len(lines) - 3} more"]
            self.note = " ".join(lines[:1] + ["; ".join(lines[1:])]).strip().removeprefix("error: ").removeprefix(f"{arguments[0]}: ")
            self.note = self.note.replace(f"{self.out}/", "")
        return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else None

    def holds(self):
        return self.verdict in ("refused (69)" if self.is_refused else "pass", "not exported")


def table(rows):
    """A row per model and exporter, and below it the notes, each once."""
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    lines = ["| model | exporter, opset | nodes | max \\|Δ\\| | SQNR | verdict |", "|---|---|---|---|---|---|"]
    for row in rows:
        mark = f" ({notes.index(row.note) + 1})" if row.note else ""
        missed = "" if row.holds() else " !"
        lines.append(f"| {row.name} | {row.exporter} | {row.nodes} | {row.parity[0]} | {row.parity[1]} | {row.verdict}{mark}{missed} |")
    text = "\n".join(lines)
    if notes:
        text += "\n\n" + "\n".join(f"({number}) {note}  " for number, note in enumerate(notes, 1))
    return text


def exported(folder):
    """The models in a folder: ours in the order of the list, then others by name."""
    order = {name: index for index, name in enumerate(models.MODELS)}
    found = [entry for entry in folder.iterdir() if (entry / "model.onnx").exists() or (entry / "failure.txt").exists()]
    return sorted(found, key=lambda entry: (order.get(entry.name.rpartition(".")[0], len(order)), entry.suffix == ".dynamo", entry.name))


def main():
    command, out = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for folder in [entry for argument in sys.argv[3:] for entry in exported(pathlib.Path(argument))]:
        rows.append(Row(folder, command, out))
        print(f"  {folder.name}: {rows[-1].verdict}", file=sys.stderr, flush=True)
    print(table(rows))
    sys.exit(not all(row.holds() for row in rows))


if __name__ == "__main__":
    main()
