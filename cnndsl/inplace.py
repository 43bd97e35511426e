"""Which activations may write over their input, and the graph in which they do: `compile --inplace`.

A stage may where the memory that it reads was just made by the layer or operator before it, for it alone: nothing has
kept it for the backward pass, nothing reads it later, it is no result, no input, no parameter and no view. This is
seen on the tape of a whole pass (`cnndsl/tape/`), in training and in evaluation, for each way that conditions on free
sizes can go. A stage stands for a place in a definition: it changes only if every use of it, in every model of the
file, may.
"""

from __future__ import annotations

from itertools import islice

from . import graph as g
from .cost.running import Leaf, Run, run_by
from .dims import Condition
from .functions.passes import passing
from .functions.passes.layered import ALIKE, alike, built
from .layers.base import Layer
from .loops import Entry, Layout, Loop, every
from .records import dataclass, replace
from .tape import Held, Operator, Tape, tensors
from .typed import Any, Iterable, Iterator, Mapping

FLAG = "inplace"
WAYS = 64  # through a model: with more of them nothing is written over
FRESH = frozenset(
    {"convolution", "linear", "normalisation", "pooling"}
)  # kinds of layers that make memory of their own
MAKERS = frozenset({"+", "-", "*", "add", "sub", "mul", "cat", "stack"})  # functions that do, and keep none of it
Site = tuple[str, Any]  # a definition, and where in it: the path of a module, or the span of a call


def in_place(graph: g.Graph) -> g.Graph:
    """The graph with `inplace=True` wherever that is proved to be safe, and its author did not say otherwise."""
    sites = safe_sites(graph.models)
    if not any(sites.values()):
        return graph
    writer = Writer(frozenset(site for site, safe in sites.items() if safe))
    return replace(graph, models=tuple(replace(m, instance=writer.instance(m.instance)) for m in graph.models))


def safe_sites(models: Iterable[g.Model]) -> dict[Site, bool]:
    """All stages that could work in place, and whether each may, whichever way the conditions on free sizes go."""
    found: dict[Site, bool] = {}
    for model in models:
        for training in (True, False):
            passes = list(islice(watched(model, training), WAYS + 1))
            if len(passes) > WAYS:
                return {}
            for one in passes:
                found |= dict.fromkeys(one.unread, False)
                for stage in one.stages:
                    found[stage.site] = found.get(stage.site, True) and one.is_safe(stage)
    return found


def watched(model: g.Model, training: bool) -> Iterator[Watch]:
    """A pass for each way to go."""
    left: list[dict[Condition, bool]] = [{}]
    while left:
        ways = left.pop()
        one = Watch(model, training, ways)
        yield one
        for number, condition in enumerate(one.met):
            left.append({**ways, **dict.fromkeys(one.met[:number], True), condition: False})


@dataclass(frozen=True)
class Stage:
    """One run of an activation: the number of its leaf, and what it reads."""

    site: Site
    number: int
    held: Held


class Values(Tape):
    """A tape of what is read, not of what a variable still refers to."""

    def holds(self, *held: Held) -> None: ...


@dataclass(frozen=True)
class Frame:
    """A definition under way: paths that start with `start` are, in it, paths that start with `lead`."""

    definition: str
    start: str
    lead: str = ""


