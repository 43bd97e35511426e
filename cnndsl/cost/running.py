"""Runs a graph on types, in the order of forward(): each layer and function writes its pass on the tape and is noted
as a `Leaf`. What variables refer to is alive; which those are, emit/ says. Adds nothing up.
"""

from __future__ import annotations

from .. import graph as g
from ..dims import Condition, Dim
from ..emit.at_sizes import put_in
from ..emit.dead_code import living
from ..emit.rendering import axes_in, flattened, leaves
from ..emit.variables import in_axes
from ..functions import lookup
from ..functions.passes import Passing, indexing, operation, passing
from ..limits import FILE, Taken
from ..problems import fail
from ..records import dataclass, replace
from ..shapes import Need, Size, TensorType
from ..tape import Held, Storage, Tape, constant, tensors
from ..typed import TYPE_CHECKING, Any, Iterable, Iterator, Mapping

if TYPE_CHECKING:
    from ..emit.variables import Variables


@dataclass(eq=False)
class Leaf:
    """One call of a layer or function: where, of what, what comes out, and its operations (None: not known)."""

    path: str  # of the layer; of a function that of the block that calls it
    module: g.LayerModule | g.ExternModule | g.Own | None
    name: str  # the class or function, or the operator
    output: g.Type
    macs: Size | None
    operations: Size | None
    inputs: Any = ()  # tensors as they lie in memory
    held: Any = None  # and what comes out
    call: Passing | None = None  # of a function


