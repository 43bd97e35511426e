"""Convolutions in one, two and three dimensions. Transposed ones are in transposed.py."""

from __future__ import annotations

from ..dims import ceil_div
from ..shapes import BadArgument, Need, Size, TensorType, elements, product
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping, Sequence
from .base import Layer, Sample, Weight, inferred, required
from .checks import AXES, FLOAT32, WINDOWS, check_borders, divisible, one_of, spatial, whole, wholes, windows
from .sampling import chance, images, some, spread

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape

MODES = ("zeros", "reflect", "replicate", "circular")


class ConvNd(Layer):
    """What convolutions have in common. The channel axis is `-dimensions - 1`, with or without a batch."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "convolution"
    nick: ClassVar[str] = "conv"
    keeps: ClassVar[str] = "input"
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

    @classmethod
    def shape_rule(cls) -> str:
        return spatial(cls.dimensions, cls.rule, "out_channels")

    @classmethod
    def deduce(cls, inputs: tuple[Any, ...], need: Need, given: Mapping[str, Any]) -> dict[str, Any]:
        cls.check(inputs[0])
        return {"in_channels": cls.settle("in_channels", inputs[0].shape[-cls.dimensions - 1], need, given, inputs)}

    def spread(self, field: str, low: int, *, short: bool = True) -> tuple[int, ...]:
        return wholes(getattr(self, field), self.dimensions, field, low, short=short)

    def check_channels(self, need: Need, input: Any) -> None:
        self.check(input)
        for field in ("in_channels", "out_channels", "groups"):
            whole(getattr(self, field), field, 1)
        divisible(self.in_channels, self.groups, "in_channels", "groups", self.out_channels)
        divisible(self.out_channels, self.groups, "out_channels", "groups", self.in_channels)
        actual = input.shape[-self.dimensions - 1]
        need.equal(
            actual,
            self.in_channels,
            lambda: f"in_channels is {self.in_channels}, but the input has {actual}",
            "in_channels",
        )

    def outcome(self, input: TensorType, sizes: list[Size]) -> TensorType:
        """The output with these sizes along the spatial axes."""

        return input.with_shape(*input.shape[: -self.dimensions - 1], self.out_channels, *sizes)

    def slipped(self) -> bool:
        """`Conv2d(3, 16, 3)` on three channels: windows of an even size that move by what is usual for a window.

        Along one axis windows of 50 or 80 samples are usual for sound, and only powers of two are suspected.
        """
        kernel, stride = self.kernel_size, self.stride
        if not isinstance(kernel, int) or not isinstance(stride, int) or kernel % 2 or not stride < min(kernel, 8):
            return False
        is_usual = stride in (3, 5, 7)
        if self.out_channels == self.in_channels:
            return kernel >= (6 if is_usual else 16)
        return kernel >= 16 and (self.dimensions > 1 or (is_usual and kernel & (kernel - 1) == 0))

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


def halves(total: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What is padded before and behind each axis: an odd one goes behind."""
    return tuple(one // 2 for one in total), tuple(one - one // 2 for one in total)


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
        from .conv_same import SAME

        return SAME[cls.dimensions](**vars(layer))

    def infer(self, need: Need, input: Any) -> Any:
        self.check_channels(need, input)
        one_of(self.padding_mode, MODES, "padding_mode")
        if self.stride in ("same", "valid"):
            help = f'write `padding="{self.stride}"`'
            raise BadArgument(f"stride must be an integer, not {self.stride!r}", "stride", help=help)
        kernel, stride = self.spread("kernel_size", 1, short=False), self.spread("stride", 1)
        dilation = self.spread("dilation", 1)
        sizes = input.shape[-self.dimensions :]
        before, after = self.borders(need, sizes, kernel, stride, dilation)
        if self.padding_mode != "zeros":
            check_borders(need, self.padding_mode, sizes, before, after)
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
            raise BadArgument('padding="same" with a stride needs the layer that build() gives', "padding")
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return halves(total)

    def weights(self) -> tuple[Weight, ...]:
        inner = int(self.in_channels) // int(self.groups)
        shape = (self.out_channels, inner, *self.spread("kernel_size", 1))
        return (Weight("weight", shape), *self.bias_weight())

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        return elements(output.shape) * (self.in_channels // self.groups) * product(self.spread("kernel_size", 1))

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        input = self.padded(tape, inputs[0])
        return tape.windowed(output, [input], [input], trained=True)

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import along, sliding

        kernel, stride, dilation = (self.spread(name, 1) for name in ("kernel_size", "stride", "dilation"))
        each = zip(kernel, stride, self.margins(kind)[0], dilation, strict=True)
        return along(kind.rank, [sliding(k, s, p, d) if isinstance(p, int) else None for k, s, p, d in each])

    def padded(self, tape: Tape, input: Any) -> Any:
        """What the convolution itself reads: a padded copy where torch makes one."""
        if self.padding_mode == "zeros" and not isinstance(self.padding, str):
            return input  # the usual case
        before, after = self.margins(input.type)
        if not self.is_padded(before, after):
            return input
        places = input.type.shape[-self.dimensions :]
        sizes = [self.padded_size(*axis) for axis in zip(places, before, after, strict=True)]
        bordered = input.type.with_shape(*input.type.shape[: -self.dimensions], *sizes)
        return tape.run(bordered, [input], [input] if self.padding_mode in ("reflect", "replicate") else [])

    def padded_size(self, size: Size, before: Size, after: Size) -> Size:
        """Zeros that are the same on both sides are left to the convolution."""
        return size + (after - before) if self.padding_mode == "zeros" else size + before + after

    def is_padded(self, before: Any, after: Any) -> bool:
        """Whether torch pads before it convolves."""
        return self.padding_mode != "zeros" or before != after

    def margins(self, input: TensorType) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
        """The padding before and after each axis of an input."""
        kernel, stride, dilation = (self.spread(name, 1) for name in ("kernel_size", "stride", "dilation"))
        return self.borders(Need(), input.shape[-self.dimensions :], kernel, stride, dilation)

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
