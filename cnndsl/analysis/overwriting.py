"""What stages with `inplace=True` write over, and what autograd says to that: one visit of a definition, on the tape.

Looks at what the definition itself does. A block that it applies is looked at once for each visit of that: which of its
inputs it writes over or keeps, and what it gives.
"""

from __future__ import annotations

from .. import graph as g
from ..functions.passes import indexing, operation, passing
from ..problems import fail
from ..shapes import TensorType
from ..tape import Held, Storage, Tape, constant, tensors
from ..typed import Any, Callable, Iterable

SPLITTING = frozenset({"chunk", "split", "unbind"})  # one operator of several views, which no stage may write over


class Visit:
    """One visit. `found` are the stages that make a training step fail, and what they write over; raises CnnError for
    one that fails in any case. `blocks` are the visits to blocks, by the identity of their steps."""

    def __init__(self, steps: Any, inputs: Iterable[g.Value], result: g.Result, grads: bool, blocks: Any) -> None:
        self.steps, self.blocks = steps, blocks
        self.tape = Tape(training=True)
        self.inputs = [entered(value.type, grads) for value in inputs]
        self.values: dict[int, Any] = dict(zip((value.number for value in inputs), self.inputs, strict=True))
        self.reasons: dict[Storage, str] = {}  # what that is which must not change, of what lies here
        self.written: set[Storage] = set()
        self.found: list[tuple[Any, str]] = []
        self.run(steps)
        self.written &= {held.storage for held in tensors(self.inputs)}
        given = [self.operand(item) for _, item in result.items]
        self.result = given[0] if result.kind == "one" else tuple(given)

    # Steps

    def run(self, steps: Iterable[Any]) -> None:
        for step in steps:
            if isinstance(step, g.Choice):
                self.run(step.body)
            elif isinstance(step, g.Branch):
                self.branch(step)
            elif isinstance(step, g.Own):
                self.own(step)
            elif isinstance(step, g.Apply):
                self.apply(step)
            elif not isinstance(step, g.Make):
                self.bind(step.target, self.step(step))

    def branch(self, step: g.Branch) -> None:
        """What one arm does is nothing to the other."""
        before = dict(self.reasons)
        self.run(step.then)
        then, self.reasons = self.reasons, before
        self.run(step.otherwise)
        self.reasons |= then
        for join in step.joins:
            self.values[join.target.number] = self.values.get(join.then.number)

    def own(self, step: g.Own) -> None:
        held = self.tape.parameter(step.target.type) if step.kind == "param" else constant(step.target.type)
        self.values[step.target.number] = held
        if held.grad:
            self.reasons[held.storage] = f"the parameter `{step.name}`"

    def bind(self, target: Any, found: Any) -> None:
        if isinstance(target, g.Value):
            self.values[target.number] = found
        elif isinstance(target, tuple):
            parts = found if isinstance(found, (tuple, list)) else [None] * len(target)
            for part, one in zip(target, parts, strict=False):
                self.bind(part, one)

    def operand(self, item: Any) -> Any:
        if isinstance(item, g.Value):
            return self.values.get(item.number)
        if isinstance(item, g.Known):
            return self.operand(item.value)
        if isinstance(item, g.Cut):
            return slice(*map(self.operand, (item.start, item.stop, item.step)))
        return type(item)(map(self.operand, item)) if isinstance(item, (tuple, list)) else item

    def step(self, step: Any) -> Any:
        """What an operator, an index or a function gives."""
        if isinstance(step, g.Unpack):
            return self.operand(step.source)
        if isinstance(step, g.Call):
            given = [self.operand(item) for item in step.arguments], dict(step.keywords)
            call = passing(step.function, given[0], {name: self.operand(item) for name, item in given[1].items()})
        elif isinstance(step, g.Operate):
            call = operation(step.operator, [self.operand(item) for item in step.operands])
        else:
            source, items = self.operand(step.source), [self.operand(item) for item in step.items]
            if isinstance(source, (tuple, list)):
                return source[items[0]]
            call = indexing(source, items)
        made = self.leaf(step.span, call.name, type_of(step.target), lambda output: call.trace(self.tape, output))
        if call.name in SPLITTING:
            self.reasons |= dict.fromkeys((one.storage for one in tensors(made)), f"what {call.name} took apart")
        return made

    def leaf(self, span: Any, name: str, output: Any, trace: Callable[[Any], Any]) -> Any:
        """One call of a layer or function: what it writes over is looked at before what it keeps."""
        if is_partial(output):
            return entered(output, True)
        before = len(self.tape.operators)
        made = trace(output)
        shown = name if name.isidentifier() else f"`{name}`"
        for operator in self.tape.operators[before:]:
            if operator.written is not None:
                self.overwrite(operator.written, span)
            self.reasons |= dict.fromkeys(operator.kept, f"what {shown} keeps for its gradient")
        return made

    def overwrite(self, held: Held, span: Any) -> None:
        if any(stride == 0 and size != 1 for size, stride in zip(held.type.shape, held.strides, strict=True)):
            raise fail("repeated-in-memory", span, shape=str(held.type))
        if held.storage in self.reasons:
            self.found.append((span, self.reasons[held.storage]))
        self.written.add(held.storage)

    # Modules

    def apply(self, step: g.Apply) -> None:
        inputs = tuple(map(self.operand, step.inputs))
        options = {name: self.operand(item) for name, item in step.options}
        self.bind(step.target, self.module(step.module, step.span, inputs, options, type_of(step.target)))

    def module(self, module: Any, span: Any, inputs: Any, options: Any, output: Any) -> Any:
        match module:
            case g.LayerModule():
                trace = module.layer.trace
                return self.leaf(span, module.name, output, lambda output: trace(self.tape, inputs, output, options))
            case g.SequentialModule():
                for child in module.children:
                    inputs = (self.module(child.module, child.span or span, inputs, {}, child.output),)
                return inputs[0]
            case g.BlockModule():
                return self.block(module.instance, span, inputs)
        return entered(output, True)

    def block(self, instance: g.Instance, span: Any, inputs: Any) -> Any:
        grads = any(one.grad for one in tensors(inputs))
        key = id(instance.body) if grads else (id(instance.body), grads)
        if key not in self.blocks:
            self.blocks[key] = Visit(instance.body, instance.inputs, instance.result, grads, self.blocks)
        visit: Visit = self.blocks[key]
        here: dict[Storage, Storage] = {}
        for own, given in zip(tensors(visit.inputs), tensors(inputs), strict=False):
            here[own.storage] = given.storage
            if own.storage in visit.written:
                self.overwrite(given, span)
        made = moved(visit.result, here)
        self.reasons |= {here[storage]: reason for storage, reason in visit.reasons.items() if storage in here}
        return made


def entered(kind: Any, grads: bool) -> Any:
    """What comes from elsewhere, in memory of its own."""
    if isinstance(kind, TensorType):
        return Held(kind, Storage(kind, "input"), None, grads and kind.is_float)
    return tuple(entered(one, grads) for one in kind) if isinstance(kind, (tuple, list)) else None


def moved(value: Any, here: dict[Storage, Storage]) -> Any:
    """What a block gives, as who applies it holds it; `here` is where its memory is, and is told what is new."""
    if isinstance(value, Held):
        storage = here.setdefault(value.storage, Storage(value.storage.type))
        return Held(value.type, storage, value.strides, value.grad)
    return tuple(moved(one, here) for one in value) if isinstance(value, (tuple, list)) else value


def type_of(target: Any) -> Any:
    if isinstance(target, g.Value):
        return target.type
    return tuple(map(type_of, target)) if isinstance(target, (tuple, list)) else None


def is_partial(kind: Any) -> bool:
    """Whether some part of a type is not known, because nobody uses it."""
    return any(map(is_partial, kind)) if isinstance(kind, tuple) else kind is None
