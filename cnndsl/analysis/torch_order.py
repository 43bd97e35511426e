"""Torch's order of arguments, in which sizes come first that the input tells here: `Linear(400, 10)`.

Tells who wrote it what is meant, as soon as the other reading of the arguments makes sense; decides nothing.
"""

from __future__ import annotations

from ..dims import Dim, TooLong
from ..graph import Maker
from ..layers.base import Layer
from ..problems import CnnError, Edit, Fix, Help, Problem, advise
from ..records import dataclass, replace
from ..shapes import Misfit, Need, TensorType, shown
from ..source import Span
from ..typed import Any, Iterator
from .things import raw

DOUBTFUL = frozenset({"bad-argument", "argument-twice", "too-many-arguments"})  # where something seems left over
REFUSED = DOUBTFUL | {"too-small", "not-divisible"}  # what a number in another's place leads to
WINDOW = 11  # the largest window that is usual
REFUSALS = (Misfit, TooLong, TypeError, LookupError, ValueError, AttributeError, ArithmeticError)


@dataclass
class Reading:
    """The arguments of a layer on inputs of some types, taken by position as torch takes them."""

    maker: Maker
    cls: type[Layer]
    types: Any

    @property
    def positional(self) -> list[Any]:
        return [raw(thing) for thing in self.maker.positional]

    @property
    def sizes(self) -> dict[int, str]:
        """The places of the arguments that torch takes and a `.cnn` file leaves out, with their names."""
        order = [name for name, declared in self.cls.fields.items() if not declared.keyword]
        named = dict(enumerate(order[: len(self.maker.positional)]))
        return {place: name for place, name in named.items() if self.cls.fields[name].axis is not None}

    def fits(self, types: Any, to_the_end: bool = True) -> bool:
        """Whether torch would take the arguments so, on inputs of these types."""
        order = [name for name, declared in self.cls.fields.items() if not declared.keyword]
        if not 0 < len(self.positional) <= len(order) or not self.sizes:
            return False
        keywords = {name: raw(thing) for name, thing in self.maker.keywords.items()}
        try:
            layer = self.cls.build({**dict(zip(order, self.positional, strict=False)), **keywords}, types, Need())
            if to_the_end:
                layer.infer(Need(), *types)
        except REFUSALS:
            return False
        return not keywords.keys() & set(order[: len(self.positional)])

    def as_stated(self) -> Any:
        """The inputs with the sizes that the arguments say."""
        types = list(self.types)
        for place, name in self.sizes.items():
            declared, stated = self.cls.fields[name], self.positional[place]
            kind = types[declared.source] if declared.source < len(types) else None
            stated = list(stated) if isinstance(stated, (list, tuple)) else [stated]
            if not isinstance(kind, TensorType) or not all(isinstance(size, int) and size > 0 for size in stated):
                continue
            axis = declared.axis if len(stated) == 1 else -len(stated)
            if axis is not None and -kind.rank <= axis < kind.rank and (axis < 0 or len(stated) == 1):
                shape = list(kind.shape)
                shape[axis : axis + len(stated) or None] = stated
                is_one = len(self.sizes) == 1  # of all inputs alike: query, key and value
                types = [
                    kind.with_shape(*shape) if place == declared.source or (is_one and other == kind) else other
                    for place, other in enumerate(types)
                ]
        return tuple(types)

    def call(self) -> str:
        """The call without the sizes; one of several axes, which would not be read off the input so, by keyword."""
        texts = [self.maker.spans[key].text for key in range(len(self.positional)) if key in self.maker.spans]
        if len(texts) < len(self.positional):
            return ""
        kept = [text for place, text in enumerate(texts) if place not in self.sizes]
        kept += [self.maker.spans[key].text for key in self.maker.keywords if key in self.maker.spans]
        kept += [f"{name}={texts[place]}" for place, name in self.sizes.items() if self.spans_axes(place)]
        return f"{self.maker.name}({', '.join(kept)})".removesuffix("()")

    def spans_axes(self, place: int) -> bool:
        stated = self.positional[place]
        return isinstance(stated, (list, tuple)) and len(stated) > 1

    def differing(self) -> Iterator[tuple[Any, Any]]:
        """Stated and actual size of each input that has another."""
        for place, name in self.sizes.items():
            declared, stated = self.cls.fields[name], self.positional[place]
            kind = self.types[declared.source] if declared.source < len(self.types) else None
            if not isinstance(kind, TensorType) or declared.axis is None:
                continue
            if isinstance(stated, (list, tuple)):
                actual: Any = list(kind.shape[-len(stated) or kind.rank :])
                stated = list(stated)
            else:
                actual = kind.shape[declared.axis] if -kind.rank <= declared.axis < kind.rank else stated
            if actual != stated:
                yield shown(stated), shown(actual)

    def is_out_of_place(self, problem: Problem) -> bool:
        """Whether a size seems to stand where a flag or an epsilon belongs."""
        place = next((key for key, span in self.maker.spans.items() if span == problem.span), None)
        if problem.code != "bad-argument" or not isinstance(place, int):
            return False
        name = self.cls.authored_fields()[place]
        is_flag = isinstance(self.cls.fields[name].default, bool)
        return (is_flag or name == "eps") and isinstance(self.positional[place], (int, list, tuple))

    def turned_round(self) -> str:
        """The call with its two arguments in torch's order, if it makes sense that way round alone."""
        if len(self.maker.positional) != 2 or len(self.maker.spans) < 2:
            return ""
        (first, second), spans = self.maker.positional, self.maker.spans
        turned = replace(self.maker, positional=(second, first), spans={**spans, 0: spans[1], 1: spans[0]})
        other = Reading(turned, self.cls, self.types)
        return other.call() if other.fits(self.types) else ""

    def channels_first(self) -> str:
        """`Conv2d(64, 3)` for `Conv2d(3, 64)`, whose kernel is missing or whose arguments have changed places."""
        if self.cls.kind != "convolution" or len(self.positional) != 2 or not is_wide(self):
            return ""
        kernel, channels = self.positional
        texts = [self.maker.spans[key].text for key in (0, 1) if key in self.maker.spans]
        if not isinstance(kernel, int) or not isinstance(channels, int) or kernel > channels or len(texts) < 2:
            return ""
        is_usual = kernel % 2 == 1 and kernel <= WINDOW
        if not is_usual and self.as_stated() != tuple(self.types):
            return ""
        return f"{self.maker.name}({texts[1]}, {texts[0] if is_usual else '...'})"

    def fix(self, is_safe: bool) -> Fix | None:
        if any(map(self.spans_axes, self.sizes)):
            return None
        return without(self.maker, tuple(self.sizes), is_safe)


