"""What gives the same whatever it takes, such as a softmax of one number, and what gives back what it takes, such as a
pool of one place. Loaded only where lint.py suspects some.
"""

from __future__ import annotations

from ..dims import Dim
from ..graph import Call, Known
from ..layers.base import Layer
from ..patterns import re
from ..shapes import TensorType
from ..source import Span
from ..typed import Any, Iterator, Mapping
from .lint import SOFTMAXES, Node, is_between

ALONG = {"softmax": "1", "softmin": "1", "logsoftmax": "0", "argmax": "0", "argmin": "0", "std": "NaN", "var": "NaN"}
OTHERWISE = {"return_indices": False, "divisor_override": None}  # a pool that gives something else
FURTHEST = 50  # steps that are looked back
A_ONE = re.compile(r"\b1\b")
Found = Iterator[tuple[str, Span, Any]]


def of_layer(layer: Layer, kind: Any, span: Span) -> Found:
    """What is wrong with a layer on an input of this type."""
    name = type(layer).__name__
    if layer.kind == "dropout":
        yield "drops-all", span, name
    elif layer.kind == "pooling":
        plain = all(getattr(layer, field, value) == value for field, value in OTHERWISE.items())
        if plain and not name.startswith("LP") and A_ONE.search(span.text):  # what came to be 1 may be more elsewhere
            yield "idle-pool", span, name
    elif isinstance(kind, TensorType) and layer.kind == "normalisation":
        yield from of_norm(name, layer, kind, span)
    elif isinstance(kind, TensorType):
        yield from along(name, getattr(layer, "dim", None), kind, span)


def of_norm(name: str, layer: Any, kind: TensorType, span: Span) -> Found:
    """A normalisation of single numbers."""
    groups, gives = getattr(layer, "num_groups", None), "0"
    if any(weight.name == "bias" for weight in layer.weights()):
        gives = "its bias"
    if groups is None and set(layer.normalized()) == {1}:
        axis = kind.rank - 1 if name == "LayerNorm" else 1
        yield "constant-result", span, facts(name, gives, f"along axis {axis} of {kind}", layer=name)
    elif groups is not None and groups == layer.num_channels and set(kind.shape[2:]) <= {1}:
        help = {"groups": name} if groups > 1 else {"layer": name}
        yield "constant-result", span, facts(name, gives, f"in each group of {kind}", **help)


def of_call(step: Call) -> Found:
    """What is wrong with a call of a function, whose `dim` stands second."""
    kind = getattr(step.arguments[0], "type", None) if step.arguments else None
    given = step.arguments[1] if len(step.arguments) > 1 else dict(step.keywords).get("dim")
    if step.span is None or not isinstance(kind, TensorType) or not isinstance(given, Known):
        return
    if step.function == "squeeze":
        if getattr(step.target, "type", None) == kind:
            yield from idle_squeeze(given.value, kind, step.span)
    elif len(step.arguments) < 3 and {name for name, _ in step.keywords} <= {"dim", "keepdim", "dtype"}:
        yield from along(step.function, given.value, kind, step.span)


def along(name: str, axis: Any, kind: TensorType, span: Span) -> Found:
    """A softmax, a place or a deviation of one number; a softmax of what is of different samples."""
    axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
    if axis in (0, -kind.rank) and name.lower().replace("_", "") in SOFTMAXES:
        from .axes import along_batch, begins_with_batch

        if begins_with_batch(kind):
            yield "softmax-over-batch", span, along_batch(name, kind)
    if not isinstance(axis, int) or not -kind.rank <= axis < kind.rank or kind.shape[axis] != 1:
        return
    word, place = name.lower().replace("_", ""), axis % kind.rank
    longer = [other for other in range(1, kind.rank) if kind.shape[other] != 1]
    help = {"meant": f"{name}(dim={longer[0]})"} if len(longer) == 1 else {}
    if not help and word in ("argmax", "softmax", "logsoftmax"):
        help = {"place" if word == "argmax" else "classes": "2"}
    yield "constant-result", span, facts(name, ALONG[word], f"along axis {place} of {kind}", **help)


def facts(name: str, gives: str, where: str, **help: str) -> Any:
    return (("name", name), ("gives", gives), ("where", where), *help.items())


def idle_squeeze(dims: Any, kind: TensorType, span: Span) -> Found:
    """Nothing is dropped where no axis that is named has size 1."""
    named = dims if isinstance(dims, (list, tuple)) else [dims]
    axis = named[0] % kind.rank if len(named) == 1 else None
    if axis is None:
        return
    ones = [place for place, size in enumerate(kind.shape) if size.__class__ is not Dim and size == 1]
    help = ("ones", str(ones if len(ones) > 1 else ones[0])) if ones else ("index", f"[{':, ' * axis}0]")
    yield "idle-squeeze", span, (("axis", str(axis)), ("size", str(kind.shape[axis])), ("shape", str(kind)), help)


def of_flatten(before: Node, node: Node, makers: Mapping[Any, Node]) -> Found:
    """A flatten of what a linear layer or another flatten gave; of a whole batch it would join that, too."""
    name, kind = node.layer if isinstance(node.layer, str) else "Flatten", node.input
    is_whole = re.search(r"\b1\b", node.span.text) is None if name == "flatten" else vars(node.layer)["start_dim"] != 1
    if not isinstance(kind, TensorType) or kind.rank != 2 or is_whole:
        return
    here: Node | None = before
    for _ in range(FURTHEST):
        here = makers.get(here.source) if here and is_between(here) else here
    if here is None or not (is_flattening(here) or getattr(here.layer, "kind", "") == "linear"):
        return
    for _ in range(FURTHEST):
        here = makers.get(here.source) if here and not is_flattening(here) else here
    made = makers.get(here.source) if here and is_flattening(here) else None
    facts = [("name", name), ("shape", str(kind)), ("stage", node.span.told)]
    if label := re.fullmatch(r"[a-z_]\w*", node.span.text):
        facts.append(("label", label[0]))
    elif IN_A_CHAIN.search(node.span.source.line(node.span.line)[: node.span.column - 1]):
        facts.append(("left_out", node.span.told))
    elif made is not None:
        facts += named_in(made.span)
    yield "idle-flatten", node.span, tuple(facts)


def is_flattening(node: Node) -> bool:
    return node.layer == "flatten" if isinstance(node.layer, str) else type(node.layer).__name__ == "Flatten"


IN_A_CHAIN = re.compile(r"[\w)\]}\"][ \t]*->[ \t]*(?:[\w\"]+[ \t]*:[ \t]*)?\Z")
LAST = re.compile(r"[ \t]*(?:#|;|\Z)")
STATEMENT = re.compile(r"(?:([a-z_]\w*)[ \t]*=[ \t]*)?[\w \t,.()=:>\"-]+")


def named_in(place: Span) -> list[tuple[str, str]]:
    """What the statement is called that ends with this stage, or how it is to be written with a name."""
    line, column = place.source.line(place.line), place.source.position(place.start)[1] - 1
    end = column + len(place.text)
    statement = STATEMENT.fullmatch(line[:end].strip()) if LAST.match(line, end) else None
    if statement is None:
        return [("line", str(place.line)), ("made", "...")]
    return [("start", statement[1])] if statement[1] else [("line", str(place.line)), ("made", statement[0])]
