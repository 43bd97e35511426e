"""Normalisation over the last axes, or over the channels of an image."""

from __future__ import annotations

from ..shapes import BadArgument, Need, Size, SizeDiffers, TensorType, WrongDtype, elements, shown
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, Weight, inferred
from .checks import epsilon, is_whole
from .sampling import chance, some, tensor

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape


class AxesNorm(Layer):
    """Normalises over the last axes: those of `normalized_shape`, or the very last when it is left out."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "normalisation"
    nick: ClassVar[str] = "norm"
    normalized_shape: Any = inferred(-1)

    @classmethod
    def settle(cls, name: str, actual: Any, need: Need, given: Mapping[str, Any], inputs: tuple[Any, ...] = ()) -> Any:
        stated = given.get(name)
        return stated if stated is not None else super().settle(name, actual, need, given, inputs)

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import over

        return over(kind.rank - len(self.normalized()))

    def normalized(self) -> tuple[int, ...]:
        given = self.normalized_shape
        shape = tuple(given) if isinstance(given, (list, tuple)) else (given,)
        if not shape or not all(is_whole(one) and one > 0 for one in shape):
            raise BadArgument(
                f"normalized_shape must be a size or a list of sizes, not {shown(given)}", "normalized_shape"
            )
        return shape

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        shape = self.normalized()
        if self.eps is not None or type(self).eps is not None:  # RMSNorm takes None for that of the dtype
            epsilon(self.eps)
        last = self.tail(input, len(shape))
        message = f"normalized_shape is {list(shape)}, but the input ends in {', '.join(map(str, last))}"
        if len(last) != len(shape):
            raise SizeDiffers(message, "normalized_shape")
        for actual, stated in zip(last, shape, strict=True):
            need.equal(actual, stated, message, "normalized_shape")
        return input

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        return elements(output.shape) * (5 if self.elementwise_affine else 4)

    if TYPE_CHECKING:
        eps: Any
        elementwise_affine: Any

    def tail(self, input: Any, count: int) -> Any:
        """The sizes that are normalised over."""

        return input.shape[max(input.rank - count, 0) :]

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        input = tensor(rng, 1, 2, 3, 4, 5)
        shape = input.shape[-rng.randint(1, input.rank) :]
        shape = (*shape[:-1], shape[-1] + chance(rng, 0.1))
        stated: Any = shape[-1] if chance(rng, 0.3) else rng.choice((list, tuple))(shape)
        flags = {name: chance(rng, 0.5) for name in ("elementwise_affine", "bias") if name in cls.fields}
        return Sample(some(rng, 0.4, eps=rng.choice((1e-3, 0, 64)), normalized_shape=stated, **flags), (input,))


class LayerNorm(AxesNorm):
    """Brings the last axes to mean 0 and variance 1."""

    eps: float = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    @classmethod
    def elsewhere(cls, stated: Any, inputs: tuple[Any, ...]) -> str | None:
        """The channels of maps, which are not the last axis."""
        shape = inputs[0].shape if inputs and isinstance(inputs[0], TensorType) else ()
        is_of_maps = len(shape) == 4 and stated == shape[1]
        return (
            f"{stated} is the size of axis 1: `LayerNorm2d` is the norm of the channels of maps" if is_of_maps else None
        )

    def infer(self, need: Need, input: Any) -> Any:
        if self.elementwise_affine and input.dtype == "float64":
            raise WrongDtype(f"{type(self).__name__} has float32 weights, but the input is float64")
        return super().infer(need, input)

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        return tape.layer_norm(inputs[0], len(self.normalized()), self.elementwise_affine)

    def weights(self) -> tuple[Weight, ...]:
        count = 1 + bool(self.bias) if self.elementwise_affine else 0
        return tuple(Weight(name, self.normalized()) for name in ("weight", "bias")[:count])


class RMSNorm(AxesNorm):
    """Divides the last axes by the root of their mean square."""

    inputs: ClassVar[tuple[str, ...]] = ("x",)

    eps: float | None = None
    elementwise_affine: bool = True

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        weight = tape.parameter(TensorType(self.normalized(), output.dtype)) if self.elementwise_affine else None
        return tape.rms_norm(inputs[0], len(self.normalized()), weight)

    def weights(self) -> tuple[Weight, ...]:
        return (Weight("weight", self.normalized()),) if self.elementwise_affine else ()


class LayerNorm2d(LayerNorm):
    """Layer normalisation over the channels of an image, at every place."""

    path: ClassVar[str] = "LayerNorm2d"
    formula: ClassVar[str] = "[N, C, H, W] -> [N, C, H, W]"
    ranks: ClassVar[tuple[int, ...]] = (4,)
    normalized_shape: Any = inferred(1)
    support: ClassVar[str] = '''\
class LayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels of an image, at every place."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
'''

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        turned = tape.permute(inputs[0], (0, 2, 3, 1))
        return tape.permute(tape.layer_norm(turned, 1, self.elementwise_affine), (0, 3, 1, 2))

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import standing

        return standing

    def tail(self, input: Any, count: int) -> Any:
        return input.shape[1:2]

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        input = tensor(rng, 4)
        stated: Any = input.shape[min(1, input.rank - 1)] + chance(rng, 0.2)
        flags = {name: chance(rng, 0.5) for name in ("elementwise_affine", "bias")}
        given = stated if chance(rng, 0.5) else (stated,)
        return Sample(some(rng, 0.4, eps=rng.choice((1e-3, 0, 64)), normalized_shape=given, **flags), (input,))
