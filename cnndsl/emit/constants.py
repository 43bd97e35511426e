"""Tables that the author gave a name: each stands once, at the top of the file, and what is that by default, or is
given that by a variant, says so. Short lists stand where they are read.
"""

from __future__ import annotations

from ..graph import Known
from ..records import replace
from ..typed import Any, Callable, Iterable, Iterator
from .arguments import immutable, simple
from .expressions import Written, node_of, plain_value
from .layout import clean, flat, statement
from .names import names_in
from .plans import Slot

SHORT = 40  # what may stand wherever it is read


class Constants:
    """The named tables of a file, by what they are. `claim` gives a name that nothing else has."""

    def __init__(self, tables: Iterable[tuple[str, Known, str]], claim: Callable[[str], str]) -> None:
        self.tables: dict[str, tuple[str, Known, str]] = {}
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
                yield [*above, statement(f"{name} = ", node_of(value, {}), 0)]


def key_of(known: Known) -> str:
    """What tells a table from others: 1 is not True."""
    value: Any = plain_value(immutable(known))
    return flat(node_of(value, {})) if simple(known) else ""
