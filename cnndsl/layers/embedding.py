"""Tables of vectors, looked up by integers."""

from __future__ import annotations

from ..shapes import BadArgument, Need, TensorType, WrongRank, elements
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, Weight, required
from .checks import absent, number, one_of, whole
from .sampling import chance, shape, some

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape

INDICES = frozenset({"int32", "int64"})


class Table(Layer):
    """What lookups have in common."""

    listed: ClassVar[bool] = False
    effects: ClassVar[bool] = True
    kind: ClassVar[str] = "embedding"
    nick: ClassVar[str] = "embedding"
    dtypes: ClassVar[frozenset[str]] = INDICES
    keeps: ClassVar[str] = "input"
    num_embeddings: int = required()
    embedding_dim: int = required()

    def verify(self) -> None:
        rows = whole(self.num_embeddings, "num_embeddings", 1)
        whole(self.embedding_dim, "embedding_dim", 1)
        absent(self._weight, "_weight")
        number(self.norm_type, "norm_type")
        if self.max_norm is not None:
            number(self.max_norm, "max_norm")
        if self.padding_idx is not None and not -rows <= whole(self.padding_idx, "padding_idx") < rows:
            message = f"padding_idx must lie between {-rows} and {rows - 1}, but it is {self.padding_idx}"
            raise BadArgument(message, "padding_idx")

    if TYPE_CHECKING:
        padding_idx: Any
        max_norm: Any
        norm_type: Any
        _weight: Any

    def weights(self) -> tuple[Weight, ...]:
        return (Weight("weight", (self.num_embeddings, self.embedding_dim)),)

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        rows = rng.randint(1, 6)
        chosen = some(
            rng,
            0.3,
            padding_idx=rng.randint(-rows, rows),
            max_norm=1.0,
            norm_type=rng.choice((1, 2.0)),
            scale_grad_by_freq=chance(rng, 0.5),
            sparse=chance(rng, 0.5),
        )
        return {"num_embeddings": rows, "embedding_dim": rng.randint(1, 4), **chosen}


class Embedding(Table):
    """A vector for each integer."""

    formula: ClassVar[str] = "[*] int -> [*, embedding_dim]"
    example: ClassVar[str] = "Embedding(1000, 64)"
    padding_idx: int | None = None
    max_norm: float | None = None
    norm_type: float = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False
    _weight: Any = None
    _freeze: bool = False

    def infer(self, need: Need, input: Any) -> Any:
        self.check(input)
        self.verify()
        return TensorType((*input.shape, self.embedding_dim))

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        dtype = rng.choice(("int64", "int64", "int32", "float32", "uint8"))
        input = TensorType(shape(rng, rng.randint(0, 4)), dtype)
        return Sample(cls.random_arguments(rng), (input,))


class EmbeddingBag(Table):
    """The sum, mean or maximum of the vectors of each bag: a row, or what lies between two offsets."""

    formula: ClassVar[str] = "[B, L] int -> [B, embedding_dim]; [L] int, offsets [B] int -> [B, embedding_dim]"
    example: ClassVar[str] = "EmbeddingBag(1000, 64)"
    optional: ClassVar[tuple[str, ...]] = ("offsets", "per_sample_weights")
    max_norm: float | None = None
    norm_type: float = 2.0
    scale_grad_by_freq: bool = False
    mode: str = "mean"
    sparse: bool = False
    _weight: Any = None
    include_last_offset: bool = False
    padding_idx: int | None = None

    def infer(self, need: Need, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        self.check(input)
        self.verify()
        one_of(self.mode, ("sum", "mean", "max"), "mode")
        self.check_modes()
        bags = self.bags(need, input, offsets)
        if per_sample_weights is not None:
            self.check_weights(need, input, per_sample_weights)
        return TensorType((bags, self.embedding_dim))

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """Where bags begin, how large they are, and which row was the largest; all in the indices' dtype."""
        indices = inputs[0]
        kind, bags, each = indices.type, output.shape[0], elements(indices.type.shape)
        given = [one for one in tape.tensors(inputs[1:]) if not one.type.is_float]
        offsets: Any = given[0] if given else kind.with_shape(bags)
        counted = given[0].type if given and self.include_last_offset else kind.with_shape(bags)
        best = kind.with_shape(*(output.shape if self.mode == "max" else (bags,)))
        owners = [] if self.mode == "sum" and self.padding_idx is None else [kind.with_shape(each + 1)]
        read = list(tape.tensors(inputs))
        weights = [one for one in read if one.type.is_float]
        return tape.run(output, read, [indices, offsets, counted, best, *owners, *weights], trained=True)

    def check_modes(self) -> None:
        if self.mode == "max" and (self.scale_grad_by_freq or self.sparse):
            raise BadArgument('mode="max" goes neither with scale_grad_by_freq nor with sparse', "mode")

    def bags(self, need: Need, input: Any, offsets: Any) -> Any:
        if input.rank == 2:
            if offsets is not None:
                raise WrongRank("offsets go with an input of 1 dimension; this one has 2, and each row is a bag")
            return input.shape[0]
        if input.rank != 1:
            raise WrongRank(f"EmbeddingBag takes an input of 1 or 2 dimensions, but {input} has {input.rank}")
        if not isinstance(offsets, TensorType) or offsets.rank != 1 or offsets.dtype not in INDICES:
            raise WrongRank(f"an input of 1 dimension needs offsets, integers in 1 dimension, not {offsets}")
        if not self.include_last_offset:
            return offsets.shape[0]
        bags = offsets.shape[0] - 1
        need.at_least(bags, 1, "with include_last_offset, a single offset leaves no bag", "include_last_offset")
        return bags

    def check_weights(self, need: Need, input: Any, given: Any) -> None:
        message = f"per_sample_weights must be of the shape of the input: {given} and {input}"
        if self.mode != "sum":
            raise BadArgument('per_sample_weights need mode="sum"', "mode")
        if not isinstance(given, TensorType) or given.rank != input.rank or given.dtype != "float32":
            raise WrongRank(message)
        for left, right in zip(given.shape, input.shape, strict=True):
            need.equal(left, right, message)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        modes = some(rng, 0.7, mode=rng.choice(("sum", "sum", "mean", "max", "min")))
        last = some(rng, 0.2, include_last_offset=True)
        input = TensorType(shape(rng, rng.choice((1, 2, 2, 3))), rng.choice(("int64", "int64", "int32", "float32")))
        offsets = (input.rank == 1) != chance(rng, 0.1)
        count = rng.randint(2, 5)  # a single one with include_last_offset crashes torch
        first = TensorType((count,), "int64" if input.dtype == "float32" else input.dtype) if offsets else None
        weights = TensorType(input.shape, "float32") if chance(rng, 0.3) else None
        return Sample({**cls.random_arguments(rng), **modes, **last}, (input, first, weights))