def as_in_torch(error: CnnError, maker: Maker, cls: type[Layer], types: Any, is_habit: bool) -> CnnError:
    """The error of a layer or, where its arguments are in torch's order, the one that says so.

    `is_habit`: it was so before, and worked, so that the sizes that come here are not those that are meant.
    """
    reading, first = Reading(maker, cls, types), error.problems[0]
    if first.code == "too-small" and has_window(reading):
        return error
    if first.code == "too-small" and (meant := reading.channels_first()):
        facts = {**first.facts, "help": channels_first(meant, cls)}
        return CnnError([replace(first, facts=facts), *error.problems[1:]])
    if reading.fits(types):
        return of_reading(first, reading, is_sure=not is_habit)
    stated = reading.as_stated()
    if is_habit and reading.fits(stated, to_the_end=False):
        return of_reading(first, reading, is_sure=False)
    other = next(reading.differing(), None) if reading.fits(stated) else None
    if other is not None and first.code in REFUSED and is_wide(reading):
        return of_reading(first, reading, other)
    return reminded(error, reading)


def whatever_comes(error: CnnError, maker: Maker, cls: type[Layer], probe: Any) -> CnnError:
    """The error of a layer of whose input nothing is known, or the one that says that it is written as in torch."""
    reading = Reading(maker, cls, probe)
    if error.problems[0].code in DOUBTFUL and reading.fits(reading.as_stated()):
        return of_reading(error.problems[0], reading, is_sure=False)
    return error


def channels_first(meant: str, cls: type[Layer]) -> Help:
    return advise("channels-first", meant=meant, names=" and ".join(f"`{name}`" for name in cls.inferred_fields()))


