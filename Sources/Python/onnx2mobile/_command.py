"""The command `onnx2mobile`, run as a program of its own."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
import warnings
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from ._errors import CommandError, VerdictError

Path = Union[str, "os.PathLike[str]"]
Many = Union[Path, Sequence[Path]]


class Report(Dict[str, Any]):
    """What a command says with `--format json`, the keys of which are a contract: `report["parity"]["verdict"]`, and as attributes
    `report.parity.verdict`.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the report has no '{name}'; it has {', '.join(self)}") from None


def executable() -> str:
    """The path of the command that was installed with this package."""
    name = "onnx2mobile"
    for path in _places(name):
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    raise CommandError("the command onnx2mobile is not where this package was installed", 66, "install the package again")


def _places(name: str) -> Iterator[str]:
    here = os.path.dirname(os.path.abspath(__file__))
    try:
        for file in importlib.metadata.files("onnx2mobile") or []:
            if file.name == name and file.parent.name == "bin":
                yield os.path.normpath(str(file.locate()))
    except importlib.metadata.PackageNotFoundError:
        pass
    yield os.path.join(sysconfig.get_path("scripts"), name)
    # Beside the packages, where `pip install --target` puts it.
    yield os.path.join(os.path.dirname(here), "bin", name)
    yield shutil.which(name) or ""


def _version() -> str:
    return subprocess.run([executable(), "--version"], capture_output=True, check=True, text=True).stdout.strip()


def _run(arguments: Sequence[str], verdict: bool = False) -> Report:
    """Runs the command and returns its report.

    A failed verdict is a `VerdictError` with the report, where the command gave one; every other end is a `CommandError`.
    """
    done = subprocess.run([executable(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    out, told = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    report = json.loads(out, object_hook=Report) if out.startswith(("{", "[")) else None
    message, help = _failure(told)
    if done.returncode == 1:
        raise VerdictError(message or _verdict(arguments, report), help, report)
    if done.returncode != 0:
        raise CommandError(message or f"onnx2mobile {arguments[0]} ended with {done.returncode}", done.returncode, help)
    for line in told.splitlines():
        if line.startswith(("warning: ", "note: ")):
            warnings.warn(line.split(": ", 1)[1], stacklevel=3)
    return report if report is not None else Report()


def _failure(told: str) -> Tuple[Optional[str], Optional[str]]:
    """The sentence and the help of `error: SENTENCE` and `  help: HELP`; reasons stand between them, a line each."""
    lines = iter(told.splitlines())
    message = next((line[7:] for line in lines if line.startswith("error: ")), None)
    help = None
    for line in lines:
        if line.startswith("  help: "):
            help = line[8:]
        elif message is not None and line.startswith("  ") and help is None:
            message += "\n" + line
    return message, help


def _verdict(arguments: Sequence[str], report: Optional[Report]) -> str:
    failed = report.get("failed") if report else None
    return f"onnx2mobile {arguments[0]}: the verdict is fail" + (f": {failed}" if failed else "")


def _many(flag: str, values: Optional[Many]) -> List[str]:
    if values is None:
        return []
    paths = [values] if isinstance(values, (str, os.PathLike)) else list(values)
    return [word for path in paths for word in (flag, os.fspath(path))]


def _one(flag: str, value: Any) -> List[str]:
    return [] if value is None else [f"{flag}={os.fspath(value) if isinstance(value, os.PathLike) else value}"]


def _shapes(shapes: Optional[Mapping[str, Sequence[int]]]) -> List[str]:
    return [f"--input-shape={name}:{','.join(map(str, shape))}" for name, shape in (shapes or {}).items()]


def convert(
    model: Path, out: Optional[Path] = None, *, precision: Optional[str] = None, input_shape: Optional[Mapping[str, Sequence[int]]] = None,
    state: Optional[Mapping[str, str]] = None, labels: Optional[Path] = None, preprocess: Optional[str] = None, task: Optional[str] = None, data: Optional[Many] = None,
    pictures: Optional[Path] = None, min_sqnr: Optional[float] = None, min_top1: Optional[float] = None, seed: Optional[int] = None,
    options: Sequence[str] = (),
) -> Report:
    """Converts an ONNX model to a bundle and measures that it is still the same model.

    The keywords are the flags of `onnx2mobile convert`, `state` a dictionary of inputs and the outputs that they take; what has no keyword goes
    into `options`, as `["--skip-pass", "fuse-pad"]`. The report has `bundle`, the path of the bundle, and `parity`. Where parity fails there
    is no bundle, and a `VerdictError`.
    """
    arguments = ["convert", *_one("--output", out), *_one("--precision", precision), *_shapes(input_shape)]
    arguments += [*(f"--state={name}={output}" for name, output in (state or {}).items()), *_one("--labels", labels)]
    arguments += [*_one("--preprocess", preprocess), *_one("--task", task), *_many("--data", data), *_one("--pictures", pictures)]
    arguments += [*_one("--min-sqnr", min_sqnr), *_one("--min-top1", min_top1), *_one("--seed", seed)]
    return _run([*arguments, *options, "--json", "--", os.fspath(model)])


def verify(
    model: Path, *bundles: Path, data: Optional[Many] = None, pictures: Optional[Path] = None, random: Optional[int] = None,
    min_sqnr: Optional[float] = None, min_top1: Optional[float] = None, seed: Optional[int] = None, options: Sequence[str] = (),
    check: bool = True,
) -> Report:
    """Compares a bundle with its model, or, where it stands alone, with its own certificate.

    The keywords are the flags of `onnx2mobile verify`; what has no keyword goes into `options`. A verdict that fails is a `VerdictError`
    with the report; with `check=False` the report is returned, whose `verdict` is `"fail"`.
    """
    arguments = ["verify", *_many("--data", data), *_one("--pictures", pictures), *_one("--random", random)]
    arguments += [*_one("--min-sqnr", min_sqnr), *_one("--min-top1", min_top1), *_one("--seed", seed)]
    try:
        return _run([*arguments, *options, "--json", "--", os.fspath(model), *(os.fspath(bundle) for bundle in bundles)])
    except VerdictError as failure:
        if check or failure.report is None:
            raise
        report: Report = failure.report
        return report


def classes(bundle: Any, picture: Any, top: int) -> List[Tuple[str, int, float]]:
    """The best classes of a picture in a file, as `onnx2mobile run` gives them."""
    with tempfile.TemporaryDirectory(prefix="onnx2mobile-") as folder:
        files = []
        for name, source in (("bundle", bundle), ("picture", picture)):
            if not isinstance(source, (str, os.PathLike)):
                # The command tells kinds of files by their names.
                kind = "o2m" if name == "bundle" else "jpg" if bytes(source[:2]) == b"\xff\xd8" else "png"
                path = os.path.join(folder, f"{name}.{kind}")
                with open(path, "wb") as file:
                    file.write(source)
                source = path
            files.append(os.path.abspath(os.fspath(source)))
        report = _run(["run", "--input", files[1], "--top", str(top), "--json", "--", files[0]])
    outputs = [output for output in report["results"][0]["outputs"] if output["top"]]
    nan = float("nan")
    return [(best["label"] or str(best["class"]), best["class"], nan if best["share"] is None else best["share"]) for best in outputs[0]["top"]]