class Watch(Run):
    """A pass that notes the activations on its way."""

    def __init__(self, model: g.Model, training: bool, ways: Mapping[Condition, bool]) -> None:
        self.ways = ways
        self.met: list[Condition] = []  # of which nothing was said: they go the first way
        self.stages: list[Stage] = []
        self.unread: set[Site] = set()  # of which some run gives what nobody reads: it would write all the same
        self.frames: list[Frame] = []
        super().__init__(model, training, Values(training, grads=True))
        self.returns = {id(held.storage) for held in tensors(self.result)}
        self.makers = {id(made): n for n, operator in enumerate(self.tape.operators) for made in operator.made}

    # On the way

    def way(self, condition: Any) -> bool:
        found = super().way(condition)
        if found is not None or condition in self.ways:
            return self.ways[condition] if found is None else found
        self.met += [condition] if condition not in self.met else []
        return True

    def within(self, frame: Frame, run: Any, *arguments: Any) -> Any:
        self.frames.append(frame)
        result = run(*arguments)
        self.frames.pop()
        return result

    def instance(self, instance: g.Instance, prefix: str, inputs: Iterable[Any]) -> Any:
        runs = {id(step) for step in every(run_by(instance))}
        left = [step for step in every(instance.body) if isinstance(step, (g.Call, g.Apply)) and id(step) not in runs]
        self.unread |= {(instance.definition, s.span if isinstance(s, g.Call) else s.path) for s in left}
        return self.within(Frame(instance.definition, prefix), super().instance, instance, prefix, inputs)

    def sequence(self, module: g.SequentialModule, path: str, inputs: tuple[Any, ...]) -> Any:
        return self.within(self.group(module, path), super().sequence, module, path, inputs)

    def tapped(self, module: Any, taps: tuple[str, ...], path: str, inputs: tuple[Any, ...]) -> Any:
        return self.within(self.group(module, path), super().tapped, module, taps, path, inputs)

    def group(self, module: g.SequentialModule, path: str) -> Frame:
        return Frame(module.definition, path) if module.definition else self.frames[-1]

    def module(
        self, module: Any, path: str, inputs: tuple[Any, ...], options: Mapping[str, Any], output: g.Type
    ) -> Any:
        if not isinstance(module, g.PartModule):
            return super().module(module, path, inputs, options, output)
        frame = Frame(module.whole.instance.definition, path, module.path)
        return self.within(frame, super().module, module, path, inputs, options, output)

    def layer(
        self, module: g.LayerModule, path: str, inputs: tuple[Any, ...], options: Mapping[str, Any], output: g.Type
    ) -> Any:
        result = super().layer(module, path, inputs, options, output)
        if may_be_flagged(module):
            frame = self.frames[-1]
            self.note((frame.definition, frame.lead + path[len(frame.start) :]), inputs[0])
        return result

    def function(self, step: Any, prefix: str, values: Mapping[int, Any], output: g.Type) -> Any:
        result = super().function(step, prefix, values, output)
        if isinstance(step, g.Call) and step.span and (held := overwritable(step, values)):
            self.note((self.frames[-1].definition, step.span), held)
        return result

    def extern(self, module: g.ExternModule, path: str, inputs: tuple[Any, ...], output: g.Type) -> Any:
        """What code from outside does with its inputs, nobody knows: it keeps them."""
        storages = tuple(held.storage for held in tensors(inputs))
        self.tape.operators.append(Operator(len(self.leaves), (), storages, storages))
        return super().extern(module, path, inputs, output)

    def note(self, site: Site, held: Any) -> None:
        if isinstance(held, Held):
            self.stages.append(Stage(site, len(self.leaves) - 1, held))

    # Afterwards

    def is_safe(self, stage: Stage) -> bool:
        """Whether the memory was made right before, for this stage alone."""
        storage, leaf = stage.held.storage, self.leaves[stage.number]
        made = self.makers.get(id(storage))
        if made is None or id(storage) in self.returns or leaf.output != stage.held.type:
            return False
        maker = self.leaves[self.tape.operators[made].place]
        return maker.held is stage.held and makes_memory(maker) and self.is_alone(storage, stage.number)

    def is_alone(self, storage: Any, number: int) -> bool:
        """Whether nothing keeps it before the stage, and nothing reads or keeps it after."""
        operators = self.tape.operators
        here = next(n for n, operator in enumerate(operators) if operator.place == number)
        kept = any(storage in operator.kept for operator in operators[:here])
        return not kept and not any(storage in (*one.read, *one.kept) for one in operators[here + 1 :])


def overwritable(step: g.Call, values: Mapping[int, Any]) -> Held | None:
    """What a call reads that could work in place: as the layer could that does the same."""
    layer: type[Layer] | None = alike(step.function) if step.function in ALIKE else None
    if layer is None or FLAG not in layer.fields or any(name == FLAG for name, _ in step.keywords):
        return None
    plain = [item.value if isinstance(item, g.Known) else item for item in step.arguments]
    given = passing(step.function, plain, {name: getattr(item, "value", item) for name, item in step.keywords}).given
    source = given.pop("input", None)
    known = all(value is None or isinstance(value, (bool, int, float, str)) for value in given.values())
    positional = list(given).index(FLAG) + 1 < len(step.arguments) if FLAG in given else True
    may = known and not positional and built(layer, given).may_write_over()
    return values[source.number] if may and isinstance(source, g.Value) else None


