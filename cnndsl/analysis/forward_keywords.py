"""Keywords beside tensors, `attention(x, x, x, attn_mask=mask)`: tensors that are given by the names that `forward`
has for them stand in their places from here on, and keywords that what is called does not have are refused.

Asked only where a module is given some, or a function refuses its arguments.
"""

from __future__ import annotations

from ..functions.base import Function
from ..graph import Maker
from ..layers.base import Layer
from ..problems import CnnError, Problem, advise, fail
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .loose_items import lacking, told
from .rows import one_row
from .signatures import keywords, of_function
from .suggest import near
from .things import Label, Origin


def placed(target: Any, node: t.Call, things: list[Any], options: list[tuple[str, Any]]) -> tuple[Any, Any]:
    """What a module is given by position, with the tensors that it takes by name, and what by keyword; or CnnError."""
    maker = target.maker if isinstance(target, Label) else target
    cls = maker.target if isinstance(maker, Maker) else None
    if isinstance(cls, type) and issubclass(cls, Layer) and (found := [*of_layer(cls, keywords(node))]):
        raise CnnError(found)
    inputs, named = inputs_of(cls), dict(options)
    for written in keywords(node):
        if written.name in inputs[: len(things)]:
            raise fail("argument-twice", written.span, layer=maker.name, name=written.name)
    missing = [name for name in inputs[len(things) :] if name not in named]
    if missing and any(name in named for name in inputs):
        message = f"{maker.name} takes {' and '.join(inputs)}, but is not given {' and '.join(missing)}"
        raise fail("misfit", node.span, message=message)
    by_name = [named.pop(name) for name in inputs if name in named]
    return (*things, *by_name), tuple(named.items())


def inputs_of(target: Any) -> tuple[str, ...]:
    """What the `forward` of a layer, or of a block of a file, calls its tensors."""
    if isinstance(target, type) and issubclass(target, Layer):
        return target.inputs
    if isinstance(target, Origin) and isinstance(target.item, t.Definition):
        declared = [one for one in target.item.body if isinstance(one, t.Input)]
        return () if any(one.starred for one in declared) else tuple(one.name.id for one in declared)
    return ()


def loose_or_unknown(error: CnnError, function: Function, node: Any, things: Any, named: Any) -> CnnError:
    """The error of a function or, where it has no argument of some names, the one that says so."""
    if named and isinstance(node, t.Call) and (found := [*of_function(node, function.name)]):
        return CnnError(found)
    if (meant := told(error, function, node, things, named)) is not error:
        return meant
    if not isinstance(node, t.Call):
        return lacking(error, function, node, things, named)
    if (meant := one_row(error, function.name, things)) is not error:
        return meant
    from .by_themselves import of_function as each
    from .misused import called_otherwise
    from .texts import by_name

    if (meant := called_otherwise(error, function, node, things)) is not error:
        return meant
    error = by_name(each(error, function, node, things, dict(named)), function, node, things, dict(named))
    return lacking(error, function, node, things, named)


def of_layer(cls: type[Layer], written: Iterable[t.Keyword]) -> Iterator[Problem]:
    known = (*cls.inputs, *cls.optional, *cls.options)
    for argument in written:
        if argument.name not in known:
            facts = {"layer": cls.__name__, "name": argument.name, **meant(argument, cls, known)}
            yield Problem("unknown-argument", argument.span, facts)


def meant(argument: t.Keyword, cls: type[Layer], known: tuple[str, ...]) -> dict[str, object]:
    """The facts that help: the keyword whose name is longer or shorter, or where else this one belongs."""
    name = argument.name
    if name in cls.fields:
        return {"help": advise("belongs-to-maker", meant=f"{cls.__name__}(..., {argument.span.text})")}
    if alike := [other for other in known if name in other] or [other for other in known if other in name]:
        *firsts, last = (f"`{other}`" for other in alike)
        help = advise("did-you-mean", others=", ".join(firsts), last=last)
        return {"help": help} if firsts else {"nearest": alike[0]}
    if (found := near(name, known)).get("nearest"):
        return found
    others = ", ".join(f"`{other}`" for other in known[len(cls.inputs) :])
    return {"help": advise("beside-tensors", names=others)}
