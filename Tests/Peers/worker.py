"""One process with one engine and one model: `worker.py JSON`, where JSON names both, the threads, the clock and the task.

    first    opens the model and runs it once; answers with the time that took, and the peak of memory after three more runs
    serve    opens the model; then answers each line on standard input, a number of runs, with their times

Answers are lines of JSON on standard output. What an engine prints goes to standard error.
"""
import ctypes
import gc
import json
import os
import pathlib
import signal
import sys
import time

import numpy as np

import engines


def status(key):
    """A figure of /proc/self/status, in bytes."""
    line = next(line for line in open("/proc/self/status") if line.startswith(key + ":"))
    return int(line.split()[1]) * 1024


CLOCKS = {"wall": time.perf_counter_ns, "cpu": time.process_time_ns}


def first(engine, task, picture, truth):
    now = CLOCKS[task["clock"]]
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew: what importing took is not the model's
    idle = status("VmRSS")
    begin = now()
    engine.open(pathlib.Path(task["converted"]), task["threads"])
    output = engine.run(picture)
    end = now()
    error = difference(output, truth)
    for _ in range(3):
        engine.run(picture)
    return {"error": error, "first_ms": (end - begin) / 1e6, "peak_bytes": status("VmHWM") - idle}


def serve(engine, task, picture, truth, answer):
    now = CLOCKS[task["clock"]]
    engine.open(pathlib.Path(task["converted"]), task["threads"])
    answer({"error": difference(engine.run(picture), truth)})
    for line in sys.stdin:
        engine.run(picture)  # brings code and weights back into the caches
        times = []
        for _ in range(int(line)):
            begin = now()
            engine.run(picture)
            times.append((now() - begin) / 1e6)
        answer({"ms": times})


def difference(output, truth):
    """The largest difference over the largest magnitude; infinite where it is not a number or the sizes differ."""
    output = np.asarray(output, np.float64).ravel()
    if output.size != truth.size or not np.isfinite(output).all():
        return float("inf")
    return float(np.abs(output - truth.ravel()).max() / np.abs(truth).max())


PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a stopped process would outlive the bench
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    task = json.loads(sys.argv[1])
    model = pathlib.Path(task["model"])
    try:
        engine = engines.ENGINES[task["engine"]](task)
        picture, truth = np.load(model / "input.npy"), np.load(model / "output.npy")
        if hasattr(engine, "arranged"):
            picture = engine.arranged(picture)
        gc.collect()
        gc.disable()
        if task["task"] == "first":
            answer(first(engine, task, picture, truth))
        else:
            serve(engine, task, picture, truth, answer)
    except Exception as failure:
        answer({"failure": f"{type(failure).__name__}: {failure}".splitlines()[0][:200]})
    os._exit(0)  # an engine need not survive the order in which Python takes it apart


if __name__ == "__main__":
    main()
