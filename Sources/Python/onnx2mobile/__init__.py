"""Takes a trained ONNX model to a phone, proves that it is still the same model, and runs it here.

    import onnx2mobile

    onnx2mobile.convert("squeezenet.onnx", "squeezenet.o2m", preprocess="imagenet", labels="imagenet.txt")
    model = onnx2mobile.load("squeezenet.o2m")
    for best in model.classify("cat.jpg"):
        print(best.label, best.probability)

`convert` and `verify` run the command `onnx2mobile` of this package; `load` uses its runtime inside this process. Whatever goes wrong is an
`Error`: a `ModelError` of the runtime, a `CommandError` of the command.
"""

from ._command import Report, convert, executable, verify
from ._errors import CommandError, Error, ModelError, VerdictError
from ._library import version as _version
from ._model import Classification, Detection, Model, Port, SelfTest, Stream, load

__version__ = _version()
__all__ = [
    "Classification", "CommandError", "Detection", "Error", "Model", "ModelError", "Port", "Report", "SelfTest", "Stream", "VerdictError",
    "convert", "executable", "load", "verify",
]
