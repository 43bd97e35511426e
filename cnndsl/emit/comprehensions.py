"""Results that the modules of a list give of one value, as `[expert(x) for expert in self.experts]`. Prints nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ..graph import Apply, Known, Value
from ..records import dataclass, fields, is_dataclass, replace
from ..typed import Any

FEWEST = 3  # results that read better so
MOST = 256  # in a list that is looked through for some


@dataclass(frozen=True)
class Comprehension:
    """The steps of the first result, each taking what the one before gives, and the lists that their modules are in."""

    steps: tuple[Any, ...]
    lists: tuple[str, ...]
    start: int = 0  # of the modules in each list
    stop: int | None = None

    @property
    def cut(self) -> str:
        """Which part of each list is meant."""
        return f"[{self.start or ''}:{self.stop or ''}]" if self.start or self.stop else ""


@dataclass(frozen=True)
class Part:
    """Some results in a list of more, a line of their own: `maps = [conv(x) for conv in self.convs[:3]]`."""

    made: Comprehension
    path: str


def part_of(items: Any, lines: Sequence[Any], lengths: Mapping[str, int]) -> tuple[int, int, int, Comprehension] | None:
    """Where in a list results begin that modules of a list give side by side, how many, the first of their lines, and
    what they are together."""
    if not isinstance(items, list) or not FEWEST <= len(items) <= MOST:
        return None
    places = {line.target.number: n for n, line in enumerate(lines) if isinstance(getattr(line, "target", None), Value)}
    at = [places.get(item.number) if isinstance(item, Value) and item.name is None else None for item in items]
    for begin in range(len(items) - FEWEST + 1):
        first, end = at[begin], begin + 1
        while first is not None and end < len(items) and at[end] == first + end - begin:
            end += 1
        for count in range(end - begin, FEWEST - 1, -1):
            blocks = [[getattr(line, "step", None)] for line in lines[first or 0 :][:count]]
            found = consecutive(blocks, lengths)
            if found and first is not None and all(alike(blocks[0], block) for block in blocks):
                return begin, count, first, found
    return None


def consecutive(blocks: Sequence[Sequence[Any]], lengths: Mapping[str, int]) -> Comprehension | None:
    """Applications of modules that stand in a list one after the other."""
    paths = [str(step.path) if isinstance(step, Apply) else "" for (step,) in blocks]
    name, _, first = paths[0].rpartition(".")
    if not first.isdigit() or name not in lengths:
        return None
    start, stop = int(first), int(first) + len(blocks)
    if paths != [f"{name}.{n}" for n in range(start, stop)]:
        return None
    return Comprehension(tuple(blocks[0]), (name,), start, stop if stop < lengths[name] else None)


def comprehended(items: Any, lines: Sequence[Any], lengths: Mapping[str, int]) -> tuple[Comprehension, int] | None:
    """What the last lines are together, if they make just these results; and how many lines they are."""
    count = len(items) if isinstance(items, list) else 0
    if count < FEWEST or not all(isinstance(item, Value) and item.name is None for item in items):
        return None
    places = {line.target.number: n for n, line in enumerate(lines) if isinstance(getattr(line, "target", None), Value)}
    found = [places.get(item.number, -1) for item in items]
    size = found[1] - found[0]
    if size < 1 or found[-1] != len(lines) - 1 or any(b - a != size for a, b in pairwise(found)) or found[0] < size - 1:
        return None
    start = found[0] - size + 1
    blocks = [[getattr(line, "step", None) for line in lines[n : n + size]] for n in range(start, len(lines), size)]
    lists = lists_of(blocks, lengths)
    if not lists or not all(chained(block) and alike(blocks[0], block) for block in blocks):
        return None
    return Comprehension(tuple(blocks[0]), lists), size * count


def lists_of(blocks: Sequence[Sequence[Any]], lengths: Mapping[str, int]) -> tuple[str, ...]:
    """The lists of which each block takes the next module, up to the last; none if a block applies something else."""
    found = []
    for column in zip(*blocks, strict=True):
        if not isinstance(column[0], Apply):
            continue
        name = str(column[0].path).rpartition(".")[0]
        paths = [getattr(step, "path", "") for step in column]
        if lengths.get(name) != len(blocks) or paths != [f"{name}.{n}" for n in range(len(blocks))]:
            return ()
        found.append(name)
    return tuple(found)


def chained(block: Sequence[Any]) -> bool:
    """Whether each step is a call that takes what the one before it gives, first of all."""
    inputs = [subject(step) for step in block]
    return all(later == earlier.target for earlier, later in zip(block, inputs[1:], strict=False))


def subject(step: Any) -> Any:
    operands = getattr(step, "inputs", None) or getattr(step, "arguments", None) or getattr(step, "operands", None)
    return operands[0] if operands else getattr(step, "source", None)


def alike(first: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two chains do the same, with modules of their own."""
    targets = [step.target for step in first]
    moved = {theirs.target.number: ours for ours, theirs in zip(targets, other, strict=True)}
    pairs = zip(first, other, strict=True)
    return all(type(a) is type(b) and outline(a, {}) == outline(b, moved) for a, b in pairs)


def outline(thing: Any, moved: Mapping[int, Value]) -> Any:
    """What a step does, as text, but for where its module is."""
    if isinstance(thing, Value):
        return f"%{moved.get(thing.number, thing).number}"
    if isinstance(thing, (list, tuple)):
        return [outline(item, moved) for item in thing]
    if isinstance(thing, Known):
        return repr(thing.value)
    if is_dataclass(thing):
        step: Any = replace(thing, path="") if isinstance(thing, Apply) else thing
        kept = [f.name for f in fields(step) if f.name not in ("span", "module")]
        return [type(thing).__name__, *(outline(getattr(step, name), moved) for name in kept)]
    return repr(thing)
