"""Local response normalisation, AlexNet's, in torch's two versions."""

from __future__ import annotations

from ..shapes import FLOATS, Need, WrongRank
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, required
from .checks import number, whole
from .sampling import some, tensor

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


class ResponseNorm(Layer):
    """Divides by a power of the energy of neighbouring channels."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "normalisation"
    nick: ClassVar[str] = "norm"
    formula: ClassVar[str] = "[N, C, *] -> [N, C, *]"
    local: ClassVar[bool] = True
    per_input: ClassVar[int] = 5
    size: int = required()
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        whole(self.size, "size", 1)
        for name in ("alpha", "beta", "k"):
            number(getattr(self, name), name)
        return input

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        chosen = some(rng, 0.4, alpha=0.1, beta=rng.choice((0.5, 1)), k=rng.choice((1, 2.0)))
        return Sample({"size": rng.randint(0, 4), **chosen}, (tensor(rng, 3, 4, 5),))


class LocalResponseNorm(ResponseNorm):
    """Divides by a power of the energy of neighbouring channels."""

    example: ClassVar[str] = "LocalResponseNorm(5)"
    dtypes: ClassVar[frozenset[str]] = FLOATS | {"int64"}

    def infer(self, need: Need, input: Any) -> Any:
        output = super().infer(need, input)
        if input.rank < 3:
            raise WrongRank(f"LocalResponseNorm takes an input of at least 3 dimensions, but {input} has {input.rank}")
        return output if output.is_float else type(output)(output.shape, "float32")

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """`input / (k + alpha * mean(input ** 2)) ** beta`, the mean over padded channels."""
        input = inputs[0]
        squares = tape.each(input.type, [input], [input])
        wider = output.shape[1] + (self.size - 1)
        padded = tape.run(output.with_shape(output.shape[0], wider, *output.shape[2:]), [squares])
        means = tape.run(output, [padded], [padded])
        sums = tape.scaled(tape.scaled(means))
        powers = tape.each(output, [sums], [sums])
        tape.holds(means)  # the variable that the powers are then assigned to
        return tape.over(input, powers, output)


class CrossMapLRN2d(ResponseNorm):
    """Local response normalisation of images, as Caffe has it."""

    example: ClassVar[str] = "CrossMapLRN2d(5)"
    keeps: ClassVar[str] = "input output"
    ranks: ClassVar[tuple[int, ...]] = (4,)
