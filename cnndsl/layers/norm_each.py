"""Normalisation of each channel of each sample on its own."""

from __future__ import annotations

from ..shapes import Need, TensorType, product
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import keyword_only
from .norm import ChannelNorm

if TYPE_CHECKING:
    from ..reach import Move
    from ..tape import Tape


class InstanceNorm(ChannelNorm):
    """Normalises each channel of each sample on its own."""

    listed: ClassVar[bool] = False
    effects: ClassVar[bool] = True
    nick: ClassVar[str] = "norm"
    formula: ClassVar[str] = "[N, C, *] -> [N, C, *]"
    affine: bool = False
    track_running_stats: bool = False
    bias: bool = keyword_only(True)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "dimensions" in vars(cls):
            cls.ranks = (cls.dimensions + 1, cls.dimensions + 2)

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import over, standing

        return standing if self.track_running_stats else over(kind.rank - self.dimensions)

    def is_mixed(self) -> bool:
        return bool(self.affine)

    @classmethod
    def deduce(cls, inputs: tuple[Any, ...], need: Need, given: Mapping[str, Any]) -> dict[str, Any]:
        cls.check(inputs[0])
        return {"num_features": cls.settle("num_features", inputs[0].shape[-cls.dimensions - 1], need, given)}

    def infer(self, need: Need, input: Any) -> Any:
        self.verify(need, input, -self.dimensions - 1)
        values = input.shape[-self.dimensions :]
        if self.track_running_stats:
            need.several_in_training(values, type(self).__name__, input)
        else:
            message = f"instance normalisation needs more than one value for each channel, but the input is {input}"
            need.several(values, message)
        return input

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """As batch normalisation of one sample of N * C channels, for which weights and statistics are repeated."""
        input = tape.contiguous(inputs[0])
        dtype = "float32" if self.affine else output.dtype
        rows = TensorType((product(input.type.shape[: -self.dimensions]),), dtype)
        measured = tape.training or not self.track_running_stats
        weight = 1 if self.affine else 0
        running = 2 if self.track_running_stats else 0
        rest = [rows] * (weight + running + (2 if measured else 0))
        return tape.run(output, [input], [input, *rest], trained=self.is_trained())


class InstanceNorm1d(InstanceNorm):
    """Normalises each channel of each sequence."""

    dimensions: ClassVar[int] = 1


class InstanceNorm2d(InstanceNorm):
    """Normalises each channel of each image."""

    dimensions: ClassVar[int] = 2


class InstanceNorm3d(InstanceNorm):
    """Normalises each channel of each volume."""

    dimensions: ClassVar[int] = 3
