"""Measures every engine on every model, all in turn, and prints the tables.

    latency    one process per engine keeps the model open; they run one after the other, round by round, and are stopped in between
    start-up   a process per sample opens the model, with its file in memory already, and runs it once
    memory     the peak of those processes, less what they held with the engine imported and no model open

Everything lies below .build/peers. What is converted already is taken as it is; our own bundles are made again when the command is
newer. O2M_BUILD names one or more build folders of onnx2mobile, with `:` between them; all are measured, the first is ours.
"""
import argparse
import fcntl
import hashlib
import json
import math
import os
import pathlib
import platform
import select
import signal
import subprocess
import sys

import engines
import models
import report

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1] / ".build/peers"
PATIENCE = 300  # seconds that an answer may take
DISCARDED = 3   # rounds before the first that counts
TURN_MS = 25    # what an engine's turn should take


def builds():
    """Engine names and build folders of ours, the one to judge first."""
    folders = [pathlib.Path(path).resolve() for path in (os.environ.get("O2M_BUILD") or str(ROOT.parent)).split(":")]
    named = {engines.OURS + (f"@{folder.parent.name}" if index else ""): folder for index, folder in enumerate(folders)}
    if len(named) < len(folders):
        sys.exit("error: two folders of O2M_BUILD lie in checkouts of one name\n  help: rename one of the checkouts")
    return named


class Engine:
    """One column of the table."""

    def __init__(self, name, build=None):
        self.name, self.build = name, build
        self.kind = name.split("@")[0]
        self.options = {}
        if build:
            target = {"x86_64": "x86-64", "aarch64": "arm64"}[platform.machine()]
            self.command = build / "release/onnx2mobile"
            self.options["library"] = str(build / "embedded" / target / "libo2m.so")
            for file in (self.command, self.options["library"]):
                if not pathlib.Path(file).exists():
                    sys.exit(f"error: {file} is missing\n  help: make build c-interface in that checkout makes it")

    def folder(self, model):
        return ROOT / "converted" / self.name / model

    def convert(self, model):
        """The reason why this engine has no such model, or None."""
        folder, command = self.folder(model), []
        stamp = folder / "made-by"
        if self.build:
            command = [str(self.command)]
            made_by = f"{self.command} {hashlib.sha256(self.command.read_bytes()).hexdigest()}"
        if not folder.exists() or self.build and (not stamp.exists() or stamp.read_text() != made_by):
            print(f"  {model} for {self.name}", flush=True)
            with open(ROOT / "log" / f"convert.{self.name}.{model}", "w") as log:
                subprocess.run([sys.executable, HERE / "convert.py", self.kind, ROOT / "models" / model, folder, *command],
                               stdout=log, stderr=log, check=False)
            if not folder.exists():
                return f"the converter was ended; see {log.name}"
            if self.build:
                stamp.write_text(made_by)
        reason = folder / "reason.txt"
        return "not converted: " + reason.read_text() if reason.exists() else None


