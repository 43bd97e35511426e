"""The author's names for numbers, which a constructor uses where it would write the same expression twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from ..dims import Dim
from ..graph import Instance
from .expressions import Called, spelled
from .layout import statement
from .names import names_in, rename, safe
from .numbers import Numbers
from .plans import Named, Plan

TWICE = 2  # from how many uses a name is worth its line
OWN = frozenset({"prefix", "fan_in", "fan_out", "super", "range"})  # what a constructor uses itself


def named(merger: Numbers, members: Sequence[Instance]) -> Iterator[Named]:
    """What all members call by one name and spell alike, over the names of their class."""
    tables = [{name: (known, text) for name, known, text in member.named} for member in members]
    several = {name for member in members for name, _, _ in member.named if times(name, member) > 1}
    for name in (name for name in tables[0] if name not in several and all(name in table for table in tables)):
        sizes = [size for size in merger.shared_spellings([t[name][0] for t in tables]) if isinstance(size, Dim)]
        known = tuple(size for size in (size.subs(merger.fixed) for size in sizes) if isinstance(size, Dim))
        usable = tuple(size for size in known if size.symbols <= merger.used.keys())
        texts = {table[name][1] for table in tables}
        if usable:
            yield Named(name, usable, texts.pop() if len(texts) == 1 else "")


def times(name: str, member: Instance) -> int:
    return sum(name == other for other, _, _ in member.named)


def with_names(
    plan: Plan, names: Mapping[str, str], taken: Collection[str], uses: Callable[[Called], object]
) -> Called:
    """The names of a constructor with those of the author's numbers that save an expression there.

    `uses` writes the constructor once, to see which these are.
    """
    closed = {*names.values(), *taken, *OWN}
    able = [n for n in plan.named if n.name not in closed and safe(n.name) == n.name and n.name[0] != "_"]
    counted = Called(names, {size: n.name for n in able for size in n.spellings})
    if able:
        uses(counted)
    chosen = {size: n.name for n in able if counted.uses[n.name] >= TWICE for size in n.spellings}
    return Called({**names, **{name: name for name in chosen.values()}}, chosen)


def definitions(plan: Plan, names: Called, indent: int = 8) -> Iterator[str]:
    """The lines that say what the chosen names are."""
    ready = {key for key in names if key not in {n.name for n in plan.named}}
    for number in plan.named:
        if number.name in names.sizes.values():
            is_said = number.text and names_in(number.text) <= ready
            text = rename(number.text, names) if is_said else spelled(number.spellings[0], dict(names))
            yield statement(f"{number.name} = ", text, indent)
            ready.add(number.name)
