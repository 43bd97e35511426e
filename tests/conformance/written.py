"""Configurations of layers and functions written down as `.cnn` models, in the several ways that the language has.

Writes text, and says in which order the tensors go in. Calls neither torch nor the compiler.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

from cnndsl.layers.base import Layer, Sample, Template
from cnndsl.shapes import TensorType


class Unwritable(Exception):
    """No `.cnn` file can say this: an endless number, a size of 0."""


@dataclass
class Written:
    """The text of a configuration, and the tensors that it takes, in order."""

    inputs: tuple[TensorType, ...]
    body: str
    block: str = ""  # the same block may serve several configurations
    prefix: str = ""  # of the keys in the state_dict; `*` is a name that the compiler has chosen

    def model(self, name: str, free: Mapping[int, str] | None = None) -> str:
        """A model of this name; `free` names the free sizes that stand for numbers."""
        inputs = [f"    input x{place}: {shape(kind, free or {})}" for place, kind in enumerate(self.inputs)]
        return "\n".join([f"model {name} {{", *inputs, self.body, "}"])


def shape(kind: TensorType, free: Mapping[int, str]) -> str:
    if 0 in kind.shape:
        raise Unwritable("a size of 0")
    text = ", ".join(free.get(size, str(size)) for size in kind.shape)
    return f"[{text}]" if kind.dtype == "float32" else f"[{text}] {kind.dtype}"


class Writer:
    """Writes values as a `.cnn` file has them; each tensor becomes an input of its own."""

    def __init__(self) -> None:
        self.tensors: list[TensorType] = []

    def say(self, value: Any) -> str:
        match value:
            case TensorType():
                self.tensors.append(value)
                return f"x{len(self.tensors) - 1}"
            case Template():
                return f"{value.layer.__name__}({', '.join(self.keywords(value.arguments))})"
            case str():
                escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("{", "{{").replace("}", "}}")
                return f'"{escaped}"'
            case list():
                return f"[{', '.join(map(self.say, value))}]"
            case tuple():
                return f"({', '.join(map(self.say, value))}{',' if len(value) == 1 else ''})"
            case slice():
                ends = ["" if end is None else self.say(end) for end in (value.start, value.stop)]
                return ":".join(ends if value.step is None else [*ends, self.say(value.step)])
        if isinstance(value, float) and not math.isfinite(value):
            raise Unwritable("an endless number")
        return "..." if value is Ellipsis else repr(value)

    def keywords(self, arguments: Mapping[str, Any]) -> list[str]:
        return [f"{name}={self.say(value)}" for name, value in arguments.items()]


def leaves(output: Any, path: str = "y") -> list[str]:
    """How each tensor of a result is reached."""
    if isinstance(output, (tuple, list)):
        return [leaf for place, part in enumerate(output) for leaf in leaves(part, f"{path}[{place}]")]
    return [] if output is None else [path]


def result(expression: str, output: Any) -> str:
    return f"    y = {expression}\n    return {', '.join(leaves(output))}"


@dataclass
class Parameters:
    """Writes values that hold no tensor as parameters of a block, and keeps what they are."""

    writer: Writer
    given: dict[str, Any]

    def say(self, value: Any) -> str:
        if any(True for _ in flat(value)):
            return self.writer.say(value)
        name = f"{'P' if isinstance(value, Template) else 'p'}{len(self.given)}"
        self.given[name] = value
        return name


def enclosed(parameters: Parameters, expression: str, output: Any, prefix: str = "") -> Written:
    """The expression in a block with these parameters, and a model that uses it."""
    writer, count = parameters.writer, len(leaves(output))
    fed = [f"x{place}" for place in range(len(writer.tensors))]
    inputs = "".join(f"    input {name}\n" for name in fed)
    block = f"({', '.join(parameters.given)}) {{\n{inputs}{result(expression, output)}\n}}"
    name = f"B{crc32(block.encode()):08x}"
    given = ", ".join(map(writer.say, parameters.given.values()))
    flow = f"({', '.join(fed)})" if len(fed) > 1 else fed[0]
    body = result(f"{flow} -> b: {name}({given})", [0] * count if count > 1 else 0)
    return Written(tuple(writer.tensors), body, f"block {name}{block}", f"b.{prefix}")


def layer_case(layer: type[Layer], sample: Sample, output: Any, rng: Random) -> Written:
    """A layer's configuration: in a pipeline, called on values, without a label, or inside a block."""
    writer = Writer()
    inside = Parameters(writer, {}) if rng.random() < 0.4 and not nested(sample.inputs) else None
    fed = [writer.say(value) for value in sample.inputs]
    options = writer.keywords(sample.options)
    label = "m: " if inside or rng.random() < 0.7 else ""
    maker = f"{label}{layer.__name__}({', '.join(spelled(inside or writer, layer, sample.arguments, rng))})"
    together = f"({', '.join(fed)})" if len(fed) > 1 else fed[0]
    called = options or rng.random() < 0.4
    expression = f"{maker}({', '.join([*fed, *options])})" if called else f"{together} -> {maker}"
    if inside:
        return enclosed(inside, expression, output, "m.")
    return Written(tuple(writer.tensors), result(expression, output), prefix="m." if label else "*.")


