"""Max and average pools of images, and those that fix their output size. What fewer networks do is in pool_rare.py."""

from __future__ import annotations

from ..dims import at_least, minimum
from ..shapes import FLOATS, INTEGERS, BadArgument, Indices, Message, Need, Size, TensorType, TooSmall, shown
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, required
from .checks import AVERAGED, AXES, WINDOWS, spatial, whole, wholes, windows
from .sampling import chance, images, some, spread

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape


class PoolNd(Layer):
    """What pools have in common."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "pooling"
    nick: ClassVar[str] = "pool"
    keeps: ClassVar[str] = "input"
    per_input: ClassVar[int] = 1
    formula: ClassVar[str] = ""
    dimensions: ClassVar[int]
    rule: ClassVar[str] = WINDOWS

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "dimensions" in vars(cls) and "ranks" not in vars(cls):
            cls.ranks = (cls.dimensions + 1, cls.dimensions + 2)

    @classmethod
    def shape_rule(cls) -> str:
        return cls.formula or spatial(cls.dimensions, cls.rule)

    def spread(self, field: str, low: int = 0, *, short: bool = True) -> tuple[int, ...]:
        return wholes(getattr(self, field), self.dimensions, field, low, short=short)

    def steps(self) -> tuple[int, ...]:
        """The stride, which is the kernel where it is left out."""
        stride = getattr(self, "stride", None)
        return self.spread("kernel_size" if stride is None else "stride", 1)

    def outcome(self, input: Any, sizes: list[Any]) -> Any:
        """The output, and the indices where they are asked for."""
        output = input.with_shape(*input.shape[: -self.dimensions], *sizes)
        if not getattr(self, "return_indices", False):
            return output
        plane = self.reached(input.shape[-self.dimensions], sizes[0]), *input.shape[1 - self.dimensions :]
        return output, Indices(output.shape, "int64", plane[: self.dimensions])

    def reached(self, size: Size, places: Size) -> Size:
        """Up to where windows lie along the first axis."""
        return size

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """Averages keep the input, maxima their indices too, whether or not anybody asked for them."""
        if isinstance(output, tuple):
            return tape.several(output, inputs, inputs[:1], outputs_kept=(1,))
        return tape.windowed(output, inputs, [inputs[0], *self.extras((inputs[0].type,), output)])

    def extras(self, inputs: tuple[Any, ...], output: Any) -> tuple[TensorType, ...]:
        return (TensorType(output.shape, "int64"),) if "return_indices" in self.fields else ()

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        return Sample(cls.random_arguments(rng), (images(rng, cls.dimensions),))

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        raise NotImplementedError


class WindowPool(PoolNd):
    """A pool whose window slides; `ceil_mode` lets the last one hang over the end."""

    listed: ClassVar[bool] = False

    @classmethod
    def for_free(cls, field: str) -> str | None:
        from . import lookup

        other = lookup(f"Adaptive{cls.__name__}") if field == "kernel_size" else None
        return f"`{other.__name__}(1)` takes all of a map at once, whatever its size" if other else None

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        kernel, padding, dilation = self.spread("kernel_size", 1), self.padded(), self.dilated()
        for k, p in zip(kernel, padding, strict=True):
            if p > k // 2:
                raise BadArgument(f"padding must be at most half the kernel, but {p} > {k} / 2", "padding")
        sizes = input.shape[-self.dimensions :]
        self.check_reach(need, sizes, kernel)
        each = zip(sizes, AXES[self.dimensions], kernel, self.steps(), padding, dilation, strict=True)
        return self.outcome(input, [windows(need, *axis, ceil=bool(self.ceil_mode)) for axis in each])

    def reached(self, size: Size, places: Size) -> Size:
        kernel, step, padding, dilation = (
            each[0] for each in (self.spread("kernel_size", 1), self.steps(), self.padded(), self.dilated())
        )
        end = (places - 1) * step - padding + (kernel - 1) * dilation + 1
        return minimum(size, end) if padding or self.ceil_mode else end

    def check_reach(self, need: Need, sizes: Any, kernel: tuple[int, ...]) -> None:
        """Torch's averages of volumes want the kernel to fit the input without its padding."""
        if self.dimensions < 3 or "dilation" in self.fields:
            return
        for size, k in zip(sizes, kernel, strict=True):
            message = f"kernel of {k} exceeds the size {size}, padding not counted"
            need.that(at_least(size, k), message, "kernel_size", self.for_free("kernel_size"), TooSmall)

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import along, sliding

        each = zip(self.spread("kernel_size", 1), self.steps(), self.padded(), self.dilated(), strict=True)
        return along(kind.rank, [sliding(*axis) for axis in each])

    def padded(self) -> tuple[int, ...]:
        return self.spread("padding")

    def dilated(self) -> tuple[int, ...]:
        return (1,) * self.dimensions

    if TYPE_CHECKING:
        ceil_mode: Any

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        makers: dict[str, Any] = {
            "stride": lambda: spread(rng, cls.dimensions, 1, 4),
            "padding": lambda: spread(rng, cls.dimensions, 0, 2),
            "dilation": lambda: spread(rng, cls.dimensions, 1, 3),
            "divisor_override": lambda: rng.randint(0, 3),
        }
        flags = {name: chance(rng, 0.5) for name in ("return_indices", "ceil_mode", "count_include_pad")}
        chosen = some(rng, 0.5, **makers, **flags)
        arguments = {name: value for name, value in chosen.items() if name in cls.fields}
        return {"kernel_size": spread(rng, cls.dimensions, 1, 4), **arguments}


