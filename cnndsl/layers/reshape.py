"""Layers that move values without computing: flatten, shuffle, unfold, fold, permute."""

from __future__ import annotations

from ..dims import Dim
from ..shapes import FLOATS, BadArgument, Misfit, Need, Size, TensorType, WrongRank, product, quotient, shown
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, required
from .checks import AXES, EVERY, axis_of, is_whole, more_channels, whole, wholes, windows
from .sampling import chance, dtype, images, shape, some, spread, tensor

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape


def divided(need: Need, total: Size, sizes: Any, field: str) -> tuple[Size, ...]:
    """The sizes, one of them perhaps -1, that multiply to `total`."""
    open_ = [index for index, size in enumerate(sizes) if is_whole(size) and size == -1]
    others = [size for index, size in enumerate(sizes) if index not in open_]
    for size in others:
        whole(size, field, 1)
    known = product(others)
    if len(open_) > 1:
        raise BadArgument(f"{field} can have one -1 only, not {len(open_)}", field)
    if not open_:
        need.equal(total, known, f"{total} values cannot take the sizes {list(sizes)}, which hold {known}", field)
        return tuple(sizes)
    need.multiple(total, known, f"{total} values cannot be divided by {known} for the sizes {list(sizes)}", field)
    return tuple(quotient(total, others) if index in open_ else size for index, size in enumerate(sizes))


