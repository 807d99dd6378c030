"""Prints how long a bundle takes as part of ONNX Runtime's time, one thread each: wild.py TOOL FOLDER BUNDLE.

FOLDER holds model.onnx and test_data_set_0, whose inputs ONNX Runtime gets; the tool draws its own, of the same shapes. The two take
turns, and the fastest run of each counts: what else the machine does only ever adds.
"""

import json
import pathlib
import subprocess
import sys
import time

import onnx
import onnxruntime

ROUNDS = 3
SECONDS = 0.4


def stored(session, folder):
    """The inputs of the first data set: by name where the files have names, else by number."""
    files = sorted(folder.glob("input_*.pb"), key=lambda file: int(file.stem.split("_")[1]))
    tensors = [onnx.load_tensor(file) for file in files]
    names = [port.name for port in session.get_inputs()]
    named = {tensor.name for tensor in tensors} <= set(names)
    return {
        (tensor.name if named else name): onnx.numpy_helper.to_array(tensor) for name, tensor in zip(names, tensors, strict=True)
    }


def main():
    tool, folder, bundle = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    inputs = stored(session, folder / "test_data_set_0")

    def peer():
        begin = time.perf_counter()
        session.run(None, inputs)
        return time.perf_counter() - begin

    peer()
    runs = max(3, min(500, int(SECONDS / max(peer(), 1e-6))))
    mine, theirs = [], []
    for _ in range(ROUNDS):
        theirs += [peer() for _ in range(runs)]
        report = subprocess.run(
            [tool, "bench", bundle, "--runs", str(runs), "--warmup", "2", "--json"], check=True, capture_output=True
        ).stdout
        mine.append(json.loads(report)["latency_ms"]["min"] / 1000)
    print(f"{min(mine) / min(theirs):.2f}")


main()
