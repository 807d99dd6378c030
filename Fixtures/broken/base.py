"""What make.py damages: a small sound model, and the means to damage it. Versions: ../requirements.txt."""
import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

here = pathlib.Path(__file__).resolve().parent
FLOAT = TensorProto.FLOAT
expected = {}


def sound(opset=13, ir=7):
    """x [1, 3, 8, 8] - stem/conv - stem/relu - head/pool - head/flat - head/fc - y [1, 10]"""
    rng = np.random.default_rng(7)
    tensor = lambda name, *dims: numpy_helper.from_array(rng.standard_normal(dims).astype(np.float32), name)
    node = lambda op, inputs, output, name, **more: helper.make_node(op, inputs.split(), [output], name=name, **more)
    graph = helper.make_graph(
        [node("Conv", "x stem.w stem.b", "c", "stem/conv", pads=[1, 1, 1, 1]),
         node("Relu", "c", "r", "stem/relu"),
         node("GlobalAveragePool", "r", "p", "head/pool"),
         node("Flatten", "p", "f", "head/flat"),
         node("Gemm", "f fc.w fc.b", "y", "head/fc", transB=1)],
        "sound",
        [helper.make_tensor_value_info("x", FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", FLOAT, [1, 10])],
        [tensor("stem.w", 4, 3, 3, 3), tensor("stem.b", 4), tensor("fc.b", 10), tensor("fc.w", 10, 4)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir,
                             producer_name="onnx2mobile-fixtures")


def initializer(model, name):
    return next(t for t in model.graph.initializer if t.name == name)


def node_of(model, name):
    return next(n for n in model.graph.node if n.name == name)


def set_attribute(model, node, **attributes):
    n = node_of(model, node)
    kept = [a for a in n.attribute if a.name not in attributes]
    del n.attribute[:]
    n.attribute.extend(kept + [helper.make_attribute(k, v) for k, v in attributes.items()])


def external(model, name, **entries):
    """Moves an initializer's bytes out of the model, to `location` and so on."""
    tensor = initializer(model, name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))


def data_of(model):
    return model if isinstance(model, bytes) else model.SerializeToString(deterministic=True)


def broken(name, exit, *contains, model):
    """Writes `name`; the tool must end with `exit` and every word of `contains` in its message."""
    assert name not in expected, name
    path = here / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data_of(model))
    expected[name] = {"exit": exit, "contains": list(contains)}


def clean():
    for old in [*here.glob("*.onnx"), *here.glob("*.bin")]:
        old.unlink()
    for folder in here.glob("external-data-*/"):
        shutil.rmtree(folder)


WITNESS = """
import sys, numpy, onnx, onnxruntime
onnxruntime.set_default_logger_severity(4)
def run(path):
    session = onnxruntime.InferenceSession(path)
    session.run(None, {i.name: numpy.ones(i.shape, numpy.float32) for i in session.get_inputs()})
for look in (lambda p: onnx.checker.check_model(p, full_check=True), run):
    try:
        look(sys.argv[1])
    except BaseException:
        sys.exit(1)
"""


def finish(sound_to_others):
    """Writes expected.json. Each file must be refused by ONNX's checker or by ONNX Runtime too, but for `sound_to_others`."""
    wrong = []
    for name in expected:
        refused = subprocess.run([sys.executable, "-c", WITNESS, str(here / name)], capture_output=True).returncode != 0
        if refused == (name in sound_to_others):
            wrong.append(f"{name}: {'refused' if refused else 'accepted'} by onnx.checker and ONNX Runtime")
    if wrong:
        raise SystemExit("\n".join(wrong))
    lines = [f"  {json.dumps(name)}: {json.dumps(case)}" for name, case in sorted(expected.items())]
    (here / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(expected)} files, {sum(p.stat().st_size for p in here.rglob('*') if p.is_file())} bytes")
