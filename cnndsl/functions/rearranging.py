"""`rearrange`: axes split, permuted and joined by a pattern such as "n (h p) w c -> n h w (p c)"."""

from __future__ import annotations

import re

from ..records import dataclass
from ..shapes import BadArgument, Need, Size, TensorType, WrongRank, product
from ..typed import Mapping
from .base import Call, Draws, Output, Tensor, function
from .rules import is_plain

samples = Draws("samples_nn")

Group = tuple[str, ...]  # the axes that make up one axis of a tensor; () stands for a 1


@dataclass(frozen=True)
class Pattern:
    left: tuple[Group, ...]
    right: tuple[Group, ...]


TOKEN = re.compile(r"\s*(\(|\)|\.\.\.|[A-Za-z_]\w*|1|->)")


def parse(pattern: str) -> Pattern:
    """Both sides of a pattern; raises Misfit for what is none."""
    sides = [groups(side, pattern) for side in pattern.split("->")]
    if len(sides) != 2:
        raise BadArgument(f"the pattern {pattern!r} must have one `->`", "pattern")
    left, right = (sorted(name for group in side for name in group) for side in sides)
    for name in left:
        if left.count(name) > 1:
            raise BadArgument(f"{name} stands twice on the left of {pattern!r}", "pattern")
    if left != right:
        odd = ", ".join(sorted(set(left) ^ set(right))) or "an axis"
        raise BadArgument(f"both sides of {pattern!r} must name the same axes once each: see {odd}", "pattern")
    return Pattern(*sides)


def groups(side: str, pattern: str) -> tuple[Group, ...]:
    found: list[Group] = []
    inside: list[str] | None = None
    place = 0
    side = side.strip()
    while place < len(side):
        match = TOKEN.match(side, place)
        if not match:
            raise BadArgument(f"{side[place:].strip()!r} in the pattern {pattern!r} is no axis", "pattern")
        token, place = match[1], match.end()
        inside = step(token, inside, found, pattern)
    if inside is not None:
        raise BadArgument(f"a bracket is left open in the pattern {pattern!r}", "pattern")
    return tuple(found)


def step(token: str, inside: list[str] | None, found: list[Group], pattern: str) -> list[str] | None:
    """Takes up one token; gives the bracket that is open after it."""
    if (token == "(") == (inside is not None) and token in "()":
        raise BadArgument(f"the brackets of the pattern {pattern!r} do not pair up", "pattern")
    if token == "(":
        return []
    if token == ")":
        found.append(tuple(inside or ()))
        return None
    if inside is not None:
        if token == "...":
            raise BadArgument(f"`...` may not stand in brackets in the pattern {pattern!r}", "pattern")
        return [*inside, token] if token != "1" else inside
    found.append((token,) if token != "1" else ())
    return None


def spread(pattern: Pattern, rank: int) -> Pattern:
    """The pattern with `...` written out for a tensor of this rank."""
    dots = rank - sum(group != ("...",) for group in pattern.left)
    has_dots = ("...",) in pattern.left
    if dots < 0 or (dots > 0 and not has_dots):
        raise WrongRank(f"the pattern names {len(pattern.left) - has_dots} axes, but the tensor has {rank}", "pattern")
    rest = tuple((f"...{number}",) for number in range(dots))
    left, right = (
        tuple(part for group in side for part in (rest if group == ("...",) else (group,)))
        for side in (pattern.left, pattern.right)
    )
    return Pattern(left, right)


def axis_sizes(need: Need, input: TensorType, pattern: Pattern, given: Mapping[str, Size]) -> dict[str, Size]:
    """The size of every named axis: given, or worked out, at most one in each bracket."""
    names = {name for group in pattern.left for name in group}
    for name in given:
        if name not in names:
            raise BadArgument(f"the pattern has no axis {name}", name)
        need.at_least(given[name], 1, f"the axis {name} cannot have the size {given[name]}", name, refusal=BadArgument)
    sizes = dict(given)
    for size, group in zip(input.shape, pattern.left, strict=True):
        fill(need, size, group, sizes)
    return sizes


def fill(need: Need, size: Size, group: Group, sizes: dict[str, Size]) -> None:
    unknown = [name for name in group if name not in sizes]
    known = product([sizes[name] for name in group if name in sizes])
    written = " ".join(group)
    if len(unknown) > 1:
        raise BadArgument(f"({written}) is {size}: give all but one of {', '.join(unknown)}", "pattern")
    if not unknown:
        need.equal(size, known, f"({written}) is {known}, but the axis has {size}", "pattern")
        return
    need.multiple(size, known, f"({written}) cannot be {size}, which is no multiple of {known}", "pattern")
    sizes[unknown[0]] = size if is_plain(known, 1) else size // known


def lower(input: TensorType, pattern: str, **sizes: Size) -> list[Call]:
    """The same as a chain of unflatten, permute and flatten, which needs no size but those given. That of an axis which
    is not split no call takes: it is expected."""
    wide = spread(parse(pattern), input.rank)
    calls: list[Call] = []
    for place, group in reversed(list(enumerate(wide.left))):
        if len(group) > 1:
            calls.append(("unflatten", (place, tuple(sizes.get(name, -1) for name in group)), {}))
        elif not group:
            calls.append(("squeeze", (place,), {}))
        elif group[0] in sizes:
            calls.append(("expect", (input.shape[place], sizes[group[0]]), {}))
    before, after = ([name for group in side for name in group] for side in (wide.left, wide.right))
    if before != after:
        calls.append(("permute", tuple(before.index(name) for name in after), {}))
    return calls + joined(wide.right)


def joined(right: tuple[Group, ...]) -> list[Call]:
    calls: list[Call] = []
    for place, group in enumerate(right):
        if len(group) > 1:
            calls.append(("flatten", (place, place + len(group) - 1), {}))
        elif not group:
            calls.append(("unsqueeze", (place,), {}))
    return calls


@function("", draw=samples.for_rearrange, lower=lower)
def rearrange(need: Need, input: Tensor, pattern: str, **sizes: Size) -> Output:
    """Axes split, permuted and joined, as the pattern says; the keywords give sizes of axes."""
    wide = spread(parse(pattern), input.rank)
    found = axis_sizes(need, input, wide, sizes)
    return input.with_shape(*(product([found[name] for name in group]) for group in wide.right))
