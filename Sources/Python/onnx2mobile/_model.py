"""A bundle, ready to run."""

from __future__ import annotations

import ctypes
import os
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union, overload

import numpy
from numpy.typing import ArrayLike

from . import _command
from ._errors import wrong
from ._library import (
    FOLLOWING, MOST_THREADS, NONE, TRUSTED, CBox, CClass, CError, CRange, CSelfTest, CTensor, library, problem, text,
)
from ._pictures import Crop, decoded, has_pillow, image_of, is_file, pixels_of
from ._sessions import Sessions

Bundle = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview]

# Element types by their numbers in o2m.h.
DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 11: "float64",
    12: "uint32", 13: "uint64",
}


# Tasks by their numbers in o2m.h.
TASKS = ("none", "detect", "segment", "classify")

# As many boxes as a bundle can ask for.
MOST_BOXES = 4096
LONGEST_SIDE = 8192


class Port(NamedTuple):
    """An input or output: its name, element type, and shape; typical extents where they are open."""

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


@dataclass(frozen=True)
class Detection:
    """An object in a picture: its class, its score in 0 to 1, and the box around it.

    `x` and `y` are the box's left and top edge in pixels of the picture, from the edges of its first pixel. They count in the array that was
    given, or in the file's picture as its EXIF orientation puts it upright; before `rotation`, `mirror` and `crop`.
    """

    label: str
    index: int
    score: float
    x: float
    y: float
    width: float
    height: float


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


