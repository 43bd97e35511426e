"""What many conditions ask together, solved symbol by symbol and said as people say it. Knows no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .algebra import Size, symbol
from .conditions import FALSE, TRUE, Condition, at_least, both, decide, divides, either, equal, solve
from .periodic import Solutions


class Requirements:
    """The simplified form of many conditions."""

    def __init__(self, conditions: tuple[Condition, ...], good: Mapping[str, Solutions], undecided: bool) -> None:
        self.conditions = conditions
        self.good = good
        self.undecided = undecided

    @property
    def satisfiable(self) -> bool:
        return FALSE not in self.conditions

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(str(condition) for condition in self.conditions)

    def holds(self, values: Mapping[str, int]) -> bool:
        return all(condition.at(values) for condition in self.conditions)

    def nearest(self, name: str, value: int) -> tuple[int | None, int | None]:
        """The nearest good sizes at or below and at or above a value, as far as this symbol alone decides."""
        good = self.good.get(name)
        if good is None:
            return value, value
        below = next((n for n in range(value, 0, -1) if n in good), None)
        limit = max(value, len(good.head)) + len(good.cycle) + 1
        return below, next((n for n in range(max(value, 1), limit + 1) if n in good), None)


def requirements(conditions: Iterable[Condition], promises: Iterable[Condition] = ()) -> Requirements:
    whole = both(*conditions)
    parts = whole.parts if whole.kind == "and" else (whole,)
    groups: dict[frozenset[str], list[Condition]] = {}
    for part in parts:
        groups.setdefault(part.symbols, []).append(part)
    kept: list[Condition] = []
    good: dict[str, Solutions] = {}
    undecided = False
    for symbols, members in groups.items():
        found = solve(both(*members)) if len(symbols) == 1 else None
        if found is None:
            kept += [member for member in members if decide(member) is not True]
            undecided = undecided or bool(symbols)
            continue
        (name,) = symbols
        good[name] = found
        kept.append(simplest(name, found, both(*members)))
    final = both(*kept)
    return Requirements(final.parts if final.kind == "and" else (final,), good, undecided)


def simplest(name: str, good: Solutions, fallback: Condition) -> Condition:
    verdict = good.verdict()
    if verdict is not None:
        return TRUE if verdict else FALSE
    n: Size = symbol(name)
    start, period = len(good.head), len(good.cycle)
    if all(good.cycle):
        low = start + 1 - next((i for i, g in enumerate(reversed(good.head)) if not g), start)
        if not any(good.head[: low - 1]):
            return at_least(n, low)
    values = [i + 1 for i, g in enumerate(good.head) if g]
    if not any(good.cycle) and values:
        if values == list(range(values[0], values[-1] + 1)) and len(values) > 1:
            return both(at_least(n, values[0]), at_least(values[-1], n))
        if len(values) <= 8:
            return either(*(equal(n, v) for v in values))
    for period in range(2, period + 1):
        rs = {m % period for m in range(1, start + 3 * len(good.cycle)) if m in good}
        if len(rs) == 1 and all((m in good) == (m % period in rs) for m in range(1, start + 3 * len(good.cycle))):
            (r,) = rs
            return divides(period, n - r)
    return fallback