class Run:
    """One pass of a model in one mode, perhaps with numbers for free `sizes`. `written` are the variables of the
    generated code: without these, whatever nobody reads any more is gone. What it takes is `taken`."""

    def __init__(
        self,
        model: g.Model,
        training: bool,
        tape: Tape | None = None,
        written: Variables | None = None,
        sizes: Mapping[str, int] | None = None,
        taken: Taken | None = None,
    ) -> None:
        self.tape = tape or Tape(training)
        self.leaves: list[Leaf] = []
        self.worked: dict[tuple[int, ...], Any] = {}  # what `work` answered; what it was asked about stays alive there
        self.bodies: dict[int, tuple[g.Instance, tuple[Any, ...]]] = {}  # what forward() does for each, by identity
        self.undecided: list[Condition] = []  # what decides on free sizes
        self.written, self.sizes, self.model, self.taken = written, sizes or {}, model, taken
        self.names: Mapping[int, str] = {}  # of the values of the definition at hand
        self.variables: dict[str, Any] = {}  # and what they refer to
        self.blocks: dict[str, g.BlockModule | g.SequentialModule] = {}  # what each path is that holds others
        self.results: dict[tuple[str, int], g.Type] = {}  # of blocks: by path, and the identity of the last leaf inside
        self.inputs = tuple(entered(self.put(value.type)) for value in model.instance.inputs)
        self.result = self.instance(model.instance, "", self.inputs)

    # Definitions

    def instance(self, instance: g.Instance, prefix: str, inputs: Iterable[Any]) -> Any:
        """A call of a definition. What its caller gives, and its own variables, are there until it returns."""
        given = tuple(inputs)
        outer, self.names, self.variables = (self.names, self.variables), self.named(instance), {}
        values: dict[int, Any] = {}
        self.take(instance.inputs, given, values)
        if id(instance) not in self.bodies:
            self.bodies[id(instance)] = (instance, run_by(instance))
        returned = self.steps(self.bodies[id(instance)][1], prefix, values)
        result = returned[0] if returned else self.returned(instance.result, values)
        self.tape.holds(*tensors(given), *tensors(list(self.variables.values())))
        self.names, self.variables = outer
        return result

    def named(self, instance: g.Instance) -> Mapping[int, str]:
        return self.written.of(instance) if self.written else {}

    def returned(self, result: g.Result, values: Mapping[int, Any]) -> Any:
        found = tuple(self.operand(item, values) for _, item in result.items)
        return found[0] if result.kind == "one" else found

    def steps(self, steps: Iterable[Any], prefix: str, values: dict[int, Any]) -> list[Any]:
        """Runs steps; a list of one result if one of them returned."""
        for step in steps:
            kind = step.__class__
            if kind is g.Make:
                continue
            if kind is g.Branch:
                if returned := self.branch(step, prefix, values):
                    return returned
            elif kind is g.Own:
                values[step.target.number] = self.kept(step, prefix)
            else:
                self.bind(step.target, self.step(step, prefix, values), values)
        return []

    # Variables

    def take(self, targets: Iterable[g.Value], found: Iterable[Any], values: dict[int, Any]) -> None:
        for target, value in zip(targets, found, strict=True):
            self.bind(target, value, values)

    def bind(self, target: Any, found: Any, values: dict[int, Any]) -> None:
        if target.__class__ is g.Value:
            values[target.number] = found
            if target.number in self.names:
                self.assign(self.names[target.number], found)
        elif isinstance(target, tuple):
            for part, value in zip(target, found, strict=True):
                if part is None:
                    self.assign("_", value)
                else:
                    self.bind(part, value, values)

    def assign(self, name: str, found: Any) -> None:
        """What a variable referred to is there until this takes its place."""
        before = self.variables.get(name)
        if before is not found:
            if before is not None and not self.tape.just_read(before):
                self.tape.holds(*tensors(before))
            self.variables[name] = found

    def kept(self, step: g.Own, prefix: str) -> Held:
        type = step.target.type
        held = self.tape.parameter(type) if step.kind == "param" else constant(type)
        kind = "Parameter" if step.kind == "param" else "Buffer"
        self.leaves.append(Leaf(prefix + step.name, step, kind, step.target.type, 0, 0, (), held))
        return held

    def branch(self, step: g.Branch, prefix: str, values: dict[int, Any]) -> list[Any]:
        way = self.way(step.condition.value)
        if way is None:
            return self.unknown(step, values)
        result = step.then_result if way else step.otherwise_result
        if returned := self.steps(step.then if way else step.otherwise, prefix, values):
            return returned
        if result is not None:
            return [self.returned(result, values)]
        sources = (join.then if way else join.otherwise for join in step.joins)
        self.take([join.target for join in step.joins], [self.operand(source, values) for source in sources], values)
        return []

    def way(self, condition: Any) -> bool | None:
        return condition.subs(self.sizes).decide() if isinstance(condition, Condition) else self.tape.training

    def unknown(self, step: g.Branch, values: dict[int, Any]) -> list[Any]:
        """What a condition on free sizes decides is left out, and told."""
        self.undecided.append(step.condition.value)
        for join in step.joins:
            values[join.target.number] = outside(self.put(join.target.type), self.tape.grads)
        result = step.then_result or step.otherwise_result
        return [outside(self.put(tuple(type_of(item) for _, item in result.items)), self.tape.grads)] if result else []

    # Operands

    def operand(self, item: Any, values: Mapping[int, Any]) -> Any:
        """An operand as functions take it: tensors are Held, compile-time values plain."""
        if item.__class__ is g.Value:
            return values[item.number]
        if isinstance(item, g.Known):
            return self.operand(item.value, values)
        if isinstance(item, g.Cut):
            return slice(*(self.operand(part, values) for part in (item.start, item.stop, item.step)))
        if isinstance(item, (tuple, list)):
            return type(item)(self.operand(part, values) for part in item)
        return item.subs(self.sizes) if self.sizes and isinstance(item, Dim) else item

    def put(self, kind: g.Type) -> g.Type:
        """A type with the numbers put in."""
        return put_in(kind, self.sizes) if self.sizes else kind

    # Steps

    def step(self, step: Any, prefix: str, values: Mapping[int, Any]) -> Any:
        target = step.target
        output = self.put(target.type if target.__class__ is g.Value else type_of(target))
        if step.__class__ is g.Apply:
            inputs = tuple([self.operand(item, values) for item in step.inputs])
            options = {name: self.operand(item, values) for name, item in step.options} if step.options else {}
            return self.module(step.module, prefix + step.path, inputs, options, output)
        if isinstance(step, g.Unpack):
            return self.operand(step.source, values)
        return self.function(step, prefix, values, output)

    def function(self, step: Any, prefix: str, values: Mapping[int, Any], output: g.Type) -> Any:
        if isinstance(step, g.Call):
            arguments = [self.operand(item, values) for item in step.arguments]
            keywords = {name: self.operand(item, values) for name, item in step.keywords}
            call = passing(step.function, arguments, keywords)
            if is_partial(output):
                output = inferred(step.function, arguments, keywords)
        elif isinstance(step, g.Operate):
            call = operation(step.operator, [self.operand(item, values) for item in step.operands])
        else:
            source, items = self.operand(step.source, values), [self.operand(item, values) for item in step.items]
            if isinstance(source, (tuple, list)):  # one of several results, which no operation makes
                return source[items[0]]
            call = indexing(source, items)
        return self.called(call, prefix, output)

    def called(self, call: Passing, prefix: str, output: g.Type) -> Any:
        given = list(call.given.values())
        held = self.noted(call.trace, given, output)
        macs, operations = (0, 0) if self.tape.training else (call.macs(output), call.operations(output))
        self.leaves.append(Leaf(prefix.rstrip("."), None, call.name, output, macs, operations, given, held, call))
        return held

    def noted(self, trace: Any, inputs: Any, *arguments: Any) -> Any:
        """What a call writes on the tape bears the number of its leaf. Its inputs are there until it returns."""
        self.tape.place = len(self.leaves)
        before = len(self.tape.operators)
        made = trace(self.tape, *arguments)
        if len(self.tape.operators) > before + 1:
            self.tape.holds(*tensors(inputs))
        if self.taken is not None:
            self.spend(self.taken, len(self.tape.operators) - before)
        return made

    def spend(self, taken: Taken, steps: int) -> None:
        """Each operator is a step; raises CnnError past the limit."""
        taken.steps += steps
        if taken.is_spent():
            limit = FILE * taken.limit
            raise fail("too-many-steps", self.model.span, limit=limit, doing="working out what the network costs")

    # Modules

    def module(
        self, module: Any, path: str, inputs: tuple[Any, ...], options: Mapping[str, Any], output: g.Type
    ) -> Any:
        if module.__class__ is g.LayerModule:
            return self.layer(module, path, inputs, options, output)
        match module:
            case g.BlockModule():
                return self.block(module, path, self.instance(module.instance, f"{path}.", inputs))
            case g.SequentialModule():
                return self.block(module, path, self.sequence(module, path, inputs))
            case g.TapsModule():
                return self.block(module.whole, path, self.instance(module.cut, f"{path}.", inputs))
            case g.PartModule() if module.taps:
                return self.block(module.module, path, self.tapped(module.module, module.taps, path, inputs))
            case g.PartModule():
                return self.module(module.module, path, inputs, options, output)
        return self.extern(module, path, inputs, output)

    def block(self, module: Any, path: str, result: Any) -> Any:
        """Notes what ran, and what it gives."""
        self.blocks[path] = module
        if self.leaves:
            self.results[path, id(self.leaves[-1])] = put_in(typed(result), {})
        return result

    def sequence(self, module: g.SequentialModule, path: str, inputs: tuple[Any, ...]) -> Any:
        first = inputs
        for child in module.children:
            inputs = (self.module(child.module, f"{path}.{child.name}", inputs, {}, self.put(child.output)),)
        self.tape.holds(*tensors(first))
        return inputs[0]

    def tapped(self, module: Any, taps: tuple[str, ...], path: str, inputs: tuple[Any, ...]) -> Any:
        """A group that gives the values of some of its children."""
        found = {}
        for child in module.children:
            inputs = (self.module(child.module, f"{path}.{child.name}", inputs, {}, self.put(child.output)),)
            found[child.name] = inputs[0]
        return found[taps[0]] if len(taps) == 1 else tuple(found[name] for name in taps)

    def layer(
        self, module: g.LayerModule, path: str, inputs: tuple[Any, ...], options: Mapping[str, Any], output: g.Type
    ) -> Any:
        layer = module.layer
        if is_partial(output):
            output = layer.infer(Need(), *typed(inputs), **{name: typed(value) for name, value in options.items()})
        macs, operations = (0, 0) if self.tape.training else self.work(module, inputs, output)
        held = self.noted(layer.trace, inputs, inputs, output, options)
        self.leaves.append(Leaf(path, module, module.name, output, macs, operations, inputs, held))
        return held

    def work(self, module: g.LayerModule, inputs: Any, output: g.Type) -> tuple[Size, Size]:
        """Multiply-accumulates and other operations; asked once for each module as it is seen on these inputs."""
        types = typed(inputs)
        key = id(module), *map(id, types), id(output)
        found = self.worked.get(key)
        if found is None:
            layer = module.layer
            sizes = layer.macs(types, output), layer.operations(types, output)
            found = self.worked[key] = (*sizes, module, types, output)
        return found[:2]

    def extern(self, module: g.ExternModule, path: str, inputs: tuple[Any, ...], output: g.Type) -> Any:
        held = outside(output, self.tape.grads)
        self.leaves.append(Leaf(path, module, module.target.split(":")[-1], output, None, None, inputs, held))
        return held


