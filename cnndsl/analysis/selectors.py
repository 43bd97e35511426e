"""Checks what the rules of an init section name against the modules that a definition has."""

from __future__ import annotations

from _operator import itemgetter
from keyword import iskeyword

from ..graph import (
    BlockModule,
    DictModule,
    LayerModule,
    ListModule,
    Make,
    Maker,
    Module,
    Own,
    PartModule,
    Selector,
    SequentialModule,
    Step,
    TapsModule,
)  # fmt: skip
from ..layers import lookup
from ..layers.base import Layer
from ..lean import cached_property, lru_cache
from ..loops import every
from ..problems import CnnError, advise, fail
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Sequence
from .sites import children
from .things import Label, Origin, describe

if TYPE_CHECKING:
    from .statements import Statements


class Made:
    """What a definition makes, gone through once for all rules."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.found: dict[str | None, list[tuple[str, Module]]] = {}  # by types that selectors name
        self.meant: dict[Any, list[tuple[str, TensorType]]] = {}  # by these and the parameters' names

    @cached_property
    def modules(self) -> list[tuple[str, Module]]:
        """All modules, by path."""
        return modules_in(step for step in every(self.steps) if isinstance(step, Make))

    @cached_property
    def kinds(self) -> dict[Any, list[tuple[int, str, Module]]]:
        """The modules by the class of a layer or the name of a block, with their places among all."""
        found: dict[Any, list[tuple[int, str, Module]]] = {}
        for place, (path, module) in enumerate(self.modules):
            layer = type(getattr(module, "layer", None))
            kind = module.instance.definition if isinstance(module, BlockModule) else layer
            found.setdefault(kind, []).append((place, path, module))
        return found

    def of(self, selector: Selector) -> list[tuple[str, Module]]:
        """The modules of a selector's type, wherever they are, by path."""
        if selector.type not in self.found:
            self.found[selector.type] = self.sought(selector)
        return self.found[selector.type]

    def sought(self, selector: Selector) -> list[tuple[str, Module]]:
        wanted = lookup(selector.type or "")
        kinds = (kind for kind in self.kinds if kind == selector.type or (wanted and is_subclass(kind, wanted)))
        found = [entry for kind in kinds for entry in self.kinds[kind]]
        return [(path, module) for _, path, module in sorted(found, key=itemgetter(0))]

    def parameters(self, selector: Selector, name: str) -> list[tuple[str, TensorType]]:
        """The parameters of this name that modules of a selector's type have themselves, by path, with their types."""
        if (key := (selector.type, name)) not in self.meant:
            each = ((place, parameter) for place, module in self.of(selector) for parameter in parameters_in(module))
            self.meant[key] = [(f"{place}.{name}", kind) for place, (own, kind) in each if own == name]
        return self.meant[key]

    @cached_property
    def names(self) -> list[str]:
        """The paths of all parameters."""
        return [name for name, _ in names_below(self.steps)]

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """The layers whose parameters they are, by the paths of the parameters."""
        return {
            f"{path}.{weight.name}": module.layer
            for path, module in self.modules
            if isinstance(module, LayerModule)
            for weight in module.layer.weights()
        }

    @cached_property
    def weights(self) -> dict[str, TensorType]:
        """The types of all parameters, by path."""
        return dict(weights_below(self.steps, self.modules))


def is_subclass(kind: Any, wanted: type[Layer]) -> bool:
    return isinstance(kind, type) and issubclass(kind, wanted)


Placed = Sequence[tuple[Selector, Span]]


def check_selectors(placed: Placed, own: str, made: Made, conditional: bool) -> None:
    """Refuses a selector that names nothing, though a module of its type is there; raises CnnError."""
    for selector, span in placed:
        if selector.pattern is not None:
            known = made.names
            if not conditional and not any(map(fitting(selector.pattern), known)):
                raise fail("pattern-without-match", span, pattern=selector.pattern, **meant_by(selector.pattern, known))
            continue
        found = [*{id(module): module for _, module in made.of(selector)}.values()]
        mine = made.names if selector.type == own else ()
        known = sorted({*mine, *(name for module in found for name in weight_names(module))})
        path = ".".join(selector.path)
        meant = bool(found) or selector.type == own
        if meant and path not in known and not any(may_be_none(module, path) for module in found):
            from .suggest import near

            path_meant = GIVEN_AS.get(path, path)
            facts = {"nearest": path_meant} if path_meant in known else near(path, known)
            raise fail("unknown-parameter", span, type=selector.type, name=path, **facts)


