"""How far apart, or how alike, two tensors are. They broadcast."""

from __future__ import annotations

from ..shapes import FLOATS, INTEGERS, Need, TensorType, WrongDtype, WrongRank
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample
from .checks import EVERY, axis_of, broadcast, number
from .sampling import chance, dtype, some, tensor

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


class Distance(Layer):
    """What both have in common: two inputs that broadcast."""

    listed: ClassVar[bool] = False
    kind: ClassVar[str] = "distance"
    per_input: ClassVar[int] = 3
    inputs: ClassVar[tuple[str, ...]] = ("x1", "x2")

    def together(self, need: Need, x1: Any, x2: Any) -> TensorType:
        """The type of both, broadcast."""
        self.check(x1)
        self.check(x2)
        return TensorType(broadcast(need, x1.shape, x2.shape), promoted(x1.dtype, x2.dtype))

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        left = tensor(rng)
        right = [1 if chance(rng, 0.2) else size + chance(rng, 0.05) for size in left.shape]
        right = right[rng.randrange(len(right)) if chance(rng, 0.2) else 0 :]
        inputs = (left, TensorType(tuple(right), left.dtype if chance(rng, 0.8) else dtype(rng)))
        return Sample(cls.random_arguments(rng), inputs if chance(rng, 0.5) else inputs[::-1])

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        raise NotImplementedError


def promoted(left: str, right: str) -> str:
    """The float dtype of two together; integers follow the floats, and become float32 among themselves."""
    floats = {left, right} & FLOATS
    if len(floats) < 2:
        return floats.pop() if floats else "float32"
    return "float64" if "float64" in floats else "float32"


class CosineSimilarity(Distance):
    """The cosine of the angle between vectors along dim."""

    formula: ClassVar[str] = "[*, D, *], [*, D, *] -> [*, *]"
    nick: ClassVar[str] = "similarity"
    example: ClassVar[str] = "CosineSimilarity()(a, b)"
    dtypes: ClassVar[frozenset[str]] = EVERY
    dim: int = 1
    eps: float = 1e-8

    def infer(self, need: Need, x1: Any, x2: Any) -> Any:
        number(self.eps, "eps")
        both = self.together(need, x1, x2)
        if not (x1.is_float or x2.is_float):
            raise WrongDtype(f"CosineSimilarity needs floats, not {x1.dtype} and {x2.dtype}")
        if not both.rank:
            raise WrongRank("CosineSimilarity takes inputs of at least 1 dimension")
        axis = axis_of(self.dim, both.rank)
        return both.with_shape(*both.shape[:axis], *both.shape[axis + 1 :])

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        x1, x2 = inputs
        return tape.similarity(x1, x2, self.dim)

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        return some(rng, 0.6, dim=rng.randint(-3, 2), eps=rng.choice((0.1, 1)))


class PairwiseDistance(Distance):
    """The p-norm of the difference along the last axis."""

    formula: ClassVar[str] = "[*, D], [*, D] -> [*], or [*, 1] with keepdim"
    nick: ClassVar[str] = "distance"
    example: ClassVar[str] = "PairwiseDistance()(a, b)"
    dtypes: ClassVar[frozenset[str]] = FLOATS | INTEGERS
    p: float = 2.0
    eps: float = 1e-6
    keepdim: bool = False

    def infer(self, need: Need, x1: Any, x2: Any) -> Any:
        number(self.p, "p")
        number(self.eps, "eps")
        both = self.together(need, x1, x2)
        if not both.rank:
            raise WrongRank("PairwiseDistance takes inputs of at least 1 dimension")
        return both.with_shape(*both.shape[:-1], *((1,) if self.keepdim else ()))

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        x1, x2 = inputs
        return tape.distance(x1, x2, output)

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        return some(rng, 0.5, p=rng.choice((0, 1, 2, 2.5, -1)), eps=rng.choice((0, 0.1)), keepdim=chance(rng, 0.5))
