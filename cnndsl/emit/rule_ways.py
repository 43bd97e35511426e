"""Rules of `init { … }` under conditions: what the constructor does in each way, and in both. Writes no rule itself."""

from __future__ import annotations

from ..graph import InitRule
from ..typed import Any, Mapping, Sequence
from .expressions import negated, node_of
from .initialise import Writer
from .layout import flat, statement
from .plans import Decision, Plan
from .rules import Classes


def init_lines(plan: Plan, arguments: Mapping[str, str], classes: Classes) -> list[str]:
    """The statements that follow the last module of the constructor."""
    if not plan.init:
        return []
    arguments = {**arguments, "module": "module", "fan_in": "fan_in", "fan_out": "fan_out"}
    return in_ways(plan.init, Writer(plan, arguments, classes), 8)


def in_ways(init: Sequence[InitRule | Decision], writer: Writer, indent: int) -> list[str]:
    """What is done under conditions: for each way all that is, but for what the ways begin and end with alike."""
    place = next((n for n, item in enumerate(init) if isinstance(item, Decision)), None)
    if place is None:
        return writer.lines(init, indent)  # type: ignore[arg-type]
    fork: Any = init[place]
    ways = [(*init[:place], *arm, *init[place + 1 :]) for arm in (fork.then, fork.otherwise)]
    then, other = (statements(in_ways(way, writer, indent), indent) for way in ways)
    first = alike(then, other)
    last = alike(then[first:][::-1], other[first:][::-1])
    inner = [statements(in_ways(way, writer, indent + 4), indent + 4) for way in ways]
    inside, beside = (found[first : len(found) - last] for found in inner)
    condition = flat(node_of(fork.condition, writer.arguments))
    if inside:
        inside = [statement("if ", condition, indent, ":"), *inside]
    if beside:
        head = f"{' ' * indent}else:" if inside else statement("if ", negated(condition), indent, ":")
        beside = [head, *beside]
    return [*then[:first], *inside, *beside, *then[len(then) - last :]]


def statements(lines: Sequence[str], indent: int) -> list[str]:
    """The lines, those of each statement together."""
    found: list[str] = []
    for line in "\n".join(lines).split("\n") if lines else ():
        rest = line[indent:]
        if found and (rest[:1] in " )]}" or rest.startswith(("elif ", "else:"))):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def alike(some: Sequence[str], others: Sequence[str]) -> int:
    """How many of them are the same, from the first on."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(some), len(others)))
