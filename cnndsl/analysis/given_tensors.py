"""What is said of a tensor among the arguments of a layer or block: that it goes in brackets of its own, and what it is
where its author meant something else by its name. Adds help and fixes to problems; finds none.
"""

from __future__ import annotations

from ..graph import Maker
from ..layers.base import MISSING, Layer
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Problem, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .forward_keywords import inputs_of
from .hints import helped, is_made
from .sites import is_long, within
from .things import Origin

PLAIN = (t.Number, t.Constant, t.Text, t.Keyword)  # arguments that are no tensors


def meant(error: CnnError, node: t.Call, maker: Maker, body: Any, is_stage: bool) -> CnnError:
    """The error of tensors among the arguments of a call in a body: where one comes from, or where it is to stand."""
    places = [problem.span for problem in error.problems if problem.code == "tensor-not-known"]
    for place, argument in enumerate(node.arguments):
        name: Any = argument.value if isinstance(argument, t.Keyword) else argument
        made: Any = value_of(name, body) if isinstance(name, t.Name) and name.span in places else None
        if isinstance(made, t.If) and (found := without_else(made, name)):
            return CnnError([found, *(problem for problem in error.problems if problem.span not in places)])
        if is_made(made) and takes_template(maker, argument.name if isinstance(argument, t.Keyword) else place):
            capital = name.id[:1].upper() + name.id[1:]
            help = advise("template-capitalised", made=f"{capital} = {made.span.text}", name=capital)
            return helped(error, "tensor-not-known", name.span, help, None, Related("made-here", made.span))
    is_plain = any(argument.span in places for argument in node.arguments)
    return applied(error, node, maker.target, is_stage) if is_plain else error


def value_of(name: t.Name, body: Any) -> Any:
    """What was last given a name in front of a place."""
    if is_long(body):
        return None
    given = [node for part in body for node in within(part) if isinstance(node, t.Assign)]
    before = [one for one in given if one.span.end <= name.span.start and [*map(named, one.targets)] == [name.id]]
    return before[-1].value if before else None


def named(target: Any) -> str:
    return target.id if isinstance(target, t.Name) else ""


def without_else(made: t.If, use: t.Name) -> Problem | None:
    """`width = if big { 64 }`: what flows, where `big` is false."""
    last, conditions = made, [made.condition.span.text]
    while last.otherwise is not None and len(last.otherwise) == 1:
        inner = getattr(last.otherwise[0], "value", last.otherwise[0])
        if not isinstance(inner, t.If):
            return None
        last, conditions = inner, [*conditions, inner.condition.span.text]
    if last.otherwise is not None:
        return None
    told = " and ".join(f"`{condition}`" for condition in conditions)
    is_are = "is" if len(conditions) == 1 else "are"
    message = f"this `if` has no `else`, so `{use.id}` is the tensor that flows here where {told} {is_are} false"
    value = made.body[0].value if len(made.body) == 1 and isinstance(made.body[0], t.Do) else None
    written = f"{use.id} = {value.span.text} if {conditions[0]} else ..." if value and last is made else None
    help = advise("otherwise-given", written=written)
    return Problem("tensor-not-known", made.span, {"message": message, "help": help}, (Related("read-here", use.span),))


def takes_template(maker: Maker, key: Any) -> bool:
    """Whether an argument is a template: a layer of layers' first one, or a parameter of a capitalised name."""
    if hasattr(maker.target, "element"):
        return key in (0, maker.target.element)
    item = maker.target.item if isinstance(maker.target, Origin) else None
    names = [parameter.name.id for parameter in getattr(item, "parameters", ())]
    return any(name[:1].isupper() for place, name in enumerate(names) if key in (place, name))