def spelled(writer: Writer | Parameters, layer: type[Layer], arguments: Mapping[str, Any], rng: Random) -> list[str]:
    """Arguments: the first ones by position, as many as luck wants, the others by keyword."""
    texts: list[str] = []
    left = dict(arguments)
    for name in layer.authored_fields():
        if name not in left or rng.random() < 0.3:
            break
        texts.append(writer.say(left.pop(name)))
    return texts + [f"{name}={writer.say(value)}" for name, value in left.items()]


def nested(inputs: tuple[Any, ...]) -> bool:
    """Whether an input is a tuple of tensors, or left out: a block takes tensors only."""
    return not all(isinstance(value, TensorType) for value in inputs)


def function_case(name: str, sample: Sample, output: Any, rng: Random) -> Written:
    """A function's call: complete, or with its first argument before `->`; perhaps inside a block."""
    writer = Writer()
    has_tensor = any(True for _ in flat((sample.inputs, sample.arguments)))
    inside = Parameters(writer, {}) if has_tensor and rng.random() < 0.3 else None
    voice = inside or writer
    inputs = [voice.say(value) for value in sample.inputs]
    options = [f"{key}={voice.say(value)}" for key, value in sample.arguments.items()]
    if isinstance(next(iter(sample.inputs), None), TensorType) and rng.random() < 0.4:
        expression = f"{inputs[0]} -> {name}({', '.join([*inputs[1:], *options])})"
    else:
        expression = f"{name}({', '.join([*inputs, *options])})"
    if inside:
        return enclosed(inside, expression, output)
    return Written(tuple(writer.tensors) or (TensorType((1,)),), result(expression, output))


def operator_case(op: str, operands: tuple[Any, ...], output: Any) -> Written:
    """`a + b`, or `-a`."""
    writer = Writer()
    sides = [writer.say(value) for value in operands]
    sides[0] = f"({sides[0]})" if sides[0].startswith("-") else sides[0]  # `-2 ** x` is -(2 ** x)
    return Written(tuple(writer.tensors), result(f" {op} ".join(sides) if len(sides) > 1 else op + sides[0], output))


def index_case(tensor: TensorType, items: tuple[Any, ...], output: Any) -> Written:
    """`x[…]`."""
    writer = Writer()
    name = writer.say(tensor)
    inside = ", ".join(map(writer.say, items))
    return Written(tuple(writer.tensors), result(f"{name}[{inside}]", output))


def initialiser_case(name: str, sample: Sample) -> Written:
    """A parameter of a model, started by an initialiser."""
    writer = Writer()
    tensor = sample.inputs[0]
    text = f"{name}({', '.join(writer.keywords(sample.arguments))})"
    return Written((TensorType((1,)),), f"    param p: {shape(tensor, {})} = {text}\n    return p")


def flat(value: Any) -> Iterator[TensorType]:
    """The tensors of a value, in the order in which `Writer` meets them."""
    if isinstance(value, TensorType):
        yield value
    elif isinstance(value, (tuple, list, Mapping)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from flat(part)