def makes_memory(leaf: Leaf) -> bool:
    if isinstance(leaf.module, g.LayerModule):
        return leaf.module.layer.kind in FRESH
    return leaf.module is None and leaf.name in MAKERS


class Writer:
    """Writes the flag into every definition, each instance once."""

    def __init__(self, sites: frozenset[Site]) -> None:
        self.sites = sites
        self.done: dict[int, g.Instance] = {}

    def instance(self, instance: g.Instance) -> g.Instance:
        if id(instance) not in self.done:
            body = self.steps(instance.body, instance.definition)
            layout = self.written(instance.layout, instance.definition)
            self.done[id(instance)] = replace(instance, body=body, layout=layout)
        return self.done[id(instance)]

    def written(self, layout: Layout | None, definition: str) -> Layout | None:
        """How a body is written, in each of the ways that a class may choose from."""
        if layout is None:
            return None
        other = layout.otherwise
        other = other and replace(other, layout=self.written(other.layout, definition))
        return replace(layout, body=self.steps(layout.body, definition), otherwise=other)

    def steps(self, steps: tuple[g.Step, ...], definition: str) -> tuple[g.Step, ...]:
        return tuple(self.step(step, definition) for step in steps)

    def step(self, step: Any, definition: str) -> Any:
        match step:
            case g.Make():
                return replace(step, module=self.module(step.module, definition, step.path))
            case g.Choice():
                return replace(step, body=self.steps(step.body, definition))
            case g.Branch():
                then, otherwise = self.steps(step.then, definition), self.steps(step.otherwise, definition)
                return replace(step, then=then, otherwise=otherwise)
            case Loop():
                rounds = (replace(one, body=self.steps(one.body, definition)) for one in step.rounds)
                return replace(step, rounds=tuple(rounds))
            case g.Call() if (definition, step.span) in self.sites:
                return replace(step, keywords=(*step.keywords, (FLAG, g.Known(True))))
        return step

    def module(self, module: Any, definition: str, path: str) -> Any:
        match module:
            case g.LayerModule() if (definition, path) in self.sites and may_be_flagged(module):
                layer = type(module.layer)(**{**vars(module.layer), FLAG: True})
                return g.LayerModule(layer, (*module.arguments, g.Argument(FLAG, g.Known(True), True)))
            case g.BlockModule():
                return self.block(module)
            case g.SequentialModule() if module.definition:
                call = module.call and replace(module.call, block=self.block(module.call.block))
                return replace(self.children(module, module.definition, ""), call=call)
            case g.SequentialModule() | g.ListModule() | g.DictModule():
                return self.children(module, definition, path)
            case g.TapsModule():
                return replace(module, whole=self.block(module.whole), cut=self.instance(module.cut))
            case g.PartModule():
                part = self.module(module.module, module.whole.instance.definition, module.path)
                return replace(module, whole=self.block(module.whole), module=part)
        return module

    def block(self, module: g.BlockModule) -> g.BlockModule:
        return replace(module, instance=self.instance(module.instance))

    def children(self, module: Any, definition: str, path: str) -> Any:
        paths = [f"{path}.{child.name}" for child in module.children]
        children = [
            replace(child, module=self.module(child.module, definition, inner))
            for child, inner in zip(module.children, paths, strict=True)
        ]
        if not module.layout:
            return replace(module, children=tuple(children))
        return replace(module, children=tuple(children), layout=self.layout(module.layout, definition, iter(paths)))

    def layout(self, layout: tuple[Any, ...], definition: str, paths: Iterator[str]) -> tuple[Any, ...]:
        """How a group is written; its entries are its children in order."""
        return tuple(self.item(item, definition, paths) for item in layout)

    def item(self, item: Any, definition: str, paths: Iterator[str]) -> Any:
        if isinstance(item, Entry):
            return replace(item, module=self.module(item.module, definition, next(paths)))
        if isinstance(item, Loop):
            rounds = (replace(one, body=self.layout(one.body, definition, paths)) for one in item.rounds)
            return replace(item, rounds=tuple(rounds))
        return replace(item, body=self.layout(item.body, definition, paths))


def may_be_flagged(module: g.LayerModule) -> bool:
    """Whether this is an activation that lacks the flag; one place may hold other layers in other uses."""
    return module.layer.may_write_over() and all(argument.name != FLAG for argument in module.arguments)