class Worker:
    """A process of worker.py, and its answers."""

    def __init__(self, engine, model, threads, task, clock):
        options = engine.options | {"engine": engine.kind, "task": task, "threads": threads, "clock": clock,
                                    "converted": str(engine.folder(model)), "model": str(ROOT / "models" / model)}
        self.log = open(ROOT / "log" / f"{task}.{engine.name}.{model}", "w")
        self.process = subprocess.Popen([sys.executable, HERE / "worker.py", json.dumps(options)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)

    def answer(self):
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        if not ready:
            return {"failure": f"no answer within {PATIENCE} s"}
        line = self.process.stdout.readline()
        if not line:
            return {"failure": f"the process ended with {self.process.wait()}"}
        return json.loads(line)

    def turn(self, runs):
        """Times of some runs; the process is stopped before and afterwards, so that none of its threads waits by spinning."""
        self.process.send_signal(signal.SIGCONT)
        print(runs, file=self.process.stdin, flush=True)
        answer = self.answer()
        self.stop()
        return answer

    def stop(self):
        """Returns when all threads stand still, or the process has ended."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()


class Cell(dict):
    """What is known of an engine on a model with a number of threads: `failure`, or the figures."""

    def take(self, answer):
        if "failure" in answer:
            self["failure"] = answer["failure"]
        return "failure" not in answer


def latency(cells, model, threads, rounds, clock):
    """Adds `error` and `latency_ms`, a list per round, to cells by engine."""
    workers = {}
    try:
        for engine, cell in cells.items():
            worker = workers[engine] = Worker(engine, model, threads, "serve", clock)
            answer = worker.answer()
            if cell.take(answer):
                cell["error"] = answer["error"]
                cell["latency_ms"] = []
                worker.stop()
        runs = 2
        for round in range(DISCARDED + rounds):
            order = [engine for engine, cell in cells.items() if "failure" not in cell]
            first = round % max(1, len(order))
            times = []
            for engine in order[first:] + order[:first]:
                answer = workers[engine].turn(runs)
                if cells[engine].take(answer):
                    times += answer["ms"]
                    if round >= DISCARDED:
                        cells[engine]["latency_ms"].append(answer["ms"])
            if times and round == DISCARDED - 1:
                runs = max(2, min(10, math.ceil(TURN_MS / report.median(times))))
    finally:
        for worker in workers.values():
            worker.end()


def start(cells, model, threads, samples, clock):
    """Adds `first_ms` and `peak_bytes`, and for ours `download_ms`, to cells by engine."""
    for engine in cells:
        for file in engine.folder(model).glob("*"):
            file.read_bytes()  # so that every sample finds it in memory
    for sample in range(samples + 1):
        for engine, cell in cells.items():
            if "failure" in cell:
                continue
            worker = Worker(engine, model, threads, "first", clock)
            answer = worker.answer()
            worker.end()
            if not cell.take(answer) or sample == 0:  # the first brings the engine's own files into memory
                continue
            cell["error"] = max(cell.get("error", 0), answer["error"])
            cell.setdefault("first_ms", []).append(answer["first_ms"])
            cell.setdefault("peak_bytes", []).append(answer["peak_bytes"])
            if engine.build and clock == "wall":
                answer = download(engine, model, threads)
                if cell.take(answer):
                    cell.setdefault("download_ms", []).append(answer["ms"])


def download(engine, model, threads):
    """Opening the download form and its first run, with O2MUnpack, which the command links, in a process of its own."""
    done = subprocess.run([engine.command, "bench", engine.folder(model) / "download.o2m", "--threads", str(threads), "--runs", "1",
                           "--warmup", "0", "--json"], capture_output=True, text=True)
    if done.returncode:
        return {"failure": f"download form: {done.stderr.splitlines()[0] if done.stderr else done.returncode}"}
    result = json.loads(done.stdout)
    return {"ms": result["load_ms"] + result["first_run_ms"]}


def measure(options, columns):
    results = {"machine": report.machine(), "clock": options.clock, "rounds": options.rounds, "samples": options.samples,
               "engines": [[engine.name, engines.ENGINES[engine.kind].title, engines.versions(engine.kind)] for engine in columns],
               "cells": []}
    for model in options.models:
        reasons = {engine: engine.convert(model) for engine in columns}
        for threads in options.threads:
            print(f"  {model}, {threads} {'thread' if threads == 1 else 'threads'}", flush=True)
            cells = {engine: Cell(model=model, threads=threads, engine=engine.name) for engine in columns}
            for engine, reason in reasons.items():
                if reason:
                    cells[engine]["failure"] = reason
            if options.rounds:
                latency(cells, model, threads, options.rounds, options.clock)
            if options.samples:
                start(cells, model, threads, options.samples, options.clock)
            results["cells"] += cells.values()
            (ROOT / "results.part.json").write_text(json.dumps(results))
    return results


def listed(known):
    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(known)}")
        return names
    return parse


def main():
    parser = argparse.ArgumentParser(prog="bench-peers", description="Times onnx2mobile beside other engines.")
    for option, known in ("--models", models.NAMES), ("--engines", list(engines.ENGINES)):
        parser.add_argument(option, type=listed(known), default=known, metavar="A,B", help=", ".join(known))
    parser.add_argument("--threads", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2], metavar="1,2")
    parser.add_argument("--rounds", type=int, default=40, metavar="N", help="of latency; 0 leaves it out")
    parser.add_argument("--samples", type=int, default=9, metavar="N", help="of start-up and memory; 0 leaves them out")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu counts the time of processors: steadier beside busy neighbours, of use with one thread")
    options = parser.parse_args()
    ours = builds()
    columns = [Engine(name, folder) for name, folder in ours.items() if engines.OURS in options.engines]
    columns += [Engine(name) for name in options.engines if name != engines.OURS]
    (ROOT / "log").mkdir(parents=True, exist_ok=True)
    lock = open(ROOT / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"error: {ROOT}: another bench is at work here\n  help: two at once would measure each other; wait for its end")
    missing = [name for name in options.models if not (ROOT / "models" / name / "model.onnx").exists()]
    if missing:
        print("bench-peers: exporting")
        subprocess.run([sys.executable, HERE / "models.py", ROOT / "models", *missing], check=True)
    print("bench-peers: measuring", flush=True)
    results = measure(options, columns)
    table = report.tables(results)
    whole = (options.models == models.NAMES and options.engines == list(engines.ENGINES) and options.threads == [1, 2]
             and options.rounds >= 30 and options.samples >= 7 and len(ours) == 1 and options.clock == "wall")
    name = "table" if whole else "part"
    (ROOT / "results.part.json").rename(ROOT / ("results.json" if whole else "results.part.json"))
    (ROOT / f"{name}.md").write_text(table)
    print(table)


if __name__ == "__main__":
    main()
