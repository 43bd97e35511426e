"""Activations right behind one another: the same twice, copies of one where those of a chain were meant, and what takes
the probabilities of a softmax for plain numbers. Loaded only where two stand so.
"""

from __future__ import annotations

from ..patterns import re
from ..typed import Any, Iterator, Mapping
from .lint import SOFTMAXES, Node, Told, activation, layers_by_word

TAKES_ANY = frozenset({*SOFTMAXES, "sigmoid", "logsigmoid"})  # numbers of any size and sign
COPIES = re.compile(r"[ \t]*\*[ \t]*(\w+)")


def of_activations(before: Node, node: Node, makers: Mapping[Any, Node]) -> Iterator[tuple[str, Any, Told]]:
    """Code, place and facts of what is wrong with the second of two activations."""
    first, second = activation(before.layer), activation(node.layer)
    if first in SOFTMAXES and second in TAKES_ANY and first != second:
        yield "softmax-taken", node.span, (("name", written(node)), ("first", written(before)))
    if first != second:
        return
    copies = COPIES.match(node.span.source.text, node.span.end) if before.span == node.span else None
    if copies is None:
        yield "activation-twice", node.span, written(node)
        return
    facts = (("name", written(node)), ("count", copies[1]))
    yield "activation-twice", node.span, facts
    earlier = makers.get(before.source)
    if earlier is None or earlier.span != node.span:  # all copies stand at one place: the first counts, too
        yield "activation-twice", node.span, facts


def written(node: Node) -> str:
    return node.layer if isinstance(node.layer, str) else layers_by_word()[type(node.layer).__name__.lower()]
