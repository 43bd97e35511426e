"""Unpooling with the indices of a max pool, and pools of random fractional windows."""

from __future__ import annotations

from ..dims import at_least, equal
from ..shapes import FLOATS, BadArgument, Indices, Need, Size, SizeDiffers, TensorType, WrongDtype, shown
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Sample, required
from .checks import AXES, absent, agree, number, positive, scaled
from .pool import PoolNd
from .sampling import chance, images, some, spread

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape


HELP = "say how large what was pooled is: `output_size=x.shape`"


class MaxUnpool(PoolNd):
    """Puts values back where the indices say, zeros elsewhere."""

    listed: ClassVar[bool] = False
    enlarges: ClassVar[bool] = True
    nick: ClassVar[str] = "unpool"
    inputs: ClassVar[tuple[str, ...]] = ("input", "indices")
    per_input: ClassVar[int] = 0
    options: ClassVar[tuple[str, ...]] = ("output_size",)
    kernel_size: Any = required()
    stride: Any = None
    padding: Any = 0

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.formula = "[N, C, *], indices -> [N, C, *] with H' = (H - 1)*stride - 2*padding + kernel, or output_size"
        cls.example = f"{cls.__name__}(2)(x, indices)"

    def infer(self, need: Need, input: Any, indices: Any, output_size: Any = None) -> Any:
        self.check(input)
        agree(need, indices, input.shape, "the indices")
        if indices.dtype != "int64":
            raise WrongDtype(f"the indices must be int64, not {indices.dtype}")
        kernel, padding = self.spread("kernel_size", 1, short=False), self.spread("padding", short=False)
        steps = self.spread("stride", 1, short=False) if self.stride is not None else kernel
        places = input.shape[-self.dimensions :]
        plain = [(size - 1) * s - 2 * p + k for size, s, p, k in zip(places, steps, padding, kernel, strict=True)]
        if output_size is not None:
            sizes = self.chosen(need, list(output_size), plain, steps)
        else:
            sizes = [self.left(need, size, axis) for size, axis in zip(plain, AXES[self.dimensions], strict=True)]
        if isinstance(indices, Indices):
            self.check_plane(need, indices.plane, sizes)
        return self.outcome(input, sizes)

    def check_plane(self, need: Need, plane: tuple[Size, ...], sizes: list[Any]) -> None:
        """Indices number the places of what was pooled, row after row: all axes but the first must be as long here."""
        for place, (was, size, axis) in enumerate(zip(plane, sizes, AXES[self.dimensions], strict=True)):
            message = f"the indices are those of a {axis} of {was}, but the {axis} here is {size}"
            met = equal(size, was) if place else at_least(size, was)
            need.that(met, message, help=HELP, refusal=SizeDiffers)

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        return tape.run(output, inputs, [inputs[1]])

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import unknown

        return unknown

    def left(self, need: Need, size: Any, axis: str) -> Any:
        message = f"nothing is left of the {axis}: (size - 1)*stride - 2*padding + kernel = {size}"
        return positive(need, size, lambda: message, "padding")

    def chosen(self, need: Need, sizes: list[Any], plain: list[Any], steps: tuple[int, ...]) -> list[Any]:
        """The sizes that the caller asks for, each less than a stride away from the plain one."""
        if len(sizes) == self.dimensions + 2:
            sizes = sizes[2:]
        if len(sizes) != self.dimensions:
            raise BadArgument(f"output_size must have {self.dimensions} sizes or {self.dimensions + 2}", "output_size")
        for size, middle, step in zip(sizes, plain, steps, strict=True):
            message = f"output_size {size} must lie between {middle - step} and {middle + step}, exclusively"
            need.that(at_least(size, middle - step + 1), message, "output_size", refusal=BadArgument)
            need.that(at_least(middle + step - 1, size), message, "output_size", refusal=BadArgument)
        return sizes

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        count = cls.dimensions
        input = images(rng, count, high=4)
        indices = TensorType(input.shape, "int64" if chance(rng, 0.95) else "int32")
        chosen = some(rng, 0.5, stride=spread(rng, count, 1, 3), padding=spread(rng, count, 0, 1))
        size = [rng.randint(1, 9) for _ in range(count)]
        options = some(rng, 0.3, output_size=[1, 1, *size] if chance(rng, 0.3) else size)
        return Sample({"kernel_size": spread(rng, count, 1, 3), **chosen}, (input, indices), options)