# Steps


def run_by(instance: g.Instance) -> tuple[Any, ...]:
    """The steps that forward() has: what nobody reads is left out, as in the generated code."""
    steps = tuple(taken(instance.body))
    return living(steps, set(results(instance.result)), reads, results)


def taken(steps: Iterable[Any]) -> Iterator[Any]:
    """The steps with what was chosen in the place of choices."""
    for step in steps:
        if isinstance(step, g.Choice):
            yield from taken(step.body)
        elif isinstance(step, g.Branch):
            yield replace(step, then=tuple(taken(step.then)), otherwise=tuple(taken(step.otherwise)))
        else:
            yield step


def reads(step: Any) -> Iterator[int]:
    """The values that a step takes, or asks for a size."""
    return numbers([*leaves(step), *([step.condition] if isinstance(step, g.Branch) else ())])


def results(result: g.Result) -> Iterator[int]:
    return numbers(flattened([item for _, item in result.items]))


def numbers(items: Iterable[Any]) -> Iterator[int]:
    for item in items:
        if isinstance(item, g.Value):
            yield item.number
        else:
            yield from (int(name[1:].split(".")[0]) for name in axes_in(in_axes(item)))


# Values


def entered(kind: g.Type) -> Any:
    """An input of the model, which nobody asks a gradient of."""
    return nested(kind, lambda one: constant(one, "input"))


