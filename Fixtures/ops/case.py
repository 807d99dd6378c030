"""Writes operator cases in ONNX's standard layout: CASE/model.onnx, CASE/test_data_set_0/{input,output}_I.pb.

The expected tensors come from onnx.reference.ReferenceEvaluator and are compared with ONNX Runtime's (graph
optimizations off) on the same model; where the two differ, the case must name the one that follows the
specification and say why. Versions: ../requirements.txt (onnx 1.22.0, onnxruntime 1.32.0).

    save_case = suite(__file__)
    save_case("scalar", node("Add", "a b", "y"), {"a": f32(3, 5), "b": f32()}, opset=14)
"""
import pathlib
import shutil
import zlib

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)
_rng = np.random.default_rng(0)


def f32(*shape, low=-3.0, high=3.0):
    """Seeded float32 numbers, uniform in [low, high)."""
    return np.asarray(_rng.uniform(low, high, shape), np.float32)


def f16(*shape, low=-3.0, high=3.0):
    return f32(*shape, low=low, high=high).astype(np.float16)


def f64(*shape, low=-3.0, high=3.0):
    return f32(*shape, low=low, high=high).astype(np.float64)


def ints(*shape, low=-9, high=10, type=np.int64):
    """Seeded integers in [low, high)."""
    return np.asarray(_rng.integers(low, high, shape), type)


def flags(*shape):
    return np.asarray(_rng.integers(0, 2, shape), bool)


def values(*numbers, type=np.float32):
    return np.array(numbers, type)


def i64(*numbers):
    return np.array(numbers, np.int64)


def node(op, inputs, outputs, name=None, domain=None, **attributes):
    """make_node with names in one string; `_` is an absent optional input or output."""
    names = lambda text: ["" if n == "_" else n for n in text.split()]
    return helper.make_node(op, names(inputs), names(outputs), name=name or f"{op}_{outputs.split()[0]}",
                            domain=domain, **attributes)


