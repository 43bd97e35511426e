"""A tiny interpreter of the typed graph on real tensors: the oracle that the generated source is compared with.

Builds torch's own modules from the graph's values and runs its steps. Uses nothing of `cnndsl.emit`, and no spelling:
a free size is computed from the shapes of the model's real inputs.
"""

from __future__ import annotations

import math
import operator
from collections import OrderedDict
from fnmatch import fnmatchcase
from importlib import import_module
from typing import Any

import torch
from torch import nn

from cnndsl import graph as g
from cnndsl.dims import Condition, Dim
from cnndsl.functions import lookup
from cnndsl.layers import lookup as layer_named
from cnndsl.shapes import TensorType

OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "@": operator.matmul, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
SIZES: dict[str, int] = {}  # the symbolic sizes of the call at hand


def interpret(model: g.Model) -> Net:
    """The model, built and ready to be called."""
    return Model(model.instance)


def carried(support: str, name: str) -> Any:
    """What a piece of source that generated files carry defines."""
    space: dict[str, Any] = {"torch": torch, "nn": nn, "math": math}
    exec(support, space)
    return space[name]


def raw(known: Any) -> Any:
    """A compile-time value as Python's; a free size as the number it is in this call."""
    value = known.value if isinstance(known, g.Known) else known
    if isinstance(value, g.LayerModule):
        return make(value)
    if isinstance(value, (list, tuple)):
        return type(value)(raw(item) for item in value)
    if isinstance(value, (Dim, Condition)):
        return value.at(SIZES)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def given(arguments: Any) -> tuple[list[Any], dict[str, Any]]:
    positional = [raw(a.value) for a in arguments if not a.keyword]
    return positional, {a.name: raw(a.value) for a in arguments if a.keyword}


class Net(nn.Module):
    """An instance of a definition."""

    def __init__(self, instance: g.Instance) -> None:
        super().__init__()
        self.instance = instance
        self.owned: dict[int, str] = {}
        for step in self.chosen(instance.body):
            if isinstance(step, g.Make):
                self.add_module(step.path, make(step.module))
            elif isinstance(step, g.Own):
                self.own(step)
        initialise(self, instance)

    def chosen(self, steps: Any) -> Any:
        """The steps that are there: compile-time branches are what they took."""
        for step in steps:
            yield from self.chosen(step.body) if isinstance(step, g.Choice) else (step,)

    def own(self, step: g.Own) -> None:
        self.owned[step.target.number] = step.name
        kind = step.target.type
        if isinstance(step.value, g.Built):
            values: dict[int, Any] = {}
            self.run(step.value.steps, values)
            tensor = values[step.value.result.number]
        else:
            tensor = torch.empty(raw(step.shape), dtype=getattr(torch, kind.dtype))
            if isinstance(step.value, g.Initialiser):
                fill(tensor, step.value, None)
            else:
                tensor.fill_(raw(step.value))
        if step.kind == "param":
            self.register_parameter(step.name, nn.Parameter(tensor))
        else:
            self.register_buffer(step.name, tensor, persistent=step.persistent)

    def forward(self, *inputs: Any) -> Any:
        values = {value.number: tensor for value, tensor in zip(self.instance.inputs, inputs, strict=True)}
        returned = self.run(self.instance.body, values)
        return returned[0] if returned else self.result(self.instance.result, values)

    # Steps

    def run(self, steps: Any, values: dict[int, Any]) -> list[Any]:
        """Runs steps; a list of one result if one of them returned."""
        for step in self.chosen(steps):
            if isinstance(step, g.Branch):
                if returned := self.branch(step, values):
                    return returned
            elif not isinstance(step, (g.Make, g.Own)):
                self.bind(step.target, self.compute(step, values), values)
        return []

    def branch(self, step: g.Branch, values: dict[int, Any]) -> list[Any]:
        way = self.training if step.condition.value == "training" else raw(step.condition)
        result = step.then_result if way else step.otherwise_result
        if returned := self.run(step.then if way else step.otherwise, values):
            return returned
        if result is not None:
            return [self.result(result, values)]
        for join in step.joins:
            values[join.target.number] = self.operand(join.then if way else join.otherwise, values)
        return []

    def bind(self, target: Any, found: Any, values: dict[int, Any]) -> None:
        if isinstance(target, tuple):
            for part, value in zip(target, found, strict=True):
                self.bind(part, value, values)
        elif target is not None:
            values[target.number] = found

    def compute(self, step: Any, values: dict[int, Any]) -> Any:
        def get(item: Any) -> Any:
            return self.operand(item, values)

        match step:
            case g.Apply():
                module = self.get_submodule(step.path)
                return module(*map(get, step.inputs), **{name: get(item) for name, item in step.options})
            case g.Call():
                return self.call(step, get)
            case g.Operate(operands=(only,)):
                return operator.neg(get(only))
            case g.Operate():
                return OPERATORS[step.operator](*map(get, step.operands))
            case g.Pick(name=str()):
                return get(step.source)[step.name]
            case g.Pick():
                items = tuple(map(get, step.items))
                return get(step.source)[items if len(items) > 1 else items[0]]
            case g.Unpack():
                return get(step.source)
        raise AssertionError(f"no step: {step}")

    def call(self, step: g.Call, get: Any) -> Any:
        function = lookup(step.function)
        assert function is not None, step.function
        arguments = [dtype(p, get(item)) for p, item in zip(padded(function.parameters), step.arguments, strict=False)]
        kinds = {p.name: p for p in function.parameters}
        keywords = {name: dtype(kinds.get(name), get(item)) for name, item in step.keywords}
        if function.training and "training" not in (*keywords, *list(kinds)[: len(arguments)]):
            keywords["training"] = self.training
        if function.target.startswith("."):
            return getattr(arguments[0], function.target[1:])(*arguments[1:], **keywords)
        return target_of(function)(*arguments, **keywords)

    def operand(self, item: Any, values: dict[int, Any]) -> Any:
        if isinstance(item, g.Value):
            return getattr(self, self.owned[item.number]) if item.number in self.owned else values[item.number]
        if isinstance(item, g.Cut):
            return slice(*(self.operand(part, values) for part in (item.start, item.stop, item.step)))
        if isinstance(item, (list, tuple)):
            return type(item)(self.operand(part, values) for part in item)
        return raw(item)

    def result(self, result: g.Result, values: dict[int, Any]) -> Any:
        found = [self.operand(item, values) for _, item in result.items]
        if result.kind in ("named", "dict"):
            return dict(zip((name for name, _ in result.items), found, strict=True))
        return found[0] if result.kind == "one" else tuple(found)


