"""collect.py FOLDER: writes the node cases that an installed onnx makes in memory as case folders.

Releases after 1.22 carry no data: their cases are functions. What a case allows goes beside its model as data.json, as in the wheels; where
an output is bfloat16 that is two of its steps, as in ONNX's own runner. "plain" says whether all declared values are float32, int32, int64
or bool.
"""

import json
import pathlib
import sys

import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases


def serialized(value, info):
    """The file of one value, of the kind that its type says."""
    kind = info.type.WhichOneof("value")
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name).SerializeToString()
    if kind == "sequence_type":
        return numpy_helper.from_list(value, info.name).SerializeToString()
    if isinstance(value, onnx.TensorProto):
        return value.SerializeToString()
    return numpy_helper.from_array(value, info.name).SerializeToString()


def elements(infos):
    """The element types of the declared values; None for lists and optional values."""
    return {info.type.tensor_type.elem_type if info.type.HasField("tensor_type") else None for info in infos}


def stated(case):
    inputs, outputs = elements(case.model.graph.input), elements(case.model.graph.output)
    types = onnx.TensorProto
    rtol = max(case.rtol, 2**-6) if types.BFLOAT16 in outputs else case.rtol
    plain = inputs | outputs <= {types.FLOAT, types.INT32, types.INT64, types.BOOL}
    return {"atol": case.atol, "rtol": rtol, "plain": plain}


def main(folder):
    folder = pathlib.Path(folder)
    written = 0
    for case in collect_testcases(None):
        target = folder / case.name
        target.mkdir(parents=True, exist_ok=True)
        (target / "model.onnx").write_bytes(case.model.SerializeToString())
        (target / "data.json").write_text(json.dumps(stated(case)))
        for index, (inputs, outputs) in enumerate(case.data_sets):
            data = target / f"test_data_set_{index}"
            data.mkdir(exist_ok=True)
            for kind, values, infos in (("input", inputs, case.model.graph.input), ("output", outputs, case.model.graph.output)):
                for place, (value, info) in enumerate(zip(values, infos, strict=True)):
                    (data / f"{kind}_{place}.pb").write_bytes(serialized(value, info))
        written += 1
    print(f"{written} cases of onnx {onnx.__version__}")


if __name__ == "__main__":
    main(sys.argv[1])
