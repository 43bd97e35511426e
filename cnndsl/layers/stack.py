"""Stacks of transformer layers, and the whole transformer."""

from __future__ import annotations

from ..shapes import BadArgument, Misfit, Need, Size, shown
from ..typed import TYPE_CHECKING, Any, ClassVar, Mapping
from .axes import LayerNorm
from .base import Layer, Sample, Template, inferred, required
from .checks import absent, copies
from .sampling import chance, some
from .transformer import Composite, Stackable, TransformerDecoderLayer, TransformerEncoderLayer

if TYPE_CHECKING:
    from random import Random

    from ..tape import Tape


class Stack(Composite):
    """Copies of a layer in sequence, then perhaps a norm. Both are templates, built for the first input."""

    listed: ClassVar[bool] = False
    element: ClassVar[str]  # the field that holds the layer
    element_class: ClassVar[type[Stackable]]
    if TYPE_CHECKING:
        num_layers: int
        norm: Any

    @classmethod
    def build(cls, given: Mapping[str, Any], inputs: tuple[Any, ...], need: Need) -> Layer:
        cls.check(inputs[0])
        made = {name: value.build(inputs, need) for name, value in given.items() if isinstance(value, Template)}
        return super().build({**given, **made}, inputs, need)

    @classmethod
    def inner(cls) -> Mapping[str, Any]:
        return {cls.element: Template(cls.element_class, {"nhead": 1})}

    @property
    def layer(self) -> Stackable:
        found = getattr(self, self.element)
        if not isinstance(found, self.element_class):
            raise BadArgument(
                f"{self.element} must be a {self.element_class.__name__}, not {shown(found)}", self.element
            )
        return found

    def parts(self) -> tuple[tuple[str, Layer], ...]:
        copies = tuple((f"layers.{index}", self.layer) for index in range(self.num_layers))
        return (*copies, ("norm", self.norm)) if self.norm is not None else copies

    def infer(self, need: Need, *inputs: Any, **options: Any) -> Any:
        """A misfit inside is blamed on the layer that the author gave."""
        try:
            return self.run(need, *inputs, **options)
        except Misfit as misfit:
            own = misfit.field in self.fields or misfit.field is None
            raise type(misfit)(misfit.message, misfit.field if own else self.element, help=misfit.help) from None

    def run(self, need: Need, *inputs: Any, **options: Any) -> Any:
        """As infer, with the fields of the inner layer."""
        raise NotImplementedError

    def finished(self, need: Need, output: Any) -> Any:
        """The output of the last layer, normalised; the norm must keep the shape."""
        copies(self.num_layers, "num_layers")
        if self.norm is None:
            return output
        if not isinstance(self.norm, Layer):
            raise BadArgument(f"norm must be a layer, not {shown(self.norm)}", "norm")
        try:
            return self.norm.infer(need, output)
        except Misfit as misfit:
            raise type(misfit)(misfit.message, "norm", help=misfit.help) from None

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        return self.layer.macs(inputs, output) * self.num_layers

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        norm = self.norm.operations(inputs[:1], inputs[0]) if self.norm is not None else 0
        return self.layer.operations(inputs, output) * self.num_layers + norm

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        held, *others = inputs
        names = dict(zip(self.optional, self.element_class.optional, strict=True))
        given = {names.get(name, name): value for name, value in options.items()}
        for _ in range(self.num_layers):
            held = self.layer.trace(tape, (held, *others), output, given)
        return self.norm.trace(tape, (held,), output, {}) if self.norm is not None else held

    @classmethod
    def random_arguments(cls, rng: Random) -> dict[str, Any]:
        own = cls.element_class.random_arguments(rng)
        norm = rng.choice((Template(LayerNorm), Template(LayerNorm, {"eps": 1e-6, "bias": False}), None))
        layers = rng.randint(0 if chance(rng, 0.05) else 1, 2)
        return {cls.element: Template(cls.element_class, own), "num_layers": layers, **some(rng, 0.5, norm=norm)}


