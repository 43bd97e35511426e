"""What differs between uses of a class, or between rounds of a loop: an argument, a variable, or something computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import gcd

from ..dims import Dim, symbol
from ..graph import Known
from ..loops import MARK
from .expressions import Written, bare, plain_value
from .frames import Column, Frame, same
from .names import MODULE_ATTRIBUTES, fresh, safe
from .numbers import Numbers


class Columns(Numbers):
    """Numbers that are asked for."""

    def ask(self, items: Sequence[Known], field: str) -> Known:
        """A constructor argument, or a variable of a loop; what is the same in all rounds is asked for outside."""
        frame = self.frames[-1]
        if len(self.frames) > 1 and self.is_steady(items, frame):
            with self.outside() as places:
                return self.known([items[some[0]] for some in places], field)
        given = dict(zip(self.who, items, strict=True))
        told = any(given.keys() <= c.values.keys() and isinstance(items[0].value, str) for c in frame.columns)
        column = self.column(given, frame) if told else None
        if column is None and len(self.frames) > 1 and (found := self.computed(items, field)):
            return found
        column = column or self.column(given, frame, field)
        if column is None:
            column = Column(self.name(field), field, {})
            frame.columns.append(column)
        for thread, item in zip(self.who, items, strict=True):
            column.values.setdefault(thread, bare(item))
        return self.write([symbol(column.name)])

    def computed(self, items: Sequence[Known], field: str) -> Known | None:
        return self.formed(items) or self.multiple(items) or self.first_or_later(items, field)

    def multiple(self, items: Sequence[Known]) -> Known | None:
        """One size times a number that all rounds share: a block's channels, times what it expands them by."""
        parts = [self.parts_of(item, thread) for item, thread in zip(items, self.who, strict=True)]
        shared = set(parts[0]).intersection(*parts[1:])
        if len(self.frames) < 2 or not shared:
            return None
        size = min(shared, key=lambda size: (len(str(size)), str(size)))
        least = gcd(*(found[size] for found in parts))
        factors = [Known(found[size] // least) for found in parts]
        if not self.is_steady(factors, self.frames[-1]):
            return None
        with self.outside() as places:
            factor = self.known([factors[some[0]] for some in places], "expansion")
        spelling = factor.value.spelling if isinstance(factor.value, Written) else factor.value
        return self.write([size * least * spelling]) if isinstance(spelling, (int, Dim)) else None

    def parts_of(self, item: Known, thread: int) -> dict[Dim, int]:
        """The ways to write a size, each without its whole factor, and this."""
        found = {}
        for spelling in self.usable(s for s in (self.renumbered(s, thread) for s in item.spellings) if s is not None):
            if isinstance(spelling, Dim):
                factor = gcd(*(factor for _, factor in spelling.terms))
                found[Dim(tuple((atoms, n // factor) for atoms, n in spelling.terms))] = factor
        return found

    def fix_turns(self, frame: Frame) -> None:
        """What a further round has is not known: how many there are stays as it is."""
        names = self.varying & frame.turns
        self.lengths |= names & frame.lengths
        self.lost |= names - frame.lengths

    def name(self, field: str) -> str:
        field = field.partition(MARK)[0]  # a list that one round goes through is called as its author calls it
        taken = {column.name for frame in self.frames for column in frame.columns}
        taken |= (MODULE_ATTRIBUTES if len(self.frames) == 1 else set()) | self.reserved
        authored = self.authored if len(self.frames) > 1 else {*self.parameters, *self.sizes}
        found = fresh(safe(field), taken | {safe(known) for known in authored} | self.locals)
        if len(self.frames) > 1:
            self.note_local(found, field)
        return found

    def note_local(self, name: str, wanted: str) -> None:
        """A name of the loop at hand."""
        self.locals.add(name)
        self.wanted[name] = safe(wanted)
        self.places[name] = tuple(frame.number for frame in self.frames[1:])

    def is_steady(self, items: Sequence[Known], frame: Frame) -> bool:
        """Whether all rounds of each loop have the same."""
        found: dict[int, str] = {}
        texts = [repr(plain_value(item)) for item in items]
        pairs = zip(self.who, texts, strict=True)
        return all(found.setdefault(frame.outer[thread], text) == text for thread, text in pairs)

    def column(self, items: Mapping[int, Known], frame: Frame, field: str = "") -> Column | None:
        """A column of the frame that says the same already, or the same thing in threads that have not said it."""
        for column in frame.columns:
            both = items.keys() & column.values.keys()
            if (both or column.field == field) and all(
                same(plain_value(items[t]), plain_value(column.values[t])) for t in both
            ):
                return column
        return None

    def column_around(self, items: Mapping[int, Known]) -> Column | None:
        """A column of this loop, of one around it or of the class that says the same in every thread."""
        for frame in reversed(self.frames):
            found = self.column(items, frame)
            if found and items.keys() <= found.values.keys():
                return found
            outer: dict[int, Known] = {}
            for thread, item in items.items():
                known = outer.setdefault(frame.outer.get(thread, thread), item)
                if not same(plain_value(known), plain_value(item)):
                    return None
            items = outer
        return None