def _types(shapes: Sequence[Optional[Tuple[int, ...]]]) -> Any:
    """Array of `o2m_tensor` with these shapes; of a rank beyond the runtime's the first extents are there. None follows from the others."""
    tensors = (CTensor * len(shapes))()
    for tensor, shape in zip(tensors, shapes):
        if shape is None:
            tensor.rank = FOLLOWING
            continue
        tensor.rank = len(shape)
        tensor.dims[: len(shape[:8])] = shape[:8]
    return tensors


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
    # What each extent of an input may be, by the input's name.
    extents: Dict[str, Tuple[range, ...]]
    # What the bundle says that its outputs are: "none", "detect", "segment" or "classify".
    task: str
    # The output that an input takes from the run before, by the input's name: see `stream`. Empty in most models.
    state: Dict[str, str]

    def __init__(self, handle: int, threads: int, source: Bundle, memory: object = None) -> None:
        self._sessions = Sessions(handle, threads, memory)
        self._source = source
        self._threads = threads
        self._finalizer = weakref.finalize(self, self._sessions.close)
        self.inputs = tuple(_port("input", handle, index) for index in range(library.o2m_model_input_count(handle)))
        self.outputs = tuple(_port("output", handle, index) for index in range(library.o2m_model_output_count(handle)))
        self.labels = tuple(text(library.o2m_model_label, handle, index) for index in range(library.o2m_model_label_count(handle)))
        self.extents = {port.name: _extents(handle, index, len(port.shape)) for index, port in enumerate(self.inputs)}
        self.task = TASKS[library.o2m_model_task(handle)]
        self.state = {}
        for index, port in enumerate(self.inputs):
            output = library.o2m_model_input_state(handle, index)
            if output != NONE:
                self.state[port.name] = self.outputs[output].name

    @overload
    def run(self, inputs: Mapping[str, ArrayLike]) -> Dict[str, numpy.ndarray]: ...

    @overload
    def run(self, inputs: ArrayLike) -> Union[numpy.ndarray, Dict[str, numpy.ndarray]]: ...

    def run(self, inputs: Any) -> Any:
        """Runs the model and returns its outputs by name, as arrays of their own.

        `inputs` has an array for every input, by its name. Where there is one input it may be the array itself; then a single output
        comes as its array, too. Element types are those of `self.inputs`: nothing is converted in silence. Shapes are any that the bundle
        takes, which `extents` says; another one is a `ModelError` whose reason is `shape`.

        Inputs that are `state` may be left out: they are then what they are before the first chunk of a stream. `stream` carries them on.
        """
        with self._sessions.session() as (handle, session):
            library.o2m_session_reset_state(session)
            return self._run(handle, session, inputs)

    def stream(self) -> "Stream":
        """A stream of chunks, which keeps the model's state from one to the next; any number of them may go on side by side."""
        return Stream(self)

    def _run(self, handle: int, session: int, inputs: Any) -> Any:
        """Runs a session; state that is not given is what stands there."""
        named, asked = isinstance(inputs, Mapping), [port.name for port in self.inputs if port.name not in self.state]
        if not named and len(asked) != 1:
            names = ", ".join(repr(name) for name in asked)
            raise wrong(f"the model has {len(asked)} inputs: give a dictionary with {names}", len(asked), 1)
        arrays = self._arrays(inputs if named else {asked[0]: inputs})
        error = CError()
        self._resize(handle, session, [None if array is None else array.shape for array in arrays])
        for index, (port, array) in enumerate(zip(self.inputs, arrays)):
            if array is not None:
                port = port._replace(shape=array.shape)
                numpy.copyto(_elements(library.o2m_session_input(session, index), port), array, casting="equiv")
        if library.o2m_session_run(session, error) != 0:
            raise problem(error, handle)
        outputs = {}
        for index, port in enumerate(self.outputs):
            port = port._replace(shape=_shape("output", session, index))
            outputs[port.name] = _elements(library.o2m_session_output(session, index), port).copy()
        if named:
            return outputs
        given = [name for name in outputs if name not in self.state.values()]
        return outputs[given[0]] if len(given) == 1 else outputs

    def _arrays(self, inputs: Mapping[str, Any]) -> List[Optional[numpy.ndarray]]:
        for name in inputs:
            if all(port.name != name for port in self.inputs):
                raise wrong(f"there is no input {name!r}; the model has {', '.join(repr(port.name) for port in self.inputs)}")
        arrays: List[Optional[numpy.ndarray]] = []
        for port in self.inputs:
            if port.name not in inputs and port.name in self.state:
                arrays.append(None)
                continue
            if port.name not in inputs:
                raise wrong(f"input {port} is missing")
            array = numpy.asarray(inputs[port.name])
            if array.dtype.newbyteorder("=") != port.dtype:
                raise wrong(f"input {port} is given as {array.dtype}: convert it with numpy.asarray(x, {str(port.dtype)!r})")
            arrays.append(array)
        return arrays

    def _resize(self, handle: int, session: int, shapes: Sequence[Optional[Tuple[int, ...]]]) -> None:
        """Gives the inputs these shapes, where they have others; None for state, which follows."""
        if all(shape is None or _shape("input", session, index) == shape for index, shape in enumerate(shapes)):
            return
        error = CError()
        if library.o2m_session_resize(session, _types(shapes), len(shapes), error) != 0:
            raise problem(error, handle)

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
        if is_file(picture) and not has_pillow():
            if rotation or mirror or crop is not None:
                raise wrong("rotation, mirror and crop of a file need Pillow: python -m pip install pillow")
            return [Classification(*best) for best in _command.classes(self._source, picture, top)]
        most = min(top, max((int(numpy.prod(port.shape)) for port in self.outputs), default=1))
        classes, count = (CClass * max(most, 1))(), ctypes.c_uint32()
        self._see(picture, rotation, mirror, crop, lambda session, image, error: library.o2m_session_classify(
            session, image, most, classes, count, error))
        return [Classification(self._label(item.label), item.label, item.probability) for item in classes[: count.value]]

    def detect(
        self, picture: Any, *, most: Optional[int] = None, score: Optional[float] = None, overlap: Optional[float] = None,
        rotation: int = 0, mirror: bool = False, crop: Optional[Crop] = None,
    ) -> List[Detection]:
        """Prepares a picture as the bundle says, runs the model, and gives the objects that it sees, best first.

        The bundle was converted with `--task detect`; it says how many objects, of what least `score`, and how far two of a class may
        `overlap`, as a share of their union, until they are one: what is given here counts instead, the last two in 0 to 1. `picture`,
        `rotation`, `mirror` and `crop` are those of `classify`; files need Pillow.
        """
        if most is not None and (not isinstance(most, int) or most < 1):
            raise wrong(f"most is {most!r}: it is how many boxes are wanted, at least 1")
        for name, share in (("score", score), ("overlap", overlap)):
            if share is not None and not 0 <= share <= 1:
                raise wrong(f"{name} is {share!r}: it is 0 to 1")
        room = min(most or MOST_BOXES, MOST_BOXES)
        boxes, count = (CBox * room)(), ctypes.c_uint32()

        def ask(session: int, image: Any, error: CError) -> int:
            limits = -1 if score is None else score, -1 if overlap is None else overlap
            code = library.o2m_session_set_box_limits(session, *limits, error)
            return int(code or library.o2m_session_detect(session, image, room, boxes, count, error))

        self._see(picture, rotation, mirror, crop, ask)
        return [
            Detection(self._label(box.label), box.label, box.score, box.x, box.y, box.width, box.height) for box in boxes[: count.value]
        ]

    def segment(
        self, picture: Any, *, size: Optional[Tuple[int, int]] = None, rotation: int = 0, mirror: bool = False,
        crop: Optional[Crop] = None,
    ) -> numpy.ndarray:
        """Prepares a picture as the bundle says, runs the model, and gives the class of every pixel: uint8 [height, width].

        The bundle was converted with `--task segment`. The array shows the whole picture, before `rotation`, `mirror` and `crop`; 255 is what
        a crop left out. `size` is its width and height, 1 to 8192 each, where it is not to be the picture's. `picture` and the other
        keywords are those of `classify`; files need Pillow.
        """
        if size is not None and not all(isinstance(side, int) and 1 <= side <= LONGEST_SIDE for side in size):
            raise wrong(f"size is {size!r}: it is a width and a height, 1 to {LONGEST_SIDE} each")
        maps: List[numpy.ndarray] = []

        def ask(session: int, image: Any, error: CError) -> int:
            width, height = size or (image.width, image.height)
            maps.append(numpy.empty((height, width), "uint8"))
            return int(library.o2m_session_segment(session, image, maps[0].ctypes.data, width, height, error))

        self._see(picture, rotation, mirror, crop, ask)
        return maps[0]

    def _see(
        self, picture: Any, rotation: int, mirror: bool, crop: Optional[Crop], ask: Callable[[int, Any, CError], int],
    ) -> None:
        """Lets `ask` run a session on a picture. Inputs have the shapes of `inputs`."""
        # Decoding may take longer than the run: it can be cancelled as well.
        with self._sessions.session() as (handle, session):
            pixels = pixels_of(decoded(picture) if is_file(picture) else picture)
            image, error = image_of(pixels, rotation, mirror, crop), CError()
            self._resize(handle, session, [port.shape for port in self.inputs])
            if ask(session, image, error) != 0:
                raise problem(error, handle)

    def _label(self, index: int) -> str:
        return self.labels[index] if index < len(self.labels) else str(index)

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


