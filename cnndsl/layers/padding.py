"""Padding layers of every kind. Negative padding crops, as in torch."""

from __future__ import annotations

from ..shapes import FLOATS, INTEGERS, Need, Size, TensorType, WrongRank
from ..typed import TYPE_CHECKING, Any, ClassVar
from .base import Layer, Sample, required
from .checks import AXES, EVERY, check_borders, number, positive, wholes
from .sampling import chance, images, tensor

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move


class Pad(Layer):
    """Pads the last `dimensions` axes; `padding` is written last axis first, as torch has it."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "padding"
    nick: ClassVar[str] = "pad"
    dtypes: ClassVar[frozenset[str]] = EVERY
    mode: ClassVar[str] = "constant"
    dimensions: ClassVar[int]
    padding: Any = required()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "dimensions" in vars(cls):
            cls.formula = FORMULAS[cls.dimensions]
            cls.example = cls.example or f"{cls.__name__}(1)"
            if cls.mode != "constant":
                cls.ranks = (cls.dimensions + 1, cls.dimensions + 2)

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        if input.rank < self.dimensions:
            raise WrongRank(f"{type(self).__name__} pads {self.dimensions} axes, but {input} has {input.rank}")
        pads = wholes(self.padding, 2 * self.dimensions, "padding", short=False)
        before, after = pads[::2][::-1], pads[1::2][::-1]
        sizes = input.shape[-self.dimensions :]
        check_borders(need, self.mode, sizes, before, after)
        each = zip(sizes, before, after, AXES[self.dimensions], strict=True)
        return input.with_shape(*input.shape[: -self.dimensions], *(self.padded(need, *axis) for axis in each))

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import along, sliding

        pads = wholes(self.padding, 2 * self.dimensions, "padding", short=False)
        return along(kind.rank, [sliding(1, 1, before) for before in pads[::2][::-1]])

    def padded(self, need: Need, size: Size, before: int, after: int, axis: str) -> Size:
        result = size + before + after
        return positive(
            need, result, lambda: f"nothing is left of the {axis}: {size} + {before} + {after} = {result}", "padding"
        )

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        low = -1 if chance(rng, 0.3) else 0
        one = chance(rng, 0.4)
        many = tuple(rng.randint(low, 4) for _ in range(2 * cls.dimensions + 2 * chance(rng, 0.03)))
        arguments = {"padding": rng.randint(low, 4) if one else many, **cls.random_arguments(rng)}
        free = cls.mode == "constant" and chance(rng, 0.5)
        return Sample(arguments, (tensor(rng, 1, 2, 3, 4, 5) if free else images(rng, cls.dimensions),))

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        return {}


FORMULAS = {
    1: "[*, L] -> [*, L + left + right]",
    2: "[*, H, W] -> [*, H + top + bottom, W + left + right]",
    3: "[*, D, H, W] -> [*, D + front + back, H + top + bottom, W + left + right]",
}


class ConstantPad(Pad):
    """Padding with one value."""

    listed: ClassVar[bool] = False
    value: float = required()

    def infer(self, need: Need, input: Any) -> Any:
        number(self.value, "value")
        return super().infer(need, input)

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        return {"value": rng.choice((0, 1, 2.5))}


class ReflectionPad(Pad):
    """Padding by reflection."""

    listed: ClassVar[bool] = False
    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    mode: ClassVar[str] = "reflect"
    keeps: ClassVar[str] = "input"


class ReplicationPad(Pad):
    """Padding by repetition of the border."""

    listed: ClassVar[bool] = False
    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    mode: ClassVar[str] = "replicate"
    keeps: ClassVar[str] = "input"


class CircularPad(Pad):
    """Padding with the other end."""

    listed: ClassVar[bool] = False
    mode: ClassVar[str] = "circular"


class ConstantPad1d(ConstantPad):
    """Pads a sequence with `value`."""

    example: ClassVar[str] = "ConstantPad1d(1, 0.5)"
    dimensions: ClassVar[int] = 1


class ConstantPad2d(ConstantPad):
    """Pads an image with `value`."""

    example: ClassVar[str] = "ConstantPad2d(1, 0.5)"
    dimensions: ClassVar[int] = 2


class ConstantPad3d(ConstantPad):
    """Pads a volume with `value`."""

    example: ClassVar[str] = "ConstantPad3d(1, 0.5)"
    dimensions: ClassVar[int] = 3


class ZeroPad1d(Pad):
    """Pads a sequence with zeros."""

    dimensions: ClassVar[int] = 1


class ZeroPad2d(Pad):
    """Pads an image with zeros."""

    dimensions: ClassVar[int] = 2


class ZeroPad3d(Pad):
    """Pads a volume with zeros."""

    dimensions: ClassVar[int] = 3


class ReflectionPad1d(ReflectionPad):
    """Pads a sequence with its reflection, the border not repeated."""

    dimensions: ClassVar[int] = 1


class ReflectionPad2d(ReflectionPad):
    """Pads an image with its reflection, the border not repeated."""

    dimensions: ClassVar[int] = 2


class ReflectionPad3d(ReflectionPad):
    """Pads a volume with its reflection, the border not repeated."""

    dimensions: ClassVar[int] = 3


class ReplicationPad1d(ReplicationPad):
    """Pads a sequence by repeating its border."""

    dimensions: ClassVar[int] = 1


class ReplicationPad2d(ReplicationPad):
    """Pads an image by repeating its border."""

    dimensions: ClassVar[int] = 2


class ReplicationPad3d(ReplicationPad):
    """Pads a volume by repeating its border."""

    dimensions: ClassVar[int] = 3


class CircularPad1d(CircularPad):
    """Pads a sequence with its other end."""

    dimensions: ClassVar[int] = 1


class CircularPad2d(CircularPad):
    """Pads an image with its other end."""

    dimensions: ClassVar[int] = 2


class CircularPad3d(CircularPad):
    """Pads a volume with its other end."""

    dimensions: ClassVar[int] = 3
