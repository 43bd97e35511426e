"""Transposed convolutions in one, two and three dimensions."""

from __future__ import annotations

from ..shapes import BadArgument, Need, Size, TensorType, elements, product
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Weight
from .checks import AXES, ENLARGED, one_of, positive
from .conv import ConvNd
from .sampling import chance, some, spread

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape


class ConvTransposeNd(ConvNd):
    """The gradient of a convolution, used to enlarge; `output_size` picks among the possible sizes."""

    listed: ClassVar[bool] = False
    enlarges: ClassVar[bool] = True
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
        if isinstance(self.padding, str):
            raise BadArgument(
                f"padding must be an integer, not {self.padding!r}", "padding", help=self.instead(self.padding)
            )
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
                raise BadArgument(
                    f"output_padding must be below stride or dilation, but {one} >= {max(s, d)}", "output_padding"
                )
        each = zip(reaches, extra, sizes, AXES[self.dimensions], stride, padding, dilation, kernel, strict=True)
        return self.outcome(input, [self.enlarged(need, *axis) for axis in each])

    def slipped(self) -> bool:
        """`ConvTranspose2d(8, 3, 4, 2, 1)` on 8 channels: steps over more than the window, as no one means to; or sizes
        that are no multiple, where in torch's order, with a stride and what fits it, they are."""
        numbers = self.out_channels, self.kernel_size, self.stride, self.padding
        if not all(isinstance(number, int) for number in numbers) or self.dilation != 1:
            return super().slipped()
        kernel, stride, pad, extra = self.kernel_size, self.stride, self.padding, self.output_padding
        if stride > kernel and pad > 0:
            return True
        is_exact = kernel - 2 * pad + extra == stride  # `stride` times the size comes out
        is_meant = pad > 1 and isinstance(extra, int) and stride - 2 * extra == pad
        return super().slipped() or (self.out_channels == self.in_channels and is_meant and not is_exact)

    def instead(self, word: object) -> str | None:
        """How to have, without `padding="same"`, the size of the input times the stride; what is "valid" in numbers."""
        if (numbers := self.in_numbers(word)) is None:
            return None
        if word == "valid":
            return f'`{numbers}` pads nothing, as "valid" says'
        times = self.spread("stride", 1)[0]
        return f"`{numbers}` gives " + (f"{times} times the size" if times > 1 else "the same size")

    def in_numbers(self, word: object) -> str | None:
        """The arguments that do what the word of another library says, where numbers can."""
        kernel, stride, dilation = (self.spread(name, 1) for name in ("kernel_size", "stride", "dilation"))
        (k, *others), (s, *steps), (d, *rates) = map(set, (kernel, stride, dilation))
        over = d * (k - 1) + 1 - s
        if word == "valid" and not others and not steps and k >= s:
            return "padding=0"
        if others or steps or rates or over < 0 or over % 2 >= max(s, d):
            return None
        extra = ", output_padding=1" * (over % 2)
        return f"padding={(over + 1) // 2}{extra}"

    def enlarged(
        self, need: Need, reach: Size, extra: int, size: Size, axis: str, s: int, p: int, d: int, k: int
    ) -> Size:
        result = reach + extra

        def arithmetic() -> str:
            return f"({size}-1)*{s} - 2*{p} + {d}*({k}-1) + {extra} + 1 = {result}"

        need.worked_out(axis, arithmetic)
        return positive(need, result, lambda: f"nothing is left of the {axis} {size}: {arithmetic()}", "padding")

    def chosen(self, need: Need, input: Any, reaches: Any, stride: Any, output_size: Any) -> list[Size]:
        """The sizes that the caller asks for, each within a stride of the smallest possible."""
        sizes = list(output_size)
        if len(sizes) == input.rank:
            sizes = sizes[-self.dimensions :]
        if len(sizes) != self.dimensions:
            raise BadArgument(f"output_size must have {self.dimensions} or {input.rank} sizes", "output_size")
        for size, low, step in zip(sizes, reaches, stride, strict=True):
            message = f"output_size {size} must lie between {low} and {low + (step - 1)}"
            need.at_least(size, low, message, "output_size", refusal=BadArgument)
            need.at_least(low + (step - 1), size, message, "output_size", refusal=BadArgument)
        return sizes

    def weights(self) -> tuple[Weight, ...]:
        shape = (self.in_channels, self.out_channels // self.groups, *self.spread("kernel_size", 1))
        return (Weight("weight", shape), *self.bias_weight())

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        return elements(inputs[0].shape) * (self.out_channels // self.groups) * product(self.spread("kernel_size", 1))

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        return tape.windowed(output, inputs, inputs, trained=True)

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import along, enlarging

        names = ("kernel_size", "stride", "padding", "dilation")
        each = zip(*(self.spread(name, 0) for name in names), strict=True)
        return along(kind.rank, [enlarging(*axis) for axis in each])

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
