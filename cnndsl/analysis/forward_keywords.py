"""Keywords beside tensors, `attention(x, x, x, attn_mask=mask)`: those that what is called does not have.

Asked only where a module is given some, or a function refuses its arguments; of a file's own blocks nothing is said.
"""

from __future__ import annotations

from ..functions.base import Function
from ..graph import Maker
from ..layers.base import Layer
from ..problems import CnnError, Problem, advise
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .loose_items import told
from .signatures import keywords, of_function
from .suggest import near
from .things import Label


def refuse_unknown(target: Any, node: t.Call) -> None:
    """Raises CnnError with each keyword of a call that a layer does not have."""
    maker = target.maker if isinstance(target, Label) else target
    cls = maker.target if isinstance(maker, Maker) else None
    if isinstance(cls, type) and issubclass(cls, Layer) and (found := [*of_layer(cls, keywords(node))]):
        raise CnnError(found)


def loose_or_unknown(error: CnnError, function: Function, node: Any, things: Any, named: Any) -> CnnError:
    """The error of a function or, where it has no argument of some names, the one that says so."""
    if named and isinstance(node, t.Call) and (found := [*of_function(node, function.name)]):
        return CnnError(found)
    return told(error, function, node, things, named)


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
