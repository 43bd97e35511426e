"""Interpolation to a size or by a factor."""

from __future__ import annotations

from ..shapes import FLOATS, BadArgument, Need, Size, TensorType, WrongRank, elements, shown
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample
from .checks import AXES, number, one_of, positive, scaled, wholes
from .sampling import chance, images, some, spread

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move, Reach
    from ..tape import Tape

RANKS = {"linear": (3,), "bilinear": (4,), "bicubic": (4,), "trilinear": (5,)}
MODES = ("nearest", "nearest-exact", "area", *RANKS)


class Resize(Layer):
    """What interpolations have in common."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "interpolation"
    enlarges: ClassVar[bool] = True
    nick: ClassVar[str] = "up"
    formula: ClassVar[str] = "[N, C, *] -> [N, C, *size], or [N, C, *] -> [N, C, floor(each * scale_factor)]"
    ranks: ClassVar[tuple[int, ...]] = (3, 4, 5)
    dtypes: ClassVar[frozenset[str]] = FLOATS | {"uint8"}
    size: Any = None
    scale_factor: Any = None

    def resized(self, need: Need, input: Any, mode: str) -> Any:
        self.check(input)
        self.check_mode(input, mode)
        if (self.size is None) == (self.scale_factor is None):
            raise BadArgument("exactly one of size and scale_factor must be given", "size")
        places = input.shape[2:]
        sizes = (
            self.multiplied(need, places)
            if self.size is None
            else wholes(self.size, len(places), "size", 1, short=False)
        )
        return input.with_shape(*input.shape[:2], *sizes)

    def check_mode(self, input: Any, mode: str) -> None:
        one_of(mode, MODES, "mode")
        ranks = RANKS.get(mode, (3, 4, 5))
        if input.rank not in ranks:
            raise WrongRank(
                f'mode="{mode}" takes an input of {ranks[0]} dimensions, but {input} has {input.rank}', "mode"
            )
        if input.dtype == "uint8" and mode in ("area", "linear", "trilinear"):
            raise BadArgument(f'mode="{mode}" does not take uint8', "mode")

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        """As fvcore counts: nothing for the nearest value, four for each value interpolated; a mean reads each."""

        mode = getattr(self, "mode", "nearest")
        if mode == "area":
            return elements(inputs[0].shape)
        return 0 if mode.startswith("nearest") else elements(output.shape) * 4

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        area = getattr(self, "mode", "nearest") == "area" and any(size != 1 for size in output.shape[2:])
        return tape.windowed(output, inputs, inputs if area else [])

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import along

        given = (
            self.scale_factor if isinstance(self.scale_factor, (list, tuple)) else [self.scale_factor] * (kind.rank - 2)
        )
        return along(
            kind.rank, [self.resizing(*axis) for axis in zip(kind.shape[2:], output.shape[2:], given, strict=True)]
        )

    def resizing(self, size: Size, new: Size, factor: float | None) -> Reach | None:
        """Along one axis, where it grows or shrinks by a whole factor."""
        from ..reach import interpolated, repeated

        mode = getattr(self, "mode", "nearest")
        if factor is None:
            factor = new / size if isinstance(size, int) and isinstance(new, int) else 0.5
        if mode == "nearest" and factor == int(factor):
            return repeated(int(factor))
        linear = mode in ("linear", "bilinear", "trilinear") and not getattr(self, "align_corners", True)
        return interpolated(int(factor)) if linear and factor == int(factor) else None

    def multiplied(self, need: Need, places: Any) -> list[Any]:
        given = self.scale_factor
        factors = list(given) if isinstance(given, (list, tuple)) else [given] * len(places)
        if len(factors) != len(places):
            raise BadArgument(
                f"scale_factor must be a number or {len(places)} of them, not {shown(given)}", "scale_factor"
            )
        names = AXES[len(places)]
        return [self.one(need, *axis) for axis in zip(places, factors, names, strict=True)]

    def one(self, need: Need, size: Any, factor: Any, axis: str) -> Any:
        if number(factor, "scale_factor") <= 0:
            raise BadArgument(f"scale_factor must be positive, but it is {factor}", "scale_factor")
        result = scaled(size, factor)
        return positive(need, result, lambda: f"the {axis} {size} * {factor} leaves nothing", "scale_factor")

    @classmethod
    def random_arguments(cls, rng: Random, dimensions: int) -> dict[str, Any]:
        factor = rng.choice((1, 2, 2, 3, 0.5, 0.7, 1.3, 2.0, 0.1))
        many = tuple(rng.choice((1, 2, 0.5, 1.5)) for _ in range(dimensions))
        scale = some(rng, 0.6, scale_factor=factor if chance(rng, 0.6) else many)
        return {**scale, **({} if scale and chance(rng, 0.95) else {"size": spread(rng, dimensions, 1, 8)})}


class Upsample(Resize):
    """Interpolates, in the manner of `mode`."""

    example: ClassVar[str] = 'Upsample(scale_factor=2, mode="bilinear")'
    mode: str = "nearest"
    align_corners: bool | None = None
    recompute_scale_factor: bool | None = None

    def infer(self, need: Need, input: Any) -> Any:
        if self.align_corners is not None and self.mode not in RANKS:
            raise BadArgument(f'align_corners does not go with mode="{self.mode}"', "align_corners")
        if self.recompute_scale_factor and self.size is not None:
            raise BadArgument("recompute_scale_factor does not go with size", "recompute_scale_factor")
        if isinstance(self.scale_factor, str) and self.scale_factor in MODES:
            message = f"scale_factor must be a number, not {shown(self.scale_factor)}"
            raise BadArgument(message, "scale_factor", help=self.by_keyword(input))
        return self.resized(need, input, self.mode)

    def by_keyword(self, input: Any) -> str:
        """`Upsample(2, "bilinear")`, in torch's words: what is no size of these maps is a factor."""
        self.check(input)
        is_size = isinstance(self.size, int) and any(isinstance(s, int) and self.size >= s for s in input.shape[2:])
        name = "size" if is_size or not isinstance(self.size, int) else "scale_factor"
        return f'write `Upsample({name}={shown(self.size)}, mode="{self.scale_factor}")`'

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        dimensions = rng.randint(1, 3)
        fitting = ("nearest", "nearest-exact", "area", {1: "linear", 2: "bilinear", 3: "trilinear"}[dimensions])
        chosen = some(
            rng,
            0.5,
            mode=rng.choice(fitting if chance(rng, 0.8) else (*MODES, "cubic")),
            align_corners=lambda: rng.choice((True, False, None)),
            recompute_scale_factor=lambda: rng.choice((True, False, None)),
        )
        return Sample({**cls.random_arguments(rng, dimensions), **chosen}, (images(rng, dimensions),))


class Upsampling(Resize):
    """The same for images, with a fixed mode."""

    listed: ClassVar[bool] = False
    mode: ClassVar[str]

    def infer(self, need: Need, input: Any) -> Any:
        return self.resized(need, input, self.mode)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        return Sample(cls.random_arguments(rng, 2), (images(rng, 2),))


class UpsamplingNearest2d(Upsampling):
    """Repeats the nearest value."""

    example: ClassVar[str] = "UpsamplingNearest2d(scale_factor=2)"
    mode: ClassVar[str] = "nearest"


class UpsamplingBilinear2d(Upsampling):
    """Interpolates linearly between corners that stay in place."""

    example: ClassVar[str] = "UpsamplingBilinear2d(scale_factor=2)"
    mode: ClassVar[str] = "bilinear"
    ranks: ClassVar[tuple[int, ...]] = (4,)
