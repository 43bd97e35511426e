"""A function's list whose items stand loose among its arguments, `cat(a, b, dim=1)`, and a pair where one tensor is
wanted, `cat([a, max(b, 1)], 1)`: what was meant. Loaded only where a function does not take its arguments.
"""

from __future__ import annotations

from ..dims import Dim
from ..functions.base import Function
from ..functions.usage import usage as called
from ..graph import Known, Value
from ..lean import lru_cache
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Help, advise
from ..records import replace
from ..shapes import Misfit, Need
from ..source import Source, Span
from ..syntax import tree as t
from ..typed import Any, Iterator
from .one_list import are_in_a_row
from .state import is_tensor
from .things import Thing, raw

LISTS = {"Tensors": False, "Ints": True, "SizeList": True, "IntList": True, "FloatList": True}  # and whether of numbers
WHOLE = re.compile(r"^[ \t]*(\w+) = \[(?:\1, ([^][\n]{1,60})|([^][\n]{1,60}), \1)\]", re.MULTILINE)
VALUES = {"max": "amax", "min": "amin"}  # of those that give places, too, along an axis


def told(error: CnnError, function: Function, node: Any, things: Any, keywords: Any) -> CnnError:
    """The error of a call, with help and repair if what is meant is known. `things` may begin with what flows."""
    if not isinstance(node, t.Call) or error.problems[0].code not in ("bad-argument", "bad-call"):
        return error
    found = loose(function, node, things, dict(keywords)) or with_flow(function, node, things)
    found = found or pair(node, things) or from_elsewhere(error)
    if found is None:
        return error
    first, *rest = error.problems
    return CnnError([replace(first, facts={**first.facts, "help": found[0]}, fix=found[1]), *rest])


def usage(function: Function, things: tuple[Thing, ...], is_head: bool, span: Span) -> str | Help | None:
    """How a function is called; of `y -> cat([x], 1)`, whose first argument, a list, is what arrives, that it is."""
    is_of_branches = len(things) == 1 and isinstance(things[0], list)
    is_nested = any(isinstance(thing, list) and any(isinstance(one, list) for one in thing) for thing in things)
    if is_nested and (put := put_whole(span)):
        return put
    if is_head or is_of_branches:
        is_whole = "\n" not in span.text and span.text.startswith(f"{function.name}(")
        return called(function, tuple(map(raw, things)), span.text if is_whole else f"{function.name}(...)")
    first = function.parameters[0].annotation if function.parameters else ""
    if first != "Tensors" or len(things) < 2 or not isinstance(things[1], list) or not is_tensor(things[0]):
        return None
    return advise("arrives-first", name=function.name)


def put_whole(place: Span) -> Help | None:
    """What to say behind `skips = [skips, y]`, the last such line before a place, whose `*` is forgotten."""
    found = next((one for one in reversed(wholes(place.source)) if one[0] < place.start), None)
    line = place.source.position(found[0])[0] if found else 0
    return advise("list-in-itself", line=line, meant=found[1]) if found else None


@lru_cache(maxsize=4)
def wholes(source: Source) -> tuple[tuple[int, str], ...]:
    """Where a list is made of itself, and what is meant."""
    found = WHOLE.finditer(source.text)
    return tuple(
        (one.start(1), f"{one[1]} = [*{one[1]}, {one[2]}]" if one[2] else f"{one[1]} = [{one[3]}, *{one[1]}]")
        for one in found
    )


def lacking(error: CnnError, function: Function, node: Any, things: Any, keywords: Any) -> CnnError:
    """The error of `-> max_pool1d`, with what an argument that is missing adds to what is written."""
    told = error.problems[0]
    named, arguments = dict(keywords), getattr(node, "arguments", ())
    lost = [one.name for one in function.parameters[len(things) :] if one.is_required and one.name not in named]
    is_told = told.code != "bad-call" or not lost or not str(told.facts.get("message")).endswith(f"needs {lost[0]}")
    if is_told or told.facts.get("help"):
        return error
    usual = {"dim0": "-2", "dim1": "-1"} if len(lost) > 1 else {}  # the last two axes change places
    written = [*(one.span.text for one in arguments), *(usual.get(name, f"{name}=...") for name in lost)]
    help = advise("write", meant=f"{function.name}({', '.join(written)})")
    return CnnError([replace(told, facts={**told.facts, "help": help}), *error.problems[1:]])


