"""A bundle, ready to run."""

from __future__ import annotations

import ctypes
import os
import weakref
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union, overload

import numpy
from numpy.typing import ArrayLike

from . import _command
from ._errors import wrong
from ._library import MOST_THREADS, TRUSTED, CClass, CError, CSelfTest, CTensor, library, problem, text
from ._pictures import Crop, decoded, image_of, is_file, pixels_of
from ._sessions import Sessions

Bundle = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview]

# Element types by their numbers in o2m.h.
DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 11: "float64",
    12: "uint32", 13: "uint64",
}


class Port(NamedTuple):
    """An input or output: its name, element type, and shape."""

    name: str
    dtype: numpy.dtype
    shape: Tuple[int, ...]

    def __str__(self) -> str:
        return f"'{self.name}', {self.dtype} {list(self.shape)}"


@dataclass(frozen=True)
class Classification:
    """A class and its share, in 0 to 1; NaN where a score is not finite. The label is the index as text where the bundle has none."""

    label: str
    index: int
    probability: float


class SelfTest(NamedTuple):
    """How far a bundle is from what the original model gave, on the inputs of its certificate.

    `max_error` is the largest difference of an element, `sqnr_db` the least signal-to-noise ratio of an output of floats (200 at most),
    `share` the largest share of what an output may differ by that one does.
    """

    cases: int
    values: int
    max_error: float
    sqnr_db: float
    share: float


class _Memory:
    """Elements of the runtime, for numpy."""

    def __init__(self, address: int, port: Port) -> None:
        self.__array_interface__ = {"version": 3, "data": (address, False), "shape": port.shape, "typestr": port.dtype.str}


def _elements(address: Optional[int], port: Port) -> numpy.ndarray:
    return numpy.asarray(_Memory(address, port)) if address and 0 not in port.shape else numpy.empty(port.shape, port.dtype)


class Model:
    """A model that is ready to run; `load` makes it.

    Any number of threads may use it at the same time: each call has a session of its own, and the interpreter is free while it runs. It
    gives its memory back by `with`, by `close`, or when it is collected.
    """

    inputs: Tuple[Port, ...]
    outputs: Tuple[Port, ...]
    labels: Tuple[str, ...]

    def __init__(self, handle: int, threads: int, source: Bundle, memory: object = None) -> None:
        self._sessions = Sessions(handle, threads, memory)
        self._source = source
        self._threads = threads
        self._finalizer = weakref.finalize(self, self._sessions.close)
        self.inputs = tuple(_port("input", handle, index) for index in range(library.o2m_model_input_count(handle)))
        self.outputs = tuple(_port("output", handle, index) for index in range(library.o2m_model_output_count(handle)))
        self.labels = tuple(text(library.o2m_model_label, handle, index) for index in range(library.o2m_model_label_count(handle)))

    @overload
    def run(self, inputs: Mapping[str, ArrayLike]) -> Dict[str, numpy.ndarray]: ...

    @overload
    def run(self, inputs: ArrayLike) -> Union[numpy.ndarray, Dict[str, numpy.ndarray]]: ...

    def run(self, inputs: Any) -> Any:
        """Runs the model and returns its outputs by name, as arrays of their own.

        `inputs` has an array for every input, by its name. Where there is one input it may be the array itself; then a single output
        comes as its array, too. Element types and shapes are those of `inputs`: nothing is converted in silence.
        """
        named = isinstance(inputs, Mapping)
        if not named and len(self.inputs) != 1:
            names = ", ".join(repr(port.name) for port in self.inputs)
            raise wrong(f"the model has {len(self.inputs)} inputs: give a dictionary with {names}", len(self.inputs), 1)
        arrays = self._arrays(inputs if named else {self.inputs[0].name: inputs})
        error = CError()
        with self._sessions.session() as (handle, session):
            for index, (port, array) in enumerate(zip(self.inputs, arrays)):
                numpy.copyto(_elements(library.o2m_session_input(session, index), port), array, casting="equiv")
            if library.o2m_session_run(session, error) != 0:
                raise problem(error, handle)
            outputs = {
                port.name: _elements(library.o2m_session_output(session, index), port).copy() for index, port in enumerate(self.outputs)
            }
        return outputs if named or len(outputs) != 1 else next(iter(outputs.values()))

    def _arrays(self, inputs: Mapping[str, Any]) -> List[numpy.ndarray]:
        for name in inputs:
            if all(port.name != name for port in self.inputs):
                raise wrong(f"there is no input {name!r}; the model has {', '.join(repr(port.name) for port in self.inputs)}")
        arrays = []
        for port in self.inputs:
            if port.name not in inputs:
                raise wrong(f"input {port} is missing")
            array = numpy.asarray(inputs[port.name])
            if array.dtype.newbyteorder("=") != port.dtype:
                raise wrong(f"input {port} is given as {array.dtype}: convert it with numpy.asarray(x, {str(port.dtype)!r})")
            if array.shape != port.shape:
                raise wrong(f"input {port} is given as {list(array.shape)}", array.size, int(numpy.prod(port.shape)))
            arrays.append(array)
        return arrays

    def classify(
        self, picture: Any, top: int = 5, *, rotation: int = 0, mirror: bool = False, crop: Optional[Crop] = None,
    ) -> List[Classification]:
        """Prepares a picture as the bundle says, runs the model, and gives the `top` best classes, best first.

        `picture` is the path of a file, its bytes, an image of Pillow, or an array of uint8 [height, width, 3], RGB; also 4 channels, RGBA,
        or none, gray. Files are decoded by Pillow, turned upright as their EXIF orientation says; where Pillow is not installed, JPEG and
        PNG by the command of this package. `rotation` is 0, 90, 180 or 270 degrees to the right until the picture stands upright, `mirror`
        then turns it over, and `crop` is left, top, right and bottom of what counts, in pixels as they are stored.
        """
        if not isinstance(top, int) or top < 1:
            raise wrong(f"top is {top!r}: it is how many classes are wanted, at least 1")
        if is_file(picture):
            image = decoded(picture)
            if image is None:
                if rotation or mirror or crop is not None:
                    raise wrong("rotation, mirror and crop of a file need Pillow: python -m pip install pillow")
                return [Classification(*best) for best in _command.classes(self._source, picture, top)]
            picture = image
        pixels = pixels_of(picture)
        return self._classify(pixels, image_of(pixels, rotation, mirror, crop), top)

    def _classify(self, pixels: numpy.ndarray, image: Any, top: int) -> List[Classification]:
        most = min(top, max((int(numpy.prod(port.shape)) for port in self.outputs), default=1))
        classes, count, error = (CClass * max(most, 1))(), ctypes.c_uint32(), CError()
        with self._sessions.session() as (handle, session):
            if library.o2m_session_classify(session, image, most, classes, count, error) != 0:
                raise problem(error, handle)
        best = [(item.label, item.probability) for item in classes[: count.value]]
        return [Classification(self.labels[i] if i < len(self.labels) else str(i), i, share) for i, share in best]

    def self_test(self) -> SelfTest:
        """Runs the bundle's certificate on this machine. A bundle that is not what the original model was is a `ModelError`."""
        result, error = CSelfTest(), CError()
        with self._sessions.model() as handle:
            if library.o2m_model_self_test(handle, self._threads, result, error) != 0:
                raise problem(error)
        return SelfTest(result.cases, result.values, result.max_error, result.sqnr_db, result.share)

    @property
    def arena_bytes(self) -> int:
        """Bytes that each session allocates; its inputs take theirs beside it."""
        with self._sessions.model() as handle:
            return int(library.o2m_model_arena_bytes(handle))

    def cancel(self) -> None:
        """Ends the calls of other threads that are going on, each with a `ModelError` whose reason is `cancelled`."""
        self._sessions.cancel()

    def close(self) -> None:
        """Gives the memory back; calls that are going on end first. A model that is closed stays closed."""
        self._finalizer()

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        ports = ", ".join(map(str, self.inputs)), ", ".join(map(str, self.outputs))
        return f"<onnx2mobile.Model {ports[0]} to {ports[1]}>"


