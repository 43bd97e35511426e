"""Softmax and its kin: activations normalised along one axis."""

from __future__ import annotations

from ..shapes import Need, TensorType
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample
from .checks import axis_of
from .sampling import chance, tensor

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape


class AlongAxis(Layer):
    """Normalises along the axis `dim`. Torch's choice for `dim=None`: 0 for 0, 1 or 3 dimensions, else 1."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "activation"
    nick: ClassVar[str] = "softmax"
    example: ClassVar[str] = "Softmax(1)"
    keeps: ClassVar[str] = "output"
    per_output: ClassVar[int] = 5
    dim: int | None = None

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        """Mixed along the one axis; torch's choice, if it is left to torch, is the channels of images."""
        from ..reach import WHOLE, standing

        guessed = self.guessed(kind)
        mixed = guessed if self.dim is None else self.dim % kind.rank
        return lambda axis: WHOLE if axis == mixed else standing(axis)

    def guessed(self, *inputs: Any) -> int | None:
        if self.dim is not None:
            return None
        return 0 if inputs[0].rank in (0, 1, 3) else 1

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        if self.dim is not None:
            axis_of(self.dim, input.rank)
        return input

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = {} if chance(rng, 0.2) else {"dim": rng.choice((-4, -2, -1, 0, 1, 1, 2, 3))}
        return Sample(arguments, (tensor(rng),))


class Softmax(AlongAxis):
    """exp(x), divided by its sum along dim."""


class LogSoftmax(AlongAxis):
    """The logarithm of softmax along dim."""

    nick: ClassVar[str] = "log_softmax"
    example: ClassVar[str] = "LogSoftmax(1)"


class Softmin(AlongAxis):
    """Softmax of -x along dim."""

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        return super().trace(tape, (tape.scaled(inputs[0]),), output, options)

    nick: ClassVar[str] = "softmin"
    example: ClassVar[str] = "Softmin(1)"


class Softmax2d(Layer):
    """Softmax over the channels at every place."""

    kind: ClassVar[str] = "activation"
    nick: ClassVar[str] = "softmax"
    formula: ClassVar[str] = "[N, C, H, W] -> [N, C, H, W]"
    keeps: ClassVar[str] = "output"
    local: ClassVar[bool] = True
    per_output: ClassVar[int] = 5
    ranks: ClassVar[tuple[int, ...]] = (3, 4)

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        return input

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        return Sample({}, (tensor(rng, 3, 4),))
