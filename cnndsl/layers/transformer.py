"""The transformer of "Attention is all you need": the layers. Their stacks are in stack.py."""

from __future__ import annotations

from ..shapes import BadArgument, Misfit, Need, Size, TensorType, elements
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .attention import MultiheadAttention, sequence
from .axes import LayerNorm
from .base import Layer, Sample, Weight, inferred, required
from .checks import FLOAT32, divisible, number, one_of, probability, whole
from .linear import Linear
from .sampling import chance, shape, some

if TYPE_CHECKING:
    from random import Random

    from ..reach import Move
    from ..tape import Held, Tape


class Composite(Layer):
    """A layer made of layers: its weights and its cost are theirs."""

    listed: ClassVar[bool] = False
    effects: ClassVar[bool] = True
    kind: ClassVar[str] = "attention"
    nick: ClassVar[str] = "transformer"
    ranks: ClassVar[tuple[int, ...]] = (2, 3)
    dtypes: ClassVar[frozenset[str]] = FLOAT32
    cost: ClassVar[str] = "the sum of its attentions and linear layers"

    def parts(self) -> tuple[tuple[str, Layer], ...]:
        """The layers with weights, by name, in order."""
        raise NotImplementedError

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        from ..reach import swallowed

        return swallowed

    def weights(self) -> tuple[Weight, ...]:
        return tuple(weight.under(name) for name, layer in self.parts() for weight in layer.weights())


class Stackable(Composite):
    """What encoder and decoder layers have in common."""

    listed: ClassVar[bool] = False
    d_model: int = inferred(-1)
    nhead: int = required()
    dim_feedforward: int = 2048
    dropout: float = 0.1
    activation: str = "relu"
    layer_norm_eps: float = 1e-5
    batch_first: bool = False
    norm_first: bool = False
    bias: bool = True
    norms: ClassVar[tuple[str, ...]]
    attentions: ClassVar[tuple[str, ...]]

    def slipped(self) -> bool:
        """`TransformerEncoderLayer(512, 8)` on 512 features: 512 heads of one each."""
        return bool(self.nhead == self.d_model and self.dim_feedforward < self.d_model)

    def attention(self) -> MultiheadAttention:
        return MultiheadAttention(
            embed_dim=self.d_model,
            num_heads=self.nhead,
            dropout=self.dropout,
            bias=self.bias,
            batch_first=self.batch_first,
        )

    def parts(self) -> tuple[tuple[str, Layer], ...]:
        size, hidden, bias = self.d_model, self.dim_feedforward, self.bias
        norm = LayerNorm(normalized_shape=size, eps=self.layer_norm_eps, bias=bias)
        return (
            *((name, self.attention()) for name in self.attentions),
            ("linear1", Linear(in_features=size, out_features=hidden, bias=bias)),
            ("linear2", Linear(in_features=hidden, out_features=size, bias=bias)),
            *((name, norm) for name in self.norms),
        )

    def check_arguments(self) -> None:
        whole(self.dim_feedforward, "dim_feedforward", 1)
        one_of(self.activation, ("relu", "gelu"), "activation")
        number(self.layer_norm_eps, "layer_norm_eps")
        probability(self.dropout, "dropout")
        for name in ("d_model", "nhead"):
            whole(getattr(self, name), name, 1)
        divisible(self.d_model, self.nhead, "d_model", "nhead")

    def attend(self, need: Need, query: Any, key: Any, mask: Any, padding: Any, causal: Any) -> None:
        """Refuse what attention refuses, in the words of this layer."""
        if causal and mask is None:
            raise BadArgument("the hint is_causal needs a mask")
        attention = self.attention()
        try:
            attention.infer(need, query, key, key, key_padding_mask=padding, attn_mask=mask, need_weights=False)
        except Misfit as misfit:
            field = "d_model" if misfit.field == "embed_dim" else misfit.field
            raise type(misfit)(misfit.message, field if field in self.fields else None, help=misfit.help) from None

    def feedforward_macs(self, input: TensorType) -> Any:
        total: Any = 0
        for _, layer in self.parts():
            if isinstance(layer, Linear):
                total = total + layer.macs((input,), input.with_shape(*input.shape[:-1], layer.out_features))
        return total

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        """Of softmax, norms, activation and sums."""
        first = inputs[0]
        rows, other = elements(first.shape[:-1]), inputs[-1]
        each = [self.attention().operations((first, key, key), None) for key in (first, other)[: len(self.attentions)]]
        norms = len(self.norms) * (5 + 1) * self.d_model
        return sum(each, rows * (norms + self.dim_feedforward))

    def attended(self, tape: Tape, query: Held, key: Held, mask: Any, padding: Any) -> Held:
        """A sublayer of attention, dropped out."""
        options = {"need_weights": False, "attn_mask": mask, "key_padding_mask": padding}
        made = self.attention().trace(tape, (query, key, key), (query.type, None), options)[0]
        return tape.dropout(made, self.dropout)

    def fed(self, tape: Tape, one: Held) -> Held:
        """The feedforward sublayer."""
        size, hidden = self.d_model, self.dim_feedforward
        wide = tape.linear(one, tape.parameter(TensorType((hidden, size))))
        active = tape.each(
            wide.type, [wide], [wide] * (self.activation == "gelu"), output_kept=self.activation == "relu"
        )
        narrow = tape.linear(tape.dropout(active, self.dropout), tape.parameter(TensorType((size, hidden))))
        return tape.dropout(narrow, self.dropout)

    def normed(self, tape: Tape, one: Held) -> Held:
        return tape.layer_norm(one, 1, True)

    def residual(self, tape: Tape, one: Held, sublayer: Any) -> Held:
        """Norm before the sublayer, or after the sum."""
        if self.norm_first:
            return tape.each(one.type, [one, sublayer(self.normed(tape, one))])
        return self.normed(tape, tape.each(one.type, [one, sublayer(one)]))

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        flags = {name: chance(rng, 0.5) for name in ("batch_first", "norm_first", "bias")}
        return {
            "nhead": rng.randint(1, 2),
            "dim_feedforward": rng.randint(1, 4),
            **some(
                rng, 0.4, activation=rng.choice(("relu", "gelu", "gelu", "tanh")), dropout=rng.choice((0, 0.5)), **flags
            ),
        }


