"""Numbers of a layer where one argument is a list of them, and a list where a number stands first: what was meant.

Loaded only where a layer has too many arguments, or too few.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod

from ..dims import Dim
from ..graph import Known, Maker
from ..layers.base import Layer
from ..problems import CnnError, Edit, Fix, Help, advise
from ..records import replace
from ..shapes import Misfit, TensorType
from ..source import Span
from ..typed import Any, Mapping, Sequence
from .lacking import is_same_call
from .layered import probe, refusal
from .things import Thing, raw

DIM = 1  # the axis that a layer of one axis works on, if nothing says which


def in_call(maker: Maker, place: int, span: Span) -> Span:
    """Where an argument stands, if that is in a call and not in the template that it calls."""
    found = maker.spans.get(place, span)
    return found if found.source == span.source and span.start <= found.start < span.end else span


def too_many(maker: Maker, cls: type[Layer], types: Any) -> tuple[Help | None, Fix | None]:
    """`Reshape(-1, 32)`, `Unflatten(1, 8, 7, 7)`: help and repair, where the last argument is a list of numbers."""
    fields = cls.authored_fields()
    first = len(fields) - 1
    things, spans = maker.positional[first:], [maker.spans.get(n) for n in range(len(maker.positional))]
    if first < 0 and isinstance(maker.positional[0], Maker) and spans[0]:  # `Sigmoid(Conv2d(8, 1))`
        return advise("joined", meant=f"{spans[0].text} -> {maker.name}"), None
    if first < 0 or not all(isinstance(thing, Known) for thing in maker.positional) or not all(spans):
        return None, None
    places = [span for span in spans if span is not None]
    if not is_same_call(places[0], places[-1]):
        return None, None
    texts = whole_shape(things, [span.text for span in places[first:]], types if fields[first] == "shape" else ())
    listed = f"({', '.join(texts)})"
    sizes = tuple(-1 if isinstance(size := raw(thing), Dim) else size for thing in things)
    given = {**dict(zip(fields, map(raw, maker.positional), strict=False)), fields[first]: sizes}
    written = ", ".join([*(span.text for span in places[:first]), listed])
    if not is_taken(cls, given, types):
        first, sizes = 0, tuple(map(raw, maker.positional))  # `Unflatten(8, 7, 7)`: of which no number is an axis
        listed = f"{DIM}, ({', '.join(span.text for span in places)})"
        if fields[0] != "dim" or not is_taken(cls, {"dim": DIM, fields[-1]: sizes}, types):
            return None, None
        written = listed
    help = advise("one-list", field=fields[-1], meant=f"{maker.name}({written})")
    return help, replacing(places[first].to(places[-1]), listed) if are_in_a_row(places) else None


def whole_shape(things: Sequence[Thing], texts: list[str], types: Any) -> list[str]:
    """The sizes of a shape, in which the batch has its place: -1, where the author has left it out or fixed it."""
    sizes = [raw(thing) for thing in things]
    kind = types[0] if types and isinstance(types[0], TensorType) else None
    if kind is None or -1 in sizes or not all(isinstance(size, (int, Dim)) for size in sizes):
        return texts
    rest = prod(kind.shape[1:])
    if prod(sizes) == rest:
        return ["-1", *texts]
    return ["-1", *texts[1:]] if prod(sizes[1:]) == rest or sizes[0] == kind.shape[0] else texts


def too_few(maker: Maker, cls: type[Layer], types: Any, missing: str) -> tuple[Help | None, Fix | None]:
    """`Unflatten((8, 7, 7))`: help and repair, where the first argument is what the missing one is to be."""
    fields, place = cls.authored_fields(), maker.spans.get(0)
    if len(maker.positional) != 1 or place is None or fields[:2] != ("dim", missing):
        return None, None
    if not is_taken(cls, {"dim": DIM, missing: raw(maker.positional[0])}, types):
        return None, None
    return advise("write", meant=f"{maker.name}({DIM}, {place.text})"), replacing(place, f"{DIM}, {place.text}")


def one_window(error: CnnError, maker: Maker, cls: type[Layer], types: Any) -> CnnError:
    """`MaxPool3d(1, 2, 2)`: the error of a layer that takes the sizes of a window for its stride and its padding."""
    told, fields, things = error.problems[0], cls.authored_fields(), maker.positional
    whole = all(isinstance(thing, Known) and isinstance(thing.value, int) for thing in things)
    is_window = whole and not maker.keywords and cls.inferred_fields() == () and fields[:1] == ("kernel_size",)
    rank = types[0].rank if types and isinstance(types[0], TensorType) else 0
    if not is_window or told.facts.get("help") or len(things) != rank - 2:
        return error
    if not is_taken(cls, {"kernel_size": tuple(map(raw, things))}, types):
        return error
    places = [span for key, span in sorted(maker.spans.items(), key=str) if isinstance(key, int)]
    listed = f"({', '.join(span.text for span in places)})"
    help = advise("one-window", meant=f"{maker.name}({listed})")
    return CnnError([replace(told, facts={**told.facts, "help": help}), *error.problems[1:]])


def is_taken(cls: type[Layer], given: Mapping[str, Any], types: Any) -> bool:
    """Whether a layer takes such arguments, on some input."""
    error = refusal(cls, given, types or probe(cls, False))
    return error is None or (isinstance(error, Misfit) and error.code != "bad-argument")


def are_in_a_row(places: Sequence[Span]) -> bool:
    """Whether arguments stand beside one another, not some in a template and others where it is used."""
    texts = (between(*two) for two in pairwise(places))
    return all(text.strip() == "," for text in texts)


def between(one: Span, other: Span) -> str:
    return one.source.text[one.end : other.start] if one.source == other.source else ""


def replacing(place: Span, text: str) -> Fix | None:
    return None if "#" in place.text else Fix((Edit(place, text),), True)
