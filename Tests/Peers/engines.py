"""The engines of the bench, each as its users would run it: float32, tuned for latency, CPU only.

An engine is made without a model, which imports all it needs; `open` then opens the model of a folder that convert.py filled, and
`run` takes one picture to one row of logits. What must be copied for that is part of the run.
"""
import ctypes
import importlib.metadata

import numpy as np
import numpy.ctypeslib  # NumPy loads it when it is first used, a millisecond that would be counted as ours


class ONNXRuntime:
    title = "ONNX Runtime"
    packages = ["onnxruntime"]

    def __init__(self, options):
        import onnxruntime
        self.onnxruntime = onnxruntime

    def open(self, folder, threads):
        options = self.onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = self.onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def run(self, picture):
        return self.session.run(None, {"input": picture})[0]


class NCNN:
    title = "ncnn"
    packages = ["ncnn", "pnnx"]

    def __init__(self, options):
        import ncnn
        self.ncnn = ncnn

    def open(self, folder, threads):
        self.allocators = self.ncnn.UnlockedPoolAllocator(), self.ncnn.PoolAllocator()
        self.net = self.ncnn.Net()
        option = self.net.opt
        option.num_threads = threads
        option.blob_allocator, option.workspace_allocator = self.allocators
        option.use_fp16_packed = option.use_fp16_storage = option.use_fp16_arithmetic = False
        option.use_bf16_packed = option.use_bf16_storage = False
        if self.net.load_param(str(folder / "model.param")) or self.net.load_model(str(folder / "model.bin")):
            raise RuntimeError("ncnn cannot load what pnnx wrote")

    def run(self, picture):
        extractor = self.net.create_extractor()
        extractor.input("in0", self.ncnn.Mat(picture[0]))
        failure, logits = extractor.extract("out0")
        if failure:
            raise RuntimeError(f"ncnn's extract returns {failure}")
        return np.array(logits)


class MNN:
    title = "MNN"
    packages = ["MNN"]

    def __init__(self, options):
        import MNN
        self.MNN = MNN

    def open(self, folder, threads):
        self.interpreter = self.MNN.Interpreter(str(folder / "model.mnn"))
        self.session = self.interpreter.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
        self.input = self.interpreter.getSessionInput(self.session)
        self.output = self.interpreter.getSessionOutput(self.session)
        self.logits = self.tensor(np.zeros(self.output.getShape(), np.float32))

    def tensor(self, array):
        return self.MNN.Tensor(array.shape, self.MNN.Halide_Type_Float, array, self.MNN.Tensor_DimensionType_Caffe)

    def run(self, picture):
        self.input.copyFrom(self.tensor(picture))
        self.interpreter.runSession(self.session)
        self.output.copyToHostTensor(self.logits)
        return self.logits.getNumpyData()


class OpenVINO:
    title = "OpenVINO"
    packages = ["openvino"]

    def __init__(self, options):
        import openvino
        self.openvino = openvino
        self.core = openvino.Core()
        self.core.get_property("CPU", "FULL_DEVICE_NAME")  # loads the plugin

    def open(self, folder, threads):
        self.model = self.core.compile_model(str(folder / "model.xml"), "CPU", {
            "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads})
        self.request = self.model.create_infer_request()

    def run(self, picture):
        self.request.set_input_tensor(self.openvino.Tensor(picture, shared_memory=True))
        self.request.infer()
        return self.request.get_output_tensor(0).data


class LiteRT:
    title = "LiteRT"
    packages = ["ai-edge-litert", "litert-torch"]

    def __init__(self, options):
        from ai_edge_litert.interpreter import Interpreter
        self.Interpreter = Interpreter

    def open(self, folder, threads):
        self.interpreter = self.Interpreter(str(folder / "model.tflite"), num_threads=threads)  # with XNNPACK, the default
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]

    def arranged(self, picture):
        return np.ascontiguousarray(picture.transpose(0, 2, 3, 1))

    def run(self, picture):
        self.interpreter.set_tensor(self.input, picture)
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output)


class Onnx2mobile:
    """Through libo2m.so and o2m.h, as an app would."""
    title = "onnx2mobile"
    packages = []

    class Error(ctypes.Structure):
        _fields_ = [("code", ctypes.c_int32), ("system", ctypes.c_int32)] + [
            (name, ctypes.c_uint64) for name in ("offset", "found", "expected", "detail")]

    class Tensor(ctypes.Structure):
        _fields_ = [("type", ctypes.c_int32), ("rank", ctypes.c_uint32), ("dims", ctypes.c_uint64 * 8),
                    ("size_bytes", ctypes.c_uint64), ("elements", ctypes.c_uint64)]

    def __init__(self, options):
        self.library = ctypes.CDLL(options["library"])
        for name in ("model_open", "session_create", "session_input", "session_output"):
            getattr(self.library, f"o2m_{name}").restype = ctypes.c_void_p
        self.error = self.Error()

    def check(self, fine):
        if not fine:
            text = ctypes.create_string_buffer(256)
            self.library.o2m_error_text(ctypes.byref(self.error), text, ctypes.c_size_t(256))
            raise RuntimeError(text.value.decode())

    def open(self, folder, threads):
        library, error = self.library, ctypes.byref(self.error)
        model = library.o2m_model_open(str(folder / "model.o2m").encode(), 0, error)
        self.check(model)
        session = library.o2m_session_create(ctypes.c_void_p(model), threads, error)
        self.check(session)
        self.session = ctypes.c_void_p(session)
        output = self.Tensor()
        library.o2m_model_output(ctypes.c_void_p(model), 0, ctypes.byref(output))
        self.shape = tuple(output.dims[:output.rank])

    def run(self, picture):
        destination = self.library.o2m_session_input(self.session, 0)
        ctypes.memmove(destination, picture.ctypes.data, picture.nbytes)
        self.check(self.library.o2m_session_run(self.session, ctypes.byref(self.error)) == 0)
        address = self.library.o2m_session_output(self.session, 0)
        return np.ctypeslib.as_array(ctypes.cast(address, ctypes.POINTER(ctypes.c_float)), self.shape)


OURS = "onnx2mobile"
ENGINES = {OURS: Onnx2mobile, "onnxruntime": ONNXRuntime, "ncnn": NCNN, "mnn": MNN, "openvino": OpenVINO, "litert": LiteRT}


def versions(engine):
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in ENGINES[engine].packages)
