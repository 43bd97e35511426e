"""Activations element by element that many networks have. The others are in activation_rare.py, those along an axis in
softmax.py.
"""

from __future__ import annotations

from ..shapes import FLOATS, INTEGERS, Need, TensorType
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample
from .checks import EVERY, number, one_of
from .sampling import chance, tensor

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


class Elementwise(Layer):
    """Keeps the shape, and the dtype where it is one of floats."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "activation"
    promotes: ClassVar[bool] = False  # integers become float32
    per_output: ClassVar[int] = 1
    local: ClassVar[bool] = True
    told_by_output: ClassVar[bool] = False  # done in place, its gradient follows from the output
    rounds: ClassVar[bool] = False  # and that rounds otherwise than the gradient from the input

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.nick = vars(cls).get("nick", cls.__name__.lower())

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        self.validate()
        if self.promotes and not input.is_float:
            return TensorType(input.shape, "float32")
        return input

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """In place, torch keeps the output where its gradient can be told from that, else a copy of the input."""
        if not getattr(self, "inplace", False):
            return super().trace(tape, inputs, output, options)
        one, extra = inputs[0], self.extras((inputs[0].type,), output)
        copies = [one.type] * (one.grad and not self.told_by_output)
        return tape.inplace(one, [*extra, *copies], output_kept=self.told_by_output)

    def may_write_over(self) -> bool:
        return "inplace" in self.fields and not self.rounds

    def validate(self) -> None:
        """Refuse arguments that torch refuses."""
        for name, declared in self.fields.items():
            if isinstance(declared.default, float):
                number(getattr(self, name), name)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = {name: cls.argument(rng, name) for name in cls.fields if chance(rng, 0.5)}
        arguments |= {name: cls.argument(rng, name) for name in cls.authored_fields() if cls.needs(name)}
        return Sample(arguments, (tensor(rng),))

    @classmethod
    def argument(cls, rng: Random, name: str) -> Any:
        """A random value for the argument of that name."""
        if isinstance(cls.fields[name].default, bool):
            return chance(rng, 0.5)
        return rng.choice((-0.5, 0, 0.1, 0.5, 1, 2.0))

    @classmethod
    def needs(cls, name: str) -> bool:
        return repr(cls.fields[name].default) == "<required>"


class GELU(Elementwise):
    """x times the normal distribution function of x."""

    keeps: ClassVar[str] = "input"
    approximate: str = "none"

    def validate(self) -> None:
        one_of(self.approximate, ("none", "tanh"), "approximate")

    @classmethod
    def argument(cls, rng: Random, name: str) -> Any:
        return rng.choice(("none", "tanh", "tanh", "erf"))


class Hardsigmoid(Elementwise):
    """x / 6 + 1/2, clamped between 0 and 1."""

    keeps: ClassVar[str] = "input"
    inplace: bool = False


class Hardswish(Elementwise):
    """x times its hard sigmoid."""

    keeps: ClassVar[str] = "input"
    inplace: bool = False


class LeakyReLU(Elementwise):
    """x above 0, negative_slope * x below."""

    told_by_output: ClassVar[bool] = True
    keeps: ClassVar[str] = "input"
    nick: ClassVar[str] = "leaky_relu"
    negative_slope: float = 0.01
    inplace: bool = False

    def may_write_over(self) -> bool:
        """Of a negative slope, the output does not tell the sign of the input."""
        return self.negative_slope >= 0


class Mish(Elementwise):
    """x * tanh(softplus(x))."""

    keeps: ClassVar[str] = "input"
    inplace: bool = False


class ReLU(Elementwise):
    """max(x, 0)."""

    told_by_output: ClassVar[bool] = True
    keeps: ClassVar[str] = "output"
    nick: ClassVar[str] = "relu"
    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    inplace: bool = False


class ReLU6(Elementwise):
    """x, clamped between 0 and 6."""

    keeps: ClassVar[str] = "input"
    nick: ClassVar[str] = "relu"
    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    inplace: bool = False


class SiLU(Elementwise):
    """x * sigmoid(x), also known as swish."""

    keeps: ClassVar[str] = "input"
    inplace: bool = False


class Sigmoid(Elementwise):
    """1 / (1 + exp(-x))."""

    keeps: ClassVar[str] = "output"
    dtypes: ClassVar[frozenset[str]] = EVERY
    promotes: ClassVar[bool] = True


class Tanh(Elementwise):
    """The hyperbolic tangent."""

    keeps: ClassVar[str] = "output"
    dtypes: ClassVar[frozenset[str]] = EVERY
    promotes: ClassVar[bool] = True