class Model(Net):
    """A whole model: its inputs say what the symbolic sizes are."""

    def forward(self, *inputs: Any) -> Any:
        SIZES.clear()
        for value, tensor in zip(self.instance.inputs, inputs, strict=True):
            bind_sizes(value.type, tensor)
        return super().forward(*inputs)


def bind_sizes(kind: Any, tensor: Any) -> None:
    if isinstance(kind, tuple):
        for part, item in zip(kind, tensor, strict=True):
            bind_sizes(part, item)
    elif isinstance(kind, TensorType):
        for size, actual in zip(kind.shape, tensor.shape, strict=True):
            linear = size.linear() if isinstance(size, Dim) else None
            if linear is not None and len(linear[0]) == 1:
                ((name, factor),) = linear[0].items()
                SIZES[name] = (actual - linear[1]) // factor


def padded(parameters: Any) -> Any:
    """The parameter of each positional argument: the last variadic one has all the rest."""
    yield from parameters
    while parameters:
        yield parameters[-1]


def dtype(parameter: Any, value: Any) -> Any:
    if parameter is not None and "Dtype" in parameter.annotation and isinstance(value, str):
        return getattr(torch, value.removeprefix("torch."))
    return value


def target_of(function: Any) -> Any:
    if function.support:
        return carried(function.support, function.target)
    found: Any = nn if function.target.startswith("nn.") else torch
    for part in function.target.split(".")[1:]:
        found = getattr(found, part)
    return found


# Modules


def make(module: g.Module) -> nn.Module:
    match module:
        case g.LayerModule():
            layer = type(module.layer)
            cls = carried(layer.support, module.name) if layer.support else getattr(nn, module.name)
            return cls(**{a.name: raw(a.value) for a in module.arguments})
        case g.BlockModule():
            return Net(module.instance)
        case g.SequentialModule():
            return nn.Sequential(OrderedDict((child.name, make(child.module)) for child in module.children))
        case g.ListModule():
            return nn.ModuleList([make(child.module) for child in module.children])
        case g.DictModule():
            return nn.ModuleDict({child.name: make(child.module) for child in module.children})
        case g.ExternModule():
            package, _, name = module.target.partition(":")
            positional, keywords = given(module.arguments)
            return getattr(import_module(package), name)(*positional, **keywords)
        case g.TapsModule():
            whole = Net(module.whole.instance)
            for name in module.dropped:
                delattr(whole, name)
            whole.instance = module.cut
            return whole
        case g.PartModule():
            return Net(module.whole.instance).get_submodule(module.path)
    raise AssertionError(f"no module: {module}")


# Initialisation


def initialise(net: Net, instance: g.Instance) -> None:
    """Each parameter by the last rule that means it, in the order of modules()."""
    if not instance.init:
        return
    for prefix, module in net.named_modules():
        for name, parameter in module.named_parameters(prefix, recurse=False):
            for rule in reversed([*rules_of(instance.init)]):
                if any(means(selector, net, name, parameter) for selector in rule.selectors):
                    fill(parameter, rule.initialiser, module)
                    break


def rules_of(init: Any) -> Any:
    for rule in init:
        yield from rules_of(rule.body) if isinstance(rule, g.Choice) else (rule,)


def means(selector: g.Selector, net: Net, name: str, parameter: Any) -> bool:
    if selector.pattern is not None:
        return fnmatchcase(name, selector.pattern)
    owners = [owner for owner in net.modules() if is_a(owner, selector.type or "")]
    return any(at_path(owner, selector.path) is parameter for owner in owners)


def is_a(module: nn.Module, name: str) -> bool:
    if isinstance(module, Net):
        return module.instance.definition == name
    if layer_named(name) is not None and hasattr(nn, name):
        return isinstance(module, getattr(nn, name))
    return type(module).__name__ == name


def at_path(module: Any, path: Any) -> Any:
    for part in path:
        module = getattr(module, part, None)
    return module


def fill(tensor: torch.Tensor, rule: g.Initialiser, module: Any) -> None:
    names: dict[str, Any] = {"module": module, "math": math}
    if module is not None and any("fan_" in str(s) for a in rule.arguments for s in a.value.spellings):
        names["fan_in"], names["fan_out"] = nn.init._calculate_fan_in_and_fan_out(module.weight)
    values = []
    keywords = {}
    for argument in rule.arguments:
        known = argument.value
        value = eval(known.spellings[0], names) if known.value is None and known.spellings else raw(known)
        if argument.keyword:
            keywords[argument.name] = value
        else:
            values.append(value)
    getattr(nn.init, f"{rule.function}_")(tensor, *values, **keywords)
