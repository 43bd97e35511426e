"""Arguments to the parameters of a file's own blocks, models, functions and extern classes; those a layer lacks."""

from __future__ import annotations

from collections.abc import Mapping

from ..dims import Dim
from ..graph import Known, Maker
from ..layers.base import Layer
from ..problems import CnnError, Related, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any
from .arithmetic import weight
from .gathering import POISONED, every
from .state import nearest
from .suggest import written
from .things import NoFlow, Thing, describe

if TYPE_CHECKING:
    from .modules import Modules

TYPES: dict[str, tuple[type, ...]] = {
    "int": (int, Dim),
    "float": (float, int),
    "bool": (bool,),
    "str": (str,),
}


def bind_parameters(visit: Modules, item: Any, scope: Any, maker: Maker, span: Span) -> dict[str, Thing]:
    """A thing for each parameter, defaults filled in (they see the parameters before them); raises CnnError."""
    names = [parameter.name.id for parameter in item.parameters]
    if len(maker.positional) > len(names):
        place = maker.spans.get(len(names), span)
        raise fail("too-many-arguments", place, declared_here(item), name=maker.name, most=len(names), inferred=())
    given: dict[str, Thing] = dict(zip(names, maker.positional, strict=False))
    takes_more = isinstance(item, t.Alias) and not isinstance(item.value, t.Group)

    def take(name: str) -> None:
        place = maker.spans.get(name, span)
        if name in given:
            raise twice(maker, name, span)
        if name in names:
            given[name] = maker.keywords[name]
        elif not takes_more:
            raise fail(
                "unknown-argument", place, declared_here(item), layer=maker.name, **unknown_argument(name, names)
            )

    every(maker.keywords, take)
    for thing in given.values():  # a list costs steps by its length
        visit.session.tick(span, weight(thing, {}) // 16)
    return complete(visit, item, scope, given, maker, span)


def twice(maker: Maker, name: str, span: Span) -> CnnError:
    """The problem for an argument that is given by position and by keyword."""
    first, place = (maker.spans.get(key, span) for key in (0, name))
    is_late = first.source == place.source and first.start > place.start
    help = "what is given by position stands before what is given by keyword" if is_late else None
    return fail("argument-twice", place, layer=maker.name, name=name, help=help)


def unknown_argument(name: str, names: list[str]) -> dict[str, object]:
    """The facts that help with an argument that an item of a file does not have."""
    from ..layers.synonyms import argument_meant

    meant = argument_meant(name, names) or nearest(name, names)
    known = ", ".join(f"`{known}`" for known in names)
    return {"name": name, "nearest": meant, "help": f"it has {known}" if known and not meant else None}


def complete(
    visit: Modules, item: Any, scope: Any, given: dict[str, Thing], maker: Maker, span: Span
) -> dict[str, Thing]:
    inner = visit.child_visit(scope, {})

    def settle(position: int) -> None:
        parameter = item.parameters[position]
        name = parameter.name.id
        if name not in given:
            inner.names[name] = NoFlow(POISONED)
            if parameter.default is None:
                raise fail("missing-argument", span, declared_here(item), layer=maker.name, name=name)
            given[name] = inner.static(parameter.default)
        default = span if parameter.default is None else parameter.default.span
        place = maker.spans.get(name, maker.spans.get(position, default))
        check_type(parameter, given[name], place)
        inner.names[name] = given[name]

    every(range(len(item.parameters)), settle)
    return {parameter.name.id: given[parameter.name.id] for parameter in item.parameters}


def check_head(visit: Modules, item: Any, scope: Any) -> None:
    """The types and defaults in a head, whatever is given to the others; raises CnnError."""
    given: dict[str, Thing] = {p.name.id: NoFlow(POISONED) for p in item.parameters if p.default is None}
    complete(visit, item, scope, given, Maker(item.name.id, item, (), {}), item.name.span)


def check_type(parameter: t.Parameter, thing: Thing, span: Span) -> None:
    """A parameter's declared type, and that capitalised names hold templates."""
    kind = parameter.type
    if kind is None or (isinstance(thing, Known) and thing.value is None):
        return
    if kind not in (*TYPES, "list", "layer"):
        raise fail("unknown-type", parameter.span, type=kind)
    if isinstance(thing, NoFlow):  # nothing is known of it
        return
    if kind == "list":
        fits = isinstance(thing, (list, tuple))
    elif kind == "layer":
        fits = isinstance(thing, Maker)
    else:
        fits = isinstance(thing, Known) and isinstance(thing.value, TYPES[kind])
        fits = fits and (kind == "bool" or not isinstance(thing.value, bool))
    if not fits:
        related = Related("declared-here", parameter.span)
        raise fail("wrong-type", span, related, name=parameter.name.id, type=kind, what=describe(thing))


def declared_here(item: Any) -> Related:
    return Related("declared-here", item.name.span)


def extra_keywords(item: t.Alias, maker: Maker) -> Mapping[str, Thing]:
    """The keywords that an alias hands on to what it stands for."""
    names = {parameter.name.id for parameter in item.parameters}
    return {name: thing for name, thing in maker.keywords.items() if name not in names}


def layer_refusal(maker: Maker, given: Any, types: Any, span: Span, error: Exception) -> CnnError:
    """A clear problem for a call that does not fit the layer's signature at all."""
    cls: Any = maker.target
    for name, declared in cls.fields.items():
        if declared.axis is None and name not in given and repr(declared.default) == "<required>":
            return fail("missing-argument", span, layer=cls.__name__, name=name, written=written(maker))
    shown = ", ".join(map(str, types))
    if len(types) > (wanted := len(cls.inputs)):
        many = "one input" if wanted == 1 else f"{wanted} inputs"
        message = f"{cls.__name__} takes {many}, not {len(types)}: {shown}"
        return fail("misfit", span, message=message, help="join them before: `cat([a, b], 1)`, `a + b`")
    reason = f": {error}" if len(types) == len(cls.inputs) else f"; it takes {' and '.join(cls.inputs)}"
    help = f"give each: `{cls.__name__}({written(maker)})({', '.join(cls.inputs)})`" if len(types) < wanted else None
    message = f"{cls.__name__} cannot take {shown} alone{reason}".replace(" alone:", ":")
    return fail("misfit", span, message=message, help=help)


def layer_spans(maker: Maker, cls: type[Layer]) -> dict[Any, Span]:
    """Where each argument stands, by torch's name for it."""
    fields = cls.authored_fields()
    return {fields[key] if isinstance(key, int) else key: span for key, span in maker.spans.items() if
            not isinstance(key, int) or key < len(fields)}  # fmt: skip