def is_wide(reading: Reading) -> bool:
    """Whether what torch takes for channels stands where a window or a number of heads is no likely one."""
    window = reading.positional[0 if len(reading.positional) == 1 else 1]
    return reading.cls.kind != "convolution" or (isinstance(window, int) and window >= 8 and window % 2 == 0)


def has_window(reading: Reading) -> bool:
    """Whether a kernel and a stride stand where a file has them: by `Conv2d(64, 3, 2)` few mean three channels."""
    window = reading.positional[1:3]
    is_plain = len(window) == 2 and all(isinstance(number, int) for number in window)
    return is_plain and reading.cls.kind == "convolution" and 0 < window[1] <= 2 and window[1] < window[0] <= 7


def of_reading(
    problem: Problem, reading: Reading, other: tuple[str, str] | None = None, is_sure: bool = False
) -> CnnError:
    """The one problem of a call in torch's order; `other` is the size that it says and the one that the input has."""
    sizes = list(reading.sizes.values())
    names, verb = " and ".join(f"`{name}`" for name in sizes), "are" if len(sizes) > 1 else "is"
    place = reading.maker.spans.get(next(iter(reading.sizes)), problem.span)
    facts: dict[str, object] = {"names": names, "verb": verb, "call": reading.call(), "order": "torch"}
    facts["places"] = tuple(reading.maker.spans.values())
    if "message" in problem.facts and problem.code not in DOUBTFUL:  # `bias=10` is this mistake once more
        facts["note"] = f"as it stands, {problem.facts['message']}"
    if other is not None:
        facts["message"] = f"PyTorch's {names} {verb} read off the input here, and {verb} {other[1]}, not {other[0]}"
        facts["trace"] = ()
        help = advise("left-out-or-elsewhere", call=facts["call"], size=other[0])
        facts["help"] = elsewhere(reading) or help
    if any(map(reading.spans_axes, reading.sizes)):
        facts["help"] = advise("name-last-axis", call=facts["call"])
    fix = reading.fix(is_sure) if other is None else None
    return CnnError([Problem("size-of-the-input", place, facts, problem.related, fix=fix)])


def elsewhere(reading: Reading) -> str | None:
    """Where the size is that the first argument says, if not on its axis."""
    return reading.cls.elsewhere(reading.positional[next(iter(reading.sizes))], reading.types)


def reminded(error: CnnError, reading: Reading) -> CnnError:
    """The error with a word on what is left out, where an argument makes no sense and nothing else is said of it."""
    names = " and ".join(f"`{name}`" for name in reading.cls.inferred_fields())

    def told(problem: Problem) -> Problem:
        if not names or problem.facts.get("help") or not reading.is_out_of_place(problem):
            return problem
        help = advise("read-off", names=names, turned=reading.turned_round())
        return replace(problem, facts={**problem.facts, "help": help})

    return CnnError([told(problem) for problem in error.problems])


def written_inside(maker: Maker, span: Span) -> Span:
    """Where the call of a layer that is an argument stands in the call around it, as far as it is written there."""
    places = [place for place in maker.spans.values() if place.is_within(span)]
    if not places:
        return span
    text, first, last = span.source.text, min(one.start for one in places), max(one.end for one in places)
    start = text.rfind(f"{maker.name}(", span.start, first)
    end = text.find(")", last, span.end)
    return Span(span.source, start, end + 1) if start >= 0 and end >= 0 else span


def inner_order(error: CnnError, maker: Maker, types: Any) -> CnnError:
    """The error of a layer that is made of others: one of these may have its arguments in torch's order."""
    for thing in (*maker.positional, *maker.keywords.values()):
        place = error.problems[0].span
        inner = thing.target if isinstance(thing, Maker) else None
        if isinstance(inner, type) and issubclass(inner, Layer) and thing.spans and place is not None:
            first, last = min(s.start for s in thing.spans.values()), max(s.end for s in thing.spans.values())
            if place.start <= first and last <= place.end:
                return as_in_torch(error, thing, inner, types, False)
    return error


def is_whole(maker: Maker, cls: type[Layer], types: Any) -> bool:
    """Whether nothing that torch needs is missing, if the arguments are in its order."""
    reading = Reading(maker, cls, types)
    return reading.fits(reading.as_stated(), to_the_end=False)


