"""The table of what calls do, and how an entry is made."""

from __future__ import annotations

from ...records import dataclass
from ...shapes import Size
from ...tape import Held, Tape
from ...typed import Any, Callable, Mapping

Given = Mapping[str, Any]
Write = Callable[[Tape, Any, Given], Any]


@dataclass(frozen=True)
class Writer:
    """How a function's calls are written down, and their operations: `per_input` on each element of the first tensor,
    `per_output` on each of the output."""

    write: Write
    macs: Callable[[Any, Given], Size] | None = None
    per_input: int = 0
    per_output: int = 0


WRITERS: dict[str, Writer] = {}


def enter(names: str, write: Write, macs: Any = None, *, per_input: int = 0, per_output: int = 0) -> None:
    """Functions that do the same."""
    for name in names.split():
        if name in WRITERS:
            raise ValueError(f"two entries for {name}")
        WRITERS[name] = Writer(write, macs, per_input, per_output)


def writes(names: str, macs: Any = None, *, per_input: int = 0, per_output: int = 0) -> Callable[[Write], Write]:
    def register(write: Write) -> Write:
        enter(names, write, macs, per_input=per_input, per_output=per_output)
        return write

    return register


def is_held(value: Any) -> bool:
    return isinstance(value, Held)


def wants(value: Any) -> bool:
    """Whether it is a tensor that requires a gradient."""
    return isinstance(value, Held) and value.grad
