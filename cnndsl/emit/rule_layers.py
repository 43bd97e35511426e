"""Which parameters of a class a rule of `init { … }` means: those of its own, and of layers that can be told apart.

A layer that the class makes in one way of a condition alone is one of them. Writes no rule.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from ..graph import ExternModule, LayerModule, ListModule, Make, Own, Selector, SequentialModule
from ..layers import lookup
from ..lean import Counter
from ..loops import every
from ..records import dataclass
from ..typed import Any, Mapping, Sequence
from .contents import CALLS, called_class, inner_layers, is_layer, kinds_at, layers_in, owner_at, plans_in, way_to
from .expressions import negated, node_of, quoted
from .layout import flat
from .names import fresh
from .plans import Decision, Formatted, Plan, made_in, modules_in
from .rules import Test, Tests, conjunction
from .tested import Tested

WILD = frozenset("*?[")
Meant = tuple[Any, Tests]  # a parameter (of a type, or by path), and the tests by which it is that one
Asked = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A layer that is told apart from others: in a loop over modules by a test, outside by what says that it is there,
    if that is not sure."""

    path: str
    module: LayerModule
    test: Test
    there: Tests


class Parameters:
    """What the selectors of one class's rules mean."""

    def __init__(self, plan: Plan, arguments: Mapping[str, str], tested: Tested):
        self.plan, self.arguments = plan, arguments
        self.counted = Counter(path for path, _ in made_in(plan.body))
        self.told = {path for step in plan.body if isinstance(step, Decision) for path in tested.paths(step)}
        self.owned = [step.name for step in plan.body if isinstance(step, Own) and step.kind == "param"]
        self.roots: dict[str, tuple[Any, Tests]] = {}  # what the class makes, and what says that it is there
        self.layers: dict[str, Place] = {}  # in the order of `modules()`
        self.sets: dict[Any, str] = {}  # the names of those inside of blocks
        self.look(plan.body, ())

    def look(self, body: Sequence[Any], ways: Asked) -> None:
        for step in body:
            if isinstance(step, Decision):
                text = flat(node_of(step.condition, self.arguments))
                self.look(step.then, (*ways, text))
                self.look(step.otherwise, (*ways, negated(text)))
            elif isinstance(step, Make) and not isinstance(step.path, Formatted) and self.counted[step.path] == 1:
                self.roots[step.path] = (step.module, there := self.there(step.path, ways))
                places = (self.place(path, module, ways, there) for path, module in inner_layers((step,)))
                self.layers |= {place.path: place for place in places}

    def there(self, path: str, ways: Asked) -> Tests:
        """What says that a module is there which is made in these ways alone."""
        if ways and path in self.told:
            return (Test(f"self.{path} is not None", implied=frozenset(ways)),)
        return tuple(map(Test, ways))

    def place(self, path: str, module: LayerModule, ways: Asked, there: Tests) -> Place:
        text = f"module is {way_to(path)}"
        if ways and path not in self.told:  # else it is None, which is no module
            text = f"{conjunction(there)} and {text}"
        return Place(path, module, Test(text, path, frozenset(ways)), there)

    # By their paths

    def named(self, pattern: str) -> list[tuple[Place | None, str]] | None:
        """The parameters that a pattern means, each with its layer, or None beside one of the class's own; None if they
        are not all known."""
        owner = pattern.rpartition(".")[0]
        if not owner and not WILD & set(pattern):
            return [(None, pattern)] if pattern in self.owned else None
        places = [self.layers[owner]] if owner in self.layers else self.group(pattern)
        if places is None:
            return None
        named = [(place, field) for place in places for field in parameters_of(place.module)]
        return [(place, field) for place, field in named if fnmatchcase(f"{place.path}.{field}", pattern)]

    def group(self, pattern: str) -> list[Place] | None:
        """The layers of the group that a pattern is about, if it holds nothing else."""
        path = literal(pattern)
        module, _ = self.roots.get(path, (None, ()))
        children = module.children if isinstance(module, (SequentialModule, ListModule)) else ()
        if not children or not all(is_layer(child.module) for child in children):
            return None
        return [place for place in self.layers.values() if place.path.startswith(f"{path}.")]

    def in_blocks(self, pattern: str) -> list[Selector] | None:
        """What a pattern means in the blocks of one container, as what has a type and a path."""
        from .rule_patterns import in_blocks  # which few files need

        module, _ = self.roots.get(literal(pattern), (None, ()))
        return in_blocks(pattern, self.plan, module) if getattr(module, "children", ()) else None

    def is_behind(self, path: str, kinds: frozenset[str]) -> bool:
        """Whether a layer of the class itself comes behind all modules of some types, in the order of `modules()`."""
        steps = list(self.plan.body)
        at = next((n for n, step in enumerate(steps) if any(made == path for made, _ in made_in((step,)))), None)
        if at is None:
            return False
        beside = [step for step in every((steps[at],)) if isinstance(step, Make) and step.path != path]
        return not holds([*beside, *steps[at + 1 :]], kinds)

    # By the types of modules

    def of_types(self, selector: Selector, types: Sequence[str]) -> list[Meant] | None:
        """What a selector means, as names of types and of parameters that these have; None if that is not known. What
        is inside of blocks may be of all types, where blocks do not say of which it is."""
        if selector.pattern is not None:
            found = self.named(selector.pattern)
            if found is None and (inside := self.in_blocks(selector.pattern)) is not None:
                return [one for each in inside for one in self.of_types(each, types) or ()]
            if found is None or not all(place and lookup(place.module.name) and "." not in f for place, f in found):
                return None
            return [((place.module.name, field), (place.test,)) for place, field in found if place]
        if len(selector.path) == 1:
            return [((selector.type, selector.path[0]), ())]
        kinds = self.kinds_of(selector) or ["", *types]
        test = Test(f"module in {self.set_name(selector)}", selector)
        return [((kind, selector.path[-1]), (test,)) for kind in kinds]

    def set_name(self, selector: Selector) -> str:
        """What the layers of which a selector means a parameter are called."""
        key = selector.type, selector.path[:-1]
        if key not in self.sets:
            taken = {*self.arguments.values(), *self.sets.values()}
            short, whole = (f"{'_'.join(path)}_layers" for path in (selector.path[-2:-1], selector.path[:-1]))
            self.sets[key] = fresh(whole if short in taken else short, taken)
        return self.sets[key]

    def kinds_of(self, selector: Selector) -> list[str]:
        """Of which types the layers inside of blocks are; none if that is not known."""
        kinds = [kinds_at(plan.body, selector.path) for plan in plans_in(self.plan) if plan.definition == selector.type]
        known = {kind for found in kinds for kind in found or ()}
        return [] if None in kinds or None in map(lookup, known) else sorted(known)

    def owners(self, selector: Selector, typed: bool = True) -> list[Any]:
        """What has the parameter in each class of a definition."""
        plans = (plan for plan in plans_in(self.plan) if plan.definition == selector.type)
        return [owner_at(plan.body, selector.path, typed) for plan in plans]

    def parameter(self, selector: Selector) -> str | None:
        """How a parameter inside of `module` is written, if each module of the type has it."""
        whole = ".".join(selector.path)
        layers = [module.layer for module in self.layers_named(selector.type)]
        if layers and all(any(weight.name == whole for weight in layer.weights()) for layer in layers):
            return f"module.{whole}"
        for typed, text in ((True, f"module.{whole}"), (False, f"module.get_parameter({quoted(whole)})")):
            owners = self.owners(selector, typed)
            if owners and all(owners):
                return text
        return None

    def layers_named(self, name: str | None) -> list[LayerModule]:
        return [module for module in layers_in(self.plan.body) if module.name == name]


def literal(pattern: str) -> str:
    """The module that a pattern is about: `down` of `down.*`, or of `down.*.bias`."""
    return pattern[: min((pattern.find(sign) for sign in WILD if sign in pattern), default=0)].rpartition(".")[0]


def parameters_of(module: LayerModule) -> list[str]:
    return [weight.name for weight in module.layer.weights() if weight.kind == "parameter"]


def holds(body: Sequence[Any], kinds: frozenset[str]) -> bool:
    """Whether a body may make a module of some types, at any depth."""
    wanted = tuple(cls for cls in map(lookup, kinds) if cls)
    for module in modules_in(body):
        if isinstance(module, LayerModule):
            is_whole = not any("." in weight.name for weight in module.layer.weights())
            if module.name in kinds or isinstance(module.layer, wanted) or not is_whole:
                return True
        elif isinstance(module, CALLS):
            plan = called_class(module)
            if plan.definition in kinds or holds(plan.body, kinds):
                return True
        elif isinstance(module, ExternModule):
            return True
    return False
