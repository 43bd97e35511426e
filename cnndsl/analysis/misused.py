"""What is said of a function that is called as no function is: `exp(0,5 * x)`, `transpose(k)`, `transpose(2, 0, 1)`.

Adds help and fixes to problems; finds none. Loaded only for errors.
"""

from __future__ import annotations

from itertools import permutations
from math import prod

from ..functions import lookup as function_named
from ..functions.base import Function
from ..graph import Call, Known, Value
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Help, Problem, advise
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .paddings import written
from .provenance import Made, maker_of, rank_of, size_at, source_of
from .state import is_tensor
from .things import raw

SUMS = frozenset({"sum", "mean", "amax", "amin", "prod", "std", "var", "logsumexp"})
TURNS = frozenset({"transpose", "swapaxes"})
DRAWN = {"randn": ("normal", "mean", "std"), "rand": ("uniform", "a", "b")}  # the initialiser, and what it takes


def called_otherwise(error: CnnError, function: Function, node: t.Call, things: Any) -> CnnError:
    """The error of a call, with what is meant."""
    told, *others = error.problems
    if told.code not in ("bad-argument", "bad-call") or told.span != node.span:
        return error
    if found := decimal(node):
        facts, fix = {**told.facts, "help": None, "decimal": found[0]}, found[1]
    elif meant := turned(function, node, things):
        facts, fix = {**told.facts, "help": meant[0]}, meant[1]
    else:
        return error
    return CnnError([replace(told, facts=facts, fix=fix), *others])


def index_behind(error: CnnError, node: t.Index, flow: Any) -> CnnError:
    """The error of `x -> max(1)[0]`: by its index the call is a value of its own, which nothing flows into."""
    call, told = node.value, error.problems[0]
    if not isinstance(call, t.Call) or not isinstance(call.function, t.Name) or len(error.problems) > 1:
        return error
    is_its = told.span is not None and told.span.is_within(call.span) and function_named(call.function.id) is not None
    if told.code not in ("bad-argument", "bad-call") or not is_its:
        return error
    index = node.span.source.text[call.span.end : node.span.end].strip()
    name = getattr(flow, "name", None)
    given = ", ".join([str(name), *(argument.span.text for argument in call.arguments)])
    meant = f"{call.function.id}({given}){index}" if name else None
    help = advise("named-before-index", call=call.span.told, index=index, meant=meant)
    message = f"nothing flows into `{call.span.told}` here: with `{index}` behind it, it is a value, and no stage"
    return CnnError([Problem("bad-call", node.span, {"name": call.function.id, "message": message, "help": help})])


def lacked(function: Function, argument: t.Keyword) -> dict[str, object]:
    """The facts of a keyword that a function does not have."""
    facts: dict[str, object] = {"layer": function.name, "name": argument.name, "nearest": function.meant(argument.name)}
    if argument.name in DRAWN.get(function.name, ()):
        facts["help"] = advise("drawn-by-initialiser", meant=f"{DRAWN[function.name][0]}({argument.span.text})")
    return facts


def decimal(node: t.Call) -> tuple[str, Fix] | None:
    """`exp(0,5 * x)`: a number with a comma for its point."""
    first, second, *_ = (*node.arguments, None, None)
    if not isinstance(first, t.Number) or second is None or second.span.start != first.span.end + 1:
        return None
    whole, behind = first.span.text, second.span.text
    if not whole.isdigit() or not behind[:1].isdigit():
        return None
    comma = Span(node.span.source, first.span.end, second.span.start)
    return f"{whole}.{behind}", Fix((Edit(comma, "."),), True)


def turned(function: Function, node: t.Call, things: Any) -> tuple[Help, Fix] | None:
    """`transpose(k)`, whose last two axes change places; `transpose(2, 0, 1)`, which is a permutation."""
    if function.name not in TURNS or not things or not is_tensor(things[0]):
        return None
    name, rank, last = node.function.span, things[0].type.rank, node.span.end - 1
    axes = [raw(thing) for thing in things[1:] if isinstance(thing, Known)]
    if len(things) - len(axes) == 1 and rank > 1 and (lost := axes_lost(axes, rank)):
        written = ", ".join((*(one.span.text for one in node.arguments), lost))
        edit = Edit(Span(name.source, last, last), f"{', ' * bool(node.arguments)}{lost}")
        return advise("write", meant=f"{function.name}({written})"), Fix((edit,), False)
    if rank < 3 or sorted(axes, key=str) != [*range(rank)]:
        return None
    meant = f"permute{Span(name.source, name.end, node.span.end).text}"
    return advise("permutes", name=function.name, meant=meant), Fix((Edit(name, "permute"),), True)


