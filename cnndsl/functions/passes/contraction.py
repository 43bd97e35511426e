"""The multiply-accumulates of an einsum, as torch computes it: pair by pair from the left, each a product of batches of
matrices over the axes that neither the result nor a later operand has.
"""

from __future__ import annotations

from ...shapes import Size
from ...typed import Any
from .base import Given


def einsum_macs(output: Any, given: Given) -> Size:
    equation, operands = given["equation"].replace(" ", ""), given["operands"]
    left, arrow, result = equation.partition("->")
    sizes: dict[str, Size] = {}
    terms = []
    for term, operand in zip(left.split(","), operands, strict=True):
        names = letters(term, operand.type.rank)
        terms.append(set(names))
        for name, size in zip(names, operand.type.shape, strict=True):
            if sizes.get(name, 1) == 1:
                sizes[name] = size
    wanted = set(letters(result, output.rank)) if arrow else implied(left, terms)
    return pairwise(terms, wanted, sizes)


def letters(term: str, rank: int) -> list[str]:
    """The axes of an operand, those of `...` numbered from the end."""
    before, dots, after = term.partition("...")
    count = rank - len(before) - len(after) if dots else 0
    return [*before, *(f"...{place}" for place in range(count, 0, -1)), *after]


def implied(left: str, terms: list[set[str]]) -> set[str]:
    """The axes of a result that is not written: those that stand once."""
    return {name for term in terms for name in term if name.startswith("...") or left.count(name) == 1}


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
