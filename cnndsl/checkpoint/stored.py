"""The tensors of a file, as data, and where in the file they stand. Reads nothing."""

from __future__ import annotations

from ..records import dataclass
from ..typed import Any, Iterator

MAX_HEADER = 32_000_000  # bytes; the headers of the largest published files have 10


USUAL = ("state_dict", "model_state_dict", "model", "module", "net")  # where training loops keep a network's weights


class Unreadable(Exception):
    """Why a file of weights cannot be used, in one sentence."""


@dataclass(frozen=True)
class Entry:
    """A tensor's shape and dtype, by torch's names."""

    shape: tuple[int, ...]
    dtype: str

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.shape))}]" + ("" if self.dtype == "float32" else f" {self.dtype}")


@dataclass(frozen=True)
class Stored:
    """What a file holds. `inside` is the name under which the tensors stood (`state_dict`), if not at the top.

    `others` are the entries that are no tensors. `versioned`: it tells the versions of the modules, as torch.save does.
    """

    tensors: dict[str, Entry]
    others: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    versioned: bool = False


def chosen(found: Any) -> Stored:
    """The tensors of a pickled value: at its top, or in the one dict inside that has some; raises Unreadable."""
    if not isinstance(found, dict):
        raise Unreadable(f"it holds {describe(found)}, not a state_dict: save `model.state_dict()`")
    if any(isinstance(value, Entry) for value in found.values()):
        return split(found, ())
    level: dict[tuple[str, ...], dict[Any, Any]] = {(): found}
    seen = {id(found)}
    while level:
        level = {path: value for path, value in below(level) if id(value) not in seen}
        seen |= {id(value) for value in level.values()}
        inside = {path: value for path, value in level.items() if holds_tensors(value)}
        usual = [path for path in inside if path[-1] in USUAL]
        if len(inside) > 1 and not usual:
            places = ", ".join(sorted(map(".".join, inside)))
            raise Unreadable(f"it holds tensors in several places: {places}; save one of them alone")
        if inside:
            path = min(usual, key=lambda path: USUAL.index(path[-1])) if usual else next(iter(inside))
            return split(inside[path], path)
    raise Unreadable("there is no tensor in it")


def below(level: dict[tuple[str, ...], dict[Any, Any]]) -> Iterator[tuple[tuple[str, ...], dict[Any, Any]]]:
    """The dicts one step further inside."""
    for path, found in level.items():
        for name, value in found.items():
            if isinstance(value, dict):
                yield (*path, str(name)), value


def holds_tensors(found: dict[Any, Any]) -> bool:
    return any(isinstance(value, Entry) and isinstance(name, str) for name, value in found.items())


def split(found: dict[Any, Any], inside: tuple[str, ...]) -> Stored:
    tensors = {name: value for name, value in found.items() if isinstance(value, Entry) and isinstance(name, str)}
    others = tuple(str(name) for name, value in found.items() if name not in tensors)
    return Stored(tensors, others, inside, getattr(found, "versioned", False))


def describe(found: Any) -> str:
    """What something that is no state_dict is, in a few words."""
    if isinstance(found, Entry):
        return "a single tensor"
    name = getattr(found, "made_by", "")
    return f"an object of {name}" if name else f"a {type(found).__name__}"
