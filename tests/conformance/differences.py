"""Where the catalogue deliberately differs from torch, each with the reason. The one list of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnndsl.layers.base import Layer, Sample

from .oracle import Verdict, flat

Test = Callable[[Any, Sample, Verdict], bool]


@dataclass(frozen=True)
class Difference:
    """A disagreement that is meant. `holds` must be narrow: it tells whether this configuration is a case of it."""

    layers: str  # what their names begin with; empty: all
    reason: str
    holds: Test

    def covers(self, layer: type[Layer], sample: Sample, verdict: Verdict) -> bool:
        return layer.__name__.startswith(tuple(self.layers.split()) or "") and self.holds(layer, sample, verdict)


def first(sample: Sample) -> Any:
    return sample.inputs[0]


def spread(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def axes(layer: Any, value: Any) -> tuple[Any, ...]:
    """One number for each axis."""
    return spread(value) * (layer.dimensions if len(spread(value)) == 1 else 1)


def pairs(padding: Any) -> list[tuple[Any, Any]]:
    """What is added before and after each axis."""
    ends = spread(padding)
    return list(zip(ends[::2], ends[1::2], strict=False))


def given(name: str, test: Callable[[Any], bool]) -> Test:
    """An argument is stated, and is so."""
    return lambda layer, sample, verdict: name in sample.arguments and test(sample.arguments[name])


def is_half(layer: type[Layer], sample: Sample, verdict: Verdict) -> bool:
    return first(sample).dtype in ("float16", "bfloat16")


# What we refuse although torch takes it.
STRICTER = (
    Difference(
        "",
        "sizes are at least 1; an empty result is a mistake",
        lambda layer, sample, verdict: any(0 in output.shape for output in flat(verdict.output)),
    ),
    Difference(
        "",
        "a flag is True or False: `Linear(512, 10)`, as torch has it, must not pass for bias=10",
        lambda layer, sample, verdict: any(
            isinstance(layer.fields[name].default, bool) and not isinstance(value, bool)
            for name, value in sample.arguments.items()
        ),
    ),
    Difference(
        "BatchNorm SyncBatchNorm InstanceNorm GroupNorm LayerNorm RMSNorm",
        "eps is a small number: `BatchNorm2d(64)`, as torch has it, must not pass for eps=64",
        given("eps", lambda eps: eps >= 1),
    ),
    Difference(
        "RNN LSTM GRU Transformer",
        "more than 10,000 layers are no network, but a way to fill the memory",
        lambda layer, sample, verdict: any(
            value > 10_000 for name, value in sample.arguments.items() if "layers" in name
        ),
    ),
    Difference(
        "Dropout AlphaDropout FeatureAlphaDropout StochasticDepth",
        "integers pass while evaluating only; training with them fails",
        lambda layer, sample, verdict: not first(sample).is_float,
    ),
    Difference(
        "Dropout2d Dropout3d",
        "torch warns of other ranks and will refuse them; with fewer than 2 dimensions training fails",
        lambda layer, sample, verdict: first(sample).rank not in layer.ranks,
    ),
    Difference(
        "BatchNorm SyncBatchNorm",
        "eps = 0 passes while evaluating only; training with it fails",
        given("eps", lambda eps: eps == 0),
    ),
    Difference(
        "ConstantPad ZeroPad ReflectionPad ReplicationPad CircularPad",
        "a padding of more axes than the layer's name says is a slip",
        lambda layer, sample, verdict: len(spread(sample.arguments["padding"])) not in (1, 2 * layer.dimensions),
    ),
    Difference(
        "FractionalMaxPool",
        "torch lets a kernel smaller than 1 pass, and gives nonsense",
        given("kernel_size", lambda size: min(spread(size)) < 1),
    ),
    Difference(
        "AdaptiveAvgPool2d AdaptiveAvgPool3d",
        "torch averages the last axes of anything when output_size is 1",
        lambda layer, sample, verdict: (
            set(spread(sample.arguments["output_size"])) == {1} and first(sample).rank not in layer.ranks
        ),
    ),
    Difference(
        "MaxPool3d",
        "without a batch axis torch refuses some layouts in memory (that of channels last), which no shape tells",
        lambda layer, sample, verdict: first(sample).rank == 4,
    ),
    Difference(
        "Conv1d Conv2d Conv3d",
        "a negative padding passes, and crops, with a padding_mode only",
        given("padding", lambda padding: not isinstance(padding, str) and min(spread(padding)) < 0),
    ),
    Difference(
        "ConvTranspose",
        "a dilation of 0 passes where the kernel has one element",
        given("dilation", lambda size: min(spread(size)) < 1),
    ),
    Difference(
        "CircularPad",
        "where one end is cropped and the other wraps further than what is left, torch reads what it never wrote",
        given("padding", lambda padding: any(min(ends) < 0 < max(ends) for ends in pairs(padding))),
    ),
    Difference(
        "MaxPool",
        "where the dilation steps over the whole input, a window may hold padding alone; torch corrupts memory",
        lambda layer, sample, verdict: any(
            padding and dilation > size
            for padding, dilation, size in zip(
                axes(layer, sample.arguments.get("padding", 0)),
                axes(layer, sample.arguments.get("dilation", 1)),
                first(sample).shape[-layer.dimensions :],
                strict=True,
            )
        ),
    ),
    Difference(
        "MaxUnpool",
        "torch does not look at the signs of kernel, stride and padding",
        lambda layer, sample, verdict: any(
            min(spread(sample.arguments.get(name, low))) < low
            for name, low in (("kernel_size", 1), ("stride", 1), ("padding", 0))
        ),
    ),
    Difference(
        "MaxUnpool",
        "torch ignores what a stride or padding has too many of",
        lambda layer, sample, verdict: any(
            len(spread(sample.arguments.get(name))) > layer.dimensions for name in ("stride", "padding")
        ),
    ),
    Difference(
        "MultiheadAttention Transformer",
        "given the hint is_causal, torch may not look at the mask, whose shape may then be wrong",
        lambda layer, sample, verdict: any(value is True for name, value in sample.options.items() if "causal" in name),
    ),
    Difference(
        "StochasticDepth",
        "torchvision checks p and mode when called; the class of the generated file leaves that to the compiler",
        lambda layer, sample, verdict: not 0 <= sample.arguments["p"] <= 1 or sample.arguments["mode"] == "all",
    ),
    Difference(
        "InstanceNorm",
        "a stated num_features that is wrong is a mistake, even where torch only warns",
        lambda layer, sample, verdict: (
            sample.arguments.get("num_features") != first(sample).shape[-layer.dimensions - 1]
        ),
    ),
)

# What we take although torch refuses it.
LOOSER: tuple[Difference, ...] = (
    Difference(
        "RReLU LocalResponseNorm AvgPool3d LPPool3d",
        "no kernel for half precision on the CPU alone",
        is_half,
    ),
)


def deliberate(differences: tuple[Difference, ...], layer: type[Layer], sample: Sample, verdict: Verdict) -> bool:
    """Whether a disagreement over this sample is one of those listed."""
    return any(difference.covers(layer, sample, verdict) for difference in differences)
