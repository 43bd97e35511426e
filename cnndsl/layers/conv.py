"""Convolutions and transposed convolutions in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..dims import ceil_div
from ..shapes import Misfit, Need, Size, TensorType, product
from .base import Layer, Sample, Weight, inferred, required
from .checks import AXES, FLOAT32, divisible, one_of, positive, whole, wholes, windows
from .formulas import ENLARGED, WINDOWS, spatial
from .padding import check_borders
from .sampling import chance, images, some, spread

if TYPE_CHECKING:
    from random import Random

MODES = ("zeros", "reflect", "replicate", "circular")


class ConvNd(Layer):
    """What convolutions have in common. The channel axis is `-dimensions - 1`, with or without a batch."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "convolution"
    nick: ClassVar[str] = "conv"
    dtypes: ClassVar[frozenset[str]] = FLOAT32
    dimensions: ClassVar[int]
    rule: ClassVar[str] = WINDOWS
    in_channels: int = inferred()
    out_channels: int = required()
    kernel_size: Any = required()
    stride: Any = 1

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "dimensions" in vars(cls):
            cls.ranks = (cls.dimensions + 1, cls.dimensions + 2)
            cls.formula = spatial(cls.dimensions, cls.rule, "out_channels")

    @classmethod
    def deduce(cls, inputs: tuple[Any, ...], need: Need, given: Mapping[str, Any]) -> dict[str, Any]:
        cls.check(inputs[0])
        return {"in_channels": cls.settle("in_channels", inputs[0].shape[-cls.dimensions - 1], need, given)}

    def spread(self, field: str, low: int, *, short: bool = True) -> tuple[int, ...]:
        return wholes(getattr(self, field), self.dimensions, field, low, short=short)

    def check_channels(self, need: Need, input: Any) -> None:
        self.check(input)
        for field in ("in_channels", "out_channels", "groups"):
            whole(getattr(self, field), field, 1)
        divisible(self.in_channels, self.groups, "in_channels", "groups")
        divisible(self.out_channels, self.groups, "out_channels", "groups")
        actual = input.shape[-self.dimensions - 1]
        need.equal(
            actual, self.in_channels, f"in_channels is {self.in_channels}, but the input has {actual}", "in_channels"
        )

    def outcome(self, input: TensorType, sizes: list[Size]) -> TensorType:
        """The output with these sizes along the spatial axes."""
        return input.with_shape(*input.shape[: -self.dimensions - 1], self.out_channels, *sizes)

    def bias_weight(self) -> tuple[Weight, ...]:
        return (Weight("bias", (self.out_channels,)),) if self.bias else ()

    if TYPE_CHECKING:
        groups: Any
        bias: Any

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        groups = rng.choice((1, 1, 1, 2, 3))
        channels = groups * rng.randint(1, 2) if chance(rng, 0.95) else rng.randint(1, 5)
        arguments = {
            "out_channels": groups * rng.randint(1, 3) if chance(rng, 0.95) else rng.randint(1, 5),
            "kernel_size": spread(rng, cls.dimensions, 1, 4),
            **some(rng, 0.3, in_channels=channels if chance(rng, 0.7) else channels + 1),
            **({"groups": groups} if groups > 1 else {}),
            **cls.random_arguments(rng),
        }
        return Sample(arguments, (images(rng, cls.dimensions, channels),))

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        raise NotImplementedError