class Moving(Layer):
    """Takes every dtype."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "reshape"
    dtypes: ClassVar[frozenset[str]] = EVERY


class Reshaping(Moving):
    """The same values in the same order: a view, where torch can make one."""

    listed: ClassVar[bool] = False

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        return tape.reshape(inputs[0], output.shape)


class Flatten(Reshaping):
    """Joins the axes start_dim to end_dim into one."""

    nick: ClassVar[str] = "flatten"
    formula: ClassVar[str] = "[N, A, B, …] -> [N, A * B * …]"
    start_dim: int = 1
    end_dim: int = -1

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import flattened

        return flattened(self.start_dim % kind.rank, self.end_dim % kind.rank)

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        first = axis_of(self.start_dim, input.rank, "start_dim")
        last = axis_of(self.end_dim, input.rank, "end_dim")
        if first > last:
            raise BadArgument(f"start_dim is axis {first}, after end_dim, axis {last}", "start_dim")
        if first == last:
            return input if input.rank else input.with_shape(1)
        joined = product(input.shape[first : last + 1])
        return input.with_shape(*input.shape[:first], joined, *input.shape[last + 1 :])

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        dims = some(rng, 0.5, start_dim=rng.randint(-3, 3), end_dim=rng.randint(-3, 3))
        return Sample(dims, (tensor(rng),))


class Unflatten(Reshaping):
    """Splits the axis dim into several."""

    nick: ClassVar[str] = "unflatten"
    formula: ClassVar[str] = "[N, D, *] -> [N, *unflattened_size, *]"
    example: ClassVar[str] = "Unflatten(1, (16, 7, 7))"
    dim: int = required()
    unflattened_size: Any = required()

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        if not isinstance(self.unflattened_size, (list, tuple)) or not self.unflattened_size:
            given = shown(self.unflattened_size)
            help = self.as_list(input.rank) if is_whole(self.dim) and is_whole(self.unflattened_size) else None
            raise BadArgument(f"unflattened_size must be a list of sizes, not {given}", "unflattened_size", help=help)
        axis = axis_of(self.dim, input.rank)
        if not input.rank:
            raise WrongRank("Unflatten takes an input of at least 1 dimension")
        sizes = divided(need, input.shape[axis], self.unflattened_size, "unflattened_size")
        return input.with_shape(*input.shape[:axis], *sizes, *input.shape[axis + 1 :])

    def as_list(self, rank: int) -> str:
        """How to say the one number that is given for a list of sizes."""
        dim, size = self.dim, self.unflattened_size
        if dim >= rank:
            return f"the axis comes first, then a list of its parts: `Unflatten(1, ({dim}, {size}))`"
        return f"axis {dim} has at least two parts: `Unflatten({dim}, (..., {size}))`"

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        input = tensor(rng)
        axis, sizes = rng.randrange(input.rank), shape(rng, rng.randint(1, 3), 3)
        whole_shape = (*input.shape[:axis], product(sizes), *input.shape[axis + 1 :])
        if chance(rng, 0.3):
            sizes = (*sizes[:-1], rng.choice((-1, -1, 0, 2)))
        kind = rng.choice((tuple, list))
        return Sample({"dim": axis, "unflattened_size": kind(sizes)}, (TensorType(whole_shape, input.dtype),))


class PixelShuffle(Moving):
    """Moves channels into space: r * r channels become r times the height and width."""

    nick: ClassVar[str] = "shuffle"
    formula: ClassVar[str] = "[*, C * r**2, H, W] -> [*, C, H * r, W * r]"
    example: ClassVar[str] = "PixelShuffle(2)"
    upscale_factor: int = required()

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import along, repeated

        return along(kind.rank, [repeated(self.upscale_factor)] * 2)

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        factor = whole(self.upscale_factor, "upscale_factor", 1)
        *batch, channels, height, width = spatial(input, type(self).__name__)
        square = factor * factor
        message = f"{channels} channels are no multiple of {factor}**2 = {square}"
        need.multiple(channels, square, message, "upscale_factor", more_channels(channels, square))
        return input.with_shape(*batch, channels // square, height * factor, width * factor)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        factor = rng.randint(0 if chance(rng, 0.1) else 1, 3)
        channels = factor * factor * rng.randint(1, 3) + chance(rng, 0.2) or 1
        return Sample({"upscale_factor": factor}, (images(rng, 2, channels),))


class PixelUnshuffle(Moving):
    """Moves space into channels: the inverse of PixelShuffle."""

    nick: ClassVar[str] = "unshuffle"
    formula: ClassVar[str] = "[*, C, H * r, W * r] -> [*, C * r**2, H, W]"
    example: ClassVar[str] = "PixelUnshuffle(2)"
    downscale_factor: int = required()

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        """Of all channels that are made from one together."""
        from ..reach import along, sliding

        return along(kind.rank, [sliding(self.downscale_factor, self.downscale_factor, 0)] * 2)

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        factor = whole(self.downscale_factor, "downscale_factor", 1)
        *batch, channels, height, width = spatial(input, type(self).__name__)
        for name, size in (("height", height), ("width", width)):
            need.multiple(size, factor, f"the {name} {size} is no multiple of {factor}", "downscale_factor")
        return input.with_shape(*batch, channels * (factor * factor), height // factor, width // factor)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        factor = rng.randint(0 if chance(rng, 0.1) else 1, 3)
        sizes = [factor * rng.randint(1, 3) + chance(rng, 0.2) or 1 for _ in "HW"]
        batch = shape(rng, rng.randint(0, 3), 3)
        return Sample({"downscale_factor": factor}, (TensorType((*batch, *sizes), dtype(rng)),))


def spatial(input: TensorType, name: str) -> tuple[Size, ...]:
    if input.rank < 3:
        raise WrongRank(f"{name} takes an input of at least 3 dimensions, but {input} has {input.rank}")
    return input.shape


class ChannelShuffle(Moving):
    """Deals the channels of g groups out in turn."""

    nick: ClassVar[str] = "shuffle"
    formula: ClassVar[str] = "[N, C, *] -> [N, C, *]"
    example: ClassVar[str] = "ChannelShuffle(2)"
    local: ClassVar[bool] = True
    groups: int = required()

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        groups = whole(self.groups, "groups", 1)
        channels = spatial(input, "ChannelShuffle")[1]
        need.multiple(channels, groups, f"{channels} channels are no multiple of {groups} groups", "groups")
        return input

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        groups = rng.randint(0 if chance(rng, 0.1) else 1, 3)
        channels = groups * rng.randint(1, 3) + chance(rng, 0.2) or 1
        sizes = (rng.randint(1, 3), channels, *shape(rng, rng.randint(0, 3), 4))
        return Sample({"groups": groups}, (TensorType(sizes, dtype(rng)),))


class Patches(Moving):
    """What unfolding and folding have in common: the windows of an image, as columns."""

    listed: ClassVar[bool] = False
    dtypes: ClassVar[frozenset[str]] = FLOATS | {"bool"}
    if TYPE_CHECKING:
        kernel_size: Any
        dilation: Any
        padding: Any
        stride: Any

    def counts(self, need: Need, sizes: Any) -> tuple[Size, Size]:
        """Elements of a window, and the number of windows."""
        kernel, stride, padding, dilation = (
            wholes(getattr(self, field), 2, field, low, short=False)
            for field, low in (("kernel_size", 1), ("stride", 1), ("padding", 0), ("dilation", 1))
        )
        each = zip(sizes, AXES[2], kernel, stride, padding, dilation, strict=True)
        return product(kernel), product([windows(need, *axis) for axis in each])

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        makers = {"dilation": (1, 2), "padding": (0, 2), "stride": (1, 3)}
        chosen = {name: spread(rng, 2, *span) for name, span in makers.items() if chance(rng, 0.4)}
        return {"kernel_size": spread(rng, 2, 1, 3), **chosen}


class Unfold(Patches):
    """The windows of an image, each as a column."""

    nick: ClassVar[str] = "unfold"
    formula: ClassVar[str] = "[N, C, H, W] -> [N, C * kernel elements, number of windows]"
    example: ClassVar[str] = "Unfold(3, padding=1)"
    ranks: ClassVar[tuple[int, ...]] = (3, 4)
    kernel_size: Any = required()
    dilation: Any = 1
    padding: Any = 0
    stride: Any = 1

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        *batch, channels, height, width = input.shape
        try:
            elements, count = self.counts(need, (height, width))
        except Misfit as error:
            if (k := self.kernel_size) == self.dilation != 1:  # `Unfold(8, 8)`, as one writes a pooling
                error.help = f"the second number is the dilation: windows side by side are `Unfold({k}, stride={k})`"
            raise
        return input.with_shape(*batch, channels * elements, count)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        return Sample(cls.random_arguments(rng), (images(rng, 2),))


class Fold(Patches):
    """The image whose windows are the columns, overlaps added: the counterpart of Unfold."""

    nick: ClassVar[str] = "fold"
    formula: ClassVar[str] = "[N, C * kernel elements, number of windows] -> [N, C, *output_size]"
    example: ClassVar[str] = "Fold((16, 16), 3, padding=1)"
    ranks: ClassVar[tuple[int, ...]] = (2, 3)
    output_size: Any = required()
    kernel_size: Any = required()
    dilation: Any = 1
    padding: Any = 0
    stride: Any = 1

    @classmethod
    def for_free(cls, field: str) -> str | None:
        return "a layer's sizes are numbers; the function `fold` takes free ones" if field == "output_size" else None

    def infer(self, need: Need, input: Any) -> Any:
        return self.folded(need, input, wholes(self.output_size, 2, "output_size", 1, short=False))

    def folded(self, need: Need, input: Any, sizes: tuple[Size, ...]) -> Any:
        """The image of these sizes: numbers in a layer, which is made before any image is there."""
        self.check(input)
        elements, count = self.counts(need, sizes)
        *batch, rows, columns = input.shape
        need.multiple(
            rows, elements, f"{rows} rows are no multiple of the {elements} elements of a window", "kernel_size"
        )
        shown = ", ".join(map(str, sizes))
        message = f"an output of ({shown}) has {count} windows, but the input has {columns} columns"
        need.equal(columns, count, message, "output_size")
        return input.with_shape(*batch, rows // elements, *sizes)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = {"output_size": spread(rng, 2, 2, 6), **cls.random_arguments(rng)}
        try:
            elements, count = cls(**arguments).counts(Need(), wholes(arguments["output_size"], 2, "output_size"))
        except Misfit:
            elements, count = 4, 4
        rows = elements * rng.randint(1, 2) + chance(rng, 0.1)
        batch = () if chance(rng, 0.3) else shape(rng, 1, 3)
        return Sample(arguments, (TensorType((*batch, rows, count + chance(rng, 0.1)), dtype(rng)),))


SUPPORT = '''\
class {name}(nn.Module):
    """{doc}"""

    def __init__(self, {field}: list[int] | tuple[int, ...]) -> None:
        super().__init__()
        self.{field} = {field}

    def extra_repr(self) -> str:
        return f"{field}={{self.{field}}}"

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.{function}(input, self.{field})
'''


class Stored(Moving):
    """A layer that torch.nn lacks: a torch function of the same name, with its argument kept."""

    listed: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        name, (field,) = cls.__name__, cls.fields
        cls.path = name
        cls.support = SUPPORT.format(name=name, doc=cls.__doc__, field=field, function=name.lower())


class Permute(Stored):
    """Puts the axes into another order."""

    nick: ClassVar[str] = "permute"
    formula: ClassVar[str] = "[A, B, C] -> [B, C, A] for dims (1, 2, 0)"
    example: ClassVar[str] = "Permute((0, 2, 3, 1))"
    dims: Any = required()

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import turned

        return turned([axis % kind.rank for axis in self.dims])

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        if not isinstance(self.dims, (list, tuple)):
            raise BadArgument(f"dims must be a list of axes, not {shown(self.dims)}", "dims")
        axes = [axis_of(dim, input.rank, "dims") for dim in self.dims]
        if sorted(axes) != list(range(input.rank)):
            raise BadArgument(f"dims must name each of the {input.rank} axes once, not {list(self.dims)}", "dims")
        return input.with_shape(*(input.shape[axis] for axis in axes))

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        return tape.permute(inputs[0], (axis % output.rank for axis in self.dims))

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        input = tensor(rng)
        dims = rng.sample(range(input.rank), input.rank)
        dims = [dim - input.rank * chance(rng, 0.2) for dim in dims] + [0] * chance(rng, 0.1)
        return Sample({"dims": rng.choice((list, tuple))(dims)}, (input,))


class Reshape(Stored):
    """Gives the values another shape, batch included; one size may be -1."""

    nick: ClassVar[str] = "reshape"
    formula: ClassVar[str] = "[*] -> shape"
    example: ClassVar[str] = "Reshape((-1, 16, 7, 7))"
    shape: Any = required()

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        if not isinstance(self.shape, (list, tuple)):
            raise BadArgument(f"shape must be a list of sizes, not {shown(self.shape)}", "shape")
        if any(isinstance(size, Dim) for size in self.shape):
            sizes = ", ".join(map(str, self.shape))
            help = f"one size may be -1; the function takes any: `-> reshape({sizes})`"
            raise BadArgument(
                f"the shape of a Reshape is known when it is built, not {shown(self.shape)}", "shape", help=help
            )
        return input.with_shape(*divided(need, product(input.shape), self.shape, "shape"))

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        return tape.reshape(inputs[0], output.shape)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        sizes = list(shape(rng, rng.randint(1, 4), 3))
        given = rng.sample(sizes, len(sizes)) + [1] * chance(rng, 0.3)
        if chance(rng, 0.5):
            given[rng.randrange(len(given))] = rng.choice((-1, -1, -1, 0, 2))
        return Sample({"shape": rng.choice((list, tuple))(given)}, (TensorType(tuple(sizes), dtype(rng)),))