class suite:
    """The cases of one operator. The operator's folder is emptied of old cases first."""

    def __init__(self, make_file):
        global _rng
        self.folder = pathlib.Path(make_file).resolve().parent
        _rng = np.random.default_rng(zlib.crc32(self.folder.name.encode()))
        self.names = []
        for old in self.folder.glob("*/model.onnx"):
            shutil.rmtree(old.parent)

    def __call__(self, name, nodes, inputs, initializers=None, opset=17, outputs=None, *,
                 oracle="both", why=None, expected=None, ir=None, list_initializers=False, infer=True, extents=None, more=()):
        """Writes one case.

        oracle: "both" (they must agree; the reference's numbers are stored), "reference" or "onnxruntime" (the
        other one cannot run it or is wrong: `why`), or "numpy" (neither can: `expected` holds the tensors).
        list_initializers: name them among the graph inputs too, as old exporters do (and IR 3 demands).
        extents: by input the extents that the model states, names where they are open; more: inputs of further data sets, other shapes.
        """
        assert name not in self.names, name
        self.names.append(name)
        assert oracle == "both" or why, f"{name}: say why {oracle} alone is trusted"
        nodes = nodes if isinstance(nodes, list) else [nodes]
        first, *more = [{n: np.asarray(a) for n, a in given.items()} for given in [inputs, *more]]
        inputs, extents = first, extents or {}
        initializers = {n: np.asarray(a) for n, a in (initializers or {}).items()}
        outputs = outputs.split() if outputs else [o for o in nodes[-1].output if o]
        listed = {**inputs, **initializers} if list_initializers else inputs

        # ONNX has no types and no reference for ONNX Runtime's own operators, and few for learned models.
        contributed = any(n.domain in ("com.microsoft", "ai.onnx.ml") or n.op_type == "SimplifiedLayerNormalization" for n in nodes)
        domains = {n.domain: {"ai.onnx.ml": 3}.get(n.domain, 1) for n in nodes if n.domain}

        def model(result):
            graph = helper.make_graph(
                nodes, f"{self.folder.name}-{name}",
                [helper.make_tensor_value_info(n, _type(a), extents.get(n, a.shape)) for n, a in listed.items()],
                [helper.make_tensor_value_info(n, _type(a), [None] * a.ndim if extents else a.shape) if a is not None
                 else helper.make_empty_tensor_value_info(n) for n, a in zip(outputs, result)],
                [numpy_helper.from_array(a, n) for n, a in initializers.items()])
            ids = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, v) for d, v in domains.items()]
            return helper.make_model(graph, opset_imports=ids, producer_name="onnx2mobile-fixtures",
                                     ir_version=ir or max(4, helper.find_min_ir_version_for(ids[:1])))

        where = f"{self.folder.name}/{name}"
        reference = onnxrt = None
        try:
            run = ReferenceEvaluator(model([None] * len(outputs))).run(outputs, inputs)
            reference = [np.asarray(a) for a in run]
        except Exception:
            if oracle in ("both", "reference"):
                raise
        try:
            typed = expected or (reference if oracle != "onnxruntime" else None) or (
                [None] * len(outputs) if contributed else self._inferred(model, outputs))
            onnxrt = _onnxruntime(model(typed), outputs, inputs)
        except Exception:
            if oracle in ("both", "onnxruntime"):
                raise
        difference = _difference(outputs, reference, onnxrt)
        if (difference is None) != (oracle == "both"):
            raise SystemExit(f"{where}: oracle is {oracle}, but {difference or 'both agree'}")
        result = expected or (onnxrt if oracle == "onnxruntime" else reference)
        final = model(result)
        if not contributed:
            onnx.checker.check_model(final, full_check=infer)

        (self.folder / name).mkdir(parents=True)
        (self.folder / name / "model.onnx").write_bytes(final.SerializeToString(deterministic=True))
        self._write(name, 0, inputs, outputs, result)
        for number, inputs in enumerate(more, 1):
            results = [np.asarray(a) for a in ReferenceEvaluator(final).run(outputs, inputs)]
            difference = _difference(outputs, results, _onnxruntime(final, outputs, inputs))
            assert oracle == "both" and not difference, f"{where}, data set {number}: {difference}"
            self._write(name, number, inputs, outputs, results)

    def _write(self, name, number, inputs, outputs, results):
        data = self.folder / name / f"test_data_set_{number}"
        data.mkdir()
        for kind, tensors in (("input", list(inputs.items())), ("output", list(zip(outputs, results)))):
            for i, (n, a) in enumerate(tensors):
                tensor = numpy_helper.from_array(np.asarray(a, order="C"), n)
                (data / f"{kind}_{i}.pb").write_bytes(tensor.SerializeToString(deterministic=True))

    @staticmethod
    def _inferred(model, outputs):
        """Zero tensors of the inferred types, for models that only ONNX Runtime runs."""
        shaped = onnx.shape_inference.infer_shapes(model([None] * len(outputs)), strict_mode=True)
        types = {v.name: v.type.tensor_type for v in shaped.graph.output}
        return [np.zeros([d.dim_value for d in types[o].shape.dim],
                         helper.tensor_dtype_to_np_dtype(types[o].elem_type)) for o in outputs]


def _type(array):
    return TensorProto.BFLOAT16 if array.dtype == ml_dtypes.bfloat16 else helper.np_dtype_to_tensor_dtype(array.dtype)


def _onnxruntime(model, outputs, inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(outputs, inputs)


def _difference(outputs, reference, onnxrt):
    """None when both oracles agree (integers exactly, floats to a few roundings of their type), else in words."""
    if reference is None or onnxrt is None:
        return "one of them does not run it"
    for o, a, b in zip(outputs, reference, onnxrt):
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"{o}: reference {a.dtype}{list(a.shape)}, onnxruntime {b.dtype}{list(b.shape)}"
        tolerance = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-9}.get(a.dtype.name)
        if not (np.array_equal(a, b) if tolerance is None
                else np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)):
            at = np.unravel_index(np.argmax(np.abs(a.astype(np.float64) - b)), a.shape)
            return f"{o} at {[int(i) for i in at]}: reference {a[at]}, onnxruntime {b[at]}"
    return None