def outside(kind: g.Type, grads: bool) -> Any:
    """What comes from code that is not known."""
    return nested(kind, lambda one: Held(one, Storage(one), None, grads and one.is_float))


def nested(kind: g.Type, make: Any) -> Any:
    if isinstance(kind, TensorType):
        return make(kind)
    return tuple(nested(one, make) for one in kind) if isinstance(kind, (tuple, list)) else None


def typed(value: Any) -> Any:
    """The types of tensors, nested as these are."""
    if value.__class__ is Held:
        return value.type
    return type(value)(map(typed, value)) if isinstance(value, (tuple, list)) else value


def inferred(name: str, arguments: list[Any], keywords: Mapping[str, Any]) -> g.Type:
    """The whole type of a call of which only parts are used."""
    function = lookup(name)
    named = {name: typed(value) for name, value in keywords.items()}
    return function.infer(Need(), *typed(arguments), **named) if function else None


def type_of(target: Any) -> g.Type:
    if isinstance(target, g.Value):
        return target.type
    return tuple(map(type_of, target)) if isinstance(target, (tuple, list)) else None


def is_partial(kind: g.Type) -> bool:
    """Whether some part of a type is not known, because nobody uses it."""
    return kind is None or (kind.__class__ is tuple and any(map(is_partial, kind)))
