"""`python -m onnx2mobile` is the command `onnx2mobile`."""

import os
import sys

from ._command import executable

os.execv(executable(), ["onnx2mobile", *sys.argv[1:]])