def _port(kind: str, handle: int, index: int) -> Port:
    tensor = CTensor()
    getattr(library, f"o2m_model_{kind}")(handle, index, tensor)
    shape = tuple(int(extent) for extent in tensor.dims[: tensor.rank])
    return Port(text(getattr(library, f"o2m_model_{kind}_name"), handle, index), numpy.dtype(DTYPES[tensor.type]), shape)


def load(source: Bundle, *, threads: int = 1, trusted: bool = False) -> Model:
    """Opens a bundle of either form, from a file or from its bytes.

    What `onnx2mobile unpack` wrote is mapped, and must not be changed while it is open; what `convert` wrote is unpacked into memory.

    - threads: of each run, the calling one among them; 0 takes one for each CPU. Results do not depend on it.
    - trusted: hashes are not checked: the bundle is one that `onnx2mobile unpack` verified and that nobody else can write.
    """
    if not isinstance(threads, int) or not 0 <= threads <= MOST_THREADS:
        raise wrong(f"threads is {threads!r}: it is 0 to {MOST_THREADS}")
    flags, error, memory = TRUSTED if trusted else 0, CError(), None
    if isinstance(source, (str, os.PathLike)):
        handle = library.o2m_model_open(os.fsencode(source), flags, error)
    else:
        memory = _Aligned(source)
        handle = library.o2m_model_from_memory(memory.address, memory.size, flags, error)
    if not handle and problem(error).reason == "compressed" and hasattr(library, "o2m_model_unpacking"):
        # The model gets memory of its own.
        packed, memory = memory or _Aligned(_contents(source)), None
        handle = library.o2m_model_unpacking(packed.address, packed.size, error)
    if not handle:
        failure = problem(error)
        if isinstance(source, (str, os.PathLike)):
            reason = f"cannot be opened: {os.strerror(failure.system)}" if failure.system else failure.message
            failure.args = (f"{os.fspath(source)}: {reason}",)
        raise failure
    return Model(handle, threads, source, memory)


def _contents(path: Any) -> bytes:
    with open(path, "rb") as file:
        return file.read()


class _Aligned:
    """A copy of bytes at a multiple of 64."""

    def __init__(self, source: Any) -> None:
        data = memoryview(source).cast("B")
        self.size = data.nbytes
        self._memory = ctypes.create_string_buffer(self.size + 64)
        start = ctypes.addressof(self._memory)
        self.address = start + -start % 64
        memoryview(self._memory).cast("B")[self.address - start :][: self.size] = data
