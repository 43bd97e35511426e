"""Activations element by element that few networks have, and GLU. No weights but PReLU's."""

from __future__ import annotations

from ..shapes import FLOATS, INTEGERS, BadArgument, Need, TensorType, WrongDtype, WrongRank
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .activation import Elementwise
from .base import Layer, Sample, Weight, required
from .checks import FLOAT32, axis_of, number, whole
from .sampling import chance, tensor

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


class CELU(Elementwise):
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1))."""

    told_by_output: ClassVar[bool] = True
    rounds: ClassVar[bool] = True
    keeps: ClassVar[str] = "input"
    alpha: float = 1.0
    inplace: bool = False

    def validate(self) -> None:
        if not number(self.alpha, "alpha"):
            raise BadArgument("alpha cannot be 0", "alpha")


class ELU(Elementwise):
    """x above 0, alpha * (exp(x) - 1) below."""

    told_by_output: ClassVar[bool] = True
    rounds: ClassVar[bool] = True
    keeps: ClassVar[str] = "input"
    alpha: float = 1.0
    inplace: bool = False


class Hardshrink(Elementwise):
    """0 between -lambd and lambd, x elsewhere."""

    keeps: ClassVar[str] = "input"
    lambd: float = 0.5


class Hardtanh(Elementwise):
    """x, clamped between min_val and max_val."""

    keeps: ClassVar[str] = "input"
    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False
    min_value: float | None = None
    max_value: float | None = None

    def lowest(self) -> float:
        return number(self.min_val if self.min_value is None else self.min_value, "min_val")

    def validate(self) -> None:
        low = self.lowest()
        high = number(self.max_val if self.max_value is None else self.max_value, "max_val")
        if high <= low:
            raise BadArgument(f"max_val must exceed min_val, but {high} <= {low}", "max_val")

    def infer(self, need: Need, input: Any) -> Any:
        output = super().infer(need, input)
        if input.dtype == "uint8" and self.lowest() <= -1:
            raise WrongDtype("Hardtanh cannot clamp uint8 at a negative min_val", "min_val")
        return output


class LogSigmoid(Elementwise):
    """log(1 / (1 + exp(-x)))."""

    keeps: ClassVar[str] = "input"
    nick: ClassVar[str] = "log_sigmoid"

    def extras(self, inputs: tuple[Any, ...], output: Any) -> tuple[TensorType, ...]:
        return (output,)  # exp(-abs(x))


class PReLU(Elementwise):
    """x above 0, a learned slope times x below; one slope, or one for each channel."""

    keeps: ClassVar[str] = "input"
    dtypes: ClassVar[frozenset[str]] = FLOAT32
    num_parameters: int = 1
    init: float = 0.25

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        count = whole(self.num_parameters, "num_parameters", 1)
        number(self.init, "init")
        if count != 1:
            channels = input.shape[1] if input.rank > 1 else 1
            message = f"num_parameters must be 1 or the channels, but {count} != {channels}"
            help = f"write {channels}; without it all channels share one slope"
            need.equal(channels, count, message, "num_parameters", help)
        return input

    def weights(self) -> tuple[Weight, ...]:
        return (Weight("weight", (self.num_parameters,)),)

    @classmethod
    def argument(cls, rng: Random, name: str) -> Any:
        return rng.randint(1, 4) if name == "num_parameters" else 0.1


class RReLU(Elementwise):
    """x above 0, a random slope between lower and upper times x below; their mean when evaluating."""

    keeps: ClassVar[str] = "input"
    told_by_output: ClassVar[bool] = True
    effects: ClassVar[bool] = True
    lower: float = 1.0 / 8
    upper: float = 1.0 / 3
    inplace: bool = False

    def may_write_over(self) -> bool:
        return self.lower >= 0

    def validate(self) -> None:
        if number(self.lower, "lower") > number(self.upper, "upper"):
            raise BadArgument(f"lower must not exceed upper, but {self.lower} > {self.upper}", "lower")

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """The slopes drawn are kept, too."""
        if self.inplace:
            return tape.inplace(inputs[0], [output], output_kept=True)
        return tape.each(output, inputs, [inputs[0], output])


class SELU(Elementwise):
    """A scaled ELU whose activations keep mean 0 and variance 1."""

    told_by_output: ClassVar[bool] = True
    rounds: ClassVar[bool] = True
    keeps: ClassVar[str] = "input"
    inplace: bool = False


class Softplus(Elementwise):
    """log(1 + exp(beta * x)) / beta, linear above the threshold."""

    keeps: ClassVar[str] = "input"
    beta: float = 1.0
    threshold: float = 20.0


class Softshrink(Elementwise):
    """x moved towards 0 by lambd, 0 between -lambd and lambd."""

    keeps: ClassVar[str] = "input"
    lambd: float = 0.5

    def validate(self) -> None:
        if number(self.lambd, "lambd") < 0:
            raise BadArgument(f"lambd must not be negative, but it is {self.lambd}", "lambd")


class Softsign(Elementwise):
    """x / (1 + abs(x))."""

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        part = tape.scaled(tape.each(inputs[0].type, inputs, inputs))
        return tape.over(inputs[0], part, output)

    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    promotes: ClassVar[bool] = True


class Tanhshrink(Elementwise):
    """x - tanh(x)."""

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        part = tape.each(output, inputs, output_kept=True)
        return tape.each(output, [inputs[0], part])

    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    promotes: ClassVar[bool] = True


class Threshold(Elementwise):
    """x above the threshold, value elsewhere."""

    keeps: ClassVar[str] = "input"
    example: ClassVar[str] = "Threshold(0.1, 20)"
    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    threshold: float = required()
    value: float = required()
    inplace: bool = False

    def validate(self) -> None:
        number(self.threshold, "threshold")
        number(self.value, "value")

    def infer(self, need: Need, input: Any) -> Any:
        output = super().infer(need, input)
        for name, value in (("threshold", self.threshold), ("value", self.value)):
            if input.dtype == "uint8" and value < 0:
                raise WrongDtype(f"uint8 cannot take a {name} of {value}", name)
        return output


class GLU(Layer):
    """The first half along dim, times the sigmoid of the second."""

    kind: ClassVar[str] = "activation"
    nick: ClassVar[str] = "glu"
    formula: ClassVar[str] = "[*, D, *] -> [*, D / 2, *]"
    example: ClassVar[str] = "GLU(1)"
    keeps: ClassVar[str] = "input"
    per_output: ClassVar[int] = 2
    dim: int = -1

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        if not input.rank:
            raise WrongRank("GLU cannot halve a tensor without dimensions")
        axis = axis_of(self.dim, input.rank)
        size = input.shape[axis]
        need.multiple(size, 2, f"GLU halves axis {axis}, but its size {size} is odd", "dim")
        return input.with_shape(*input.shape[:axis], size // 2, *input.shape[axis + 1 :])

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = {} if chance(rng, 0.3) else {"dim": rng.choice((-3, -2, -1, 0, 1, 2))}
        return Sample(arguments, (tensor(rng),))
