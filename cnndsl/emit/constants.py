"""Tables that the author gave a name: each stands once, at the top of the file, and what is that by default, is given
that, or goes through it or through some of its columns, says so. Short lists stand where they are read.
"""

from __future__ import annotations

from ..graph import Known
from ..records import replace
from ..typed import Any, Callable, Iterable, Iterator, Mapping
from .arguments import immutable, repeats, simple
from .expressions import Written, annotation, node_of, plain_value
from .layout import annotated, clean, flat, statement
from .members import is_mixed
from .names import names_in
from .plans import Plan, Slot, Source

SHORT = 40  # what may stand wherever it is read


class Constants:
    """The named tables of a file, by what they are. `claim` gives a name that nothing else has."""

    def __init__(self, tables: Iterable[tuple[str, Known, str]], claim: Callable[[str], str]) -> None:
        self.tables: dict[str, tuple[str, Known, str]] = {}
        self.typed: set[str] = set()  # those that loops go through: the variables of these have their types of them
        for name, value, comment in tables:
            if simple(value) and len(key := key_of(value)) > SHORT and key not in self.tables:
                self.tables[key] = claim(name), immutable(value), comment

    def name_of(self, known: Known) -> str:
        """What a value is called; '' for one that has no name."""
        found = self.tables.get(key_of(known)) if self.tables and isinstance(known.value, (list, tuple)) else None
        return found[0] if found else ""

    def named(self, known: Known) -> Known:
        """A value, by its name if it has one."""
        name = self.name_of(known)
        return Known(Written(name)) if name else known

    def within(self, plan: Plan) -> None:
        """Has a class call them by their names."""
        plan.slots = tuple(map(self.in_slot, plan.slots))
        plan.tables = {text: name for name, value, _ in self.tables.values() for text in texts_of(value)}
        loops = [*repeats(plan.body)] if self.tables else []
        bound: set[tuple[str, int, str]] = set()
        for few in (False, True):
            for loop in loops:
                loop.sources = tuple(self.in_source(source, plan.locals, bound, few) for source in loop.sources)

    def in_source(
        self, source: Source, called: Mapping[str, str], bound: set[tuple[str, int, str]], few: bool
    ) -> Source:
        """What a loop goes through: a table, or some of its columns; one alone (a `few`), as another loop of the class
        calls it."""
        if not isinstance(source.iterable.value, list):
            return source
        if name := self.name_of(source.iterable):
            self.typed.add(name)
            return replace(source, iterable=Known(Written(name)))
        wanted = columns_of(source.iterable)
        for name, value, _ in self.tables.values():
            columns = columns_of(value)
            places = dict(zip(placed(wanted, columns), source.names, strict=False))
            found = {(name, place, called.get(target, target)) for place, target in places.items()}
            if len(places) == len(wanted) and (found <= bound if few else len(places) > 1):
                bound |= found
                self.typed.add(name)
                targets = tuple(places.get(place, "_") for place in range(len(columns)))
                return replace(source, names=targets, iterable=Known(Written(name)))
        return source

    def in_slot(self, slot: Slot) -> Slot:
        default = slot.default and self.named(slot.default)
        return slot if default is slot.default else replace(slot, default=default)

    def lines(self, code: str) -> Iterator[list[str]]:
        """Those that the code names."""
        from .docstrings import wrap

        read = names_in(code) if self.tables else ()
        for name, value, comment in self.tables.values():
            if name in read:
                above = [f"# {line}".rstrip() for line in wrap(clean(comment), 89)] if comment else []
                rows, node = Known([*value.value]), node_of(value, {})
                kind = annotation([rows]) if name in self.typed and is_mixed(rows) else ""
                yield [*above, annotated(name, kind, node, 0) if kind else statement(f"{name} = ", node, 0)]


def key_of(known: Known) -> str:
    """What tells a table from others: 1 is not True."""
    value: Any = plain_value(immutable(known))
    return flat(node_of(value, {})) if simple(known) else ""


def texts_of(known: Known) -> Iterator[str]:
    """How a table may stand in a constructor: a list of lists, or of tuples."""
    rows = [plain_value(row) for row in known.value]
    if all(isinstance(row, tuple) for row in rows):
        yield flat(node_of([[*row] for row in rows], {}))
    yield flat(node_of(rows, {}))


def columns_of(known: Known) -> list[list[str]]:
    """What stands in each place of the rows of a table; all in one where these are no tuples of one length."""
    rows = [plain_value(row) for row in known.value]
    if not all(isinstance(row, tuple) and len(row) == len(rows[0]) for row in rows):
        rows = [(row,) for row in rows]
    return [[flat(node_of(item, {})) for item in column] for column in zip(*rows, strict=True)]


def placed(wanted: list[list[str]], columns: list[list[str]]) -> Iterator[int]:
    """Where some columns stand among those of a table, from left to right."""
    left = iter(enumerate(columns))
    for column in wanted:
        yield from (next(([n] for n, other in left if other == column), []))