class MaxPool(WindowPool):
    """The largest of each window."""

    listed: ClassVar[bool] = False
    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    kernel_size: Any = required()
    stride: Any = None
    padding: Any = 0
    dilation: Any = 1
    return_indices: bool = False
    ceil_mode: bool = False

    def dilated(self) -> tuple[int, ...]:
        return self.spread("dilation", 1)

    def check_reach(self, need: Need, sizes: Any, kernel: tuple[int, ...]) -> None:
        """A window that holds padding alone has no largest; torch then writes its gradient outside of the tensor."""
        each = zip(sizes, AXES[self.dimensions], self.padded(), self.dilated(), strict=True)
        for size, axis, padding, dilation in each:
            if padding:
                need.at_least(size, dilation, steps_over(dilation, axis, size), "dilation")


def steps_over(dilation: int, axis: str, size: Size) -> Message:
    return lambda: f"dilation of {dilation} steps over the whole {axis} {size}: a window would hold padding alone"


class MaxPool2d(MaxPool):
    """The largest of each window of an image."""

    example: ClassVar[str] = "MaxPool2d(2)"
    dimensions: ClassVar[int] = 2


class AvgPool(WindowPool):
    """The mean of each window."""

    listed: ClassVar[bool] = False
    dtypes: ClassVar[frozenset[str]] = FLOATS | {"int64"}
    rule: ClassVar[str] = AVERAGED
    kernel_size: Any = required()
    stride: Any = None
    padding: Any = 0
    ceil_mode: bool = False
    count_include_pad: bool = True

    def infer(self, need: Need, input: Any) -> Any:
        divisor = getattr(self, "divisor_override", None)
        if divisor is not None and not whole(divisor, "divisor_override"):
            raise BadArgument("divisor_override cannot be 0", "divisor_override")
        return super().infer(need, input)


class AvgPool2d(AvgPool):
    """The mean of each window of an image."""

    example: ClassVar[str] = "AvgPool2d(2)"
    dimensions: ClassVar[int] = 2
    divisor_override: int | None = None


class AdaptivePool(PoolNd):
    """A pool whose windows are cut so that the output has `output_size`; None keeps an axis as it is."""

    listed: ClassVar[bool] = False
    nick: ClassVar[str] = "avgpool"
    formula: ClassVar[str] = "[N, C, *] -> [N, C, *output_size]"
    output_size: Any = required()

    @classmethod
    def for_free(cls, field: str) -> str | None:
        return "a size is a number here, or None, which keeps what comes; the function `interpolate` takes free sizes"

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        given = (
            self.output_size if isinstance(self.output_size, (list, tuple)) else (self.output_size,) * self.dimensions
        )
        if len(given) != self.dimensions:
            raise BadArgument(
                f"output_size must be a size or {self.dimensions} of them, not {shown(given)}", "output_size"
            )
        sizes = input.shape[-self.dimensions :]
        return self.outcome(input, [self.chosen(one, size) for one, size in zip(given, sizes, strict=True)])

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """An average over everything is a mean, which keeps nothing."""
        if "return_indices" not in self.fields and all(size == 1 for size in output.shape[-self.dimensions :]):
            return tape.run(output, inputs)
        return super().trace(tape, inputs, output, options)

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import standing

        first = kind.rank - self.dimensions
        return lambda axis: standing(axis) if axis < first else divided(axis, kind.shape[axis], output.shape[axis])

    def chosen(self, given: Any, size: Any) -> Any:
        if given is None and self.dimensions > 1 and self.output_size is not None:
            return size
        return whole(given, "output_size", 1)

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        def one() -> int | None:
            return None if chance(rng, 0.15) else rng.randint(0 if chance(rng, 0.05) else 1, 6)

        many = tuple(one() for _ in range(cls.dimensions + (rng.choice((-1, 1)) if chance(rng, 0.05) else 0)))
        flags = {"return_indices": chance(rng, 0.5)} if "return_indices" in cls.fields else {}
        return {"output_size": one() if chance(rng, 0.5) else many, **some(rng, 0.5, **flags)}


def divided(axis: int, size: Any, parts: Any) -> Any:
    """An axis in so many windows."""
    from ..reach import WHOLE, known, sliding, standing

    if parts == 1:
        return WHOLE
    if size == parts:
        return standing(axis)
    even = isinstance(size, int) and isinstance(parts, int) and size % parts == 0
    return known(axis, sliding(size // parts, size // parts, 0) if even else None)


class AdaptiveAvgPool2d(AdaptivePool):
    """Means over as many windows as the output has places."""

    example: ClassVar[str] = "AdaptiveAvgPool2d(1)"
    dimensions: ClassVar[int] = 2
