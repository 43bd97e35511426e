"""A block of a file on its own: a text in which a model does nothing but use it so. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnndsl.graph import Instance, Known, Maker
from cnndsl.shapes import TensorType

PROBE = "ProbeOfOneBlock"


class Unsayable(Exception):
    """Not everything can be written down again: what a model around hands in may have no name."""


WORDS = (
    ("zeros", "reflect", "replicate", "circular"),
    ("none", "tanh"),
    ("same", "valid"),
    ("tanh", "relu"),
    ("relu", "gelu"),
    ("nearest", "bilinear", "bicubic"),
    ("sum", "mean", "max"),
    ("batch", "row"),
)  # that may stand for one another


def others(value: Any) -> Iterator[Any]:
    """Other values than this one, of its kind."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (n for n in dict.fromkeys((value + 1, 2 * value, value - 1, value + 3)) if n not in (value, 0))
        yield from (0,) * (value != 0)
    elif isinstance(value, float):
        yield from (n for n in (value / 2, value + 0.25, 1.0) if n != value)
    elif isinstance(value, str):
        yield from (word for words in WORDS if value in words for word in words if word != value)
        yield "other"
    elif isinstance(value, (list, tuple)) and value:
        kind = type(value)
        yield from (kind((*value, value[-1])), kind(value[:-1]), kind((*value[:-1], *changed(value[-1]))))
        yield from (kind(n for at, n in enumerate(value) if at), kind())
        yield from (kind((*value[:at], 0, *value[at + 1 :])) for at, n in enumerate(value) if type(n) is int and n)
        yield from (kind(0 for _ in value),) * all(type(n) is int and n for n in value)


def edges(value: Any) -> Iterator[Any]:
    """The least that there is of its kind, and nothing at all."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value != 0:
        yield type(value)(0)
    if isinstance(value, (list, tuple)) and value:
        yield type(value)()
        yield from (type(value)((*value[:-1], edge)) for edge in edges(value[-1]) if edge is not None)
    yield 4 if value is None else None


def changed(value: Any) -> list[Any]:
    return [next(others(value), value)]


def written(value: Any, inside: Iterator[Any], is_inside: bool = False) -> str:
    """A compile-time value as the file would say it; `inside`: what stands for the numbers in its templates."""
    if isinstance(value, Known):
        is_number = type(value.value) is not bool and isinstance(value.value, (int, float))
        return written(next(inside, value.value) if is_inside and is_number else value.value, inside, is_inside)
    if isinstance(value, Maker):
        if not isinstance(value.name, str) or not value.name.isidentifier() or hasattr(value.target, "whole"):
            raise Unsayable
        given = [written(v, inside, True) for v in value.positional]
        given += [f"{n}={written(v, inside, True)}" for n, v in value.keywords.items()]
        return f"{value.name}({', '.join(given)})" if given else value.name
    if isinstance(value, (list, tuple)):
        inner = ", ".join(written(item, inside, is_inside) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, str):
        return '"' + value + '"'
    if value is None or isinstance(value, (bool, int, float)):
        return str(int(value)) if type(value) is not bool and isinstance(value, int) else repr(value)
    raise Unsayable


def shapes(instance: Instance, sizes: Mapping[str, int]) -> list[tuple[list[Any], str]]:
    """The inputs' shapes, other values in the places of `sizes`; free sizes are names."""
    found: list[tuple[list[Any], str]] = []
    places = dict(resized(instance, sizes))
    free: dict[str, str] = {}
    for number, value in enumerate(instance.inputs):
        if not isinstance(value.type, TensorType):
            raise Unsayable
        shape = [
            places.get((number, axis), int(s)) if isinstance(s, int) else free.setdefault(str(s), f"S{len(free)}")
            for axis, s in enumerate(value.type.shape)
        ]
        found.append((shape, value.type.dtype))
    return found


def resized(instance: Instance, sizes: Mapping[str, int]) -> Iterator[tuple[tuple[int, int], int]]:
    """The axes that have other sizes: those that are named so, and those that are the same for whoever calls."""
    for name, place in instance.sizes:
        if isinstance(place, Known):  # of a template
            continue
        number, axis = place
        size = instance.inputs[number].type.shape[axis]  # type: ignore[union-attr]
        written = [str(spelling) for spelling in getattr(size, "spellings", ())]
        if found := next((other for other in (name, *written) if other in sizes), None):
            yield (number, axis), sizes[found]


def said(name: str, number: Known, values: Mapping[str, Any]) -> Any:
    """A number in a template: by its name, or by that of what is the same for whoever calls."""
    ways = (name, *map(str, number.spellings))
    return next((values[way] for way in ways if way in values), number.value)


OMITTED = object()  # what nobody gives


def probe(instance: Instance, values: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    """A model that uses the block as this instance does, other values in the places of some."""
    given = []
    numbers = ((name, place) for name, place in instance.sizes if isinstance(place, Known))
    inside = iter([said(name, number, {**values, **sizes}) for name, number in numbers])
    for parameter in instance.parameters:
        value = values.get(parameter.name, parameter.value)
        if value is not OMITTED:
            given.append(f"{parameter.name}={written(value, inside)}")
    inputs = shapes(instance, sizes)
    lines = [f"    input x{n}: [{', '.join(map(str, s))}] {d}" for n, (s, d) in enumerate(inputs)]
    arguments = ", ".join(f"x{n}" for n in range(len(inputs)))
    use = f"    return inner: {instance.definition}({', '.join(given)})"
    if len(inputs) != 1:
        use = f"    return ({arguments}) -> inner: {instance.definition}({', '.join(given)})"
    return "\n".join([f"model {PROBE} {{", *lines, use, "}", ""])
