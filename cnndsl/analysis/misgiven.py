"""What is said of tensors that a block's inputs are not declared for: which input it is, and what was meant: another
order, a dtype where the model declares the tensor, the parts of a pair. Loaded only for such errors; finds none.
"""

from __future__ import annotations

import re
from itertools import permutations

from ..graph import Value
from ..problems import CnnError, Edit, Fix, Help, Related, advise
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Sequence
from .several import leaves

MOST_INPUTS = 5  # of which every order is tried


def misgiven(visit: Any, error: CnnError, shape: t.Shape) -> CnnError:
    """The error of a tensor whose rank or dtype is not that of a block's input, with where that is declared."""
    nodes = [node for node in visit.body if isinstance(node, t.Input)]
    node = next((node for node in nodes if node.shape is shape), None)
    outer = getattr(visit, "outer", None)
    if node is None or outer is None:
        return error
    told, *others = error.problems
    given = [thing for thing in outer.feeding if isinstance(thing, Value)]
    facts, declared = dict(told.facts), [Related("input-here", node.span, {"name": node.name.id})]
    if len(given) == len(nodes) > 1 and (help := in_order(nodes, given, told.span)):
        facts["help"] = help
    elif told.code == "wrong-dtype" and outer.is_model and len(given) == len(nodes):
        place = outer.made.get(given[nodes.index(node)].number)
        if isinstance(place, t.Input) and place.shape and not place.shape.dtype:
            written = f"input {place.name.id}: {place.shape.span.text} {shape.dtype}"
            facts["help"] = advise("declared-with-dtype", meant=written, line=place.span.line)
            declared.append(Related("shape-here", place.span, {"shape": str(given[nodes.index(node)].type)}))
    return CnnError([replace(told, facts=facts, related=(*told.related, *declared)), *others])


def in_order(nodes: Sequence[t.Input], given: list[Value], span: Span | None) -> Help | None:
    """The order in which the tensors are as the inputs are declared, where there is one and all have names."""
    orders = permutations(given) if len(given) <= MOST_INPUTS else ()
    found = [order for order in orders if all(is_as_declared(*pair) for pair in zip(nodes, order, strict=True))]
    if len(found) != 1 or span is None or any(value.name is None for value in given):
        return None
    called = re.search(r"\([\w, ]+\)$", span.text)
    names = ", ".join(str(value.name) for value in found[0])
    is_called = called and re.findall(r"\w+", called[0]) == [value.name for value in given]
    meant = f"{span.text[: called.start()]}({names})" if called and is_called else f"({names}) -> {span.text}"
    return advise("in-this-order", meant=meant)


def is_as_declared(node: t.Input, value: Value) -> bool:
    """Whether a tensor has the rank and the dtype that an input is declared with."""
    if node.shape is None or not isinstance(value.type, TensorType):
        return False
    sizes = node.shape.sizes
    has_rest = any(isinstance(size, t.Rest) for size in sizes)
    fits = value.type.rank >= len(sizes) - 1 if has_rest else value.type.rank == len(sizes)
    return fits and (not node.shape.dtype or node.shape.dtype == value.type.dtype)


def apart(things: Any, wanted: int, span: Span) -> tuple[Help, Fix] | None:
    """`(y, state) -> Decoder`, where `state` is a pair and three inputs are wanted: `(y, *state) -> Decoder`."""
    pairs = [thing for thing in things if isinstance(getattr(thing, "type", None), tuple)]
    name = getattr(pairs[0], "name", None) if len(pairs) == 1 else None
    if name is None or len(things) - 1 + leaves(pairs[0].type) != wanted:
        return None
    text, line = span.source.text, span.source.line_starts[span.line - 1]
    start = max(line, text.rfind("\n", 0, span.start) + 1)
    tensors = re.search(r"\((?!.*->.*->).*\)[ \t]*->[ \t]*\Z", text[start : span.start])
    begin = start + tensors.start() if tensors else span.start
    found = re.search(rf"(?<=[(,])[ \t]*({name})(?=[ \t]*[,)])", text[begin : span.end])
    if found is None:
        return None
    place = begin + found.start(1)
    meant = f"{text[begin:place]}*{text[place : span.end]}"
    return advise("pair-apart", name=name, meant=meant), Fix((Edit(Span(span.source, place, place), "*"),), True)
