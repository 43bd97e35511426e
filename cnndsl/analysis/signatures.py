"""Calls beside what they call, before anything is elaborated: arguments that it does not have, texts for numbers.

So these are told wherever they stand, also behind another mistake, and in definitions that no model uses. Looks at
what is written alone; what depends on a value is elaboration's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ..functions import lookup as function_named
from ..functions.initialisers import names as initialiser_names
from ..graph import Known, Maker
from ..layers import lookup as layer_named
from ..layers.base import Layer
from ..problems import Problem, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .arithmetic import FUNCTIONS
from .parameters import declared_here, unknown_argument
from .program import Scope
from .suggest import argument_facts
from .things import Thing

NUMBERS = {"int": "an integer", "float": "a number"}  # how a layer's fields are annotated, and what is said of a text
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
            if (cls := layer_named(name) or layer_meant(name)) is not None:
                yield from of_layer(node, cls, taken)
            elif not taken and name not in FUNCTIONS and name not in initialiser_names():
                yield from of_function(node, name)
            return
        taken += [parameter.name.id for parameter in getattr(item, "parameters", ())]
        behind = item.value if isinstance(item, (t.Alias, t.Const)) else None
        if isinstance(item, (t.Definition, t.Extern)) or isinstance(behind, t.Group):
            yield from of_item(node, item, taken)
            return
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

    return layer_named(layers_by_word().get(folded(name)) or NAMES.get(folded(name), ""))


def keywords(node: t.Call) -> Iterator[t.Keyword]:
    return (argument for argument in node.arguments if isinstance(argument, t.Keyword))


def of_item(node: t.Call, item: Any, taken: list[str]) -> Iterator[Problem]:
    for argument in keywords(node):
        if argument.name not in taken:
            own = [parameter.name.id for parameter in item.parameters]
            facts = {"layer": item.name.id, **unknown_argument(argument.name, own)}
            yield Problem("unknown-argument", argument.span, facts, (declared_here(item),))


def of_layer(node: t.Call, cls: type[Layer], taken: list[str]) -> Iterator[Problem]:
    """Keywords that a layer lacks, and texts where it takes a number; what a name for it takes is known by its item."""
    for argument in keywords(node):
        if argument.name not in cls.fields and argument.name not in taken:
            facts = {"layer": cls.__name__, **argument_facts(argument.name, cls.fields)}
            yield Problem("unknown-argument", argument.span, facts)
    if taken:
        return
    for name, argument, span in given(node, cls.authored_fields()):
        is_plain = isinstance(argument, t.Text) and all(isinstance(part, str) for part in argument.parts)
        if is_plain and (facts := text_for_number(cls, name, "".join(map(str, argument.parts)))):
            yield Problem("bad-argument", span, facts)


def text_for_number(cls: Any, name: str, text: str) -> dict[str, object]:
    """What to say of a text where a layer takes a number; nothing if it takes no number, or a text too."""
    if (wanted := NUMBERS.get(annotations_of(cls).get(name, "").removesuffix(" | None"))) is None:
        return {}
    help = "write it without quotes" if text.isdigit() else None
    return {"message": f"{name} must be {wanted}, not {text!r}", "free": (), "help": help}


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
    """A keyword that a tensor function lacks; the first alone, for they share the place."""
    function = function_named(name)
    if function is None or any(parameter.extra for parameter in function.parameters):
        return
    known = {parameter.name for parameter in function.parameters}
    for argument in keywords(node):
        if argument.name not in known:
            error = function.unknown(argument.name)
            meant: dict[str, object] = {"argument": error.name, "nearest": error.meant}
            yield Problem("bad-call", node.span, {"name": name, "message": str(error), **meant})
            return


# What is known while templates are made


def refuse_unknown(maker: Maker, argument: t.Keyword) -> None:
    """Refuses an argument that a layer does not have, where the template is made."""
    cls = maker.target
    if isinstance(cls, type) and issubclass(cls, Layer) and argument.name not in cls.fields:
        facts = argument_facts(argument.name, cls.fields)
        raise fail("unknown-argument", argument.span, layer=maker.name, **facts)


def refuse_text(maker: Maker, key: Any, thing: Thing, span: Span) -> None:
    """Refuses a text in the place of a number, where the template is made."""
    cls = maker.target
    if not isinstance(thing, Known) or not isinstance(thing.value, str):
        return
    if isinstance(cls, type) and issubclass(cls, Layer):
        name = key if isinstance(key, str) else next(iter(cls.authored_fields()[key : key + 1]), "")
        if facts := text_for_number(cls, name, thing.value):
            raise fail("bad-argument", span, **facts)
