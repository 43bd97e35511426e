"""Multi-head attention."""

from __future__ import annotations

from ..shapes import FLOATS, BadArgument, Need, Size, TensorType, WrongDtype, WrongRank, elements, product
from ..spelled import are_written_alike
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .base import Layer, Sample, Weight, inferred, required
from .checks import FLOAT32, agree, divisible, probability, whole
from .sampling import chance, dtype, shape, some

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Held, Tape

MASKS = FLOATS | {"bool"}


def check_mask(need: Need, mask: Any, wanted: tuple[Size, ...], name: str, help: str | None = None) -> None:
    agree(need, mask, wanted, name, help)
    if mask.dtype not in ("bool", "float32"):
        help = "a comparison gives truth values: `x == 0` is true where nothing is to be looked at"
        raise WrongDtype(f"{name} must be bool or float32, not {mask.dtype}", name, help=help)


def sequence(rng: Random, rank: int, width: int, batch: int, length: int, first: bool) -> TensorType:
    """A random sequence of vectors, with a batch if the rank is 3."""
    sizes = (length,) if rank == 2 else (batch, length) if first else (length, batch)
    return TensorType((*sizes, width), dtype(rng, 0.04))


class MultiheadAttention(Layer):
    """Each query's mean of the values, weighted by how its key agrees, in several heads."""

    kind: ClassVar[str] = "attention"
    nick: ClassVar[str] = "attn"
    effects: ClassVar[bool] = True
    formula: ClassVar[str] = "[L, N, E], [S, N, kdim], [S, N, vdim] -> ([L, N, E], [N, L, S]); batch_first puts N first"
    cost: ClassVar[str] = "projections: N*(L*E*E + S*kdim*E + S*vdim*E + L*E*E); attention: 2*N*L*S*E"
    example: ClassVar[str] = "MultiheadAttention(8, batch_first=True)(x, x, x, need_weights=False)"
    inputs: ClassVar[tuple[str, ...]] = ("query", "key", "value")
    options: ClassVar[tuple[str, ...]] = (
        "key_padding_mask",
        "need_weights",
        "attn_mask",
        "average_attn_weights",
        "is_causal",
    )
    ranks: ClassVar[tuple[int, ...]] = (2, 3)
    dtypes: ClassVar[frozenset[str]] = FLOAT32
    embed_dim: int = inferred(-1)
    num_heads: int = required()
    dropout: float = 0.0
    bias: bool = True
    add_bias_kv: bool = False
    add_zero_attn: bool = False
    kdim: int | None = None
    vdim: int | None = None
    batch_first: bool = False

    @classmethod
    def deduce(cls, inputs: tuple[Any, ...], need: Need, given: Mapping[str, Any]) -> dict[str, Any]:
        """kdim and vdim, left out, follow key and value where these differ from the query, or might: in a class that
        takes both widths, equal ones are a matter of its arguments."""
        found = super().deduce(inputs, need, given)
        for name, source in zip(("kdim", "vdim"), inputs[1:3], strict=True):
            cls.check(source)
            size = need.number(source.shape[-1], f"{name} of MultiheadAttention", name)
            if name not in given and not are_written_alike(size, found["embed_dim"]):
                found[name] = size
        return found

    @property
    def key_size(self) -> int:
        return self.embed_dim if self.kdim is None else self.kdim

    @property
    def value_size(self) -> int:
        return self.embed_dim if self.vdim is None else self.vdim

    @property
    def packed(self) -> bool:
        """Whether one matrix projects queries, keys and values."""
        return self.key_size == self.embed_dim == self.value_size

    def infer(
        self,
        need: Need,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> Any:
        self.check_arguments()
        switches = {"need_weights": need_weights, "average_attn_weights": average_attn_weights, "is_causal": is_causal}
        for name, switch in switches.items():
            if not isinstance(switch, bool):
                raise BadArgument(f"{name} must be True or False, not {switch}", name)
        batch, length, reach = self.check_inputs(need, query, key, value)
        heads = (self.num_heads,)
        if key_padding_mask is not None:
            check_mask(need, key_padding_mask, (*batch, reach), "key_padding_mask")
        if attn_mask is not None:
            each = isinstance(attn_mask, TensorType) and attn_mask.rank == 3
            whole_mask = (product((*batch, self.num_heads)), length, reach) if each else (length, reach)
            of_padding = isinstance(attn_mask, TensorType) and attn_mask.shape == (*batch, reach)
            help = f"{attn_mask} is a mask of padding: give it as `key_padding_mask`, or `src_key_padding_mask`"
            check_mask(need, attn_mask, whole_mask, "attn_mask", help if of_padding else None)
        elif is_causal:
            raise BadArgument("is_causal is a hint on attn_mask, and there is none", "is_causal")
        if not need_weights:
            return query, None
        total = reach + int(bool(self.add_bias_kv)) + int(bool(self.add_zero_attn))
        return query, query.with_shape(*batch, *(() if average_attn_weights else heads), length, total)

    def check_arguments(self) -> None:
        for name in ("embed_dim", "num_heads"):
            whole(getattr(self, name), name, 1)
        probability(self.dropout, "dropout")
        divisible(self.embed_dim, self.num_heads, "embed_dim", "num_heads")
        for name in ("kdim", "vdim"):
            if getattr(self, name) is not None:
                whole(getattr(self, name), name, 1)

    def check_inputs(self, need: Need, query: Any, key: Any, value: Any) -> tuple[tuple[Size, ...], Size, Size]:
        """The batch (empty without one), the length of the queries, and that of the keys."""
        widths = (self.embed_dim, self.key_size, self.value_size)
        for tensor, name, width in zip((query, key, value), ("embed_dim", "kdim", "vdim"), widths, strict=True):
            self.check(tensor)
            if tensor.rank != query.rank:
                raise WrongRank(f"query, key and value must have equally many dimensions: {query}, {key}, {value}")
            need.equal(tensor.shape[-1], width, f"{name} is {width}, but the input has {tensor.shape[-1]}", name)
        for left, right in zip(key.shape[:-1], value.shape[:-1], strict=True):
            need.equal(left, right, f"key and value must agree in length and batch: {key} and {value}")
        if query.rank == 2:
            return (), query.shape[0], key.shape[0]
        at = 0 if self.batch_first else 1
        batch, other = query.shape[at], key.shape[at]
        message = f"query and key must agree in the batch, axis {at}: {query} and {key}"
        help = "`batch_first=True` takes axis 0 for the batch" if at == 1 and query.shape[0] == key.shape[0] else None
        need.equal(batch, other, message, "batch_first", help)
        return (batch,), query.shape[1 - at], key.shape[1 - at]

    def weights(self) -> tuple[Weight, ...]:
        size = self.embed_dim
        widths = {"q_proj_weight": size, "k_proj_weight": self.key_size, "v_proj_weight": self.value_size}
        separate = [Weight(name, (size, width)) for name, width in widths.items()]
        own = [Weight("in_proj_weight", (3 * size, size))] if self.packed else separate
        if self.bias:
            own.append(Weight("in_proj_bias", (3 * size,)))
        if self.add_bias_kv:
            own += [Weight("bias_k", (1, 1, size)), Weight("bias_v", (1, 1, size))]
        own.append(Weight("out_proj.weight", (size, size)))
        return (*own, Weight("out_proj.bias", (size,))) if self.bias else tuple(own)

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        query, key, value = (elements(input.shape[:-1]) for input in inputs[:3])
        size = self.embed_dim
        projections = query * (2 * size * size) + key * (self.key_size * size) + value * (self.value_size * size)
        length = inputs[1].shape[1 if self.batch_first and inputs[1].rank == 3 else 0]
        reach = length + int(bool(self.add_bias_kv)) + int(bool(self.add_zero_attn))
        return projections + query * reach * (2 * size)

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        """Of the softmax alone."""
        query, key = inputs[:2]
        length = key.shape[1 if self.batch_first and key.rank == 3 else 0]
        rows: Size = product(query.shape[:-1]) * length
        return rows * (self.num_heads * 5)

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """`multi_head_attention_forward`, without its fast path: that one needs no gradient."""
        query, key, value = inputs[:3]
        named = {"need_weights": True, "attn_mask": None, "average_attn_weights": True, **options}
        named |= dict(zip(("key_padding_mask", "need_weights", "attn_mask"), inputs[3:], strict=False))
        projected = [self.rows_first(tape, one) for one in self.projected(tape, query, key, value)]
        projected[1:] = [self.extended(tape, one) for one in projected[1:]]
        heads = [self.split(tape, one) for one in projected]
        mask = self.merged(tape, named.get("key_padding_mask"), named["attn_mask"], *heads[:2])
        rank, length = query.type.rank, projected[0].type.shape[0]
        batch = projected[0].type.shape[1]
        if named["need_weights"]:
            mixed, weights = self.weighed(tape, heads, mask)
        else:
            query, key, value = (tape.reshape(one, (batch, self.num_heads, *one.type.shape[1:])) for one in heads)
            if mask is not None and mask.type.rank == 3:
                mask = tape.reshape(mask, (batch, self.num_heads, *mask.type.shape[1:]))
            joined = tape.attention(query, key, value, mask, self.dropout if tape.training else 0.0)
            mixed, weights = tape.permute(joined, (2, 0, 1, 3)), None
        rows = tape.reshape(mixed, (batch * length, self.embed_dim))
        made = tape.linear(rows, tape.parameter(TensorType((self.embed_dim, self.embed_dim))))
        result = tape.reshape(made, (length, batch, self.embed_dim))
        if self.batch_first and rank == 3:
            result = tape.swap(result, 0, 1)
        shown = output[1] if isinstance(output, tuple) else None
        kept = tape.run(shown, [weights]) if weights is not None and shown is not None else None
        return (result if rank == 3 else tape.reshape(result, (length, self.embed_dim))), kept

    def extended(self, tape: Tape, one: Held) -> Held:
        """Keys and values with what add_bias_kv and add_zero_attn append."""
        for added in (self.add_bias_kv, self.add_zero_attn):
            if added:
                length, *others = one.type.shape
                one = tape.run(one.type.with_shape(length + 1, *others), [one], trained=bool(self.add_bias_kv))
        return one

    def merged(self, tape: Tape, padding: Held | None, mask: Held | None, query: Held, key: Held) -> Held | None:
        """One mask of numbers for both."""
        longer = bool(self.add_bias_kv) or bool(self.add_zero_attn)
        if padding is None and (mask is None or (mask.type.dtype != "bool" and not longer)):
            return mask
        if mask is not None:
            batch = query.type.shape[:1] if padding is not None or mask.type.rank == 3 else ()
            kind = query.type.with_shape(*batch, query.type.shape[1], key.type.shape[1])
            return tape.run(kind, [padding, mask])
        return self.spread(tape, padding, query, key)

    def spread(self, tape: Tape, padding: Any, query: Held, key: Held) -> Held:
        """A mask of keys as numbers, for each head."""
        if padding.type.dtype == "bool" or self.add_bias_kv or self.add_zero_attn:
            padding = tape.run(query.type.with_shape(*padding.type.shape[:-1], key.type.shape[1]), [padding])
        heads, reach = query.type.shape[0], key.type.shape[1]
        rows = padding.type.shape[0] if padding.type.rank == 2 else 1
        seen = tape.reshape(padding, (rows, 1, 1, reach))
        return tape.reshape(tape.expand(seen, (rows, self.num_heads, 1, reach)), (heads, 1, reach))

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import swallowed

        return swallowed

    def rows_first(self, tape: Tape, one: Held) -> Held:
        """With an axis for the batch, behind that of the length."""
        return one if one.type.rank == 3 else tape.reshape(one, (one.type.shape[0], 1, one.type.shape[1]))

    def projected(self, tape: Tape, query: Held, key: Held, value: Held) -> list[Held]:
        """Queries, keys and values, length first. Of one input with a batch they lie in one piece, copied in order."""
        unbatched = query.type.rank == 2
        first = self.batch_first and not unbatched
        size = self.embed_dim
        given: dict[int, Held] = {}
        for one in (query, key, value):
            given[id(one)] = tape.swap(one, 0, 1) if first else one
        query, key, value = given[id(query)], given[id(key)], given[id(value)]
        if not self.packed or key is not value or unbatched:
            widths = (size, self.key_size, self.value_size)
            each = zip((query, key, value), widths, strict=True)
            return [tape.linear(one, tape.parameter(TensorType((size, width)))) for one, width in each]
        if query is key:
            return self.together(tape, query, 3)
        return [tape.linear(query, tape.parameter(TensorType((size, size)))), *self.together(tape, key, 2)]

    def together(self, tape: Tape, one: Held, count: int) -> list[Held]:
        size = self.embed_dim
        made = tape.linear(one, tape.parameter(TensorType((count * size, size))))
        rows = made.type.shape[:-1]
        packed = tape.run(made.type.with_shape(count, *rows, size), [made])
        kind = one.type.with_shape(*rows, size)
        return [tape.view(packed, kind, packed.strides[1:]) for _ in range(count)]

    def split(self, tape: Tape, one: Held) -> Held:
        """[length, N, size] as [N * heads, length, size of a head]."""
        length, batch, size = one.type.shape
        heads = tape.reshape(one, (length, batch * self.num_heads, size // self.num_heads))
        return tape.swap(heads, 0, 1)

    def weighed(self, tape: Tape, heads: list[Held], mask: Held | None) -> tuple[Held, Held]:
        """Attention written out, for whoever wants the weights."""
        query, key, value = heads
        scores = tape.mm(tape.scaled(query), tape.swap(key, 1, 2))
        if mask is not None:
            scores = tape.each(scores.type, [scores, mask])
        weights = tape.dropout(tape.softmax(scores), self.dropout)
        return tape.swap(tape.mm(weights, value), 0, 1), weights

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        heads = rng.randint(1, 3)
        size = heads * rng.randint(1, 3) + chance(rng, 0.05)
        names = ("bias", "add_bias_kv", "add_zero_attn", "batch_first")
        arguments = some(rng, 0.5, dropout=rng.choice((0, 0.5)), **{name: chance(rng, 0.5) for name in names})
        batch, length, reach = shape(rng, 3, 4)
        ranked = 2 if chance(rng, 0.3) else 3
        first = bool(arguments.get("batch_first"))
        key = size if chance(rng, 0.7) else rng.randint(1, 5)
        each = ((length, size), (reach, key), (reach + chance(rng, 0.05), size if chance(rng, 0.7) else key))
        inputs = tuple(sequence(rng, ranked, width, batch, count, first) for count, width in each)
        options = cls.random_options(rng, () if ranked == 2 else (batch,), heads, length, reach)
        return Sample({"num_heads": heads, **arguments}, inputs, options)

    @classmethod
    def random_options(cls, rng: Random, batch: Any, heads: int, length: int, reach: int) -> dict[str, Any]:
        def kind() -> str:
            return rng.choice(("bool", "float32", "float32", "int64"))

        wide = (product((*batch, heads)), length, reach + chance(rng, 0.1))
        return some(
            rng,
            0.4,
            key_padding_mask=lambda: TensorType((*batch, reach + chance(rng, 0.1)), kind()),
            need_weights=lambda: chance(rng, 0.5),
            attn_mask=lambda: TensorType(wide if chance(rng, 0.4) else wide[1:], kind()),
            average_attn_weights=lambda: chance(rng, 0.5),
            is_causal=lambda: chance(rng, 0.2),
        )
