"""The functions of o2m.h, from the library beside this file."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_double, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Callable, Optional

from ._errors import REASONS, ModelError

NAME = "libo2m.so.0"
TRUSTED = 1
RGB, RGBA, GRAY = 2, 3, 1
MOST_THREADS = 1024
# The rank of the shape that follows from those of the other inputs, and the output of an input that is no state.
FOLLOWING = NONE = 2**32 - 1


class CError(ctypes.Structure):
    """`o2m_error`."""

    _fields_ = [
        ("code", c_int32), ("system", c_int32), ("offset", c_uint64), ("found", c_uint64), ("expected", c_uint64), ("detail", c_uint64),
    ]


class CTensor(ctypes.Structure):
    """`o2m_tensor`."""

    _fields_ = [("type", c_int32), ("rank", c_uint32), ("dims", c_uint64 * 8), ("size_bytes", c_uint64), ("elements", c_uint64)]


class CSelfTest(ctypes.Structure):
    """`o2m_self_test`."""

    _fields_ = [
        ("cases", c_uint32), ("failures", c_uint32), ("values", c_uint64), ("max_error", c_double), ("sqnr_db", c_double),
        ("share", c_double),
    ]


class CImage(ctypes.Structure):
    """`o2m_image`."""

    _fields_ = [
        ("format", c_uint32), ("matrix", c_uint32), ("range", c_uint32), ("rotation", c_uint32), ("mirror", c_uint32), ("width", c_uint32),
        ("height", c_uint32), ("crop_left", c_uint32), ("crop_top", c_uint32), ("crop_width", c_uint32), ("crop_height", c_uint32),
        ("reserved", c_uint32), ("planes", c_void_p * 3), ("strides", c_size_t * 3),
    ]


class CClass(ctypes.Structure):
    """`o2m_class`."""

    _fields_ = [("label", c_uint32), ("probability", c_float)]


class CBox(ctypes.Structure):
    """`o2m_box`."""

    _fields_ = [("label", c_uint32), ("score", c_float), ("x", c_float), ("y", c_float), ("width", c_float), ("height", c_float)]


class CRange(ctypes.Structure):
    """`o2m_range`."""

    _fields_ = [("minimum", c_uint64), ("maximum", c_uint64), ("step", c_uint64)]


_error = POINTER(CError)
_signatures = {
    "o2m_version": (c_uint32, []),
    "o2m_error_text": (c_size_t, [_error, c_char_p, c_size_t]),
    "o2m_model_open": (c_void_p, [c_char_p, c_uint32, _error]),
    "o2m_model_from_memory": (c_void_p, [c_void_p, c_size_t, c_uint32, _error]),
    "o2m_model_close": (None, [c_void_p]),
    "o2m_model_input_count": (c_uint32, [c_void_p]),
    "o2m_model_output_count": (c_uint32, [c_void_p]),
    "o2m_model_input_name": (c_size_t, [c_void_p, c_uint32, c_char_p, c_size_t]),
    "o2m_model_output_name": (c_size_t, [c_void_p, c_uint32, c_char_p, c_size_t]),
    "o2m_model_node_operator": (c_size_t, [c_void_p, c_uint64, c_char_p, c_size_t]),
    "o2m_model_node_output": (c_size_t, [c_void_p, c_uint64, c_char_p, c_size_t]),
    "o2m_model_label_count": (c_uint32, [c_void_p]),
    "o2m_model_label": (c_size_t, [c_void_p, c_uint32, c_char_p, c_size_t]),
    "o2m_model_input": (c_int32, [c_void_p, c_uint32, POINTER(CTensor)]),
    "o2m_model_output": (c_int32, [c_void_p, c_uint32, POINTER(CTensor)]),
    "o2m_model_input_range": (c_int32, [c_void_p, c_uint32, c_uint32, POINTER(CRange)]),
    "o2m_model_input_state": (c_uint32, [c_void_p, c_uint32]),
    "o2m_model_error_text": (c_size_t, [c_void_p, _error, c_char_p, c_size_t]),
    "o2m_model_task": (c_uint32, [c_void_p]),
    "o2m_model_arena_bytes": (c_size_t, [c_void_p]),
    "o2m_model_self_test": (c_int32, [c_void_p, c_uint32, POINTER(CSelfTest), _error]),
    "o2m_session_create": (c_void_p, [c_void_p, c_uint32, _error]),
    "o2m_session_cancel": (None, [c_void_p]),
    "o2m_session_destroy": (None, [c_void_p]),
    "o2m_session_input": (c_void_p, [c_void_p, c_uint32]),
    "o2m_session_resize": (c_int32, [c_void_p, POINTER(CTensor), c_uint32, _error]),
    "o2m_session_input_shape": (c_int32, [c_void_p, c_uint32, POINTER(CTensor)]),
    "o2m_session_output_shape": (c_int32, [c_void_p, c_uint32, POINTER(CTensor)]),
    "o2m_session_reset_state": (None, [c_void_p]),
    "o2m_session_state_size": (c_size_t, [c_void_p]),
    "o2m_session_save_state": (c_int32, [c_void_p, c_void_p, c_size_t, _error]),
    "o2m_session_restore_state": (c_int32, [c_void_p, c_void_p, c_size_t, _error]),
    "o2m_session_set_image": (c_int32, [c_void_p, c_uint32, POINTER(CImage), _error]),
    "o2m_session_run": (c_int32, [c_void_p, _error]),
    "o2m_session_classify": (c_int32, [c_void_p, POINTER(CImage), c_uint32, POINTER(CClass), POINTER(c_uint32), _error]),
    "o2m_session_detect": (c_int32, [c_void_p, POINTER(CImage), c_uint32, POINTER(CBox), POINTER(c_uint32), _error]),
    "o2m_session_set_box_limits": (c_int32, [c_void_p, c_float, c_float, _error]),
    "o2m_session_segment": (c_int32, [c_void_p, POINTER(CImage), c_void_p, c_uint32, c_uint32, _error]),
    "o2m_session_output": (c_void_p, [c_void_p, c_uint32]),
}
# What a library that was built without zstd's decoder lacks.
_optional = {"o2m_model_unpacking": (c_void_p, [c_void_p, c_size_t, _error])}


def _load() -> Any:
    library = ctypes.CDLL(os.path.join(os.path.dirname(os.path.abspath(__file__)), NAME))
    for name, (result, arguments) in {**_signatures, **_optional}.items():
        if name in _optional and not hasattr(library, name):
            continue
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


library = _load()


def version() -> str:
    """The version of the library, as `0.2.0`."""
    packed = library.o2m_version()
    return f"{packed >> 16}.{packed >> 8 & 255}.{packed & 255}"


def text(function: Callable[..., int], *arguments: Any) -> str:
    """What a function writes that takes a buffer and its capacity last and returns the length of the whole text."""
    length = function(*arguments, None, 0)
    buffer = ctypes.create_string_buffer(length + 1)
    function(*arguments, buffer, length + 1)
    return buffer.raw[:length].decode("utf-8", "replace")


def problem(error: CError, model: Optional[int] = None) -> ModelError:
    """The exception for an error; `model` is asked for the names that its numbers stand for."""
    reason = REASONS[error.code] if 0 <= error.code < len(REASONS) else f"error {error.code}"
    node = None
    sentence = text(library.o2m_model_error_text, model, error)
    if reason == "run" and model:
        node = (text(library.o2m_model_node_operator, model, error.found), text(library.o2m_model_node_output, model, error.found))
    return ModelError(
        reason, sentence, code=error.code, system=error.system, offset=None if error.offset == 2**64 - 1 else error.offset,
        found=error.found, expected=error.expected, detail=error.detail, node=node)
