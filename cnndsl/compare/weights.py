"""A model beside a file of weights: which tensors fit, as problems at the lines that make the layers. Reads no file."""

from __future__ import annotations

from ..checkpoint import Entry, Stored
from ..emit.summary import Row, rows, saved
from ..graph import Model
from ..layers.base import Weight
from ..problems import Problem
from ..source import Span
from ..typed import Iterable, Iterator, Mapping
from .matching import Match, match

PREFIXES = ("module.", "_orig_mod.", "model.", "net.")
COUNTER = "num_batches_tracked"
SHOWN = 6  # names in one message


def weight_problems(model: Model, stored: Stored, path: str) -> Iterator[Problem]:
    """What keeps `model.load_state_dict` from taking the file, and what is odd about it."""
    wanted = dict(named(model))
    prefix = common_prefix(stored.tensors, wanted)
    outside = tuple(f"{row.path}." for row in rows(model.instance) if row.weights is None)
    tensors = {name.removeprefix(prefix): entry for name, entry in stored.tensors.items()}
    tensors = {name: entry for name, entry in tensors.items() if not name.startswith(outside)}
    if prefix:
        yield warning("weights-prefix", model.span, prefix=prefix, path=path)
    if stored.inside:
        keys = "".join(f"[{name!r}]" for name in stored.inside)
        yield warning("weights-inside", model.span, name=".".join(stored.inside), keys=keys, path=path)
    if stored.others:
        yield warning("weights-others", model.span, names=some(stored.others), path=path)
    found = match(shapes(tensors), {name: sizes(weight) for name, (weight, _) in wanted.items()})
    lenient = not stored.versioned
    yield from missing(found, wanted, path, lenient)
    yield from differing(found, wanted, tensors, path)
    if found.unexpected:
        yield Problem("weights-unexpected", model.span, {"names": some(found.unexpected), "path": path})
    yield from dtypes(wanted, tensors, path)


def named(model: Model) -> Iterator[tuple[str, tuple[Weight, Row]]]:
    for weight, row in saved(model.instance):
        yield weight.name, (weight, row)


def sizes(weight: Weight) -> tuple[int, ...]:
    return tuple(map(int, weight.shape))


def shapes(tensors: Mapping[str, Entry]) -> dict[str, tuple[int, ...]]:
    return {name: entry.shape for name, entry in tensors.items()}


def common_prefix(names: Iterable[str], wanted: Mapping[str, object]) -> str:
    """What wrappers put before every name (`module.`, `_orig_mod.`), where the network has no such child."""
    left, prefix = list(names), ""
    while not any(name in wanted for name in left):
        found = next((known for known in PREFIXES if left and all(name.startswith(known) for name in left)), "")
        if not found:
            return prefix if any(name in wanted for name in left) or prefix.startswith(PREFIXES[:2]) else ""
        left, prefix = [name.removeprefix(found) for name in left], prefix + found
    return prefix


def missing(found: Match, wanted: Mapping[str, tuple[Weight, Row]], path: str, lenient: bool) -> Iterator[Problem]:
    """One problem for each line of the source that makes layers whose weights are not there.

    A file that tells no versions may lack the counters of batch norms: torch starts them at 0.
    """
    by_line: dict[Span | None, list[str]] = {}
    for name in found.missing:
        if not (lenient and name.rpartition(".")[2] == COUNTER):
            by_line.setdefault(wanted[name][1].span, []).append(name)
    meant = {new: old for old, new in found.renamed.items()}
    for span, names in by_line.items():
        near = next((f"`{meant[name]}` for `{name}`" for name in names if name in meant), "")
        yield Problem("weights-missing", span, {"names": some(names), "path": path, "near": near})


def differing(
    found: Match, wanted: Mapping[str, tuple[Weight, Row]], tensors: Mapping[str, Entry], path: str
) -> Iterator[Problem]:
    by_line: dict[Span | None, list[str]] = {}
    for name in found.shapes:
        by_line.setdefault(wanted[name][1].span, []).append(name)
    for span, names in by_line.items():
        pairs = [f"`{n}` is {shape(sizes(wanted[n][0]))} here, {shape(tensors[n].shape)} there" for n in names]
        yield Problem("weights-shape", span, {"pairs": pairs[:SHOWN] + more(len(pairs)), "path": path})


def dtypes(wanted: Mapping[str, tuple[Weight, Row]], tensors: Mapping[str, Entry], path: str) -> Iterator[Problem]:
    """torch converts dtypes as it loads, without a word."""
    pairs = [
        (name, weight.dtype, tensors[name].dtype)
        for name, (weight, _) in wanted.items()
        if name in tensors and tensors[name].dtype != weight.dtype
    ]
    for here, there in dict.fromkeys((here, there) for _, here, there in pairs):
        names = [name for name, *dtypes in pairs if dtypes == [here, there]]
        yield warning("weights-dtype", wanted[names[0]][1].span, names=some(names), here=here, there=there, path=path)


def warning(code: str, span: Span | None, **facts: object) -> Problem:
    return Problem(code, span, dict(facts), severity="warning")


def some(names: Iterable[str]) -> list[str]:
    """Names for a message: the first of them, and how many there are besides."""
    listed = [f"`{name if len(name) < 100 else name[:99] + '…'}`" for name in names]
    return listed[:SHOWN] + more(len(listed))


def more(count: int) -> list[str]:
    return [f"{count - SHOWN} more"] if count > SHOWN else []


def shape(sizes: Iterable[int]) -> str:
    return f"[{', '.join(map(str, sizes))}]"
