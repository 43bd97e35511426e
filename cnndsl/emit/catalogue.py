"""The catalogue in words: what `cnndsl layers` prints, and docs/layers.md. All of it is read off the classes."""

from __future__ import annotations

from textwrap import wrap

from ..functions import Function, initialisers
from ..functions import lookup as function_named
from ..functions import names as function_names
from ..layers import all_layers
from ..layers import lookup as layer_named
from ..layers.base import MISSING, Layer
from ..typed import Iterator

WIDTH = 80


def kinds() -> dict[str, list[type[Layer]]]:
    """The layers under their headings, both in order."""
    found: dict[str, list[type[Layer]]] = {}
    for layer in sorted(all_layers(), key=lambda layer: (layer.kind, layer.__name__)):
        found.setdefault(layer.kind, []).append(layer)
    return found


def listing() -> str:
    """Every layer by kind, then every function and initialiser."""
    groups = {kind: [layer.__name__ for layer in layers] for kind, layers in kinds().items()}
    groups["functions"] = list(function_names())
    groups["initialisers"] = list(initialisers.names())
    return "\n\n".join(f"{kind}\n{paragraph(' '.join(names))}" for kind, names in groups.items())


def paragraph(text: str, indent: str = "  ") -> str:
    return "\n".join(wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False))


def page(name: str) -> str | None:
    """What there is to know of a layer, function or initialiser, or None if there is none of that name."""
    if (layer := layer_named(name)) is not None:
        return layer_page(layer)
    function = function_named(name) or initialisers.initialiser(name)
    return None if function is None else function_page(function)


def layer_page(layer: type[Layer]) -> str:
    lines = [signature(layer), "", *wrap(sentence(layer), WIDTH), "", *facts(layer)]
    return "\n".join(lines)


def facts(layer: type[Layer]) -> Iterator[str]:
    inferred = ", ".join(layer.inferred_fields())
    yield f"inferred:  {inferred or 'nothing'}"
    yield f"shape:     {layer.shape_rule()}"
    yield f"cost:      {layer.cost} multiply-accumulates"
    yield f"example:   {layer.example or layer.__name__}"
    if layer.page():
        yield f"torch:     {layer.page()}"


def signature(layer: type[Layer]) -> str:
    """The arguments that an author gives, in order: `Conv2d(out_channels, kernel_size, stride=1, …)`."""
    words = [
        name if field.default is MISSING else f"{name}={field.default!r}"
        for name, field in layer.fields.items()
        if field.axis is None
    ]
    return f"{layer.__name__}({', '.join(words)})"


def sentence(layer: type[Layer]) -> str:
    return " ".join((layer.__doc__ or "").split())


def function_page(function: Function) -> str:
    lines = [as_written(function), "", *wrap(" ".join(function.doc.split()), WIDTH), ""]
    lines.append(f"compiles to: {function.target or 'a chain of other functions'}")
    return "\n".join([*lines, *(f"torch:       {address}" for address in addresses(function))])


def addresses(function: Function) -> Iterator[str]:
    """The page of torch's documentation, if torch has the function."""
    module, _, name = function.target.rpartition(".")
    if name:
        of = {"": "torch.Tensor", "nn.functional": "torch.nn.functional", "nn.init": "torch.nn.init"}.get(
            module, module
        )
        where = f"nn.init.html#{of}.{name}" if module == "nn.init" else f"generated/{of}.{name}.html"
        yield f"https://docs.pytorch.org/docs/stable/{where}"


def document() -> str:
    """docs/layers.md."""
    parts = [
        "# Layers and functions",
        "Made by `cnndsl layers --markdown` from the classes of `cnndsl/layers/` and `cnndsl/functions/`.\n"
        "Arguments are PyTorch's; those that are inferred are read off the input and left out.",
    ]
    for kind, layers in kinds().items():
        parts.append(f"## {kind.capitalize()}")
        parts += map(section, layers)
    rows = "\n".join(map(row, functions()))
    starts = "\n".join(row(found) for name in initialisers.names() if (found := initialisers.initialiser(name)))
    return "\n\n".join([*parts, "## Functions", rows, "## Initialisers", starts]) + "\n"


def row(function: Function) -> str:
    return f"- `{as_written(function)}`: {' '.join(function.doc.split())}"


def as_written(function: Function) -> str:
    """The signature; what an initialiser fills is no argument in a `.cnn` file."""
    fills = function.target.startswith("nn.init.")
    return function.signature.replace("(tensor, ", "(").replace("(tensor)", "") if fills else function.signature


def functions() -> Iterator[Function]:
    for name in function_names():
        found = function_named(name)
        assert found is not None
        yield found


def section(layer: type[Layer]) -> str:
    """One layer of docs/layers.md."""
    name = f"[{layer.__name__}]({layer.page()})" if layer.page() else layer.__name__
    inferred = ", ".join(f"`{field}`" for field in layer.inferred_fields()) or "nothing"
    return (
        f"### {name}\n\n`{signature(layer)}`\n\n{sentence(layer)}\n\n"
        f"- inferred: {inferred}\n- shape: `{layer.shape_rule()}`\n- multiply-accumulates: `{layer.cost}`\n"
        f"- example: `{layer.example or layer.__name__}`"
    )
