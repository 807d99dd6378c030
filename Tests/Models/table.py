"""Converts and verifies exported models and prints a table: `table.py [--traits] COMMAND OUT FOLDER...` takes all in the folders.

Bundles and what the command said go to OUT. The exit code is 1 where a model misses what it should do: all convert to float32 and agree
with ONNX Runtime, but those that models.py expects to be refused. With --traits: of the models that have one, what the default precision
gives, by inputs that the command draws and by those that are stored; what passes by the former holds the threshold on the latter, or the
verdict says that it is weak.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

import models
import onnx

EXPORTERS = {"script": "TorchScript", "dynamo": "dynamo"}
UNSUPPORTED = 69
PATIENCE = 1800  # seconds that a conversion may take


class Row:
    """What became of one exported model."""

    HEADS = ("model", "exporter, opset", "nodes", "max \\|Δ\\|", "SQNR", "verdict")

    def __init__(self, folder, command, out):
        self.folder, self.command, self.out = folder, command, out
        name, dot, exporter = folder.name.rpartition(".")
        self.name, self.exporter = (name, EXPORTERS[exporter]) if dot and exporter in EXPORTERS else (folder.name, "")
        # A model from elsewhere is like the one of the list whose name its own begins with.
        like = [models.MODELS[self.name]] if self.name in models.MODELS else [
            net for name, net in models.MODELS.items() if self.name.startswith(name)]
        self.nodes, self.parity, self.note, self.verdict = "", ["", ""], None, "not exported"
        model = folder / "model.onnx"
        if not model.exists():
            self.note = (folder / "failure.txt").read_text().strip()
            return
        opsets = {entry.domain: entry.version for entry in onnx.load(model, load_external_data=False).opset_import}
        self.exporter = f"{self.exporter} {opsets['']}".strip()
        self.given = [option for net in like[:1] for option in self.options(net)]
        self.convert(model)

    def options(self, net):
        """What the command has to know of inputs: the numbers that become constants, and extents that are open and no batch."""
        paths = (self.folder / "test_data_set_0").glob("input_*.pb")
        stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in map(onnx.load_tensor, paths)}
        for name in net.constant:
            yield from ("--input-value", f"{name}={stored[name].item()}")
        for name in net.open_axes:
            yield from ("--input-shape", f"{name}:{','.join(map(str, stored[name].shape))}")

    def convert(self, model):
        bundle = self.out / f"{self.folder.name}.o2m"
        bundle.unlink(missing_ok=True)
        # Without its own check: that of verify, against ONNX Runtime's outputs, says more and takes a tenth of the time.
        code, said = self.run("convert", model, "-o", bundle, "--precision", "float32", "--no-verify", "--json", *self.given)
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
        return self.verdict in ("pass", "not exported")

    def cells(self):
        return [self.name, self.exporter, self.nodes, *self.parity]


class TraitRow(Row):
    """The same at the default precision."""

    HEADS = ("model", "stands for", "ONNX", "bundle", "by drawn inputs", "by stored ones", "with --data", "seconds", "verdict")

    def convert(self, model):
        source = model.stat().st_size
        self.trait = models.MODELS[self.name].trait
        self.sizes = [f"{source / 1e6:.2f} MB", ""]
        self.drawn, self.kept, self.shown, self.seconds = "", "", "", ""
        bundle = self.out / f"{self.folder.name}.default.o2m"
        began = time.monotonic()
        code, said = self.attempt(model, bundle)
        self.seconds = f"{time.monotonic() - began:.1f}"
        self.drawn, is_weak = verdict(code, said)
        self.is_missed = code not in (0, 1)
        if code == 0:
            self.sizes[1] = f"{100 * bundle.stat().st_size / source:.1f} %"
            checked, said = self.run("verify", model, bundle, "--data", self.folder, "--format", "json")
            self.kept, _ = verdict(checked, said)
            self.is_missed = checked != 0 and not (checked == 1 and is_weak)
        code, said = self.attempt(model, bundle, "--data", self.folder)
        self.shown, _ = verdict(code, said)
        self.is_missed |= code not in (0, 1)
        self.verdict = {0: "pass", 1: "refused (1)", UNSUPPORTED: "refused (69)"}.get(code, f"error ({code})")

    def attempt(self, model, bundle, *options):
        bundle.unlink(missing_ok=True)
        return self.run("convert", model, "-o", bundle, "--json", *options, *self.given)

    def holds(self):
        return not self.is_missed

    def cells(self):
        return [self.name, self.trait, *self.sizes, self.drawn, self.kept, self.shown, self.seconds]


def verdict(code, said):
    """The least SQNR of a report with what it is evidence of, and whether that is weak."""
    parity = (said or {}).get("parity", said) or {}
    if "outputs" not in parity:
        return f"exit {code}", False
    least = min(float(output.get("sqnr_db") or "inf") for output in parity["outputs"])
    evidence = parity.get("evidence", "")
    text = ("exact" if least >= 200 else f"{least:.1f} dB") + (f", {evidence}" if evidence not in ("", "data") else "")
    return text + ("" if code == 0 else f", exit {code}"), evidence == "weak"


def table(rows, heads):
    """A row per model and exporter, and below it the notes, each once."""
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        mark = f" ({notes.index(row.note) + 1})" if row.note else ""
        missed = "" if row.holds() else " !"
        lines.append(f"| {' | '.join(row.cells())} | {row.verdict}{mark}{missed} |")
    text = "\n".join(lines)
    if notes:
        text += "\n\n" + "\n".join(f"({number}) {note}  " for number, note in enumerate(notes, 1))
    return text


def exported(folder):
    """The models in a folder: ours in the order of the list, then others by name."""
    order = {name: index for index, name in enumerate(models.MODELS)}
    found = [entry for entry in folder.iterdir() if (entry / "model.onnx").exists() or (entry / "failure.txt").exists()]
    return sorted(found, key=lambda entry: (order.get(entry.name.rpartition(".")[0], len(order)), entry.suffix == ".dynamo", entry.name))


def with_trait(folders):
    """Of the models with a trait one export each, of the TorchScript exporter where there is one."""
    chosen = {}
    for folder in folders:
        name = folder.name.rpartition(".")[0]
        if name in models.MODELS and models.MODELS[name].trait and (folder / "model.onnx").exists():
            chosen.setdefault(name, folder)
    return list(chosen.values())


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--traits", action="store_true")
    options.add_argument("command", type=lambda text: pathlib.Path(text).resolve())
    options.add_argument("out", type=pathlib.Path)
    options.add_argument("folders", type=pathlib.Path, nargs="+")
    options = options.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    kind, rows = TraitRow if options.traits else Row, []
    folders = [folder for parent in options.folders for folder in exported(parent)]
    for folder in with_trait(folders) if options.traits else folders:
        rows.append(kind(folder, options.command, options.out))
        print(f"  {folder.name}: {rows[-1].verdict}", file=sys.stderr, flush=True)
    if rows:
        print(table(rows, kind.HEADS))
    sys.exit(not all(row.holds() for row in rows))


if __name__ == "__main__":
    main()
