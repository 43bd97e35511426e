"""Pooling that few networks do: along one axis or three, norms of windows, and the largest of so many parts."""

from __future__ import annotations

from ..shapes import Need, WrongDtype
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import required
from .checks import EVERY, UNPADDED, number, whole
from .pool import AdaptivePool, AvgPool, MaxPool, WindowPool

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


class MaxPool1d(MaxPool):
    """The largest of each window along a sequence."""

    example: ClassVar[str] = "MaxPool1d(2)"
    dimensions: ClassVar[int] = 1

    def infer(self, need: Need, input: Any) -> Any:
        output = super().infer(need, input)
        if not input.is_float and not self.return_indices:
            raise WrongDtype(f"MaxPool1d takes {input.dtype} with return_indices only")
        return output


class MaxPool3d(MaxPool):
    """The largest of each window of a volume."""

    example: ClassVar[str] = "MaxPool3d(2)"
    dimensions: ClassVar[int] = 3
    ranks: ClassVar[tuple[int, ...]] = (5,)  # unbatched ones depend on their layout in memory


class AvgPool1d(AvgPool):
    """The mean of each window along a sequence."""

    example: ClassVar[str] = "AvgPool1d(2)"
    dimensions: ClassVar[int] = 1


class AvgPool3d(AvgPool):
    """The mean of each window of a volume."""

    example: ClassVar[str] = "AvgPool3d(2)"
    dimensions: ClassVar[int] = 3
    divisor_override: int | None = None


class AdaptiveAvgPool1d(AdaptivePool):
    """Means over as many windows as the output is long."""

    example: ClassVar[str] = "AdaptiveAvgPool1d(1)"
    dimensions: ClassVar[int] = 1


class AdaptiveAvgPool3d(AdaptivePool):
    """Means over as many windows as the output has places, in a volume."""

    example: ClassVar[str] = "AdaptiveAvgPool3d(1)"
    dimensions: ClassVar[int] = 3


class LPPool(WindowPool):
    """The norm of each window: the root of the sum of powers."""

    listed: ClassVar[bool] = False
    dtypes: ClassVar[frozenset[str]] = EVERY
    rule: ClassVar[str] = UNPADDED
    norm_type: float = required()
    kernel_size: Any = required()
    stride: Any = None
    ceil_mode: bool = False

    def infer(self, need: Need, input: Any) -> Any:
        number(self.norm_type, "norm_type")
        self.spread("kernel_size", 1, short=False)
        output = super().infer(need, input)
        return output if output.is_float else type(output)(output.shape, "float32")

    def padded(self) -> tuple[int, ...]:
        return (0,) * self.dimensions

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """`(sign(m) * relu(abs(m)) * k) ** (1 / p)` for the mean m of `input ** p` over k elements."""
        powers = tape.each(inputs[0].type, inputs, inputs)
        means = tape.windowed(output, [powers], [powers])
        signs, sizes = tape.each(output, [means]), tape.each(output, [means], [means])
        positive = tape.each(output, [sizes], output_kept=True)
        product = tape.scaled(tape.times(signs, positive))
        return tape.each(output, [product], [product])

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        return {"norm_type": rng.choice((1, 2, 3.0)), **super().random_arguments(rng)}


class LPPool1d(LPPool):
    """The norm of each window along a sequence."""

    example: ClassVar[str] = "LPPool1d(2, 3)"
    dimensions: ClassVar[int] = 1

    def infer(self, need: Need, input: Any) -> Any:
        whole(self.kernel_size, "kernel_size", 1)
        return super().infer(need, input)


class LPPool2d(LPPool):
    """The norm of each window of an image."""

    example: ClassVar[str] = "LPPool2d(2, 3)"
    dimensions: ClassVar[int] = 2


class LPPool3d(LPPool):
    """The norm of each window of a volume."""

    example: ClassVar[str] = "LPPool3d(2, 3)"
    dimensions: ClassVar[int] = 3


class AdaptiveMaxPool(AdaptivePool):
    """The largest of each window."""

    listed: ClassVar[bool] = False
    nick: ClassVar[str] = "maxpool"
    return_indices: bool = False


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """The largest of each of as many windows as the output is long."""

    example: ClassVar[str] = "AdaptiveMaxPool1d(1)"
    dimensions: ClassVar[int] = 1


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """The largest of each of as many windows as the output has places."""

    example: ClassVar[str] = "AdaptiveMaxPool2d(1)"
    dimensions: ClassVar[int] = 2


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """The largest of each of as many windows as the output has places, in a volume."""

    example: ClassVar[str] = "AdaptiveMaxPool3d(1)"
    dimensions: ClassVar[int] = 3
