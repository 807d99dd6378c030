"""Exports models of the zoo: `export.py FOLDER [NAME...]` writes FOLDER/NAME.EXPORTER/ for each, in ONNX's test layout.

    model.onnx                        by torch's TorchScript exporter (`script`) or its newer one (`dynamo`)
    test_data_set_0/input_I.pb        seeded
    test_data_set_0/output_I.pb       what ONNX Runtime computes from them with all optimizations off
    failure.txt                       in place of these: why there are none

What is there already is not made again. Without names: all models.
"""
import contextlib
import io
import logging
import pathlib
import re
import sys
import textwrap
import warnings

import models
import numpy as np
import onnx
import onnxruntime
import torch

EXPORTERS = ["script", "dynamo"]


def export(net, network, inputs, exporter, path):
    names = {"input_names": list(net.names) or [f"input{index}" if len(inputs) > 1 else "input" for index in range(len(inputs))],
             "output_names": list(net.outputs)}
    if exporter == "dynamo":
        shapes = None
        if net.dynamic:
            # Exporting takes an extent of 1 for a constant.
            inputs = tuple(torch.cat([tensor, tensor]) for tensor in inputs)
            shapes = tuple({0: torch.export.Dim("batch", max=64)} for _ in inputs)
        elif net.open_axes:
            axes = [net.open_axes.get(name, {}) for name in names["input_names"]]
            shapes = tuple({axis: torch.export.Dim(extent, min=8, max=4096) for axis, extent in opened.items()} for opened in axes)
        torch.onnx.export(network, inputs, str(path), dynamo=True, external_data=False, dynamic_shapes=shapes, verbose=False, **names)
        return
    mode = torch.onnx.TrainingMode.PRESERVE if net.keeps_norms else torch.onnx.TrainingMode.EVAL
    axes = {name: {0: "batch"} for name in names["input_names"] + names["output_names"]} if net.dynamic else net.open_axes or None
    torch.onnx.export(network, inputs, str(path), dynamo=False, opset_version=net.opset, training=mode,
                      do_constant_folding=not net.keeps_norms, dynamic_axes=axes, **names)


def results(path, inputs):
    """What ONNX Runtime computes, by output name."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feeds = {entry.name: tensor for entry, tensor in zip(session.get_inputs(), inputs, strict=True)}
    names = [entry.name for entry in session.get_outputs()]
    return feeds, dict(zip(names, session.run(names, feeds)))


def write(folder, kind, tensors):
    for index, (name, values) in enumerate(tensors.items()):
        tensor = onnx.numpy_helper.from_array(np.asarray(values, order="C"), name)
        (folder / f"{kind}_{index}.pb").write_bytes(tensor.SerializeToString())


def reason(error):
    """The first line of the innermost error that an exporter passes on; it colours its advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = re.sub("\x1b\\[[0-9;]*m", "", str(error)).strip().splitlines() or [""]
    return textwrap.shorten(lines[0], 160)


def make(name, exporter, network, inputs, folder):
    folder.mkdir(parents=True, exist_ok=True)
    part, data = folder / "model.part", folder / "test_data_set_0"
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), torch.no_grad():
            net = models.MODELS[name]
            export(net, network, inputs, exporter, part)
            if net.rewrite:
                generator = torch.Generator().manual_seed(models.SEED + 1)
                net.rewrite(part, [net.inputs(1, generator) for _ in range(8)])
        feeds, outputs = results(part, [tensor.numpy() for tensor in inputs])
    except Exception as error:  # what an exporter or ONNX Runtime cannot do is a row of the table, too
        part.unlink(missing_ok=True)
        why = f"{type(error).__name__}: {reason(error)}"
        (folder / "failure.txt").write_text(why + "\n")
        print(f"  {folder.name}: {why}", flush=True)
        return
    data.mkdir(exist_ok=True)
    write(data, "input", feeds)
    write(data, "output", outputs)
    for output, values in outputs.items():
        if values.size > 1 and values.dtype.kind == "f" and not (np.isfinite(values).all() and values.std() > 1e-4):
            print(f"  {folder.name}: {output} says little: mean {values.mean():.2g}, deviation {values.std():.2g}", flush=True)
    part.rename(folder / "model.onnx")  # last: it says that the others are complete


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    root = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or models.MODELS:
        wanted = [(exporter, root / f"{name}.{exporter}") for exporter in EXPORTERS]
        wanted = [(exporter, folder) for exporter, folder in wanted
                  if not (folder / "model.onnx").exists() and not (folder / "failure.txt").exists()]
        if not wanted:
            continue
        print(f"  {name}", flush=True)
        network, inputs = models.build(name)
        for exporter, folder in wanted:
            make(name, exporter, network, inputs, folder)


if __name__ == "__main__":
    main()