class Convolution(ConvNd):
    """A convolution. With padding="same" and a stride, see `Same`."""

    listed: ClassVar[bool] = False
    cost: ClassVar[str] = "output elements * in_channels / groups * kernel elements"
    padding: Any = 0
    dilation: Any = 1
    groups: int = 1
    bias: bool = True
    padding_mode: str = "zeros"

    @classmethod
    def build(cls, given: Mapping[str, Any], inputs: tuple[Any, ...], need: Need) -> Layer:
        layer: Any = super().build(given, inputs, need)
        if layer.padding != "same" or not any(step != 1 for step in wholes(layer.stride, cls.dimensions, "stride")):
            return layer  # type: ignore[no-any-return]
        return SAME[cls.dimensions](**vars(layer))

    def infer(self, need: Need, input: Any) -> Any:
        self.check_channels(need, input)
        one_of(self.padding_mode, MODES, "padding_mode")
        kernel, stride = self.spread("kernel_size", 1, short=False), self.spread("stride", 1)
        dilation = self.spread("dilation", 1)
        sizes = input.shape[-self.dimensions :]
        before, after = self.borders(need, sizes, kernel, stride, dilation)
        if self.padding_mode != "zeros":
            check_borders(need, self.padding_mode, sizes, before, after, "padding")
        if self.padding == "same":
            return self.outcome(input, [ceil_div(size, step) for size, step in zip(sizes, stride, strict=True)])
        each = zip(sizes, AXES[self.dimensions], kernel, stride, before, dilation, strict=True)
        return self.outcome(input, [windows(need, *axis) for axis in each])

    def borders(
        self, need: Need, sizes: Any, kernel: Any, stride: Any, dilation: Any
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The padding before and after each axis."""
        if not isinstance(self.padding, str):
            padding = self.spread("padding", 0, short=self.padding_mode == "zeros")
            return padding, padding
        one_of(self.padding, ("valid", "same"), "padding")
        if self.padding == "valid":
            return (0,) * self.dimensions, (0,) * self.dimensions
        if any(step != 1 for step in stride):
            raise Misfit('padding="same" with a stride needs the layer that build() gives', "padding")
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple(one // 2 for one in total), tuple(one - one // 2 for one in total)

    def weights(self) -> tuple[Weight, ...]:
        shape = (self.out_channels, self.in_channels // self.groups, *self.spread("kernel_size", 1))
        return (Weight("weight", shape), *self.bias_weight())

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        return product(output.shape) * (self.in_channels // self.groups) * product(self.spread("kernel_size", 1))

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        count = cls.dimensions
        return some(
            rng,
            0.4,
            stride=lambda: 1 if chance(rng, 0.3) else spread(rng, count, 1, 3),
            padding=lambda: rng.choice(("same", "valid", "full")) if chance(rng, 0.4) else spread(rng, count, 0, 3),
            dilation=lambda: spread(rng, count, 1, 3),
            bias=lambda: chance(rng, 0.5),
            padding_mode=lambda: rng.choice((*MODES, "mirror")),
        )


class Conv1d(Convolution):
    """Slides a kernel along a sequence."""

    example: ClassVar[str] = "Conv1d(64, 3, padding=1)"
    dimensions: ClassVar[int] = 1


class Conv2d(Convolution):
    """Slides a kernel over an image."""

    example: ClassVar[str] = "Conv2d(64, 3, padding=1)"
    dimensions: ClassVar[int] = 2


class Conv3d(Convolution):
    """Slides a kernel through a volume."""

    example: ClassVar[str] = "Conv3d(64, 3, padding=1)"
    dimensions: ClassVar[int] = 3


SUPPORT = '''\
class SameConv{n}d(nn.Conv{n}d):
    """A convolution whose output is ceil(size / stride), padded as TensorFlow pads."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: str = "same",
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, 0, *args, **kwargs
        )

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        pads: list[int] = []
        for axis in range(1, {n} + 1):
            size, stride = input.shape[-axis], self.stride[-axis]
            kernel = self.dilation[-axis] * (self.kernel_size[-axis] - 1) + 1
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        padded = nn.functional.pad(input, pads, mode)
        return self._conv_forward(padded, self.weight, self.bias)
