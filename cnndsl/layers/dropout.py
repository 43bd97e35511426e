"""Dropout of every kind; shapes stay. When evaluating they all do nothing."""

from __future__ import annotations

from ..shapes import Need, Size, WrongRank
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, required
from .checks import one_of, probability
from .sampling import chance, some, tensor

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


class Drop(Layer):
    """Sets to zero at random, with probability p."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "dropout"
    nick: ClassVar[str] = "drop"
    effects: ClassVar[bool] = True
    local: ClassVar[bool] = True
    least: ClassVar[int] = 0  # the rank it takes at least
    p: float = 0.5
    inplace: bool = False

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        probability(self.p)
        if self.p and input.rank < self.least:
            name = type(self).__name__
            raise WrongRank(f"{name} takes an input of at least {self.least} dimensions, but {input} has {input.rank}")
        return input

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        one, shape = inputs[0], self.mask(inputs[0].type.shape)
        if self.inplace and tape.training and self.p:
            return tape.inplace(one, [tape.mask(one, self.p, shape)])
        return tape.dropout(one, self.p, shape)

    def mask(self, shape: tuple[Size, ...]) -> tuple[Size, ...]:
        """The shape of the mask in training: one value for each that is dropped by itself."""
        return shape

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        p = rng.choice((0, 0.1, 0.5, 1, 1.0)) if chance(rng, 0.9) else rng.choice((-0.1, 1.5, "half"))
        return Sample(some(rng, 0.6, p=p, inplace=chance(rng, 0.5)), (tensor(rng, *(cls.ranks or range(1, 6))),))


class Dropout(Drop):
    """Sets single values to zero at random."""

    example: ClassVar[str] = "Dropout(0.5)"


class ChannelDrop(Drop):
    """Sets whole channels to zero."""

    listed: ClassVar[bool] = False

    def mask(self, shape: tuple[Size, ...]) -> tuple[Size, ...]:
        channels = len(shape) - (self.ranks[-1] - 2 if self.ranks else max(len(shape) - 2, 0))
        return (*shape[:channels], *(1 for _ in shape[channels:]))


class Dropout1d(ChannelDrop):
    """Sets whole channels of sequences to zero at random."""

    example: ClassVar[str] = "Dropout1d(0.2)"
    ranks: ClassVar[tuple[int, ...]] = (2, 3)


class Dropout2d(ChannelDrop):
    """Sets whole channels of images to zero at random."""

    example: ClassVar[str] = "Dropout2d(0.2)"
    ranks: ClassVar[tuple[int, ...]] = (3, 4)

    def mask(self, shape: tuple[Size, ...]) -> tuple[Size, ...]:
        """Torch takes three axes for a batch of sequences."""
        return (*shape[:2], *(1 for _ in shape[2:]))


class Dropout3d(ChannelDrop):
    """Sets whole channels of volumes to zero at random."""

    example: ClassVar[str] = "Dropout3d(0.2)"
    ranks: ClassVar[tuple[int, ...]] = (4, 5)


class AlphaDropout(Drop):
    """Dropout that keeps mean and variance of SELU's activations."""


class FeatureAlphaDropout(ChannelDrop):
    """Alpha dropout of whole channels."""

    least: ClassVar[int] = 2


class StochasticDepth(Layer):
    """Skips a residual branch at random while training: for the whole batch, or sample by sample."""

    kind: ClassVar[str] = "dropout"
    nick: ClassVar[str] = "drop"
    effects: ClassVar[bool] = True
    path: ClassVar[str] = "StochasticDepth"
    local: ClassVar[bool] = True
    example: ClassVar[str] = 'StochasticDepth(0.2, "row")'
    p: float = required()
    mode: str = required()
    support: ClassVar[str] = '''\
def drop_at_random(input: torch.Tensor, p: float, mode: str) -> torch.Tensor:
    """Drops all of the input ("batch") or samples of it ("row"), each with chance p."""
    survival = 1.0 - p
    rows = input.shape[0] if mode == "row" else 1
    shape = [rows] + [1] * (input.ndim - 1)
    noise = torch.empty(shape, dtype=input.dtype, device=input.device)
    noise = noise.bernoulli_(survival)
    if survival > 0.0:
        noise.div_(survival)
    return input * noise


torch.fx.wrap("drop_at_random")


class StochasticDepth(nn.Module):
    """Drops the input in training: all of it ("batch") or by samples ("row")."""

    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode}"

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return input
        return drop_at_random(input, self.p, self.mode)
'''

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        probability(self.p)
        one_of(self.mode, ("batch", "row"), "mode")
        if not input.rank:
            raise WrongRank("StochasticDepth takes an input of at least 1 dimension")
        return input

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        rows, *others = output.shape
        if not tape.training or self.p == 0:
            return inputs[0]
        return tape.masked(inputs[0], (rows if self.mode == "row" else 1, *(1 for _ in others)))

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        p = rng.choice((0.0, 0.1, 0.5, 1.0, 1.0, 1.5, -0.1))
        return Sample({"p": p, "mode": rng.choice(("batch", "row", "row", "all"))}, (tensor(rng),))