GIVEN_AS = {"gamma": "weight", "beta": "bias", "kernel": "weight"}  # Keras' names
SHOWN = 4


def meant_by(pattern: str, known: list[str]) -> dict[str, object]:
    """The facts that help with a pattern that no parameter has: all of a module's, those that it has, or one that is
    called alike."""
    from .suggest import near

    if any(name.startswith(f"{pattern}.") for name in known):
        return {"nearest": f"{pattern}.*"}
    if (facts := near(pattern, known))["nearest"]:
        return facts
    module = pattern.rpartition(".")[0]
    own = [name for name in known if module and name.startswith(f"{module}.")]
    if not own or len(own) > SHOWN:
        return {"nearest": None}
    return {"nearest": None, "help": advise("parameters-are", module=module, names=[f"`{name}`" for name in own])}


def tally(collector: Any, span: Span, selectors: tuple[Selector, ...], own: str, made: Made) -> None:
    """Note whether a rule, at a place, sets anything here; one that never does is warned about."""
    collector.visits[span] += 1
    if any(selector.pattern is not None or selector.type == own or made.of(selector) for selector in selectors):
        return
    kinds = [*dict.fromkeys(str(selector.type) for selector in selectors)]
    if not any(may_be_made(kind, own, span.source.text) for kind in kinds):
        from .suggest import near

        known = [kind if isinstance(kind, str) else kind.__name__ for kind in made.kinds]
        facts = ("name", " or ".join(kinds)), ("nearest", near(kinds[0], known)["nearest"] or "")
        collector.fired["idle-rule", span, facts] += 1


@lru_cache(maxsize=256)
def may_be_made(kind: str, own: str, text: str) -> bool:
    """Whether other arguments, or a block of another file, may bring a module of this type: the text names it beside
    the rules, or the definition takes templates."""
    import re  # seldom needed

    head = rf"\b{own}[ \t]*\([^{{]*?\b[A-Z]"
    return any(re.search(pattern, text) for pattern in (rf"\b{kind}\b(?!\.)", head, r"(?m)^from\b"))


def fitting(pattern: str) -> Callable[[str], object]:
    """Says of a name whether a pattern means it."""
    import re
    from fnmatch import translate  # seldom needed

    return re.compile(translate(pattern)).match


def parameters_of(selectors: tuple[Selector, ...], own: str, made: Made) -> Iterator[tuple[str, TensorType]]:
    """The parameters that selectors mean, by path, with their types."""
    for selector in selectors:
        path = ".".join(selector.path)
        if selector.pattern is None and len(selector.path) == 1 and selector.type != own:
            yield from made.parameters(selector, path)
            continue
        known = made.weights
        if selector.pattern is not None:
            meant = list(filter(fitting(selector.pattern), known))
        else:
            meant = [f"{place}.{path}" for place, _ in made.of(selector)]
            meant += [path] if selector.type == own else []
        yield from ((name, known[name]) for name in meant if name in known)


def weights_below(steps: tuple[Step, ...], modules: list[tuple[str, Module]]) -> Iterator[tuple[str, TensorType]]:
    """The parameters that steps make, by path, with their types."""
    for step in every(steps):
        if isinstance(step, Own) and step.kind == "param":
            yield step.name, step.target.type
    for place, module in modules:
        yield from ((f"{place}.{name}", kind) for name, kind in parameters_in(module))


def parameters_in(module: Module) -> Iterator[tuple[str, TensorType]]:
    """The parameters of a module itself, with their types."""
    if isinstance(module, LayerModule):
        for weight in module.layer.weights():
            if weight.kind == "parameter":
                yield weight.name, TensorType(weight.shape, weight.dtype)
    elif isinstance(module, BlockModule):
        for step in every(module.instance.body):
            if isinstance(step, Own) and step.kind == "param":
                yield step.name, step.target.type


def may_be_none(module: Module, path: str) -> bool:
    """Whether an argument of this layer leaves the parameter out: such a rule skips it."""
    switches = {"bias": {"bias", "affine", "elementwise_affine"}, "weight": {"affine", "elementwise_affine"}}
    return isinstance(module, LayerModule) and bool(switches.get(path, set()) & module.layer.fields.keys())


def weight_names(module: Module) -> Iterator[str]:
    for name, owner in names_of(module, ""):
        if owner is not None:
            yield name


def names_below(steps: tuple[Step, ...], prefix: str = "") -> Iterator[tuple[str, Module | None]]:
    """The parameters that steps make, by path, with the module that each is of."""
    for step in every(steps):
        if isinstance(step, Own):
            yield prefix + step.name, None
        elif isinstance(step, Make):
            yield from names_of(step.module, prefix + step.path)


