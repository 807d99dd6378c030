"""What can go wrong."""

from __future__ import annotations

from typing import Any, Optional, Tuple

# In the order of their codes in o2m.h.
REASONS = (
    "ok", "open", "memory", "damaged", "truncated", "hash", "not-a-bundle", "version", "compressed", "unsupported", "argument", "threads",
    "run", "self-test", "no-certificate", "unprepared", "picture", "cancelled", "no-classes", "no-task", "shape",
    "state", "busy",
)


class Error(Exception):
    """Whatever goes wrong in this package: one sentence, and its number."""

    code: int

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code

    @property
    def message(self) -> str:
        """One sentence: what is wrong, in numbers, and what to do."""
        return str(self.args[0])

    def __str__(self) -> str:
        return self.message


class ModelError(Error):
    """A model that cannot be opened, or a run that failed.

    `code` is the number that o2m.h gives the `reason`, kept for ever. `system` is the errno value of a file, else 0; `offset` the byte in
    the bundle, where there is one; what `found`, `expected` and `detail` are, o2m.h says for each code. `node` is the operator and the
    first output of the node that refused its inputs.
    """

    reason: str
    system: int
    offset: Optional[int]
    found: int
    expected: int
    detail: int
    node: Optional[Tuple[str, str]]

    def __init__(
        self, reason: str, message: str, *, code: Optional[int] = None, system: int = 0, offset: Optional[int] = None, found: int = 0,
        expected: int = 0, detail: int = 0, node: Optional[Tuple[str, str]] = None,
    ) -> None:
        super().__init__(message, REASONS.index(reason) if code is None else code)
        self.reason = reason
        self.system = system
        self.offset = offset
        self.found = found
        self.expected = expected
        self.detail = detail
        self.node = node


class CommandError(Error):
    """The command `onnx2mobile` ended without what was asked of it.

    `code` is its exit code: 64 usage, 65 invalid or damaged file, 66 cannot open, 69 unsupported, 70 our own fault, 73 cannot write; below
    0 the signal that ended it. `help` is what to do, where the command says it.
    """

    help: Optional[str]

    def __init__(self, message: str, code: int, help: Optional[str] = None) -> None:
        super().__init__(message, code)
        self.help = help

    def __str__(self) -> str:
        return f"{self.message}\n  help: {self.help}" if self.help else self.message


class VerdictError(CommandError):
    """The bundle does not agree with its model: exit code 1. `report` has the numbers, where the command gave them."""

    report: Optional[Any]

    def __init__(self, message: str, help: Optional[str] = None, report: Optional[Any] = None) -> None:
        super().__init__(message, 1, help)
        self.report = report


def wrong(message: str, found: int = 0, expected: int = 0) -> ModelError:
    """An argument that cannot be used."""
    return ModelError("argument", message, found=found, expected=expected)
