"""Convolutions with padding="same" and a stride: what conv.py makes of such arguments, and their source."""

from __future__ import annotations

from ..dims import ceil_div, maximum
from ..shapes import Need, Size, TensorType
from ..typed import Any, ClassVar
from .conv import Conv1d, Conv2d, Conv3d, Convolution, halves

SUPPORT = '''\
def pad_same(
    input: torch.Tensor,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    mode: str,
) -> torch.Tensor:
    """The input of a convolution, padded as TensorFlow pads."""
    pads: list[int] = []
    for axis in range(-1, -1 - len(stride), -1):
        size, step = input.shape[axis], stride[axis]
        kernel = dilation[axis] * (kernel_size[axis] - 1) + 1
        total = max((-(-size // step) - 1) * step + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return nn.functional.pad(input, pads, "constant" if mode == "zeros" else mode)


torch.fx.wrap("pad_same")


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
        padded = pad_same(
            input, self.kernel_size, self.stride, self.dilation, self.padding_mode
        )
        return self._conv_forward(padded, self.weight, self.bias)
'''


class Same(Convolution):
    """padding="same" with a stride, which torch refuses: gives ceil(size / stride), padded as TensorFlow pads."""

    listed: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
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
        return halves(each)

    def margins(self, input: TensorType) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
        kernel, stride, dilation = (self.spread(name, 1) for name in ("kernel_size", "stride", "dilation"))
        each = [
            maximum((ceil_div(size, s) - 1) * s + d * (k - 1) + 1 - size, 0)
            for size, k, s, d in zip(input.shape[-self.dimensions :], kernel, stride, dilation, strict=True)
        ]
        return halves(each)

    def padded_size(self, size: Size, before: Size, after: Size) -> Size:
        return size + before + after

    def is_padded(self, before: Any, after: Any) -> bool:
        return True

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