class MaxUnpool1d(MaxUnpool):
    """Undoes MaxPool1d, given its indices."""

    dimensions: ClassVar[int] = 1


class MaxUnpool2d(MaxUnpool):
    """Undoes MaxPool2d, given its indices."""

    dimensions: ClassVar[int] = 2


class MaxUnpool3d(MaxUnpool):
    """Undoes MaxPool3d, given its indices."""

    dimensions: ClassVar[int] = 3


class FractionalMaxPool(PoolNd):
    """The largest of windows whose places are drawn at random, to a size or a ratio."""

    listed: ClassVar[bool] = False
    effects: ClassVar[bool] = True
    dtypes: ClassVar[frozenset[str]] = FLOATS
    kernel_size: Any = required()
    output_size: Any = None
    output_ratio: Any = None
    return_indices: bool = False
    _random_samples: Any = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.formula = "[N, C, *] -> [N, C, *output_size], or [N, C, *] -> [N, C, floor(each * output_ratio)]"
        cls.example = f"{cls.__name__}(2, output_ratio=0.5)"

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        absent(self._random_samples, "_random_samples")
        if (self.output_size is None) == (self.output_ratio is None):
            raise BadArgument("exactly one of output_size and output_ratio must be given", "output_size")
        kernel = self.spread("kernel_size", 1, short=False)
        places = input.shape[-self.dimensions :]
        sizes = self.sizes(need, places)
        for size, k, place, axis in zip(sizes, kernel, places, AXES[self.dimensions], strict=True):
            low = size + (k - 1) + (self.dimensions == 3)  # torch asks one more of volumes
            message = f"{size} windows of {k} do not fit the {axis} {place}, which must be at least {low}"
            need.at_least(place, low, message, "kernel_size")
        return self.outcome(input, sizes)

    def sizes(self, need: Need, places: Any) -> list[Any]:
        if self.output_size is not None:
            return list(self.spread("output_size", 1, short=False))
        given = self.output_ratio
        ratios = list(given) if isinstance(given, (list, tuple)) else [given] * self.dimensions
        if len(ratios) != self.dimensions or not all(0 < number(ratio, "output_ratio") < 1 for ratio in ratios):
            raise BadArgument(f"output_ratio must be between 0 and 1 for each axis, not {shown(given)}", "output_ratio")
        return [
            positive(
                need,
                scaled(size, ratio, "output_ratio"),
                lambda: f"output_ratio {given} leaves nothing",
                "output_ratio",
            )
            for size, ratio in zip(places, ratios, strict=True)
        ]

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        many = tuple(rng.choice((0.2, 0.5, 0.75)) for _ in range(cls.dimensions))
        ratio = {"output_ratio": many if chance(rng, 0.5) else rng.choice((0.3, 0.5, 0.7, 1.0))}
        size = {"output_size": spread(rng, cls.dimensions, 1, 5 - cls.dimensions)}
        both = {**ratio, **size} if chance(rng, 0.05) else ratio if chance(rng, 0.5) else size
        return {
            "kernel_size": spread(rng, cls.dimensions, 1, 5 - cls.dimensions),
            **both,
            **some(rng, 0.4, return_indices=True),
        }


class FractionalMaxPool2d(FractionalMaxPool):
    """Max pooling of images by a ratio that need not be whole."""

    dimensions: ClassVar[int] = 2


class FractionalMaxPool3d(FractionalMaxPool):
    """Max pooling of volumes by a ratio that need not be whole."""

    dimensions: ClassVar[int] = 3
