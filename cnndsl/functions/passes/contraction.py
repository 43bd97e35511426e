"""An einsum as torch computes it: pair by pair from the left, each a product of batches of matrices over the axes that
neither the result nor a later operand has. What one of the two has alone of these is added up before.
"""

from __future__ import annotations

from ...shapes import Size, product
from ...tape import Held, Tape
from ...typed import Any, Mapping, Sequence
from .base import Given, wants


def einsum_macs(output: Any, given: Given) -> Size:
    names, result, sizes = axes(output, given)
    return pairwise([set(term) for term in names], {*result}, sizes)


def contract(tape: Tape, output: Any, given: Given) -> Held:
    """Of each pair, a factor is kept for the gradient of the other."""
    terms, result, sizes = axes(output, given)
    order = [*result, *sorted({name for term in terms for name in term}.difference(result))]
    one, *others = (lettered(tape, held, term, sizes) for held, term in zip(given["operands"], terms, strict=True))
    if not others:
        return tape.run(output, [one.held])
    for index, other in enumerate(others):
        later = {*result}.union(*(more.names for more in others[index + 1 :]))
        left = one.added_up(tape, {*other.names, *later}, sizes)
        right = other.added_up(tape, {*left.names, *later}, sizes)
        one = multiplied(tape, left, right, [name for name in order if name in later], order)
    return one.turned(tape, [[name] for name in result], output)


class Lettered:
    """A tensor, and what its axes are called."""

    def __init__(self, held: Held, names: Sequence[str]) -> None:
        self.held, self.names = held, tuple(names)

    def added_up(self, tape: Tape, needed: set[str], sizes: Mapping[str, Size]) -> Lettered:
        """Without the axes that nothing else has."""
        left = [name for name in self.names if name in needed]
        if len(left) == len(self.names):
            return self
        return Lettered(tape.run(self.held.type.with_shape(*(sizes[name] for name in left)), [self.held]), left)

    def turned(self, tape: Tape, groups: Sequence[Sequence[str]], kind: Any = None) -> Held:
        """Its axes in groups, each of them as one."""
        held = tape.permute(self.held, [self.names.index(name) for group in groups for name in group])
        sizes = iter(held.type.shape)
        shape = tuple(product([next(sizes) for _ in group]) for group in groups)
        return tape.reshape(held, kind.shape if kind else shape)


def lettered(tape: Tape, held: Held, term: Sequence[str], sizes: Mapping[str, Size]) -> Lettered:
    """An operand by its letters: of one that stands twice, the diagonal; without those that only broadcast."""
    places: dict[str, Size] = {}
    for name, size, stride in zip(term, held.type.shape, held.strides, strict=True):
        if size == sizes[name]:
            places[name] = places.get(name, 0) + stride
    if len(places) == held.type.rank:
        return Lettered(held, term)
    kind = held.type.with_shape(*(sizes[name] for name in places))
    return Lettered(tape.view(held, kind, tuple(places.values())), tuple(places))


def multiplied(tape: Tape, left: Lettered, right: Lettered, later: list[str], order: list[str]) -> Lettered:
    """Element by element where nothing is added up, else batches of matrices."""
    both = [name for name in order if name in left.names and name in right.names]
    gone = [name for name in both if name not in later]
    batch = [name for name in both if name in later]
    rows, columns = ([n for n in order if n in side.names and n not in both] for side in (left, right))
    names = [*batch, *rows, *columns]
    sizes = dict(zip((*left.names, *right.names), (*left.held.type.shape, *right.held.type.shape), strict=True))
    one, other = left.held, right.held
    if gone:
        one, other = left.turned(tape, [batch, rows, gone]), right.turned(tape, [batch, gone, columns])
    kept = [*([one] * wants(other)), *([other] * wants(one))]
    kind = left.held.type.with_shape(*(sizes[name] for name in names))
    return Lettered(tape.run(kind, [one, other], kept), names)


def axes(output: Any, given: Given) -> tuple[list[list[str]], list[str], dict[str, Size]]:
    """The axes of each operand, those of the result, and how long they are."""
    equation, operands = given["equation"].replace(" ", ""), given["operands"]
    left, arrow, result = equation.partition("->")
    sizes: dict[str, Size] = {}
    terms = []
    for term, operand in zip(left.split(","), operands, strict=True):
        names = letters(term, operand.type.rank)
        terms.append(names)
        for name, size in zip(names, operand.type.shape, strict=True):
            if sizes.get(name, 1) == 1:
                sizes[name] = size
    return terms, letters(result, output.rank) if arrow else implied(left, terms), sizes


def letters(term: str, rank: int) -> list[str]:
    """The axes of an operand, those of `...` numbered from the end."""
    before, dots, after = term.partition("...")
    count = rank - len(before) - len(after) if dots else 0
    return [*before, *(f"...{place}" for place in range(count, 0, -1)), *after]


def implied(left: str, terms: list[list[str]]) -> list[str]:
    """The axes of a result that is not written: those that stand once, by the alphabet, behind those of `...`."""
    dots = max((list(filter(is_dots, term)) for term in terms), key=len)
    return [*dots, *sorted(name for term in terms for name in term if not is_dots(name) and left.count(name) == 1)]


def is_dots(name: str) -> bool:
    return name.startswith("...")


def pairwise(terms: list[set[str]], wanted: set[str], sizes: dict[str, Size]) -> Size:
    total: Size = 0
    first = terms[0]
    for index, term in enumerate(terms[1:], 1):
        later = wanted.union(*terms[index + 1 :])
        kept = (first | term) & later
        total = total + volume(kept | (first & term), sizes)
        first = kept
    return total


def volume(names: set[str], sizes: dict[str, Size]) -> Size:
    total: Size = 1
    for name in sorted(names):
        total = total * sizes[name]
    return total
