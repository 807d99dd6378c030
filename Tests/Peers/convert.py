"""Converts a model for an engine: `convert.py ENGINE MODEL_FOLDER OUT_FOLDER [TOOL]`, all float32.

Every converter starts at the same model.onnx, but for LiteRT's, which starts at the same weights in PyTorch. TOOL is onnx2mobile's
command. When the converter fails, its last words go to OUT_FOLDER/reason.txt.
"""
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np

import models


def run(*command, cwd=None):
    """Runs a program; what it prints is shown only as the reason of its failure."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True)
    sys.stdout.write(done.stdout + done.stderr)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no message"]
        said = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise RuntimeError(f"the converter ended with {done.returncode}: {said}")


def onnxruntime(model, out):
    os.link(model / "model.onnx", out / "model.onnx")


def ncnn(model, out):
    # pnnx writes beside its input.
    os.link(model / "model.onnx", out / "model.onnx")
    side = models.SIDE
    pnnx = pathlib.Path(sys.executable).with_name("pnnx")
    run(sys.executable, pnnx, "model.onnx", f"inputshape=[1,3,{side},{side}]f32", "fp16=0", "ncnnparam=model.param",
        "ncnnbin=model.bin", cwd=out)
    for file in out.iterdir():
        if file.name not in ("model.param", "model.bin"):
            file.unlink()
    layers = [line.split() for line in (out / "model.param").read_text().splitlines()[2:]]
    foreign = sorted({layer[0] for layer in layers if "." in layer[0] or "::" in layer[0]})
    if foreign:
        raise RuntimeError(f"pnnx leaves operators that ncnn does not have: {', '.join(foreign)}")


def mnn(model, out):
    # The function that the program `mnnconvert` calls; the program itself installs packages and reports what it did to its makers.
    run(sys.executable, "-c", "import sys, MNN, _tools; _tools.mnnconvert(sys.argv)", "-f", "ONNX", "--modelFile", model / "model.onnx",
        "--MNNModel", out / "model.mnn", "--bizCode", "bench")
    if not (out / "model.mnn").exists():
        raise RuntimeError("mnnconvert writes nothing")


def openvino(model, out):
    import openvino
    openvino.save_model(openvino.convert_model(model / "model.onnx", input=[1, 3, models.SIDE, models.SIDE]), out / "model.xml",
                        compress_to_fp16=False)


def litert(model, out):
    import torch
    network = models.build(model.name)
    network.load_state_dict(torch.load(model / "weights.pt"))
    import litert_torch
    # Pictures come as NHWC, which is how LiteRT computes.
    network = litert_torch.to_channel_last_io(network.eval(), args=[0]).eval()
    picture = torch.from_numpy(np.load(model / "input.npy")).permute(0, 2, 3, 1).contiguous()
    litert_torch.convert(network, (picture,)).export(str(out / "model.tflite"))


def onnx2mobile(model, out, command):
    run(command, "convert", model / "model.onnx", "-o", out / "download.o2m", "--precision", "float32", "--no-verify")
    run(command, "unpack", out / "download.o2m", "-o", out / "model.o2m")


def main():
    engine, model, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        globals()[engine](model, part, *sys.argv[4:])
    except Exception as failure:
        print(failure)
        (part / "reason.txt").write_text(f"{type(failure).__name__}: {failure}".splitlines()[0][:200])
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)  # last: a folder of this name is complete


if __name__ == "__main__":
    main()
