"""Linear maps: of one input, and of two."""

from __future__ import annotations

from math import prod

from ..shapes import Need, TensorType, WrongRank, elements
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, Weight, inferred, required
from .checks import EVERY, FLOAT32, whole
from .sampling import chance, dtype, shape, some, tensor

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Tape


class Identity(Layer):
    """Its input."""

    kind: ClassVar[str] = "linear"
    nick: ClassVar[str] = "identity"
    dtypes: ClassVar[frozenset[str]] = EVERY
    local: ClassVar[bool] = True

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        return input

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        return inputs[0]

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        return Sample({}, (tensor(rng),))


class Linear(Layer):
    """x @ weight.T + bias, along the last axis."""

    kind: ClassVar[str] = "linear"
    nick: ClassVar[str] = "fc"
    formula: ClassVar[str] = "[*, in_features] -> [*, out_features]"
    cost: ClassVar[str] = "output elements * in_features"
    example: ClassVar[str] = "Linear(10)"
    dtypes: ClassVar[frozenset[str]] = FLOAT32
    in_features: int = inferred(-1)
    out_features: int = required()
    bias: bool = True

    @classmethod
    def elsewhere(cls, stated: Any, inputs: tuple[Any, ...]) -> str | None:
        """All features of maps, in several axes still."""
        shape = inputs[0].shape[1:] if inputs and isinstance(inputs[0], TensorType) else ()
        is_flat = len(shape) < 2 or not all(isinstance(size, int) for size in shape) or prod(shape) != stated
        return None if is_flat else f"{stated} is the size of all axes behind the batch together: `-> Flatten` before"

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        whole(self.out_features, "out_features", 1)
        whole(self.in_features, "in_features", 1)
        if not input.rank:
            raise WrongRank("Linear takes an input of at least 1 dimension")
        *others, actual = input.shape
        need.equal(
            actual,
            self.in_features,
            lambda: f"in_features is {self.in_features}, but the input has {actual}",
            "in_features",
        )
        return input.with_shape(*others, self.out_features)

    def weights(self) -> tuple[Weight, ...]:
        weight = Weight("weight", (self.out_features, self.in_features))
        return (weight, Weight("bias", (self.out_features,))) if self.bias else (weight,)

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import over

        return over(kind.rank - 1)

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        return elements(output.shape) * self.in_features

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        weight = tape.parameter(TensorType((self.out_features, self.in_features), output.dtype))
        return tape.linear(inputs[0], weight)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        input = tensor(rng)
        stated = input.shape[-1] + chance(rng, 0.5)
        chosen = {**some(rng, 0.3, bias=rng.choice((True, False, 10))), **some(rng, 0.2, in_features=stated)}
        return Sample({"out_features": rng.randint(1 - chance(rng, 0.05), 5), **chosen}, (input,))


class Bilinear(Layer):
    """x1 @ weight @ x2 + bias, along the last axes of two inputs."""

    kind: ClassVar[str] = "linear"
    nick: ClassVar[str] = "bilinear"
    formula: ClassVar[str] = "[*, in1_features], [*, in2_features] -> [*, out_features]"
    cost: ClassVar[str] = "output elements * in1_features * in2_features"
    example: ClassVar[str] = "Bilinear(10)"
    inputs: ClassVar[tuple[str, ...]] = ("input1", "input2")
    keeps: ClassVar[str] = "inputs"
    dtypes: ClassVar[frozenset[str]] = FLOAT32
    in1_features: int = inferred(-1)
    in2_features: int = inferred(-1, 1)
    out_features: int = required()
    bias: bool = True

    def infer(self, need: Need, input1: Any, input2: Any) -> Any:
        whole(self.out_features, "out_features", 1)
        for name, given in (("in1_features", input1), ("in2_features", input2)):
            self.check(given)
            stated = whole(getattr(self, name), name, 1)
            if not given.rank:
                raise WrongRank("Bilinear takes inputs of at least 1 dimension")
            need.equal(given.shape[-1], stated, f"{name} is {stated}, but the input has {given.shape[-1]}", name)
        self.match(need, input1, input2)
        return input1.with_shape(*input1.shape[:-1], self.out_features)

    def match(self, need: Need, input1: Any, input2: Any) -> None:
        """All axes but the last must agree."""
        message = f"the inputs of Bilinear must agree in all axes but the last: {input1} and {input2}"
        if input1.rank != input2.rank:
            raise WrongRank(message)
        for left, right in zip(input1.shape[:-1], input2.shape[:-1], strict=True):
            need.equal(left, right, message)

    def weights(self) -> tuple[Weight, ...]:
        weight = Weight("weight", (self.out_features, self.in1_features, self.in2_features))
        return (weight, Weight("bias", (self.out_features,))) if self.bias else (weight,)

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        return elements(output.shape) * self.in1_features * self.in2_features

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        left = tensor(rng)
        others = shape(rng, left.rank - 1) if chance(rng, 0.1) else left.shape[:-1]
        right = type(left)((*others, *shape(rng, 1)), dtype(rng, 0.05))
        arguments = {"out_features": rng.randint(1, 5), **some(rng, 0.3, bias=chance(rng, 0.5))}
        return Sample(arguments, (left, right))