'''


class Same(Convolution):
    """padding="same" with a stride, which torch refuses: gives ceil(size / stride), padded as TensorFlow pads."""

    listed: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.formula = spatial(cls.dimensions, "ceil({size} / stride)", "out_channels")
        cls.path = f"SameConv{cls.dimensions}d"
        cls.support = SUPPORT.format(n=cls.dimensions)

    def borders(
        self, need: Need, sizes: Any, kernel: Any, stride: Any, dilation: Any
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        if self.padding_mode == "zeros":
            return (0,) * self.dimensions, (0,) * self.dimensions
        reason = f'with padding_mode="{self.padding_mode}" and a stride'
        each = [
            self.total(need.number(size, f'a size padded "same" {reason}', "padding_mode"), *axis)
            for size, *axis in zip(sizes, kernel, stride, dilation, strict=True)
        ]
        return tuple(one // 2 for one in each), tuple(one - one // 2 for one in each)

    @staticmethod
    def total(size: int, kernel: int, stride: int, dilation: int) -> int:
        """The padding of both sides of an axis together."""
        return max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)


class SameConv1d(Same, Conv1d):
    """Conv1d, padded as TensorFlow pads."""

    listed: ClassVar[bool] = False
    dimensions: ClassVar[int] = 1


class SameConv2d(Same, Conv2d):
    """Conv2d, padded as TensorFlow pads."""

    listed: ClassVar[bool] = False
    dimensions: ClassVar[int] = 2


class SameConv3d(Same, Conv3d):
    """Conv3d, padded as TensorFlow pads."""

    listed: ClassVar[bool] = False
    dimensions: ClassVar[int] = 3


SAME: dict[int, type[Same]] = {1: SameConv1d, 2: SameConv2d, 3: SameConv3d}


class ConvTransposeNd(ConvNd):
    """The gradient of a convolution, used to enlarge; `output_size` picks among the possible sizes."""

    listed: ClassVar[bool] = False
    cost: ClassVar[str] = "input elements * out_channels / groups * kernel elements"
    options: ClassVar[tuple[str, ...]] = ("output_size",)
    rule: ClassVar[str] = ENLARGED
    padding: Any = 0
    output_padding: Any = 0
    groups: int = 1
    bias: bool = True
    dilation: Any = 1
    padding_mode: str = "zeros"

    def infer(self, need: Need, input: Any, output_size: Any = None) -> Any:
        self.check_channels(need, input)
        one_of(self.padding_mode, ("zeros",), "padding_mode")
        kernel, stride = self.spread("kernel_size", 1, short=False), self.spread("stride", 1)
        padding, dilation = self.spread("padding", 0), self.spread("dilation", 1)
        sizes = input.shape[-self.dimensions :]
        reaches = [
            (size - 1) * s - 2 * p + d * (k - 1) + 1
            for size, s, p, d, k in zip(sizes, stride, padding, dilation, kernel, strict=True)
        ]
        if output_size is not None:
            return self.outcome(input, self.chosen(need, input, reaches, stride, output_size))
        extra = self.spread("output_padding", 0)
        for one, s, d in zip(extra, stride, dilation, strict=True):
            if one >= max(s, d):
                raise Misfit(
                    f"output_padding must be below stride or dilation, but {one} >= {max(s, d)}", "output_padding"
                )
        each = zip(reaches, extra, sizes, AXES[self.dimensions], strict=True)
        return self.outcome(input, [self.enlarged(need, *axis) for axis in each])

    def enlarged(self, need: Need, reach: Size, extra: int, size: Size, axis: str) -> Size:
        result = reach + extra
        return positive(
            need,
            result,
            lambda: (
                f"nothing is left of the {axis} {size}: "
                f"({size} - 1)*stride - 2*padding + dilation*(kernel - 1) + output_padding + 1 = {result}"
            ),
            "padding",
        )

    def chosen(self, need: Need, input: Any, reaches: Any, stride: Any, output_size: Any) -> list[Size]:
        """The sizes that the caller asks for, each within a stride of the smallest possible."""
        sizes = list(output_size)
        if len(sizes) == input.rank:
            sizes = sizes[-self.dimensions :]
        if len(sizes) != self.dimensions:
            raise Misfit(f"output_size must have {self.dimensions} or {input.rank} sizes", "output_size")
        for size, low, step in zip(sizes, reaches, stride, strict=True):
            message = f"output_size {size} must lie between {low} and {low + (step - 1)}"
            need.at_least(size, low, message, "output_size")
            need.at_least(low + (step - 1), size, message, "output_size")
        return sizes

    def weights(self) -> tuple[Weight, ...]:
        shape = (self.in_channels, self.out_channels // self.groups, *self.spread("kernel_size", 1))
        return (Weight("weight", shape), *self.bias_weight())

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        return product(inputs[0].shape) * (self.out_channels // self.groups) * product(self.spread("kernel_size", 1))

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        count = cls.dimensions
        return some(
            rng,
            0.4,
            stride=lambda: spread(rng, count, 1, 3),
            padding=lambda: spread(rng, count, 0, 3),
            output_padding=lambda: spread(rng, count, 0, 1),
            dilation=lambda: spread(rng, count, 1, 3),
            bias=lambda: chance(rng, 0.5),
            padding_mode=lambda: "zeros" if chance(rng, 0.8) else "reflect",
        )


class ConvTranspose1d(ConvTransposeNd):
    """Enlarges a sequence with a learned kernel."""

    example: ClassVar[str] = "ConvTranspose1d(64, 2, 2)"
    dimensions: ClassVar[int] = 1


class ConvTranspose2d(ConvTransposeNd):
    """Enlarges an image with a learned kernel."""

    example: ClassVar[str] = "ConvTranspose2d(64, 2, 2)"
    dimensions: ClassVar[int] = 2


class ConvTranspose3d(ConvTransposeNd):
    """Enlarges a volume with a learned kernel."""

    example: ClassVar[str] = "ConvTranspose3d(64, 2, 2)"
    dimensions: ClassVar[int] = 3
