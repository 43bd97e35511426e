"""What is wrong with a use of a block of the file: what was meant where its arguments are one list, or numbers for
one, or are called as parameters that stand elsewhere in its head; which argument is no template, or a fraction. Loaded
only where one is missing or wrong.
"""

from __future__ import annotations

from ..graph import Known, Maker, Type
from ..layers.base import MISSING
from ..problems import CnnError, Edit, Fix, Help, Problem, Related, advise, fail
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..syntax.brackets import BRACKET, BRACKETS
from ..typed import Any, Mapping
from .causes import list_of
from .hints import as_template, is_made
from .signatures import declared_here, written
from .sites import within
from .things import Thing, describe, raw


def missing(item: Any, maker: Maker, name: str, span: Span) -> CnnError:
    """The problem of a parameter that has no default and is given nothing."""
    facts: dict[str, object] = {"layer": maker.name, "name": name}
    if text := written(maker):
        facts["written"] = text
    found = one_by_one(item, maker) or by_their_names(item, maker)
    if found:
        facts["help"] = found[0]
    related: tuple[Related, ...] = (declared_here(item),)
    return CnnError([Problem("missing-argument", span, facts, related, fix=found[1] if found else None)])


def for_list(item: Any, maker: Maker) -> Help | None:
    """What to say where numbers are given one by one for a list that a block goes through: `Stage(2, 2, 2)`."""
    first = item.parameters[0].name.id if item.parameters else ""
    loops = [node for statement in getattr(item, "body", ()) for node in within(statement) if isinstance(node, t.For)]
    is_gone_through = any(getattr(list_of(loop), "id", "") == first for loop in loops)
    numbers = [raw(thing) for thing in maker.positional]
    if not is_gone_through or not all(isinstance(number, int) for number in numbers):
        return None
    return advise("list-is-wanted", name=first, meant=f"{maker.name}([{', '.join(map(str, numbers))}])")


def one_by_one(item: Any, maker: Maker) -> tuple[Help, Fix | None] | None:
    """`Unit([8, 16, 3])`, whose list has as many numbers as the block takes."""
    things, place = maker.positional, maker.spans.get(0)
    listed = things[0] if len(things) == 1 and not maker.keywords else None
    needed = sum(parameter.default is None for parameter in item.parameters)
    if not isinstance(listed, (list, tuple)) or place is None or not needed <= len(listed) <= len(item.parameters):
        return None
    if not all(isinstance(thing, (Known, Maker)) for thing in listed):
        return None
    meant = f"*{place.text}"
    help = advise("spread-by-star", meant=f"{maker.name}({meant})")
    return help, Fix((Edit(Span(place.source, place.start, place.start), "*"),), True)


def by_their_names(item: Any, maker: Maker) -> tuple[Help, None] | None:
    """`Unit(k, dilation)` of `block Unit(out, k, dilation)`: what is given is called as others of its parameters."""
    names = [parameter.name.id for parameter in item.parameters]
    spans = [maker.spans.get(place) for place in range(len(maker.positional))]
    texts = [span.text if span else "" for span in spans]
    is_moved = any(text != name for text, name in zip(texts, names, strict=False))
    if not texts or not is_moved or not {*texts} <= {*names} or len({*texts, *maker.keywords}) < len(maker.spans):
        return None
    given = {**{text: text for text in texts}, **{key: maker.spans[key].text for key in maker.keywords}}
    shown = [given[name] if "=" in given[name] else f"{name}={given[name]}" for name in names if name in given]
    lost = [p.name.id for p in item.parameters if p.default is None and p.name.id not in given]
    meant = ", ".join([*(f"{name}=..." for name in lost), *shown])
    return advise("write", meant=f"{maker.name}({meant})"), None


def at_arguments(error: CnnError, maker: Maker, item: Any, types: tuple[Type, ...]) -> CnnError:
    """The error, with what the body takes for a template, or a whole number, told where it is given."""
    names = [parameter.name.id for parameter in item.parameters]
    given = {**dict(zip(names, maker.positional, strict=False)), **maker.keywords}
    places = {names[key] if isinstance(key, int) else key: span for key, span in maker.spans.items()}
    defaults = {parameter.name.id: parameter.default for parameter in item.parameters}
    told = [at_argument(problem, given, places, defaults) for problem in error.problems]
    return CnnError([shifted(problem, maker, item, types) for problem in told])


