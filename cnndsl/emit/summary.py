"""What a graph says about a model: its facts in a few lines, and its layers with their weights. Imports no torch, runs
nothing. What they cost is told in `cnndsl/cost/`.
"""

from __future__ import annotations

from math import prod

from ..dims import Requirements
from ..graph import (
    Apply,
    Argument,
    BlockModule,
    Child,
    DictModule,
    ExternModule,
    Instance,
    Known,
    LayerModule,
    ListModule,
    Make,
    Maker,
    Model,
    Module,
    Own,
    PartModule,
    Result,
    SequentialModule,
    TapsModule,
    Value,
)
from ..layers.base import Weight
from ..lean import ChainMap
from ..loops import every
from ..records import dataclass
from ..shapes import TensorType
from ..source import Span
from ..typed import TYPE_CHECKING, Any, Iterable, Iterator, Mapping
from .sizes import met_type
from .wrapped import signature

if TYPE_CHECKING:
    from .at_sizes import At


@dataclass(frozen=True)
class Facts:
    """A model as its user meets it. Sizes are numbers, or expressions over the free sizes."""

    name: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, tuple[Any, ...]]
    outputs: Mapping[str, tuple[Any, ...]]
    requirements: tuple[str, ...]
    weights: int
    types: tuple[str, str]  # of the inputs and the outputs, as text
    at: At | None = None  # what it says to given sizes
    trained: Mapping[str, tuple[Any, ...]] | None = None  # the outputs in training, where these are others
    trained_type: str = ""
    dtypes: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})  # of the inputs and the outputs, by name
    promises: tuple[str, ...] = ()  # what the author says of the inputs, with `where`

    @property
    def line(self) -> str:
        return f"{self.name}: {' -> '.join(self.types)}, {self.weights:,} parameters"

    def __str__(self) -> str:
        more = [f"    {self.at}"] if self.at else []
        trained = [f"    gives {self.trained_type} (when training)"] if self.trained is not None else []
        needs = [f"    promised {text}" for text in self.promises]
        needs += [f"    needs {text}" for text in self.requirements]
        return "\n".join([*signature(self.line), *trained, *needs, *more])


@dataclass(frozen=True)
class Row:
    """A layer (or a parameter of a definition's own), where it is and what it gives."""

    path: str
    name: str
    output: Any
    weights: tuple[Weight, ...] | None  # None: not known, the layer comes from outside
    span: Span | None = None  # where it is made
    arguments: tuple[Argument, ...] | None = None

    @property
    def layer(self) -> str:
        """What was made, as a call."""
        return self.name if self.arguments is None else call_text(self.name, self.arguments)

    @property
    def parameters(self) -> int:
        return sum(prod(map(int, weight.shape)) for weight in self.weights or () if weight.kind == "parameter")


def said_at(model: Model, sizes: Mapping[str, int], outputs: Mapping[str, Any]) -> At:
    from .at_sizes import at

    return at(model, sizes, outputs)


def facts(model: Model, sizes: Mapping[str, int] | None = None, found: Iterable[Row] | None = None) -> Facts:
    """A model's signature, requirements and number of parameters, and what it says to some sizes. `found`: its rows."""
    instance = model.instance
    *training, evaluation = instance.modes or (instance.result,)
    outputs = typed_outputs(evaluation, model.requirements)
    needs = model.training_requirements or model.requirements
    trained = typed_outputs(training[0], needs) if training else None
    inputs = {value.name or f"input{i}": value.type for i, value in enumerate(instance.inputs)}
    types = (", ".join(type_text(value.type) for value in instance.inputs), types_text(outputs))
    return Facts(
        model.name,
        {parameter.name: plain(parameter.default or parameter.value) for parameter in instance.parameters},
        all_shapes(inputs),
        all_shapes(outputs),
        requirements(model),
        counted(instance, {}) if found is None else sum(row.parameters for row in found),
        types,
        said_at(model, sizes, outputs) if sizes else None,
        all_shapes(trained) if trained is not None else None,
        types_text(trained) if trained is not None else "",
        tuple({name: kind.dtype for name, kind in tensors(kinds)} for kinds in (inputs, outputs)),  # type: ignore[arg-type]
        tuple(map(str, model.promises)),
    )


def counted(instance: Instance, known: dict[int, int]) -> int:
    """The parameters of an instance; `known` holds those of the modules that were met before."""
    total = 0
    for step in every(instance.body):
        if isinstance(step, Own):
            total += own_row(step, "").parameters
        elif isinstance(step, Make):
            total += counted_module(step.module, known)
    return total


def counted_module(module: Module, known: dict[int, int]) -> int:
    key = id(module.instance if isinstance(module, BlockModule) else module)
    if key not in known:
        if isinstance(module, BlockModule):
            known[key] = counted(module.instance, known)
        elif isinstance(module, (SequentialModule, ListModule, DictModule)):
            known[key] = sum(counted_module(child.module, known) for child in module.children)
        else:
            known[key] = sum(row.parameters for row in module_rows(Child("", module), "", "", {}))
    return known[key]


def requirements(model: Model) -> tuple[str, ...]:
    """What the free sizes must fulfil; what holds for training alone says so."""
    always = model.requirements.marked
    training = model.training_requirements.marked if model.training_requirements else ()
    return (*always, *(f"{text} (when training)" for text in training if text not in always))


def typed_outputs(result: Result, requirements: Requirements) -> dict[str, Any]:
    """The types of the results, by the author's names where there are some."""
    items, found = result.items, {}
    for number, (name, value) in enumerate(items):
        own = value.name if isinstance(value, Value) and len(items) > 1 else None
        key = name or own or ("output" if len(items) == 1 else f"output{number}")
        found[key] = met_type(type_of(value), requirements)
    return found


