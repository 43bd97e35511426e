"""Lists, tuples and texts as expressions: what they are put together of, and what an index or a slice picks of them."""

from __future__ import annotations

from ..graph import Cut, Known, Unpack, Value
from ..problems import advise, fail
from ..syntax import tree as t
from ..typed import Any
from .choosing import Choosing
from .gathering import every
from .lengths import builtin_len
from .state import Place, template_place
from .steady import depends_on_length
from .things import Counted, Named, Thing, Whole, describe, has_tensor, plain, strip
from .wording import has_spelling, said, said_row, said_slice


class Listing(Choosing):
    """Evaluates what lists are made of."""

    def operand(self, node: Any, place: Place) -> Thing:
        raise NotImplementedError

    def static(self, node: Any) -> Thing:
        """A thing that must be known at compile time: sizes, flags, templates."""
        thing = self.evaluate(node, template_place())
        if thing.__class__ is not Known and has_tensor(thing):
            raise fail("tensor-not-known", node.span, what=describe(thing))
        return thing

    def eval_Tuple(self, node: t.Tuple, place: Place) -> Thing:  # noqa: N802
        return self.grown(tuple(self.items(node.items, place)), node.span)

    def items(self, nodes: Any, place: Place) -> list[Thing]:
        """The things of a list's entries; each starts from the same flow."""
        found = every(nodes, lambda node: self.entry(node, place))
        return [thing for things in found for thing in things]

    def entry(self, node: Any, place: Place) -> list[Thing]:
        """What one entry of a list, or one argument by position, adds to it."""
        return self.spread(node, place) if isinstance(node, t.Spread) else [self.operand(node, place)]

    def spread(self, node: t.Spread, place: Place) -> list[Thing]:
        thing = self.spreadable(node, place)
        self.pin(builtin_len(thing))
        return list(thing)

    def spreadable(self, node: t.Spread, place: Place) -> Any:
        """The list of `*list`."""
        thing = self.listed(self.evaluate(node.value, place))
        if not isinstance(thing, (list, tuple)):
            raise fail("not-a-list", node.value.span, what=describe(thing))
        return thing

    def listed(self, thing: Thing) -> Thing:
        """The several results of a call as a list of them; any other thing as it is."""
        if not isinstance(thing, Value) or not isinstance(thing.type, tuple):
            return thing
        found = tuple(map(self.new, thing.type))
        self.emit(Unpack(found, thing))
        return [*found]

    # Texts

    def eval_Text(self, node: t.Text, place: Place) -> Known:  # noqa: N802
        return Known(self.text(node))

    def text(self, node: t.Text, told: bool = False) -> str:
        """A string with its braces filled in; raises CnnError. A label (`told`) is written anew in each round."""
        return self.written_out(self.text_parts(node, told), node)

    def text_parts(self, node: t.Text, told: bool = False) -> tuple[Known, ...]:
        parts = []
        for part in node.parts:
            if isinstance(part, str):
                parts.append(Known(part))
                continue
            if part.__class__ is t.Label:  # `{i:d}`
                raise fail("label-in-template", part.span, help=advise("no-format", value=part.target.span.text))
            thing = self.static(part)
            if not isinstance(thing, Known) or not isinstance(thing.value, (str, int, float)):
                raise fail("not-text", part.span, what=describe(thing))
            self.pin(thing, told=told, rounds=not told)
            parts.append(thing)
        return tuple(parts)

    def written_out(self, parts: tuple[Known, ...], node: t.Text) -> str:
        return str(self.grown("".join([str(part.value) for part in parts]), node.span))

    # Items

    def picked(self, source: Thing, item: Thing, found: Thing) -> Thing:
        """What an index picked, spelled by it; where all items are one flag, the list is pinned, not the index: what
        they decide is decided alike in all rounds."""
        if isinstance(item, Cut) and (sliced := said_slice(source, item)) is not None:
            return sliced
        by_name = isinstance(item, Known) and (has_spelling(item) or is_from_end(source, item))
        if by_name and isinstance(found, (list, tuple)) and (row := said_row(source, item, found)) is not None:
            return row
        if by_name and isinstance(found, Known):
            if (
                isinstance(source, list)
                and has_spelling(item)
                and not isinstance(source, Counted)
                and not (is_number(found.value) and self.is_unpinned(source))
                and all(plain(i) == plain(found) for i in source)
            ):
                self.pin_unsaid(source)
                return strip(found)
            if spellings := said("item", found.value, source, item):
                return Known(found.value, spellings)
        self.pin_unsaid(*((item.start, item.stop, item.step) if isinstance(item, Cut) else (item,)))
        if depends_on_length(source, item):
            self.pin(measure(source), told=isinstance(source, tuple))
        return found


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_from_end(source: Thing, item: Known) -> bool:
    """Whether an item of a list that has a name is picked from its end, whatever its length."""
    return isinstance(source, (Named, Whole)) and bool(source.name) and item.value < 0


def measure(thing: Thing) -> Thing:
    """How long a list is; any other thing as it is."""
    return builtin_len(thing) if isinstance(thing, (list, tuple)) else thing
