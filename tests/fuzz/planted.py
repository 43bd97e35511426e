"""Sound networks with several known mistakes: each must be told, on its line, and nothing else.

The mistakes are independent by construction: no two stand in one statement, none is in the way of another. A misfit
takes an input by its name; what could keep the body from being looked at (a parameter's default, the input) is left
alone beside it. Plants text; judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from cnndsl import pipeline
from cnndsl.analysis.resolve import bound_names
from cnndsl.analysis.signatures import annotations_of, given
from cnndsl.analysis.sites import children, within
from cnndsl.graph import BlockModule, Instance, Make
from cnndsl.layers import lookup
from cnndsl.loops import every
from cnndsl.source import Source
from cnndsl.syntax import tree as t
from cnndsl.syntax.parse import parse

from .texts import TESTS, all_texts

SLIPS = (" ]", " )", " $", " = = 3", " 3 3", " -> -> q7", " +* 2", " |q7", "!")
ARGUMENTS = ("zzz", "strid", "kernell", "in_chanels", "axis_of", "filterz")
MISFITS = (
    "unsqueeze(99)",
    "flatten(99)",
    "Unflatten(88, [1, 2])",
    "softmax(77)",
    "permute([0, 0])",
    "transpose(0, 66)",
)
IMAGES = ("Conv2d(7, 3, groups=7919)", "Conv3d(4, 3) -> ReLU", "PixelShuffle(7919)", "Conv2d(0, 3)", "Dropout(7)")
SIMPLE = (t.Do, t.Assign, t.Return, t.ParamOf)
NO_NAMES = (t.Init, t.Input, t.Expect, t.Order, t.Shape, t.Import, t.Extern)  # their names may introduce something


class Plant(NamedTuple):
    """One mistake: other text for a place, and what must be said of it."""

    code: str
    start: int
    end: int
    text: str
    statement: tuple[int, int]  # no other mistake stands in it
    body: int | None  # where the definition begins whose body holds it

    @property
    def is_misfit(self) -> bool:
        return self.code == "misfit"


Planted = tuple[str, list[tuple[int, str]]]  # a text, and each mistake with its line
TOLD = {  # by what codes a mistake may be told
    "unknown-layer": {"unknown-name"},
    "wrong-type": {"bad-argument"},
    "misfit": {"bad-argument", "not-divisible", "wrong-rank", "free-argument", "too-small", "wrong-dtype"},
    "syntax": {"syntax", "unexpected-line-end", "unclosed-bracket", "bad-number"},
}


def sound_texts() -> tuple[tuple[str, str], ...]:
    """By path, the examples, once for each of their models."""
    return tuple((path, text) for path, text in all_texts() if (TESTS.parent / "examples") in Path(path).parents)


def judged(rng: Random, texts: tuple[tuple[str, str], ...], count: int | None = None) -> tuple[str, str, str] | None:
    """Plants two to four mistakes in one of the texts; where they are not told as they should be, its path, the text
    and what is wrong."""
    path, text = rng.choice(texts)
    made = planted(path, text, rng, count or rng.choice((2, 3, 4)))
    if made is None:
        return None
    problems = [p for p in pipeline.report(Source(path, made[0])).problems if p.severity == "error"]
    found = sorted((problem.span.line if problem.span else 0, problem.code) for problem in problems)
    wanted = sorted(made[1])
    are_alike = len(found) == len(wanted) and all(
        line == place and code in TOLD.get(kind, {kind})
        for (line, code), (place, kind) in zip(found, wanted, strict=True)
    )
    return None if are_alike else (path, made[0], f"planted {wanted}, told {found}")


def planted(path: str, text: str, rng: Random, count: int) -> Planted | None:
    """The text with `count` mistakes, if there is room for them."""
    plants = list(plants_of(path, text))
    rng.shuffle(plants)
    kinds = sorted({plant.code for plant in plants})
    rng.shuffle(kinds)
    chosen: list[Plant] = []
    for number in range(count):  # each kind as likely as the others, however many places it has
        kind = kinds[number % len(kinds)] if kinds else ""
        fitting = (p for p in plants if p.code == kind and all(are_independent(p, other) for other in chosen))
        if found := next(fitting, None):
            chosen.append(found)
    return with_mistakes(text, chosen) if len(chosen) == count else None


def are_independent(one: Plant, other: Plant) -> bool:
    apart = one.statement[1] <= other.statement[0] or other.statement[1] <= one.statement[0]
    if not one.is_misfit and not other.is_misfit:
        return apart
    return apart and one.body is not None and one.body == other.body


def with_mistakes(text: str, chosen: list[Plant]) -> Planted:
    said: list[tuple[int, str]] = []
    chosen.sort(key=lambda plant: (plant.start, plant.is_misfit))
    parts, last = [], 0
    for plant in chosen:
        parts += [text[last : plant.start], plant.text]
        last = plant.end
        said.append(("".join(parts).rstrip("\n").count("\n") + 1, plant.code))
    return "".join([*parts, text[last:]]), said


@cache
def plants_of(path: str, text: str) -> tuple[Plant, ...]:
    """All mistakes that can be planted in a sound text."""
    source = Source(path, text)
    looked_at = {instance.span.start for instance in instances(source) if instance.span}
    found: list[Plant] = []
    for item in parse(source).items:
        found += static_mistakes(item, text)
        if isinstance(item, t.Definition) and item.span.start in looked_at:
            found += misfits(item, text)
    return tuple(found)


def instances(source: Source) -> Iterator[Instance]:
    """All that is elaborated of a text."""
    left: list[Any] = [model.instance for model in pipeline.analyse(source).graph.models]
    while left:
        thing = left.pop()
        if isinstance(thing, Instance):
            yield thing
            left += (step.module for step in every(thing.body) if isinstance(step, Make))
        elif isinstance(thing, BlockModule):
            left.append(thing.instance)
        else:
            left += (child.module for child in getattr(thing, "children", ()))


# Mistakes that need no shape


def static_mistakes(item: Any, text: str) -> Iterator[Plant]:
    bound = {*bound_names(item)}
    for node, statement, body in placed(item):
        if isinstance(statement, SIMPLE) and node is statement:
            yield from slips(statement, text, body)
        if isinstance(node, t.Name) and node.id not in ("training", "_"):
            code = "unknown-layer" if lookup(node.id) and node.id not in bound else "unknown-name"
            yield plant(code, node.span.start, node.span.end, f"{node.id}Qx", statement, body)
        called = node.function.id if isinstance(node, t.Call) and isinstance(node.function, t.Name) else ""
        if called not in bound and (cls := lookup(called)):
            yield from arguments(node, cls, statement, body)


def placed(item: Any) -> Iterator[tuple[Any, Any, int | None]]:
    """Each node whose names stand for something, with the statement (or item) it is in, and where the body begins."""
    left: list[tuple[Any, Any]] = [(item, item)]
    while left:
        node, statement = left.pop()
        if isinstance(node, (*SIMPLE, t.For, t.If)):
            statement = node
        if isinstance(node, NO_NAMES):
            continue
        is_body = statement is not item and isinstance(item, t.Definition)
        yield node, statement, item.span.start if is_body else None
        left += ((child, statement) for child in used(node))


def used(node: Any) -> list[Any]:
    """The parts of a node in which a name stands for something."""
    if isinstance(node, t.Assign):
        return [node.value]
    if isinstance(node, t.For):
        return [node.iterable, *node.body]
    if isinstance(node, (t.Label, t.Const)):
        return [node.value]
    if isinstance(node, t.Parameter):
        return [node.default] if node.default is not None else []
    if isinstance(node, t.ParamOf):
        return []
    if isinstance(node, (t.Definition, t.Def)):
        return [*node.parameters, *node.body]
    return [*node.parameters, node.value] if isinstance(node, t.Alias) else children(node)


def plant(code: str, start: int, end: int, text: str, statement: Any, body: int | None) -> Plant:
    return Plant(code, start, end, text, (statement.span.start, statement.span.end), body)


def slips(statement: Any, text: str, body: int | None) -> Iterator[Plant]:
    """A sign too many at the end of a statement that has its line for itself."""
    span = statement.span
    if "\n" not in span.text and "{" not in span.text and has_line(text, span.start, span.end):
        yield from (plant("syntax", span.end, span.end, slip, statement, body) for slip in SLIPS)


def has_line(text: str, start: int, end: int) -> bool:
    before = text[text.rfind("\n", 0, start) + 1 : start]
    return not before.strip() and re.match(r"[ \t]*(#.*)?(\n|\Z)", text[end:]) is not None


def arguments(node: t.Call, cls: Any, statement: Any, body: int | None) -> Iterator[Plant]:
    """An argument that the layer does not have, and texts in the place of numbers."""
    close = node.span.end - 1
    if node.span.text.endswith(")") and not node.span.text[:-1].rstrip().endswith(","):
        for name in ARGUMENTS:
            yield plant("unknown-argument", close, close, f"{', ' * bool(node.arguments)}{name}=1", statement, body)
    kinds = annotations_of(cls)
    for name, value, _ in given(node, cls.authored_fields()):
        if kinds.get(name) in ("int", "float") and isinstance(value, t.Number):
            yield plant("wrong-type", value.span.start, value.span.end, '"8"', statement, body)


# Misfits


def misfits(item: t.Definition, text: str) -> Iterator[Plant]:
    """Statements of their own, that take an input by its name."""
    inputs = [node for node in item.body if isinstance(node, t.Input)]
    rebound = {
        n.id for node in within(item) if isinstance(node, t.Assign) for n in within(node) if isinstance(n, t.Name)
    }
    if not inputs or any(isinstance(s, t.Faulty) for s in item.body):
        return
    for statement in item.body[item.body.index(inputs[-1]) :]:
        if isinstance(statement, t.Return):
            return
        for node in inputs:
            yield from from_input(node, rebound, statement, text, item)


def from_input(node: t.Input, rebound: set[str], statement: Any, text: str, item: t.Definition) -> Iterator[Plant]:
    line_end = text.find("\n", statement.span.end)
    rest = text[statement.span.end : line_end]
    if node.name.id in rebound or node.starred or line_end < 0 or re.fullmatch(r"[ \t]*(#.*)?", rest) is None:
        return
    is_image = node.shape is not None and len(node.shape.sizes) == 4 and node.shape.dtype is None
    for number, misfit in enumerate((*MISFITS, *(IMAGES if is_image else ()))):
        name = f"wrong{number}_{line_end}"
        line = f"\n    {name} = {node.name.id} -> {misfit}"
        yield Plant("misfit", line_end, line_end, line, (line_end, line_end), item.span.start)
