"""Pooling that few networks do: norms of windows, and the largest of so many parts."""

from __future__ import annotations

from ..shapes import Need
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import required
from .checks import EVERY, UNPADDED, number, whole
from .pool import AdaptivePool, WindowPool

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


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

    dimensions: ClassVar[int] = 1


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """The largest of each of as many windows as the output has places."""

    dimensions: ClassVar[int] = 2


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """The largest of each of as many windows as the output has places, in a volume."""

    dimensions: ClassVar[int] = 3