def names_of(module: Module, path: str) -> Iterator[tuple[str, Module | None]]:
    """A module's parameters, by path."""
    dotted = f"{path}." if path else ""
    if isinstance(module, LayerModule):
        yield from ((dotted + weight.name, module) for weight in module.layer.weights())
    elif isinstance(module, (SequentialModule, ListModule, DictModule)):
        for child in module.children:
            yield from names_of(child.module, dotted + child.name)
    elif isinstance(module, BlockModule):
        for name, owner in names_below(module.instance.body, dotted):
            yield name, owner or module
    elif isinstance(module, TapsModule):
        yield from names_below(module.cut.body, dotted)
    elif isinstance(module, PartModule):
        yield from names_of(module.module, path)


def modules_in(makes: Iterable[Make]) -> list[tuple[str, Module]]:
    """The modules that steps make, and those inside, by path, outer ones first."""
    found: list[tuple[str, Module]] = []
    left = [(step.path, step.module) for step in makes][::-1]
    while left:
        path, module = entry = left.pop()
        found.append(entry)
        dotted = f"{path}." if path else ""
        if isinstance(module, (SequentialModule, ListModule, DictModule)):
            left += [(dotted + child.name, child.module) for child in module.children[::-1]]
        elif isinstance(module, (BlockModule, TapsModule)):
            body = module.instance.body if isinstance(module, BlockModule) else module.cut.body
            left += [(dotted + step.path, step.module) for step in every(body) if isinstance(step, Make)][::-1]
        elif isinstance(module, PartModule):
            left.append((path, module.module))
    return found


def selector_is_label(node: t.Selector, path: str, body: Any) -> CnnError:
    """The problem of a rule that begins with a label: as a text, and by the type of the module."""
    label = node.path[0]
    made = next((one.value for one in labels_in(body) if getattr(one.target, "id", None) == label), None)
    made = made.function if isinstance(made, t.Call) else made
    kind = made.id if isinstance(made, t.Name) else None
    field = node.path[1] if len(node.path) == 2 else "weight"
    facts: dict[str, object] = {"text": ".".join(node.path), "path": path if len(node.path) > 1 else f"{path}.*"}
    return fail("selector-is-label", node.span, **facts, **({"type": f"{kind}.{field}"} if kind else {}))


def labels_in(nodes: Any) -> Iterator[t.Label]:
    for node in nodes:
        if isinstance(node, t.Label):
            yield node
        yield from labels_in(children(node))


def label_path(visit: Any, node: t.Selector) -> str:
    """What a selector that begins with a label would be as a string, if it does."""
    name = node.path[0]
    is_known = name[:1].isupper() or name in visit.names or name in visit.scope.items
    inside = None if is_known else next(paths_to(name, visit.body), None)
    return ".".join((*inside, *node.path[1:])) if inside else ""


def paths_to(label: str, nodes: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of a label in statements, and in the groups of theirs that have labels."""
    for node in nodes:
        if isinstance(node, t.Label) and isinstance(node.target, t.Name):
            here = (*above, node.target.id)
            if node.target.id == label:
                yield here
            yield from paths_to(label, node.value.body, here) if isinstance(node.value, t.Group) else ()
        else:
            yield from paths_to(label, children(node), above)


def selector_of(visit: Statements, node: t.Selector) -> Selector:
    if node.pattern is not None:
        return Selector(None, (), visit.text(node.pattern))
    text = ".".join(node.path)
    if path := label_path(visit, node):
        raise selector_is_label(node, path, visit.body)
    target = visit.find(t.Name(node.path[0], node.span))
    if isinstance(target, Label):
        path = target.path + text.removeprefix(node.path[0])
        raise selector_is_label(node, path, visit.body)
    if not isinstance(target, Maker):
        raise fail("selector-no-type", node.span, what=describe(target))
    if len(node.path) < 2:
        raise fail("selector-no-parameter", node.span, name=node.path[0])
    cls = target.target
    if any(iskeyword(part) for part in node.path):
        raise fail("unknown-parameter", node.span, type=node.path[0], name=".".join(node.path[1:]))
    if isinstance(cls, type) and issubclass(cls, Layer):
        return Selector(cls.__name__, node.path[1:], None)
    if isinstance(cls, Origin) and isinstance(cls.item, t.Definition):
        return Selector(cls.item.name.id, node.path[1:], None)
    raise fail("selector-no-type", node.span, what=describe(target))
