"""Calls beside what they call: before anything is elaborated, arguments that it does not have, and texts for numbers;
then what each parameter of a file's own blocks, models, functions and extern classes is given.

The former are told wherever they stand, also behind another mistake, and in definitions that no model uses: that looks
at what is written alone; what depends on a value is elaboration's business.
"""

from __future__ import annotations

from ..dims import Dim
from ..functions import lookup as function_named
from ..functions.base import Function
from ..functions.initialisers import INITIALISERS
from ..graph import Known, Maker
from ..layers import lookup as layer_named
from ..layers.base import Layer, to_flag
from ..lean import cache
from ..problems import CnnError, Problem, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Container, Iterator, Mapping
from .arithmetic import FUNCTIONS
from .gathering import POISONED, every
from .program import Scope, circle
from .sites import is_capitalised
from .things import NoFlow, Thing, describe, weight

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
    if isinstance(item, t.Alias) and circle(item, scope):
        raise fail(POISONED, span)
    names = [parameter.name.id for parameter in item.parameters]
    if len(maker.positional) > len(names):
        place = maker.spans.get(len(names), span)
        from .lacking import for_list
        from .torch_order import left_out_of_block

        help = left_out_of_block(visit.flow, maker) or (None if names else advise("no-parameters", name=maker.name))
        help = help or for_list(item, maker)
        facts: dict[str, object] = {"name": maker.name, "most": len(names), "inferred": (), "help": help}
        raise fail("too-many-arguments", place, declared_here(item), **facts)
    given: dict[str, Thing] = dict(zip(names, maker.positional, strict=False))
    known = frozenset(names)
    takes_more = isinstance(item, t.Alias) and not isinstance(item.value, t.Group)

    def take(name: str) -> None:
        place = maker.spans.get(name, span)
        if name in given:
            from .lacking import twice

            raise twice(maker, name, given, span)
        if name in known:
            given[name] = maker.keywords[name]
        elif not takes_more:
            facts = {"layer": maker.name, **unknown_argument(name, names, scope)}
            raise fail("unknown-argument", place, declared_here(item), **facts)

    every(maker.keywords, take)
    visit.session.tick(span, len(names) // 8)
    for thing in given.values():  # a list costs steps by its length
        visit.session.tick(span, weight(thing, {})[0] // 16)
    return visit.session.as_taken(item, scope, complete(visit, item, scope, given, maker, span))


def unknown_argument(name: str, names: list[str], scope: Scope) -> dict[str, object]:
    """The facts that help with an argument that an item of a file does not have."""
    from ..layers.synonyms import argument_meant
    from .suggest import SUGGESTED, nearest

    scope.unknown += 1
    if scope.unknown > SUGGESTED:
        return {"name": name, "nearest": None}
    meant = argument_meant(name, names) or nearest(name, names)
    known = ", ".join([*(f"`{known}`" for known in names[:NAMED]), *(["..."] if len(names) > NAMED else [])])
    return {"name": name, "nearest": meant, "help": advise("it-has", names=known) if known and not meant else None}


def complete(
    visit: Modules, item: Any, scope: Any, given: dict[str, Thing], maker: Maker, span: Span
) -> dict[str, Thing]:
    are_given = all([parameter.name.id in given for parameter in item.parameters])
    inner = visit if are_given else visit.child_visit(scope, {})  # for what is given nobody evaluates a default
    names: dict[str, Thing] = {} if are_given else inner.names

    def settle(position: int) -> None:
        parameter = item.parameters[position]
        name = parameter.name.id
        if name not in given:
            if parameter.default is None:
                names[name] = NoFlow(POISONED)
                from .lacking import missing

                raise missing(item, maker, name, span)
            try:
                given[name] = inner.static(parameter.default)
            except CnnError:
                names[name] = NoFlow(POISONED)  # to the defaults behind it
                raise
        default = span if parameter.default is None else parameter.default.span
        place = maker.spans.get(name, maker.spans.get(position, default))
        check_type(parameter, given[name], place)
        if isinstance(given[name], Maker) and not is_capitalised(parameter.name):
            from .capitals import small_template

            raise small_template(parameter, item, scope, place)
        names[name] = given[name]

    every(range(len(item.parameters)), settle)
    return {parameter.name.id: given[parameter.name.id] for parameter in item.parameters}


def check_head(visit: Modules, item: Any, scope: Any) -> None:
    """The types and defaults in a head, whatever is given to the others; raises CnnError."""
    given: dict[str, Thing] = {p.name.id: NoFlow(POISONED) for p in item.parameters if p.default is None}
    complete(visit, item, scope, given, Maker(item.name.id, item, (), {}), item.name.span)


def check_type(parameter: t.Parameter, thing: Thing, span: Span) -> None:
    """A parameter's declared type."""
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
        from .hints import as_template

        help = as_template(thing) if kind == "layer" else None
        raise fail("wrong-type", span, related, name=parameter.name.id, type=kind, what=describe(thing), help=help)


def declared_here(item: Any) -> Related:
    return Related("declared-here", item.name.span)


def extra_keywords(item: t.Alias, maker: Maker) -> Mapping[str, Thing]:
    """The keywords that an alias hands on to what it stands for."""
    names = {parameter.name.id for parameter in item.parameters}
    return {name: thing for name, thing in maker.keywords.items() if name not in names}


def told_type(kind: Any) -> str:
    """A type in a message; of several values, each."""
    return f"({', '.join(map(told_type, kind))})" if isinstance(kind, (list, tuple)) else str(kind)


def written(maker: Maker) -> str:
    """The arguments of a call as they are written."""
    return ", ".join(span.text for _, span in sorted(maker.spans.items(), key=lambda item: item[1].start))


def layer_refusal(
    maker: Maker, given: Any, types: Any, span: Span, error: Exception, options: Mapping[str, Any] | None = None
) -> CnnError:
    """A clear problem for a call that does not fit the layer's signature at all; `options` are given beside inputs."""
    cls: Any = maker.target
    for name, declared in cls.fields.items():
        if declared.axis is None and name not in given and repr(declared.default) == "<required>":
            from .one_list import too_few

            help, fix = too_few(maker, cls, types, name)
            facts = {"layer": cls.__name__, "name": name, "written": written(maker), "help": help}
            return CnnError([Problem("missing-argument", span, facts, fix=fix)])
    shown = ", ".join(map(told_type, types))
    if len(types) > (wanted := len(cls.inputs)):
        many = "one input" if wanted == 1 else f"{wanted} inputs"
        message = f"{cls.__name__} takes {many}, not {len(types)}: {shown}"
        help = advise("join-before")
        if getattr(cls, "has_cell", False) and len(types) == 3:
            help = advise("states-in-brackets", call=f"{cls.__name__}({written(maker)})")
        return fail("misfit", span, message=message, help=help)
    reason = f": {error}" if len(types) == len(cls.inputs) else f"; it takes {' and '.join(cls.inputs)}"
    kept = (f"{name}={getattr(thing, 'name', None) or '...'}" for name, thing in (options or {}).items())
    call = f"{cls.__name__}({written(maker)})({', '.join((*cls.inputs, *kept))})"
    help = advise("give-each", call=call) if len(types) < wanted else None
    message = f"{cls.__name__} cannot take {shown} alone{reason}".replace(" alone:", ":")
    if not types:
        message = f"{cls.__name__} is given no tensor here{reason}"
    return fail("misfit", span, message=message, help=help)


def layer_spans(maker: Maker, cls: type[Layer]) -> dict[Any, Span]:
    """Where each argument stands, by torch's name for it."""
    fields = cls.authored_fields()
    return {fields[key] if isinstance(key, int) else key: span for key, span in maker.spans.items() if
            not isinstance(key, int) or key < len(fields)}  # fmt: skip


PLAIN = {
    "int": "an integer",
    "float": "a number",
    "bool": "True or False",
}  # how a layer's fields are annotated, and what is said of a text
PADDINGS = ("same", "valid")  # texts beside numbers
NAMED = 40  # of the parameters of an item that are told
LINKS = 8  # names for names that are followed


def faulty_calls(nodes: list[Any], bound: set[str], scope: Scope) -> Iterator[Problem]:
    """A problem for each argument that what is called does not have. `bound` are the names of the definition's own."""
    for node in nodes:
        called = node.function if node.__class__ is t.Call and node.arguments else None
        if isinstance(called, t.Name) and called.id not in bound:
            yield from of_call(node, called.id, scope)


def of_call(node: t.Call, name: str, scope: Scope) -> Iterator[Problem]:
    taken: list[str] = []
    for _ in range(LINKS):
        item, scope = scope.items.get(name, (None, scope))
        if item is None:
            is_told = t.NAMELESS in scope.items  # what it names may be this
            if (cls := layer_named(name) or (None if is_told else layer_meant(name))) is not None:
                yield from of_layer(node, cls, taken)
            elif not taken and name not in FUNCTIONS and name not in INITIALISERS:
                yield from of_function(node, name)
            return
        behind = item.value if isinstance(item, (t.Alias, t.Const)) else None
        if isinstance(item, (t.Definition, t.Extern)) or isinstance(behind, t.Group):
            yield from of_item(node, item, taken, scope)
            return
        taken += [parameter.name.id for parameter in getattr(item, "parameters", ())]
        behind = behind.function if isinstance(behind, t.Call) else behind
        if not isinstance(behind, t.Name):
            return
        taken = taken or [""]  # what a name for it binds is not counted again
        name = behind.id


def layer_meant(name: str) -> type[Layer] | None:
    """The layer that other libraries call so: its arguments are looked at, whatever becomes of the name."""
    if not name[:1].isupper() or function_named(name) is not None:
        return None
    from ..layers.synonyms import NAMES, folded
    from .lint import layers_by_word

    return layer_named(layers_by_word().get(folded(name)) or NAMES.get(folded(name), "").partition("(")[0])


def keywords(node: t.Call) -> Iterator[t.Keyword]:
    return (argument for argument in node.arguments if isinstance(argument, t.Keyword))


def of_item(node: t.Call, item: Any, taken: list[str], scope: Scope) -> Iterator[Problem]:
    given = [*keywords(node)]
    own = [parameter.name.id for parameter in item.parameters] if given else []
    known = {*taken, *own}
    for argument in given:
        if argument.name not in known:
            facts = {"layer": item.name.id, **unknown_argument(argument.name, own, scope)}
            yield Problem("unknown-argument", argument.span, facts, (declared_here(item),))


def of_layer(node: t.Call, cls: type[Layer], taken: list[str]) -> Iterator[Problem]:
    """Keywords that a layer lacks, and texts for numbers and flags; what a name for it takes is known by its item."""
    there = {name for name, _, _ in given(node, cls.authored_fields())}
    for argument in keywords(node):
        if argument.name not in cls.fields and argument.name not in taken:
            facts = {"layer": cls.__name__, **keyword_facts(argument, cls, there)}
            yield Problem("unknown-argument", argument.span, facts)
    if taken:
        return
    for name, argument, span in given(node, cls.authored_fields()):
        is_plain = isinstance(argument, t.Text) and all(isinstance(part, str) for part in argument.parts)
        others = there if span == argument.span else cls.fields
        if is_plain and (facts := text_for_plain(cls, name, "".join(map(str, argument.parts)), others)):
            yield Problem("bad-argument", span, facts)


def keyword_facts(argument: t.Keyword, cls: type[Layer], there: Container[str]) -> dict[str, object]:
    """The facts that help with an argument that a layer does not have, beside those that are `there`."""
    from .suggest import argument_facts
    from .texts import INNER, inner_activation

    if cls.kind == "recurrent" and argument.name in INNER:
        return {"name": argument.name, "nearest": None, **inner_activation(argument.name, argument.value, cls)}
    facts = argument_facts(argument.name, cls.fields, argument.value)
    if (meant := facts.get("nearest")) in there and not facts.get("help"):
        return {"name": argument.name, "nearest": None, "help": advise("given-already", name=meant)}
    return facts


def text_for_plain(cls: Any, name: str, text: str, others: Container[str]) -> dict[str, object]:
    """What to say of a text where a layer takes a number or a flag; nothing if it takes neither, or a text too.

    `others` are the arguments that it cannot be."""
    if (wanted := PLAIN.get(annotations_of(cls).get(name, "").removesuffix(" | None"))) is None:
        return {}
    from .texts import text_facts

    facts = text_facts(text, cls, others) or {"help": to_flag(text) if wanted == PLAIN["bool"] else None}
    return {"message": f"{name} must be {wanted}, not {text!r}", "free": (), **facts}


def others_of(maker: Maker, cls: type[Layer], key: Any) -> Container[str]:
    """The arguments that what stands at a place cannot be; all, where it has a name."""
    return {*cls.authored_fields()[: len(maker.positional)], *maker.keywords} if isinstance(key, int) else cls.fields


def takes_text(target: Any, key: Any) -> bool:
    """Whether an argument of a layer, a function or an item of a file is a text; `key` is its place or name."""
    cls: Any = target
    if isinstance(cls, type) and issubclass(cls, Layer):
        name = key if isinstance(key, str) else next(iter(cls.authored_fields()[key : key + 1]), "")
        return "str" in annotations_of(target).get(name, "")
    if isinstance(target, Function):
        return any(parameter.name == key and "str" in parameter.annotation for parameter in target.parameters)
    parameters = getattr(getattr(target, "item", target), "parameters", ())
    found = [p for at, p in enumerate(parameters) if key in (at, p.name.id)]
    return any(p.type == "str" or isinstance(p.default, t.Text) for p in found)


def words_for_texts(node: t.Call, scope: Scope) -> Iterator[int]:
    """Where names stand among the arguments of a call that takes texts there."""
    name = node.function.id if isinstance(node.function, t.Name) else ""
    target = scope.items[name][0] if name in scope.items else layer_named(name) or function_named(name)
    for place, argument in enumerate(node.arguments):
        key, value = (argument.name, argument.value) if isinstance(argument, t.Keyword) else (place, argument)
        if isinstance(value, t.Name) and (takes_text(target, key) or (key == "padding" and value.id in PADDINGS)):
            yield value.span.start


def given(node: t.Call, fields: tuple[str, ...]) -> Iterator[tuple[str, Any, Span]]:
    """The arguments by the names of a layer's fields, with their places, as far as no list is spread among them."""
    place = 0
    for argument in node.arguments:
        if isinstance(argument, t.Spread):
            return
        if isinstance(argument, t.Keyword):
            yield argument.name, argument.value, argument.span
        elif place < len(fields):
            yield fields[place], argument, argument.span
            place += 1


@cache
def annotations_of(layer: Any) -> dict[str, str]:
    """What the fields of a layer hold, as its class and those that it is made of say."""
    found: dict[str, str] = {}
    for cls in reversed(getattr(layer, "__mro__", ())):
        found |= vars(cls).get("__annotations__", {})
    return found


def of_function(node: t.Call, name: str) -> Iterator[Problem]:
    """The keywords that a tensor function lacks."""
    function = function_named(name)
    if function is None or any(parameter.extra for parameter in function.parameters):
        return
    known = {parameter.name for parameter in function.parameters}
    for argument in (one for one in keywords(node) if one.name not in known):
        from .misused import lacked

        yield Problem("unknown-argument", argument.span, lacked(function, argument))


# What is known while templates are made


def refuse_unknown(maker: Maker, argument: t.Keyword, count: int) -> None:
    """Refuses an argument that a layer does not have, where the template is made; `count` stand there by position."""
    cls = maker.target
    if isinstance(cls, type) and issubclass(cls, Layer) and argument.name not in cls.fields:
        facts = keyword_facts(argument, cls, {*cls.authored_fields()[:count], *maker.keywords})
        raise fail("unknown-argument", argument.span, layer=maker.name, **facts)


def refuse_text(maker: Maker, key: Any, thing: Thing, span: Span) -> None:
    """Refuses a text in the place of a number or a flag, where the template is made."""
    cls = maker.target
    if not isinstance(thing, Known) or not isinstance(thing.value, str):
        return
    if isinstance(cls, type) and issubclass(cls, Layer):
        name = key if isinstance(key, str) else next(iter(cls.authored_fields()[key : key + 1]), "")
        if facts := text_for_plain(cls, name, thing.value, others_of(maker, cls, key)):
            raise fail("bad-argument", span, **facts)