def applied(error: CnnError, node: t.Call, target: Any, is_stage: bool) -> CnnError:
    """`Linear(x, 10)`: a module takes its tensors in brackets of their own, behind `->` the one that this brings."""
    takes_one = len(inputs_of(target)) == 1
    places = [problem.span for problem in error.problems if problem.code == "tensor-not-known"]
    tensors = [argument for argument in node.arguments if argument.span in places]
    first, texts = tensors[0].span, [tensor.span.text for tensor in tensors]
    others = [other for other in node.arguments if other not in tensors]
    left_open = is_lacking(target, others)
    call = f"{node.function.span.text}({', '.join([*(other.span.text for other in others), *['...'] * left_open])})"
    listed = ", ".join(texts)
    if takes_one and len(tensors) > 1:
        listed = f"cat([{listed}], 1)"
    before = next(name for name in ("a", "x", "y") if name not in texts)
    meant = f"({before}, {listed}) -> {call.removesuffix('()')}" if is_stage else f"{call}({listed})"
    if takes_one and is_stage:
        help = advise("tensor-arrives", meant=f"-> {call.removesuffix('()')}")
    else:
        help = advise("tensors-together" if is_stage else "tensors-apart", meant=meant)
    is_sure = not is_stage and all(isinstance(other, PLAIN) for other in others) and "cat([" not in listed
    edit = Edit(Span(node.span.source, node.function.span.start, node.span.end), f"{call}({listed})")
    fix = Fix((edit,), True) if is_sure and not left_open and "#" not in node.span.text else None
    told = CnnError([problem for problem in error.problems if problem.span == first or problem.span not in places])
    return helped(told, "tensor-not-known", first, help, fix)


def is_lacking(target: Any, given: list[Any]) -> bool:
    """Whether these arguments are less than a layer or block needs: `Linear(x)`."""
    if isinstance(target, type) and issubclass(target, Layer):
        fields = [(name, one.default is MISSING and one.axis is None) for name, one in target.fields.items()]
        places = [name for name, one in target.fields.items() if one.axis is None and not one.keyword]
    elif isinstance(target, Origin) and not isinstance(target.item, t.Extern):
        parameters = target.item.parameters
        fields = [(one.name.id, one.default is None) for one in parameters]
        places = [one.name.id for one in parameters]
    else:
        return False
    by_name = {one.name for one in given if isinstance(one, t.Keyword)}
    by_place = places[: len(given) - len(by_name)]
    is_spread = any(isinstance(one, t.Spread) for one in given)
    return not is_spread and any(needed for name, needed in fields if name not in by_name and name not in by_place)


def other_count(item: t.Definition | t.Extern, count: int, span: Span, things: Any = ()) -> CnnError:
    """The refusal of more or fewer tensors than there are inputs, with the names of those that are missing."""
    if any(isinstance(one, t.Faulty) for one in getattr(item, "body", ())):  # which may be an input
        return fail("poisoned", span)
    given = [getattr(thing, "name", None) for thing in things] or [None] * count
    inputs = [one.name.id for one in getattr(item, "body", ()) if isinstance(one, t.Input)]
    wanted = len(getattr(item, "inputs", inputs)) or 1
    facts: dict[str, object] = {"name": item.name.id, "wanted": f"{wanted} input{'s' if wanted > 1 else ''}"}
    facts["given"] = f"{len(given)} {'is' if len(given) == 1 else 'are'}"
    left = [one for one in inputs if one not in given] if set(inputs) & set(given) else inputs[len(given) :]
    missing = left[len(left) - (wanted - len(given)) :] if len(given) < wanted else []
    names = iter(given)
    whole = [one if one in missing else next(names, None) for one in inputs]
    if missing and None not in whole and span.end_line == span.line:
        told = " and ".join(f"`{one}`" for one in missing)
        is_are = "is" if len(missing) == 1 else "are"
        tensors, called = f"({', '.join(map(str, whole))})", re.search(r"\(([\w, ]+)\)$", span.text)
        is_called = called and re.findall(r"\w+", called[1]) == given
        meant = f"{span.text[: called.start()]}{tensors}" if called and is_called else f"{tensors} -> {span.text}"
        facts["help"] = advise("inputs-missing", names=told, verb=is_are, meant=meant)
    related, fix = (Related("declared-here", item.name.span),) if inputs else (), None
    if len(given) < wanted:
        from .misgiven import apart

        facts["help"], fix = apart(things, wanted, span) or (facts.get("help"), None)
    return CnnError([Problem("wrong-input-count", span, facts, related, fix=fix)])