def _extents_of(tensor: CTensor) -> Tuple[int, ...]:
    return tuple(int(extent) for extent in tensor.dims[: tensor.rank])


def _shape(kind: str, session: int, index: int) -> Tuple[int, ...]:
    """That an input or output of a session has now."""
    tensor = CTensor()
    getattr(library, f"o2m_session_{kind}_shape")(session, index, tensor)
    return _extents_of(tensor)


def _extents(handle: int, index: int, rank: int) -> Tuple[range, ...]:
    """What the axes of an input may be."""
    found, limits = [], CRange()
    for axis in range(rank):
        library.o2m_model_input_range(handle, index, axis, limits)
        found.append(range(limits.minimum, limits.maximum + 1, limits.step))
    return tuple(found)


def _port(kind: str, handle: int, index: int) -> Port:
    tensor = CTensor()
    getattr(library, f"o2m_model_{kind}")(handle, index, tensor)
    shape = _extents_of(tensor)
    return Port(text(getattr(library, f"o2m_model_{kind}_name"), handle, index), numpy.dtype(DTYPES[tensor.type]), shape)


class Stream:
    """Chunks of one stream, run one after another: state goes from each to the next. `Model.stream` makes it.

    A stream belongs to one thread at a time. A chunk that fails leaves the state as it was. It gives its memory back by `with`, by `close`, or
    when it is collected.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._session = model._sessions.own()
        self._finalizer = weakref.finalize(self, model._sessions.give_up, self._session)

    def run(self, inputs: Any) -> Any:
        """Runs the next chunk: as `Model.run`, but that state goes on. State that is given begins anew with that."""
        with self._handles() as (handle, session):
            return self._model._run(handle, session, inputs)

    def reset(self) -> None:
        """Begins a new stream: the state is what it was before the first chunk."""
        with self._handles() as (_, session):
            library.o2m_session_reset_state(session)

    def save(self) -> bytes:
        """The state, for `restore` here or in another process."""
        with self._handles() as (handle, session):
            size, error = library.o2m_session_state_size(session), CError()
            buffer = ctypes.create_string_buffer(size)
            if library.o2m_session_save_state(session, buffer, size, error) != 0:
                raise problem(error, handle)
            return buffer.raw

    def restore(self, state: bytes) -> None:
        """Makes the state what `save` gave. That of another model, or damaged, is a `ModelError` whose reason is `state`."""
        with self._handles() as (handle, session):
            error, data = CError(), bytes(state)
            if library.o2m_session_restore_state(session, data, len(data), error) != 0:
                raise problem(error, handle)

    @contextmanager
    def _handles(self) -> Iterator[Tuple[int, int]]:
        if not self._finalizer.alive:
            raise wrong("this stream was given up: make another")
        with self._model._sessions.model() as handle:
            yield handle, self._session

    def close(self) -> None:
        """Gives the memory back; closing twice is harmless."""
        self._finalizer()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
