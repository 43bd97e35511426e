"""Random sizes and conditions, each with the plain Python that says the same. Used by the laws about sizes."""

from __future__ import annotations

from random import Random

from cnndsl.dims import Condition, Size, at_least, differ, divides, either, equal, maximum, minimum, negate, symbol

NUMBERS = (2, 3, 4, 5, 6, 7, 8, -2, -3)


def random_size(rng: Random, names: str, depth: int) -> tuple[Size, str]:
    if depth == 0 or rng.random() < 0.15:
        return random_leaf(rng, names)
    size, text = random_size(rng, names, depth - 1)
    operator = rng.choice(("+", "-", "*", "//", "//", "%", "min", "max", "times"))
    if operator in ("//", "%"):
        number = rng.choice(NUMBERS)
        return (size // number if operator == "//" else size % number), f"({text} {operator} ({number}))"
    if operator == "times":
        number = rng.randint(-4, 5)
        return size * number, f"({text} * ({number}))"
    return random_pair(rng, operator, (size, text), random_size(rng, names, depth - 1))


def random_leaf(rng: Random, names: str) -> tuple[Size, str]:
    if rng.random() < 0.6:
        name = rng.choice(names)
        return symbol(name), name
    number = rng.randint(-6, 9)
    return number, f"({number})"


def random_pair(rng: Random, operator: str, left: tuple[Size, str], right: tuple[Size, str]) -> tuple[Size, str]:
    (a, text), (b, other) = left, right
    if operator in ("min", "max"):
        return (minimum(a, b) if operator == "min" else maximum(a, b)), f"{operator}({text}, {other})"
    if operator == "*" and rng.random() < 0.4:
        return a * b, f"({text} * {other})"
    return (a - b, f"({text} - {other})") if operator == "-" else (a + b, f"({text} + {other})")


def random_relation(rng: Random, names: str) -> tuple[Condition, str]:
    left, text = random_size(rng, names, rng.randint(1, 3))
    right, other = random_size(rng, names, rng.randint(0, 3))
    number = rng.choice((2, 3, 4, 8))
    return rng.choice(
        (
            (equal(left, right), f"({text} == {other})"),
            (differ(left, right), f"({text} != {other})"),
            (at_least(left, right), f"({text} >= {other})"),
            (negate(at_least(left, right)), f"({text} < {other})"),
            (divides(number, left), f"({text} % {number} == 0)"),
        )
    )


def random_condition(rng: Random, names: str) -> tuple[Condition, str]:
    one, text = random_relation(rng, names)
    choice = rng.random()
    if choice < 0.8:
        return one, text
    two, other = random_relation(rng, names)
    if choice < 0.9:
        return either(one, two), f"({text} or {other})"
    return negate(either(one, two)), f"(not ({text} or {other}))"