def random_mask(rng: Random, *sizes: int) -> TensorType:
    wanted = (*sizes[:-1], sizes[-1] + chance(rng, 0.1))
    return TensorType(wanted, rng.choice(("bool", "float32", "float32", "int64" if chance(rng, 0.2) else "bool")))


class TransformerEncoderLayer(Stackable):
    """Self-attention and a feedforward net, each with a shortcut and a norm."""

    formula: ClassVar[str] = "[S, N, d_model] -> [S, N, d_model]; batch_first puts N first"
    example: ClassVar[str] = "TransformerEncoderLayer(8, batch_first=True)"
    inputs: ClassVar[tuple[str, ...]] = ("src",)
    optional: ClassVar[tuple[str, ...]] = ("src_mask", "src_key_padding_mask")
    options: ClassVar[tuple[str, ...]] = ("is_causal",)
    attentions: ClassVar[tuple[str, ...]] = ("self_attn",)
    norms: ClassVar[tuple[str, ...]] = ("norm1", "norm2")

    def infer(
        self, need: Need, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Any:
        self.check(src)
        self.check_arguments()
        self.attend(need, src, src, src_mask, src_key_padding_mask, is_causal)
        return src

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        src = inputs[0]
        return self.attention().macs((src, src, src), None) + self.feedforward_macs(src)

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        named = {**options, **dict(zip(self.optional, inputs[1:], strict=False))}
        mask, padding = (named.get(name) for name in self.optional)
        one = self.residual(tape, inputs[0], lambda x: self.attended(tape, x, x, mask, padding))
        return self.residual(tape, one, lambda x: self.fed(tape, x))

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = cls.random_arguments(rng)
        return Sample(arguments, *cls.random_call(rng, arguments, "src_mask", "is_causal"))

    @classmethod
    def random_call(
        cls, rng: Random, arguments: Mapping[str, Any], mask: str, causal: str
    ) -> tuple[Any, dict[str, Any]]:
        rank, (batch, length) = rng.choice((2, 3, 3)), shape(rng, 2, 4)
        width = arguments["nhead"] * rng.randint(1, 3) + chance(rng, 0.05)
        src = sequence(rng, rank, width, batch, length, bool(arguments.get("batch_first")))
        padding = (length,) if rank == 2 else (batch, length)
        options = some(
            rng,
            0.3,
            **{
                mask: lambda: random_mask(rng, length, length),
                "src_key_padding_mask": lambda: random_mask(rng, *padding),
                causal: lambda: chance(rng, 0.4),
            },
        )
        return (src,), options


class TransformerDecoderLayer(Stackable):
    """Self-attention, attention to a memory, and a feedforward net, each with a shortcut and a norm."""

    formula: ClassVar[str] = "[T, N, d_model], [S, N, d_model] -> [T, N, d_model]; batch_first puts N first"
    example: ClassVar[str] = "TransformerDecoderLayer(8, batch_first=True)"
    inputs: ClassVar[tuple[str, ...]] = ("tgt", "memory")
    optional: ClassVar[tuple[str, ...]] = (
        "tgt_mask",
        "memory_mask",
        "tgt_key_padding_mask",
        "memory_key_padding_mask",
    )
    options: ClassVar[tuple[str, ...]] = ("tgt_is_causal", "memory_is_causal")
    attentions: ClassVar[tuple[str, ...]] = ("self_attn", "multihead_attn")
    norms: ClassVar[tuple[str, ...]] = ("norm1", "norm2", "norm3")

    def infer(
        self,
        need: Need,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        self.check(tgt)
        self.check(memory)
        self.check_arguments()
        self.attend(need, tgt, tgt, tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        features = f"tgt has {tgt.shape[-1]} features, and memory has {memory.shape[-1]}"
        help = f"bring memory to the features of tgt before: `-> Linear({tgt.shape[-1]})`"
        message = f"{type(self).__name__} needs as many of both: {features}"
        need.equal(tgt.shape[-1], memory.shape[-1], message, help=help)
        self.attend(need, tgt, memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        return tgt

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        tgt, memory = inputs[:2]
        attention = self.attention()
        own, other = attention.macs((tgt, tgt, tgt), None), attention.macs((tgt, memory, memory), None)
        return own + other + self.feedforward_macs(tgt)

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        named = {**options, **dict(zip(self.optional, inputs[2:], strict=False))}
        mask, other, padding, memory_padding = (named.get(name) for name in self.optional)
        tgt, memory = inputs[:2]
        one = self.residual(tape, tgt, lambda x: self.attended(tape, x, x, mask, padding))
        one = self.residual(tape, one, lambda x: self.attended(tape, x, memory, other, memory_padding))
        return self.residual(tape, one, lambda x: self.fed(tape, x))

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = cls.random_arguments(rng)
        return Sample(arguments, *cls.random_call(rng, arguments))

    @classmethod
    def random_call(cls, rng: Random, arguments: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        rank, (batch, length, reach) = rng.choice((2, 3, 3)), shape(rng, 3, 4)
        width = arguments["nhead"] * rng.randint(1, 3) + chance(rng, 0.05)
        first = bool(arguments.get("batch_first"))
        tgt = sequence(rng, rank, width, batch, length, first)
        memory = sequence(rng, rank, width + chance(rng, 0.05), batch + chance(rng, 0.05), reach, first)
        batched = () if rank == 2 else (batch,)
        options = some(
            rng,
            0.2,
            tgt_mask=lambda: random_mask(rng, length, length),
            memory_mask=lambda: random_mask(rng, length, reach),
            tgt_key_padding_mask=lambda: random_mask(rng, *batched, length),
            memory_key_padding_mask=lambda: random_mask(rng, *batched, reach),
            tgt_is_causal=lambda: chance(rng, 0.3),
            memory_is_causal=lambda: chance(rng, 0.3),
        )
        return (tgt, memory), options
