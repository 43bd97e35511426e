"""Normalisation over the batch and groups of channels. Of each sample: norm_each.py, over the last axes: axes.py."""

from __future__ import annotations

from ..shapes import BadArgument, Need, Size, TensorType, WrongDtype, WrongRank, elements
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, Weight, inferred, keyword_only, required
from .checks import absent, divisible, epsilon, number, whole
from .sampling import chance, images, some, tensor

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape

MIXED = frozenset({"float16", "bfloat16", "float32"})  # what float32 weights go with


def reals(rng: Random) -> dict[str, Any]:
    return {"eps": rng.choice((1e-3, 1e-6, 0, 64)), "momentum": rng.choice((0.01, 0.5, None))}


class ChannelNorm(Layer):
    """Normalises each channel, with running statistics if they are tracked."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "normalisation"
    nick: ClassVar[str] = "bn"
    dimensions: ClassVar[int] = 0
    num_features: int = inferred()
    eps: float = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    track_running_stats: bool = True

    def verify(self, need: Need, input: Any, axis: int) -> None:
        """What all of them refuse."""
        self.check(input)
        whole(self.num_features, "num_features", 1)
        epsilon(self.eps)
        if self.momentum is not None:
            number(self.momentum, "momentum")
        actual = input.shape[axis]
        need.equal(
            actual,
            self.num_features,
            lambda: f"num_features is {self.num_features}, but the input has {actual} channels",
            "num_features",
        )
        if input.dtype == "float64" and self.is_mixed():
            raise WrongDtype(f"{type(self).__name__} has float32 weights, but the input is float64")

    def is_mixed(self) -> bool:
        """Whether there are weights that the input's dtype must go with."""
        return bool(self.affine or self.track_running_stats)

    def is_trained(self) -> bool:
        return self.affine

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        """In evaluation a factor and a summand for each value; from the input itself as many as fvcore counts."""
        fixed = self.track_running_stats
        each = (2 if self.affine else 1) if fixed else (5 if self.affine else 4)
        return elements(output.shape) * each

    def weights(self) -> tuple[Weight, ...]:
        shape = (self.num_features,)
        slope = (Weight("weight", shape),) if self.affine else ()
        shift = (Weight("bias", shape),) if self.affine and self.bias else ()
        return (*slope, *shift, *(self.statistics() if self.track_running_stats else ()))

    def statistics(self) -> tuple[Weight, ...]:
        shape = (self.num_features,)
        return (
            Weight("running_mean", shape, kind="buffer"),
            Weight("running_var", shape, kind="buffer"),
            Weight("num_batches_tracked", (), "int64", "buffer"),
        )

    if TYPE_CHECKING:
        bias: Any

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        flags = {name: chance(rng, 0.5) for name in ("affine", "track_running_stats", "bias")}
        input = cls.random_input(rng)
        stated = {"num_features": input.shape[1] if input.rank > 1 else 1} if chance(rng, 0.2) else {}
        return Sample({**some(rng, 0.5, **flags, **reals(rng)), **stated}, (input,))

    @classmethod
    def random_input(cls, rng: Random) -> Any:
        return images(rng, cls.dimensions)


class BatchNorm(ChannelNorm):
    """Normalises each channel over the batch and all places."""

    listed: ClassVar[bool] = False
    effects: ClassVar[bool] = True
    formula: ClassVar[str] = "[N, C, *] -> [N, C, *]"
    local: ClassVar[bool] = True  # in evaluation
    bias: bool = keyword_only(True)

    @classmethod
    def other_rank(cls, tensor: TensorType) -> str | None:
        return "BatchNorm1d takes vectors, [N, C]" if tensor.rank == 2 else super().other_rank(tensor)

    def infer(self, need: Need, input: Any) -> Any:
        self.verify(need, input, 1)
        if self.eps <= 0:
            raise BadArgument(f"eps must be positive, but it is {self.eps}", "eps")
        values = (input.shape[0], *input.shape[2:])
        if self.track_running_stats:
            need.several_in_training(values, type(self).__name__, input)
        else:
            message = "without running statistics, batch normalisation needs more than one value for each channel"
            need.several(values, message, "track_running_stats")
        return input

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """Training keeps the mean and the deviation of each channel beside the input."""
        measured = tape.training or not self.track_running_stats
        channels = (TensorType((self.num_features,)),) * 2 if measured else ()
        return tape.each(output, inputs, [inputs[0], *channels], trained=self.is_trained())


class BatchNorm1d(BatchNorm):
    """Normalises each channel over a batch of vectors or sequences."""

    ranks: ClassVar[tuple[int, ...]] = (2, 3)

    @classmethod
    def random_input(cls, rng: Random) -> Any:
        return tensor(rng, 2, 3)


class BatchNorm2d(BatchNorm):
    """Normalises each channel over a batch of images."""

    ranks: ClassVar[tuple[int, ...]] = (4,)
    dimensions: ClassVar[int] = 2


class BatchNorm3d(BatchNorm):
    """Normalises each channel over a batch of volumes."""

    ranks: ClassVar[tuple[int, ...]] = (5,)
    dimensions: ClassVar[int] = 3


class SyncBatchNorm(BatchNorm):
    """Batch normalisation whose statistics span all processes of a distributed training."""

    process_group: Any = None

    def infer(self, need: Need, input: Any) -> Any:
        absent(self.process_group, "process_group")
        return super().infer(need, input)

    @classmethod
    def random_input(cls, rng: Random) -> Any:
        return tensor(rng, 2, 3, 4, 5)


class GroupNorm(Layer):
    """Normalises each group of channels of each sample."""

    kind: ClassVar[str] = "normalisation"
    nick: ClassVar[str] = "norm"
    formula: ClassVar[str] = "[N, C, *] -> [N, C, *]"
    example: ClassVar[str] = "GroupNorm(8)"
    keeps: ClassVar[str] = "input"
    num_groups: int = required()
    num_channels: int = inferred()
    eps: float = 1e-5
    affine: bool = True
    bias: bool = keyword_only(True)

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        groups, channels = whole(self.num_groups, "num_groups", 1), whole(self.num_channels, "num_channels", 1)
        epsilon(self.eps)
        divisible(channels, groups, "the number of channels", "num_groups")
        if input.rank < 2:
            raise WrongRank(f"GroupNorm takes an input of at least 2 dimensions, but {input} has {input.rank}")
        need.equal(
            input.shape[1],
            channels,
            lambda: f"num_channels is {channels}, but the input has {input.shape[1]}",
            "num_channels",
        )
        if input.dtype == "float64" and self.affine:
            raise WrongDtype("GroupNorm has float32 weights, but the input is float64")
        values = (input.shape[0], channels // groups, *input.shape[2:])
        need.several(values, "group normalisation needs more than one value for each group", "num_groups")
        return input

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        return elements(output.shape) * (5 if self.affine else 4)

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import over

        return over(2)

    def extras(self, inputs: tuple[Any, ...], output: Any) -> tuple[TensorType, ...]:
        return (TensorType((output.shape[0], self.num_groups), "float32" if self.affine else output.dtype),) * 2

    def weights(self) -> tuple[Weight, ...]:
        shape = (self.num_channels,)
        return tuple(Weight(name, shape) for name in ("weight", "bias")[: self.affine and 1 + bool(self.bias)])

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        input = tensor(rng, 2, 3, 4, 5)
        flags = some(rng, 0.4, affine=chance(rng, 0.5), bias=chance(rng, 0.5), eps=rng.choice((1e-3, 0, 64)))
        return Sample({"num_groups": rng.choice((0, 1, 1, 1, 2, 2, 3)), **flags}, (input,))
