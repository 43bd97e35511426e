"""Which variable of the generated forward() holds each value of a graph: what is alive at a time follows from it.

Writes nothing: it asks the same classes that write the file (`python.File`, `classes.ClassWriter`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from ..graph import Graph
from ..records import dataclass, field
from .blocks import Block, Fork, Line, Turn, values_in
from .classes import ClassWriter, taps_writer
from .naming import Naming
from .plans import Plan
from .python import File

Copies = tuple[tuple[str, str], ...]  # variables, each with the one whose value it gets


@dataclass(frozen=True)
class Variables:
    """Of one instance. A value without a name stands inside another one's line, or nothing reads it; one of several
    results that nothing reads is `_`. `copies` are what the arms of an `if` end with, by `graph.Choice.site`."""

    names: Mapping[int, str] = field(default_factory=dict)
    copies: Mapping[tuple[int, bool], Copies] = field(default_factory=dict)
    turns: bool = False  # whether the class has the loops that the instance's layout has
    flowing: frozenset[int] = frozenset()  # values that a loop hands from round to round, and to what follows it


def variables(graph: Graph) -> dict[int, Variables]:
    """Those of every instance, by its identity."""
    file = File(graph)
    found: dict[int, Variables] = {}
    cut = ((made.taps, taps_writer(made.taps, made.whole.plan, file.context)) for made in file.taps.values())
    whole = ((plan, ClassWriter(plan, file.context, ())) for plan in file.plans)
    for plan, writer in chain(whole, cut):
        found |= of_members(plan, writer)
    return found


def of_members(plan: Plan, writer: ClassWriter) -> Iterator[tuple[int, Variables]]:
    names = names_of(writer.block, writer.naming)
    copies = dict(copies_of(writer.block, writer.naming))
    turns = (line for line in lines_of(writer.block) if isinstance(line, Turn))
    flows = {flow.target.number for turn in turns for flow in turn.step.flows}
    for member, numbers in zip(plan.members, plan.numbers, strict=True):
        own = {number: names[merged] for number, merged in numbers.items() if merged in names}
        flowing = frozenset(number for number in own if numbers[number] in flows) if flows else frozenset()
        yield id(member), Variables(own, copies, plan.turns, flowing)


def names_of(block: Block, naming: Naming) -> dict[int, str]:
    """The variable of each value that has one."""
    unread = dict.fromkeys(unread_parts(block, naming.liveness.needed), "_")
    return {number: name for number, name in naming.names.items() if number in naming.liveness.needed} | unread


def unread_parts(block: Block, needed: set[int]) -> Iterator[int]:
    """The values that a line takes apart with others, and that nothing reads."""
    for line in lines_of(block):
        if isinstance(line, Line) and isinstance(line.target, tuple):
            parts = [value.number for value in values_in(line.target)]
            yield from (part for part in parts if part not in needed and any(other in needed for other in parts))


def copies_of(block: Block, naming: Naming) -> Iterator[tuple[tuple[int, bool], Copies]]:
    """What the arms of each decision end with."""
    for fork in lines_of(block):
        if isinstance(fork, Fork) and fork.site >= 0:
            joins = [join for join in fork.joins if join.target.number in naming.liveness.needed]
            for way in (True, False):
                pairs = ((join.target.number, (join.then if way else join.otherwise).number) for join in joins)
                named = ((naming.names[target], naming.names.get(source, "")) for target, source in pairs)
                yield (fork.site, way), tuple(pair for pair in named if pair[0] != pair[1])


def lines_of(block: Block) -> Iterator[Line | Fork | Turn]:
    """All lines, those in arms and rounds included."""
    for line in block.lines:
        yield line
        inner = (
            (line.then, line.otherwise) if isinstance(line, Fork) else (line.body,) if isinstance(line, Turn) else ()
        )
        for one in inner:
            yield from lines_of(one)