def axes_lost(axes: list[Any], rank: int) -> str:
    """The axes that are not said of the last two, which change places."""
    if not axes:
        return "-2, -1"
    (axis, *more), last = axes, range(rank - 2, rank)
    if more or type(axis) is not int or not -rank <= axis < rank or axis % rank not in last:
        return ""
    other = sum(last) - axis % rank
    return str(other if axis >= 0 else other - rank)


def over_all(made: Made, values: list[Value]) -> Help | None:
    """`sum(y)`, where its result is joined with a tensor that has axes: over one of them was meant."""
    axes = max((rank_of(value.type) for value in values), default=0)
    for step in (made.get(value.number) for value in values if axes and not rank_of(value.type)):
        source = source_of(step)
        if not isinstance(step, Call) or step.function not in SUMS or step.span is None or source is None:
            continue
        if rank_of(source.type) == axes + 1 and len(step.arguments) == 1 and not step.keywords:
            text = " ".join(step.span.text.split())
            begin = text.removesuffix(")") if "(" in text else f"{text}("
            meant = f"{begin}1)" if begin.endswith("(") else f"{begin}, 1)"
            return advise("sums-all", step=text, step_line=step.span.line, meant=meant)
    return None


DECLARED = re.compile(r"(param|buffer)\b[^:\n]*?[ \t](\w+)[ \t]*:[ \t]*\[([^\[\]]*)\]")
PARTS = frozenset({"chunk", "tensor_split"})
NUMBERS = re.compile(r"[\d \t*+()-]+")
FURTHEST = 50  # steps that are looked back


def declared(made: Made, values: list[Value], axis: int) -> Help | None:
    """`param pos: [1, 16, dim]`, where 64 positions come: what it is to be, and where the number comes from."""
    for value, other in permutations(values[:2], 2):
        span: Any = getattr(made.get(value.number), "span", None)
        found = DECLARED.match(span.text) if span else None
        sizes = found[3].split(",") if found else []
        wanted = size_at(other.type, axis)
        if len(sizes) != rank_of(value.type) or rank_of(other.type) != len(sizes) or not isinstance(wanted, int):
            continue
        if found and NUMBERS.fullmatch(sizes[axis]):
            shape = ", ".join([*map(str.strip, sizes[:axis]), str(wanted), *map(str.strip, sizes[axis + 1 :])])
            what = {"name": found[2], "line": span.line, "meant": f"{found[1]} {found[2]}: [{shape}]"}
            return advise("declared-with", wanted=wanted, product=flattened(made, other, wanted), **what)
    return None


def flattened(made: Made, value: Value, wanted: int) -> str | None:
    """`8 * 8`, the maps of which so many positions were made."""
    here: Value | None = value
    for _ in range(FURTHEST):
        before = source_of(made.get(here.number)) if here else None
        sizes = before.type.shape[2:] if before and isinstance(before.type, TensorType) else ()
        if len(sizes) > 1 and all(isinstance(size, int) for size in sizes) and prod(sizes) == wanted:
            return " * ".join(map(str, sizes))
        here = before
    return None


def of_parts(made: Made, values: list[Value], axis: int) -> Help | None:
    """`i, f, o, g = chunk(gates, 4, 1)` of 48 channels, where each is to have 16."""
    for value, other in permutations(values[:2], 2):
        step, _ = maker_of(made, value, axis)
        source, wanted, piece = source_of(step), size_at(other.type, axis), size_at(value.type, axis)
        total = size_at(source.type, axis) if source else None
        if not isinstance(step, Call) or step.function not in PARTS or step.span is None or source is None:
            continue
        if not all(isinstance(size, int) for size in (wanted, piece, total)) or total % piece:
            continue
        count = total // piece
        layer = getattr(maker_of(made, source, axis)[0], "span", None)
        what = {"count": count, "total": total, "piece": piece, "wanted": wanted, "needed": count * wanted}
        return advise("parts-of", **written(step.span), **what, **(written(layer, "layer") if layer else {}))
    return None
