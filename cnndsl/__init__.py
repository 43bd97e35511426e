"""A compact, declarative language for neural architectures that compiles to plain PyTorch.

The public face: `check`, `compile`, `load`, `loads` and `summary`. Importing it imports next to nothing.
"""

from __future__ import annotations

from os import PathLike, fsdecode

TYPE_CHECKING = False  # type checkers take this name to be true

if TYPE_CHECKING:
    from torch import nn

    from .cost.summary import Summary
    from .problems import CnnError
    from .reading import Reading
    from .report import Report
    from .typed import Any, Mapping

__all__ = ["CnnError", "__version__", "check", "compile", "load", "loads", "summary"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`CnnError`, when it is asked for."""
    if name != "CnnError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .problems import CnnError

    globals()[name] = CnnError
    return CnnError


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def check(
    path: str | PathLike[str], *, limits: Mapping[str, int] | None = None, project: str | PathLike[str] | None = None
) -> Report:
    """Check a `.cnn` file without running anything.

    Returns a `Report`: `ok`, the `problems` (with code, place and text) and, if there is no error, the `models` with
    their inputs, outputs, requirements and number of parameters. `print(report)` shows what `cnndsl check` shows.
    Never raises for a faulty file, nor for a missing one.

    `limits` raises limits by their names (`{"modules": 200_000}`; ValueError if there is no such limit), and `project`
    is the folder that imports may not leave; without it, the nearest one above the file that holds a `.git`, `.hg` or
    `pyproject.toml`, or else the file's own. The other functions take both, too.
    """
    from .pipeline import check

    return check(fsdecode(path), None, terms(limits, project))


def compile(
    path: str | PathLike[str],
    /,
    *,
    model: str | None = None,
    inplace: bool = False,
    limits: Mapping[str, int] | None = None,
    project: str | PathLike[str] | None = None,
    **parameters: Any,
) -> str:
    """The Python source that a `.cnn` file stands for: a module that imports torch alone.

    `model` picks one of several models; `parameters` fix parameters of the models (`classes=100`). Without them the
    file's defaults hold, and each parameter remains an argument of the generated class. With `inplace`, activations
    write over their input where that is safe: the same results and gradients in less memory.

    Raises `CnnError` if the file cannot be compiled; printing the error shows what the command line shows.
    """
    from .pipeline import compile_file

    return compile_file(fsdecode(path), model, parameters, inplace, terms(limits, project))


def load(
    path: str | PathLike[str],
    /,
    *,
    model: str | None = None,
    extern: bool = False,
    inplace: bool = False,
    limits: Mapping[str, int] | None = None,
    project: str | PathLike[str] | None = None,
    **parameters: Any,
) -> nn.Module:
    """Build the network that a `.cnn` file describes, as a genuine `torch.nn.Module`.

    Its class is the one that `compile` writes: `inspect.getsource` shows it, and `copy`, `pickle`, `torch.compile`
    and subclassing work as with a class written by hand. `model` picks one of several models, `parameters` are the
    model's own (`classes=100`). `inplace` is that of `compile`.

    Loading executes nothing but the generated class, which a later process finds in the user's cache folder
    (CNNDSL_CACHE=off in the environment: nothing is kept there). A file with `extern` blocks is refused unless
    `extern=True`, which imports the Python classes it names.

    Raises `CnnError` if the file cannot be compiled.
    """
    from .pipeline import load_file

    return load_file(fsdecode(path), model, extern, parameters, inplace, terms(limits, project))


def loads(
    text: str,
    /,
    *,
    model: str | None = None,
    extern: bool = False,
    inplace: bool = False,
    limits: Mapping[str, int] | None = None,
    project: str | PathLike[str] | None = None,
    **parameters: Any,
) -> nn.Module:
    """Build the network that the text of a `.cnn` file describes; see `load`. Imports are relative to the folder the
    program runs in. Raises TypeError if `text` is no string.
    """
    from .pipeline import load_text

    if not isinstance(text, str):
        raise TypeError(f"the text of a .cnn file is a str, not {type(text).__name__}")
    return load_text(text, model, extern, parameters, inplace, terms(limits, project))


def summary(
    path: str | PathLike[str],
    /,
    *,
    model: str | None = None,
    at: Mapping[str, int] | None = None,
    batch: int | None = None,
    dtype: str = "float32",
    optimizer: str = "adam",
    inplace: bool = False,
    limits: Mapping[str, int] | None = None,
    project: str | PathLike[str] | None = None,
    **parameters: Any,
) -> Summary:
    """What the network of a `.cnn` file costs, without building or running it: a tree of rows and their totals.

    Each row has a `path`, the `layer` with its arguments, its `output`, `parameters`, `buffers`, `weights`, `macs`
    (multiply-accumulates), `flops`, `bytes` (of its output) and `kept` (bytes for the backward pass). The totals are
    `parameters`, `buffers`, `saved` (bytes of the state_dict), `macs`, `flops`, `peak` (bytes at inference) and
    `training`. Sizes that the file leaves free make expressions of them, unless `at` gives numbers (`{"H": 224}`) or
    `batch` the size of the batch. `dtype` is that of the parameters, `optimizer` one of sgd, momentum, adam, adamw;
    `inplace` is that of `compile`.

    Raises `CnnError` if the file cannot be compiled, or if the model does not take these sizes; `ValueError` if `at`
    and `batch` contradict each other, or for an unknown `dtype` or `optimizer`; `TypeError` if `at` is no mapping.
    """
    from .cost.summary import Options
    from .pipeline import costs_file

    return costs_file(
        fsdecode(path), model, parameters, Options(dtype, optimizer, inplace), at or {}, batch, terms(limits, project)
    )


def terms(limits: Mapping[str, int] | None, project: str | PathLike[str] | None) -> Reading:
    """On what terms files are read."""
    from .limits import limits as limited
    from .reading import Reading

    return Reading(limited(limits), None if project is None else fsdecode(project))