def at_argument(problem: Problem, given: dict[str, Any], places: dict[str, Span], defaults: dict[str, Any]) -> Problem:
    """`Block(8, "relu")`: the problem of a stage `Act`, at the argument that it is."""
    name = problem.span.text.rpartition("=")[2].strip() if problem.span else ""
    if problem.code == "bad-argument" and name in places and isinstance(given[name], Known):
        return fraction(problem, name, given[name].value, places[name])
    is_given = name in places and describe(given[name]) == problem.facts.get("what")
    if problem.code not in ("value-as-stage", "not-callable") or not is_given or not isinstance(given[name], Known):
        return problem
    inner = [related for related in problem.related if related.code == "stage-here"]
    first = inner or [Related("stage-here", problem.span, {"name": name})] if problem.span else []
    usual = defaults.get(name)
    help = as_template(given[name], usual.span.text if usual and is_made(usual) else "ReLU")
    capital = name[:1].upper() + name[1:]
    if capital != name:
        help = advise("pass-template", name=help.facts["name"], meant=capital)
    facts = {**problem.facts, "name": name, "help": help}
    return replace(problem, code="value-as-stage", span=places[name], facts=facts, related=tuple(first))


def fraction(problem: Problem, name: str, value: object, place: Span) -> Problem:
    """`Block(8 / 2)`: the problem of a fraction that the block hands on as it is, at the argument that it is."""
    field, wanted, given = str(problem.facts.get("message")).partition(" must be an integer")
    if not wanted or not isinstance(value, float) or given != f", not {value!r}" or problem.span is None:
        return problem
    handed = [related for related in problem.related if related.code == "handed-here"]
    first = handed or [Related("handed-here", problem.span, {"name": name, "field": field})]
    facts = {**problem.facts, "message": f"{name}{wanted}{given}", "field": name}
    return replace(problem, span=place, facts=facts, related=tuple(first))


def shifted(problem: Problem, maker: Maker, item: Any, types: tuple[Type, ...]) -> Problem:
    """`Layer(dim, heads, 4 * dim)`: the problem of a later argument, at its place, where the size that comes in stands
    first, as torch has it."""
    names, spans = [parameter.name.id for parameter in item.parameters], maker.spans
    name = problem.span.text.rpartition("=")[2].strip() if problem.span else ""
    place = names.index(name) if name in names[1 : len(maker.positional)] else 0
    needed = sum(parameter.default is None for parameter in item.parameters)
    is_handed = problem.code == "bad-argument" and place in spans and place > 0 and needed < len(maker.positional)
    if not is_handed or problem.span is None or 0 not in spans or spans[0].text == names[0]:
        return problem
    from .torch_order import size_left_out

    kinds = [kind for kind in types if isinstance(kind, TensorType) and kind.rank > 1]
    help = next((help for kind in kinds if (help := size_left_out(kind, maker))), None)
    if help is None:
        return problem
    field, _, rest = str(problem.facts.get("message")).partition(" ")
    facts = {**problem.facts, "message": f"{name} {rest}", "field": name, "help": help}
    handed = Related("handed-here", problem.span, {"name": name, "field": field})
    return replace(problem, span=spans[place], facts=facts, related=(handed,))


def is_same_call(first: Span, then: Span) -> bool:
    """Whether no bracket is closed between an argument and a later one that was open at the first."""
    if first.source != then.source:
        return False
    depth = 0
    for match in BRACKET.finditer(first.source.text, first.end, then.start):
        depth += (match[0] in BRACKETS) - (match[0] in ")]}")
        if depth < 0:
            return False
    return True


def twice(maker: Maker, name: str, given: Mapping[str, Thing], span: Span) -> CnnError:
    """The problem for an argument that is given by position and by keyword; `given` are those before it."""
    first, place = (maker.spans.get(key, span) for key in ([*given].index(name), name))
    help = None
    if not is_same_call(first, place):  # that of the template
        fields = getattr(maker.target, "fields", {})
        lacking = (one for one, field in fields.items() if field.default is MISSING and field.axis is None)
        other = next((one for one in lacking if one not in given and one not in maker.keywords), None)
        help = advise("bound-by-place", name=name, meant=f"{other}={first.text}") if other else None
    related = () if first == place else (Related("first-here", first),)
    return fail("argument-twice", place, *related, layer=maker.name, name=name, help=help)