def types_text(outputs: Mapping[str, Any]) -> str:
    return ", ".join(type_text(kind) for kind in outputs.values())


def all_shapes(outputs: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {name: kind.shape for name, kind in tensors(outputs)}


def tensors(kinds: Mapping[str, Any]) -> Iterator[tuple[str, TensorType]]:
    """The tensors in nested types; the parts of `name` are `name.0`, `name.1`, …"""
    for name, kind in kinds.items():
        if isinstance(kind, TensorType):
            yield name, kind
        elif isinstance(kind, (tuple, list)):
            yield from tensors({f"{name}.{number}": item for number, item in enumerate(kind)})


def type_of(target: Any) -> Any:
    """The type of a value, or of a tuple of values."""
    if isinstance(target, Value):
        return target.type
    return tuple(type_of(item) for item in target) if isinstance(target, (tuple, list)) else None


def type_text(kind: Any) -> str:
    if isinstance(kind, (tuple, list)):
        return f"({', '.join(type_text(item) for item in kind)})"
    return str(kind) if kind is not None else "-"


# Values


def plain(known: Known) -> Any:
    """A compile-time value as JSON can say it; templates and sizes as text."""
    value = known.value
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, float, str)):
        return value
    return int(value) if isinstance(value, int) else text(known)


def text(known: Any) -> str:
    """A compile-time value as an author would write it."""
    value = known.value if isinstance(known, Known) else known
    if isinstance(value, (list, tuple)):
        inner = ", ".join(text(item) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, Maker):
        given = [text(item) for item in value.positional]
        given += [f"{name}={text(item)}" for name, item in value.keywords.items()]
        return f"{value.name}({', '.join(given)})" if given else value.name
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, (str, bool, float)) or value is None else str(value)


def call_text(name: str, arguments: Iterable[Any]) -> str:
    given = [f"{a.name}={text(a.value)}" if a.keyword else text(a.value) for a in arguments]
    return f"{name}({', '.join(given)})"


# Layers


def rows(instance: Instance, seen: Instance | None = None, prefix: str = "") -> Iterator[Row]:
    """The layers of an instance in the order of building; `seen` is the same instance on the inputs it met."""
    applied: dict[str, Apply] = {}
    steps = every(instance.body)
    for step in steps if seen is None or seen is instance else every(seen.body):
        if isinstance(step, Apply):
            applied.setdefault(step.path, step)
    for step in steps:
        if isinstance(step, Own):
            yield own_row(step, prefix)
        elif isinstance(step, Make):
            yield from module_rows(Child(step.path, step.module, span=step.span), "", prefix, applied)


def own_row(step: Own, prefix: str) -> Row:
    kind = {"param": "parameter", "buffer": "buffer"}[step.kind]
    saved = kind if step.persistent else "unsaved"
    weight = Weight(step.name, tuple(step.target.type.shape), step.target.type.dtype, saved)
    return Row(prefix + step.name, kind.capitalize(), step.target.type, (weight,), step.span)


def module_rows(child: Child, above: str, prefix: str, applied: Mapping[str, Apply]) -> Iterator[Row]:
    """The layers in one module, which lies at `above` + its name in an instance that lies at `prefix`."""
    path = above + child.name
    step = applied.get(path)
    module, output = child.module, type_of(step.target) if step else child.output
    seen = (step and step.module) or module
    if isinstance(module, LayerModule):
        yield Row(prefix + path, module.name, output, module.layer.weights(), child.span, module.arguments)
    elif isinstance(module, ExternModule):
        yield Row(prefix + path, module.target.split(":")[-1], output, None, child.span, module.arguments)
    elif isinstance(module, BlockModule):
        met = seen.instance if isinstance(seen, BlockModule) else None
        yield from rows(module.instance, met, f"{prefix}{path}.")
    elif isinstance(module, TapsModule):
        yield from tap_rows(module, seen, f"{prefix}{path}.")
    elif isinstance(module, PartModule):
        yield from module_rows(Child(child.name, module.module, output, child.span), above, prefix, applied)
    else:
        yield from container_rows(module, seen, path, prefix, applied)


def container_rows(module: Any, seen: Module, path: str, prefix: str, applied: Any) -> Iterator[Row]:
    """The layers in a list, a dict or a sequence of modules."""
    met = {child.name: child for child in seen.children} if isinstance(seen, type(module)) else {}
    for child in module.children:
        there, inside = met.get(child.name, child), applied
        if (key := f"{path}.{child.name}") not in applied:
            inside = ChainMap({key: Apply(target(there.output), "", (), module=there.module)}, applied)
        yield from module_rows(child, f"{path}.", prefix, inside)


def target(kind: Any) -> Any:
    """A target of a type that nobody names."""
    if isinstance(kind, (tuple, list)):
        return tuple(target(item) for item in kind)
    return Value(-1, kind) if kind is not None else None


def tap_rows(module: TapsModule, seen: Module, prefix: str) -> Iterator[Row]:
    cut = seen.cut if isinstance(seen, TapsModule) else module.cut
    gone = tuple(f"{prefix}{name}." for name in module.dropped)
    for row in rows(module.whole.instance, cut, prefix):
        if not f"{row.path}.".startswith(gone):
            yield row


def saved(instance: Instance) -> Iterator[tuple[Weight, Row]]:
    """The state_dict: each weight by its name there, in torch's order, and the row that it is of."""
    for row in rows(instance):
        for weight in row.weights or ():
            if weight.kind != "unsaved":
                own = Weight(row.path, weight.shape, weight.dtype, weight.kind)
                yield own if row.layer in ("Parameter", "Buffer") else weight.under(row.path), row
