"""What is asked of a module as if it was one of Python's: `emb.weight`, `conv.shape`, `Conv2d(8, 3).relu()`.

Says how the same is written here. Loaded only for such an attribute.
"""

from __future__ import annotations

from ..functions import lookup as function_named
from ..functions import names as function_names
from ..graph import LayerModule, Maker
from ..layers.base import Layer
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Help, Problem, advise
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .hints import FREE
from .prefixes import python_prefix
from .things import Label

APPLIED = ("forward", "__call__")
CHAIN = re.compile(r"(?:\((?:[^()\n#]|\([^()\n#]*\))*\)|\.\w+)*[ \t]*(?:[;}#\r\n]|->|\Z)")  # `(1).Flatten()`, an end


def refused(node: t.Attribute, maker: Maker | None, python: tuple[str, str] | None, label: Label | None) -> CnnError:
    """The problem of an attribute of what makes a module, of one of Python's own prefixes, or of a label."""
    if maker is not None:
        return of_maker(node, maker)
    return python_prefix(*python, node) if python else of_module(node, label)


def of_maker(node: t.Attribute, maker: Maker) -> CnnError:
    """`Conv2d(8, 3).relu()`: what a module gives goes on by an arrow."""
    made, source = node.value.span, node.span.source
    help = advise("goes-on", meant=f"{made.told} -> {node.name}")
    before = source.text[source.line_starts[made.line - 1] : made.start]
    is_alone = FREE[0].search(before) and CHAIN.match(source.text, node.span.end)
    edit = Edit(Span(source, made.end, node.span.end - len(node.name)), " -> ")
    facts: dict[str, object] = {"what": f"a {maker.name}", "name": node.name, "help": help}
    return CnnError([Problem("no-attribute", node.span, facts, fix=Fix((edit,), True) if is_alone else None)])


def of_module(node: t.Attribute, label: Label | None) -> CnnError:
    """The problem of an attribute of a label; None for one that is not made yet."""
    called, name = node.value.span.text, node.name
    facts: dict[str, object] = {"what": f"the module `{called}`", "name": name}
    facts["help"] = meant(called, name, label)
    fix = Fix((Edit(node.span, called),), True) if name in APPLIED else None
    return CnnError([Problem("no-attribute", node.span, facts, fix=fix)])


def meant(called: str, name: str, label: Label | None) -> Help:
    layer = label.module.layer if label and isinstance(label.module, LayerModule) else None
    if layer is not None and (told := parameter(layer, name)):
        return told
    value: Any = getattr(layer, name, None) if layer is not None and name in layer.fields else None
    if isinstance(value, (int, float)):
        return advise("it-is-number", number=str(value))
    if name == "shape" or function_named(name) is not None:
        made = label.span.told if label else f"{called}: ..."
        return advise("asked-of-result", name=called, made=made, function=None if name == "shape" else name)
    return advise("module-is-applied", name=called)


def parameter(layer: Layer, name: str) -> Help | None:
    """How a parameter that another place needs, too, is declared, and given to the function that the layer calls."""
    shape = next((weight.shape for weight in layer.weights() if weight.name == name), None)
    if shape is None:
        return None
    word = type(layer).__name__.lower()
    function = next((one for one in function_names() if one.replace("_", "") == word), None)
    given = f"{function}(x, {name})" if function and name == "weight" else None
    return advise("shared-parameter", declared=f"param {name}: {list(shape)} = normal", given=given)