def suspected(maker: Maker, cls: type[Layer], types: Any) -> tuple[Fix | None, dict[str, object]] | None:
    """Fix and facts of a warning about a call that makes more sense in torch's order, though it works as it stands."""
    if is_whole(maker, cls, types):
        return without(maker, (0,), False), order_facts(maker, cls, types)
    meant = Reading(maker, cls, types).channels_first()
    if not meant or getattr(cls, "dimensions", 2) == 1:  # of sound, long windows are usual
        return None
    return None, {"name": cls.__name__, "help": channels_first(meant, cls)}


def order_facts(maker: Maker, cls: type[Layer], types: Any) -> dict[str, object]:
    differing = next(Reading(maker, cls, types).differing(), None)
    if differing is None:
        return {"name": cls.__name__}
    help = advise("size-left-out", actual=differing[1], given=differing[0])
    return {"name": cls.__name__, "help": help}


def doubtful(maker: Maker, cls: type[Layer], types: Any) -> tuple[Fix | None, dict[str, object]] | None:
    """Fix and facts of a warning about a call that makes sense in either order, where torch's is the author's."""
    reading = Reading(maker, cls, types)
    if not reading.fits(types) or next(reading.differing(), None) is not None or not reading.call():
        return None
    if any(maker.spans[place].text == name for place, name in enumerate(cls.authored_fields()) if place in maker.spans):
        return None  # `Conv2d(out, 3, stride)` says by its names which order it is in
    names = " and ".join(f"`{name}`" for name in reading.sizes.values())
    message = f"this {cls.__name__} makes sense in torch's order, too, which other calls of this file are written in"
    help = advise("torchs-order-or-not", call=reading.call(), names=names)
    facts: dict[str, object] = {"name": cls.__name__, "message": message, "is_doubtful": True}
    return reading.fix(False), {**facts, "help": help}


def left_out_of_block(flow: Any, maker: Maker) -> Help | None:
    """The help with a block's arguments, of which one is too many and the first is what flows: `ConvBN(3, 64)`."""
    kind = getattr(flow, "type", None)
    return size_left_out(kind, maker) if isinstance(kind, TensorType) and kind.rank > 1 else None


def size_left_out(kind: TensorType, maker: Maker) -> Help | None:
    """`Layer(dim, heads)` on [N, T, dim]: the call without the channels, or features, that come in."""
    spans, size = maker.spans, raw(maker.positional[0])
    written = [spans[key].text for key in range(1, len(maker.positional)) if key in spans]
    if maker.keywords or len(written) + 1 < len(maker.positional):
        return None
    call = f"{maker.name}({', '.join(written)})"
    if size == kind.shape[1] and kind.shape[1].__class__ is not Dim:
        return advise("read-off-in-blocks", size=str(size), call=call)
    is_last = kind.shape[-1].__class__ is not Dim and size == kind.shape[-1]
    return advise("features-read-off", size=str(size), call=call) if is_last else None


def without(maker: Maker, places: tuple[int, ...], is_safe: bool) -> Fix | None:
    """Leaves positional arguments out of a call that is written in one place, and its brackets if nothing is left."""
    spans = sorted(maker.spans.values(), key=lambda span: span.start)
    if len({span.source for span in spans}) != 1 or len(spans) < len(maker.positional) + len(maker.keywords):
        return None
    if len(places) == len(spans) and (whole := bracketed(spans)):
        return Fix((Edit(whole, ""),), is_safe)
    edits: list[Edit] = []
    kept = [span for place, span in maker.spans.items() if place not in places]
    for place in places:
        span = maker.spans[place]
        after = next((other.start for other in spans if other.start > span.start), None)
        before = max((other.end for other in kept if other.end <= span.start), default=span.start)
        cut = Span(span.source, span.start, after) if after is not None else Span(span.source, before, span.end)
        edits.append(Edit(cut, ""))
    return Fix(tuple(edits), is_safe)


def bracketed(spans: list[Span]) -> Span | None:
    """All arguments of a call with the brackets around them, if nothing else is between these."""
    text, first, last = spans[0].source.text, spans[0].start, spans[-1].end
    is_alone = text[first - 1 : first] == "(" and text[last : last + 1] == ")"
    return Span(spans[0].source, first - 1, last + 1) if is_alone else None