def loose(function: Function, node: t.Call, things: Any, keywords: dict[str, Thing]) -> tuple[Help, Fix | None] | None:
    """Help and repair for the items of a list that stand beside one another."""
    written = [one for one in node.arguments if not isinstance(one, (t.Keyword, t.Spread))]
    flowing = len(things) - len(written)  # what flows in has no text
    kinds = [LISTS.get(one.annotation.split(" | ")[0]) for one in function.parameters]
    at = next((n for n, kind in enumerate(kinds) if kind is not None), None)
    if at is None or flowing not in (0, 1) or at < flowing:
        return None
    end = at
    while end < len(things) and is_item(things[end], bool(kinds[at])):
        end += 1
    given = [*things[:at], list(things[at:end]), *things[end:]]
    places = [one.span for one in written[at - flowing : end - flowing]]
    taken = is_taken(function, given, keywords)
    if len(places) < 2 or not are_in_a_row(places) or not (taken or function.name == "cat"):
        return None
    place = places[0].to(places[-1])
    edit = Edit(place, f"[{place.text}]")
    call, start = node.span.text, place.start - node.span.start
    meant = f"{call[:start]}{edit.text}{call[start + len(place.text) :]}"
    is_left_out = function.name == "cat" and end == len(things) and not keywords
    if is_left_out and (not taken or is_taken(function, [*given, Known(1)], keywords)):  # along the batch few mean
        meant, taken = f"{meant.removesuffix(')')}, 1)", False
    listed = function.parameters[at].name
    help = advise("one-list", field=listed, meant=meant) if kinds[at] else advise("tensors-in-brackets", meant=meant)
    return help, Fix((edit,), True) if taken else None


def with_flow(function: Function, node: t.Call, things: Any) -> tuple[Help, Fix | None] | None:
    """`-> cat(skip, 1)`: help, where a list of tensors begins with what flows."""
    written = [one for one in node.arguments if not isinstance(one, (t.Keyword, t.Spread))]
    if len(things) != len(written) + 1 or not function.parameters[0].annotation.startswith("Tensors"):
        return None
    count = next((n for n, thing in enumerate(things) if not is_item(thing, False)), len(things)) - 1
    if count < 1:
        return None
    first, *more = (
        ", ".join(one.span.text for one in part) for part in (node.arguments[:count], node.arguments[count:]) if part
    )
    rest = "], ".join([first, *more]) + ("" if more else "]") + ")"
    return advise("flow-in-list", name=function.name, flow=getattr(things[0], "name", None), rest=rest), None


def is_item(thing: Thing, is_number: bool) -> bool:
    if is_number:
        return isinstance(thing, Known) and isinstance(thing.value, (int, float, Dim))
    return isinstance(thing, Value) and not isinstance(thing.type, tuple)


def is_taken(function: Function, given: list[Any], keywords: dict[str, Thing]) -> bool:
    try:
        function.infer_called(Need(), *map(raw, given), **{name: raw(thing) for name, thing in keywords.items()})
    except (Misfit, TypeError):
        return False
    return True


def pair(node: t.Call, things: Any) -> tuple[Help, Fix | None] | None:
    """Help and repair for values with their places, where the values alone are meant."""
    for call, thing in given(node, things):
        name = call.function.id if isinstance(call, t.Call) and isinstance(call.function, t.Name) else ""
        if name in VALUES and isinstance(thing, Value) and isinstance(thing.type, tuple):
            return values_alone(name, call.span)
    return None


def from_elsewhere(error: CnnError) -> tuple[Help, Fix | None] | None:
    """The same for pairs that do not come about among the arguments, where the error tells their place."""
    for place in (one.span for one in error.problems[0].related if one.code == "shape-here"):
        if (name := place.text.partition("(")[0]) in VALUES:
            return values_alone(name, place)
    return None


def values_alone(name: str, call: Span) -> tuple[Help, Fix]:
    meant = VALUES[name] + call.text[len(name) :]
    place = Span(call.source, call.start, call.start + len(name))
    return advise("values-alone", name=name, meant=meant), Fix((Edit(place, VALUES[name]),), True)


def given(node: t.Call, things: Any) -> Iterator[tuple[Any, Thing]]:
    """The arguments as written and as they came out, those in lists one by one."""
    written = [one for one in node.arguments if not isinstance(one, (t.Keyword, t.Spread))]
    for argument, thing in zip(reversed(written), reversed(things), strict=False):
        if isinstance(argument, t.List) and isinstance(thing, (list, tuple)):
            yield from zip(argument.items, thing, strict=False)
        else:
            yield argument, thing