class TransformerEncoder(Stack):
    """A stack of encoder layers."""

    formula: ClassVar[str] = "[S, N, d_model] -> [S, N, d_model]; batch_first puts N first"
    example: ClassVar[str] = "TransformerEncoder(TransformerEncoderLayer(8, batch_first=True), 6)"
    inputs: ClassVar[tuple[str, ...]] = ("src",)
    optional: ClassVar[tuple[str, ...]] = ("mask", "src_key_padding_mask")
    options: ClassVar[tuple[str, ...]] = ("is_causal",)
    element: ClassVar[str] = "encoder_layer"
    element_class: ClassVar[type[Stackable]] = TransformerEncoderLayer
    encoder_layer: Any = required()
    num_layers: int = required()
    norm: Any = None
    enable_nested_tensor: bool = True
    mask_check: bool = True

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        """Masks are made numbers once, for all layers."""
        named = {**dict(zip(self.optional, inputs[1:], strict=False)), **options}
        for name in self.optional:
            if named.get(name) is not None and named[name].type.dtype == "bool":
                named[name] = tape.run(output.with_shape(*named[name].type.shape), [named[name]])
        return super().trace(tape, inputs[:1], output, named)

    def run(
        self, need: Need, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Any:
        self.check(src)
        return self.finished(need, self.layer.infer(need, src, mask, src_key_padding_mask, bool(is_causal)))

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = cls.random_arguments(rng)
        layer = arguments["encoder_layer"].arguments
        flags = some(rng, 0.3, enable_nested_tensor=chance(rng, 0.5), mask_check=chance(rng, 0.5))
        call = TransformerEncoderLayer.random_call(rng, layer, "mask", "is_causal")
        return Sample({**arguments, **flags}, *call)


class TransformerDecoder(Stack):
    """A stack of decoder layers."""

    formula: ClassVar[str] = "[T, N, d_model], [S, N, d_model] -> [T, N, d_model]; batch_first puts N first"
    example: ClassVar[str] = "TransformerDecoder(TransformerDecoderLayer(8, batch_first=True), 6)"
    inputs: ClassVar[tuple[str, ...]] = TransformerDecoderLayer.inputs
    optional: ClassVar[tuple[str, ...]] = TransformerDecoderLayer.optional
    options: ClassVar[tuple[str, ...]] = TransformerDecoderLayer.options
    element: ClassVar[str] = "decoder_layer"
    element_class: ClassVar[type[Stackable]] = TransformerDecoderLayer
    decoder_layer: Any = required()
    num_layers: int = required()
    norm: Any = None

    def run(self, need: Need, tgt: Any, memory: Any, *masks: Any, **options: Any) -> Any:
        self.check(tgt)
        return self.finished(need, self.layer.infer(need, tgt, memory, *masks, **options))

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = cls.random_arguments(rng)
        return Sample(arguments, *TransformerDecoderLayer.random_call(rng, arguments["decoder_layer"].arguments))


class Transformer(Composite):
    """An encoder, and a decoder that attends to what it gives."""

    formula: ClassVar[str] = "[S, N, d_model], [T, N, d_model] -> [T, N, d_model]; batch_first puts N first"
    example: ClassVar[str] = "Transformer(8, batch_first=True)(source, target)"
    inputs: ClassVar[tuple[str, ...]] = ("src", "tgt")
    optional: ClassVar[tuple[str, ...]] = (
        "src_mask",
        "tgt_mask",
        "memory_mask",
        "src_key_padding_mask",
        "tgt_key_padding_mask",
        "memory_key_padding_mask",
    )
    options: ClassVar[tuple[str, ...]] = ("src_is_causal", "tgt_is_causal", "memory_is_causal")
    d_model: int = inferred(-1)
    nhead: int = 8
    num_encoder_layers: int = 6
    num_decoder_layers: int = 6
    dim_feedforward: int = 2048
    dropout: float = 0.1
    activation: str = "relu"
    custom_encoder: Any = None
    custom_decoder: Any = None
    layer_norm_eps: float = 1e-5
    batch_first: bool = False
    norm_first: bool = False
    bias: bool = True

    def slipped(self) -> bool:
        """`Transformer(512, 8)` on 512 features: 512 heads of one each."""
        return bool(self.nhead == self.d_model)

    def parts(self) -> tuple[tuple[str, Layer], ...]:
        return ("encoder", self.encoder()), ("decoder", self.decoder())

    def encoder(self) -> TransformerEncoder:
        layer = TransformerEncoderLayer(**self.shared())
        return TransformerEncoder(encoder_layer=layer, num_layers=self.num_encoder_layers, norm=self.norm())

    def decoder(self) -> TransformerDecoder:
        layer = TransformerDecoderLayer(**self.shared())
        return TransformerDecoder(decoder_layer=layer, num_layers=self.num_decoder_layers, norm=self.norm())

    def shared(self) -> dict[str, Any]:
        """What encoder and decoder layers are made with."""
        return {name: value for name, value in vars(self).items() if name in Stackable.fields}

    def norm(self) -> LayerNorm:
        return LayerNorm(normalized_shape=self.d_model, eps=self.layer_norm_eps, bias=self.bias)

    def infer(
        self,
        need: Need,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        self.check(src)
        self.check(tgt)
        self.check_arguments()
        features = f"src has {src.shape[-1]} features, and tgt has {tgt.shape[-1]}"
        need.equal(src.shape[-1], tgt.shape[-1], f"both inputs of Transformer need as many features: {features}")
        memory = self.encoder().run(need, src, src_mask, src_key_padding_mask, src_is_causal)
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return self.decoder().run(need, tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)

    def check_arguments(self) -> None:
        absent(self.custom_encoder, "custom_encoder")
        absent(self.custom_decoder, "custom_decoder")
        for name in ("num_encoder_layers", "num_decoder_layers"):
            copies(getattr(self, name), name)

    def operations(self, inputs: tuple[Any, ...], output: Any) -> Size:
        src, tgt = inputs[:2]
        return self.encoder().operations((src,), src) + self.decoder().operations((tgt, src), tgt)

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Any, options: Mapping[str, Any]) -> Any:
        src, tgt = inputs[:2]
        named = {**dict(zip(self.optional, inputs[2:], strict=False)), **options}
        own = {"mask": named.get("src_mask"), "src_key_padding_mask": named.get("src_key_padding_mask")}
        memory = self.encoder().trace(tape, (src,), src.type, own)
        return self.decoder().trace(tape, (tgt, memory), output, named)

    def macs(self, inputs: tuple[Any, ...], output: Any) -> Any:
        src, tgt = inputs[:2]
        return self.encoder().macs((src,), src) + self.decoder().macs((tgt, src), output)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        arguments = Stackable.random_arguments(rng)
        counts = {name: rng.randint(1, 2) for name in ("num_encoder_layers", "num_decoder_layers")}
        (tgt, src), options = TransformerDecoderLayer.random_call(rng, arguments)
        padding = options.get("memory_key_padding_mask")
        options |= some(rng, 0.2, src_is_causal=chance(rng, 0.3), src_key_padding_mask=padding)
        return Sample({**arguments, **counts}, (src, tgt), options)
