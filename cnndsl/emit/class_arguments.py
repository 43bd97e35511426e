"""Classes as arguments: what a template decides, the constructor is given as a class. Merges and prints nothing."""

from __future__ import annotations

from ..graph import BlockModule, Instance, Known, LayerModule, Maker
from ..layers.base import Layer
from ..records import dataclass, field
from ..typed import Any, Iterable, Iterator, Sequence
from .names import snake_case

WORDS = {"activation": "activation", "normalisation": "norm", "convolution": "conv", "pooling": "pool"}


@dataclass(frozen=True)
class Kind:
    """A class: of torch's or of a text that the file carries (`made` is the layer's), or of a plan; or its function."""

    key: str
    made: Any = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        """How the file calls it, once all has been named."""
        return class_name(self.made) if isinstance(self.made, type) else str(self.made.name)

    @property
    def is_function(self) -> bool:
        return getattr(self.made, "kind", "") == "group"


@dataclass(frozen=True)
class Is:
    """Whether an argument is this class."""

    subject: Known
    kind: Kind


@dataclass(frozen=True)
class Together:
    """Conditions, each with the way that it goes, that hold together."""

    parts: tuple[tuple[Known, bool], ...]


def class_name(layer: type[Layer]) -> str:
    """Where the class of a layer is found: torch.nn, or the text that the file carries."""
    return layer.path or f"nn.{layer.__name__}"


def class_names(kinds: Iterable[Any]) -> list[str]:
    """What modules of such classes are to a type checker."""
    some = (kind for kind in kinds if isinstance(kind, Kind))
    return list(dict.fromkeys("nn.Sequential" if kind.is_function else kind.name for kind in some))


def kind_of(module: Any, plan: Any) -> Kind:
    """The class of a layer, or of a block that `plan` makes."""
    if isinstance(module, LayerModule):
        return Kind(module.name, type(module.layer))
    return Kind(f"{plan.definition} {id(plan)}", plan)


def word_for(modules: Sequence[Any], members: Sequence[Instance]) -> str:
    """What an argument is called that says of which class each of these is, None of those that are not there: as the
    author calls the template; '' where that is not known."""
    for parameter in members[0].parameters:
        if parameter.name[:1].isupper() and all(map(gives, templates_of(parameter.name, members), modules)):
            return snake_case(parameter.name)
    return ""


def general_word(modules: Sequence[Any]) -> str:
    """What such an argument is called otherwise."""
    if all(isinstance(module, BlockModule) and module.instance.kind == "block" for module in modules):
        return "block"
    kinds = {module.layer.kind for module in modules if isinstance(module, LayerModule)}
    return WORDS.get(kinds.pop(), "layer") if len(kinds) == 1 else "layer"


def templates_of(name: str, members: Sequence[Instance]) -> Iterator[Any]:
    for member in members:
        yield next((p.value.value for p in member.parameters if p.name == name), None)


def held_by(name: str, members: Sequence[Instance], site: int) -> list[Any] | None:
    """What a parameter of a definition, in whose text a place is, holds in each of its uses; None if it is none."""
    span = members[0].span
    if span is None or not span.start <= site < span.end or name not in (p.name for p in members[0].parameters):
        return None
    return list(templates_of(name, members))


def built_alike(one: Any, other: Any) -> bool:
    """Whether two templates make layers by the same arguments, those that are inferred, which give the same shapes."""
    if not isinstance(one, Maker) or not isinstance(other, Maker) or one.positional or one.keywords:
        return False
    layers = [template.target for template in (one, other)]
    if other.positional or other.keywords or not all(isinstance(t, type) and issubclass(t, Layer) for t in layers):
        return False
    told = [
        (t.kind, t.shape_rule(), [(n, t.fields[n].axis, t.fields[n].source) for n in t.inferred_fields()])
        for t in layers
    ]
    return told[0] == told[1]


def gives(template: Any, module: Any) -> bool:
    """Whether a template makes modules of this class."""
    if not isinstance(template, Maker) or module is None:
        return template is None and module is None
    if isinstance(module, LayerModule):
        return bool(template.target is type(module.layer))
    item = getattr(template.target, "item", None)
    return isinstance(module, BlockModule) and item is not None and item.name.id == module.instance.definition


def alike(one: Any, other: Any) -> bool:
    """Whether two modules are built by the same arguments, but for the class."""
    return type(one) is type(other) and given(one) == given(other)


def given(module: Any) -> list[Any]:
    """What is printed as arguments."""
    if isinstance(module, LayerModule):
        return list(module.arguments)
    known = getattr(module, "arguments", ())
    return [(slot.name, value) for slot, value in known if slot.default is None or slot.default != value]
