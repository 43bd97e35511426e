"""The author's names for numbers, which a constructor uses where it would write the same expression twice."""

from __future__ import annotations

from ..dims import Dim
from ..graph import Instance, Known
from ..lean import Counter
from ..typed import Any, Callable, Container, Iterator, Mapping, Sequence
from .expressions import Called, Written, node_of, spelled
from .layout import flat, statement
from .names import Taken, names_in, rename, safe
from .numbers import Numbers
from .plans import Named, Plan
from .varying import symbols_of

TWICE = 2  # from how many uses a name is worth its line
OWN = frozenset({"prefix", "fan_in", "fan_out", "super", "range"})  # what a constructor uses itself


def named(merger: Numbers, members: Sequence[Instance]) -> Iterator[Named]:
    """What all members call by one name and spell alike, over the names of their class."""
    tables = [{name: (known, text) for name, known, text in member.named} for member in members]
    several = {name for member in members for name, _, _ in member.named if times(name, member) > 1}
    for name in (name for name in tables[0] if name not in several and all(name in table for table in tables)):
        column = [table[name][0] for table in tables]
        if any(isinstance(known.value, list) for known in column):
            yield from named_list(merger, name, [known.value for known in column])
            continue
        sizes = [size for size in merger.shared_spellings(column) if isinstance(size, Dim)]
        known = tuple(size for size in (size.subs(merger.fixed) for size in sizes) if isinstance(size, Dim))
        usable = tuple(size for size in known if size.symbols <= merger.used.keys())
        texts = {table[name][1] for table in tables}
        if usable:
            yield Named(name, usable, texts.pop() if len(texts) == 1 else "")


def named_list(merger: Numbers, name: str, lists: Sequence[Any]) -> Iterator[Named]:
    """A list of sizes, if all of them can be said."""
    if any(not isinstance(items, list) or len(items) != len(lists[0]) for items in lists):
        return
    found: list[Any] = []
    for column in zip(*lists, strict=True):
        sizes = [size for size in merger.shared_spellings(column) if isinstance(size, Dim)]
        known = [size.subs(merger.fixed) for size in sizes]
        usable = [size for size in known if isinstance(size, int) or symbols_of(size) <= merger.used.keys()]
        if not usable and (merger.free(column) or len({int(item.value) for item in column}) > 1):
            return
        found.append(usable[0] if usable else int(column[0].value))
    if any(isinstance(size, Dim) for size in found):
        yield Named(name, (), "", tuple(found))


def parts_of(named: Named, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The texts of a list and of parts of it, and how these are called."""
    whole, name = list(map(Known, map(said, named.items))), named.name
    yield text_of(whole, names), name
    yield text_of(whole[::-1], names), f"{name}[::-1]"
    for text, part in ((f"{name}[1:]", whole[1:]), (f"{name}[:-1]", whole[:-1])):
        if len(part) > 1:
            yield text_of(part, names), text


def said(size: Any) -> Any:
    return Written(size) if isinstance(size, Dim) else size


def text_of(items: Sequence[Known], names: Mapping[str, str]) -> str:
    return flat(node_of(list(items), dict(names)))


def times(name: str, member: Instance) -> int:
    return sum(name == other for other, _, _ in member.named)


def with_names(plan: Plan, names: Mapping[str, str], taken: Container[str], uses: Callable[[Called], object]) -> Called:
    """The names of a constructor with those of the author's numbers that save an expression there.

    `uses` writes the constructor once, to see which these are.
    """
    closed = Taken(set(names.values()), taken, OWN)
    able = [n for n in plan.named if n.name not in closed and safe(n.name) == n.name and n.name[0] != "_"]
    lists = {**plan.tables, **lists_of(able, names)}
    counted = Called(names, {size: n.name for n in able for size in n.spellings}, lists)
    if able:
        uses(counted)
    able = worth_it(able, counted.uses, names)
    chosen = {size: n.name for n in able for size in n.spellings}
    lists = {**plan.tables, **lists_of(able, names)}
    return Called({**names, **{n.name: n.name for n in able}}, chosen, lists)


def worth_it(able: Sequence[Named], uses: Mapping[str, int], names: Mapping[str, str]) -> list[Named]:
    """Those that save an expression, be it where a later one is said."""
    found, read = list[Named](), Counter(uses)
    for place, number in reversed([*enumerate(able)]):
        if read[number.name] >= TWICE:
            found.insert(0, number)
            if not number.items:
                spelled(number.spellings[0], before := over(able[:place], names))
                read.update(before.uses)
    return found


def over(numbers: Sequence[Named], names: Mapping[str, str]) -> Called:
    """Names, and beside them those of these numbers."""
    return Called(dict(names), {size: n.name for n in numbers for size in n.spellings})


def lists_of(able: Sequence[Named], names: Mapping[str, str]) -> dict[str, str]:
    """How lists are called, and parts of them, by their texts."""
    return {text: name for n in reversed(able) if n.items for text, name in reversed([*parts_of(n, names)])}


def definitions(plan: Plan, names: Called, indent: int = 8) -> Iterator[str]:
    """The lines that say what the chosen names are."""
    ready = {key for key in names if key not in {n.name for n in plan.named}}
    for place, number in enumerate(plan.named):
        if number.items and number.name in names.lists.values():
            yield statement(f"{number.name} = ", node_of(list(map(said, number.items)), dict(names)), indent)
            continue
        if number.name in names.sizes.values():
            is_said = number.text and names_in(number.text) <= ready
            before = [n for n in plan.named[:place] if n.name in ready]
            text = rename(number.text, names) if is_said else spelled(number.spellings[0], over(before, names))
            yield statement(f"{number.name} = ", text, indent)
            ready.add(number.name)
