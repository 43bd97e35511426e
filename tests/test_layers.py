"""Every layer of the catalogue against torch itself: signature, refusals, output, weights."""

from __future__ import annotations

import inspect
import math
from itertools import islice
from random import Random
from typing import Any

import pytest
import torch
from torch import nn

from cnndsl.dims import Size, symbol
from cnndsl.layers import all_layers, lookup, names
from cnndsl.layers.base import MISSING, Layer, Sample, Template
from cnndsl.shapes import Misfit, Need, TensorType, product

from .conformance.differences import LOOSER, STRICTER, deliberate
from .conformance.oracle import NO_DEFAULTS, candidates, flops, judge, module_class, real, told, typed

LAYERS = pytest.mark.parametrize("layer", all_layers(), ids=names())
OUTSIDE = {
    "Module Container RNNBase RNNCellBase": "bases, of no use by themselves",
    "Sequential ModuleList ModuleDict ParameterList ParameterDict": "containers; the language has words for them",
    "DataParallel": "a way to run a module, not a layer",
    "NLLLoss2d": "a loss",
}


def test_catalogue_is_complete() -> None:
    outside = {name for group in OUTSIDE for name in group.split()}
    found = {name for name, value in vars(nn).items() if isinstance(value, type) and issubclass(value, nn.Module)}
    layers = {name for name in found if not name.endswith("Loss") and not name.startswith("Lazy")}
    assert outside <= layers
    assert layers - outside - set(names()) == {"AdaptiveLogSoftmaxWithLoss"} & layers


def test_lookup() -> None:
    assert lookup("Conv2d") is not None and lookup("Conv2D") is None
    assert names() == tuple(sorted(names()))


@LAYERS
def test_documentation(layer: type[Layer]) -> None:
    assert layer.__doc__ and "\n" not in layer.__doc__
    assert layer.kind and layer.shape_rule() and layer.cost
    assert layer.nick.isidentifier() and layer.nick.islower()
    needy = [name for name in layer.authored_fields() if layer.fields[name].default is MISSING]
    assert not needy or layer.example.startswith(f"{layer.__name__}(")


@LAYERS
def test_signature(layer: type[Layer]) -> None:
    parameters = signature(module_class(layer))
    assert [*layer.fields] == [*parameters]
    for name, parameter in parameters.items():
        declared = layer.fields[name]
        assert declared.keyword == (parameter.kind is parameter.KEYWORD_ONLY), name
        if declared.axis is None:
            assert default_of(parameter) == declared.default, name


def signature(module: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """The parameters that a layer must have, in torch's order."""
    base = module.__mro__[1]
    if base is nn.RNNBase:
        return recurrent_signature(module)
    parameters = inspect.signature(module).parameters
    plain = {n: p for n, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    return {name: parameter for name, parameter in plain.items() if name not in NO_DEFAULTS}


def recurrent_signature(module: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """RNN, LSTM and GRU take `*args`: their parameters are told by the last overload and the base."""
    base = dict(inspect.signature(nn.RNNBase).parameters)
    mode = base.pop("mode")
    if module is nn.RNN:
        kept = list(base.items())
        kept.insert(3, ("nonlinearity", mode.replace(default="tanh")))
        base = dict(kept)
        base.pop("proj_size")
    if module is nn.GRU:
        base.pop("proj_size")
    return {name: parameter for name, parameter in base.items() if name not in NO_DEFAULTS}


def default_of(parameter: inspect.Parameter) -> Any:
    if parameter.default is parameter.empty:
        return MISSING
    return parameter.default.__name__ if callable(parameter.default) else parameter.default


@LAYERS
def test_forward_signature(layer: type[Layer]) -> None:
    ours = (*layer.inputs, *layer.optional, *layer.options)
    assert list(ours) == [*inspect.signature(module_class(layer).forward).parameters][1:]


@LAYERS
def test_agrees_with_torch(layer: type[Layer], samples: int, seed: int) -> None:
    rng = Random(f"{layer.__name__} {seed}")
    accepted = 0
    for sample in islice(layer.samples(rng), samples):
        accepted += agree(layer, sample, count=accepted < 10)
    assert accepted >= samples // 10, f"only {accepted} of {samples} samples were accepted"


def agree(layer: type[Layer], sample: Sample, count: bool = False) -> bool:
    """Compare one configuration, on demand its cost too; tells whether it was accepted."""
    trains = True
    try:
        built, output = inferred(layer, sample, Need())
    except Misfit as misfit:
        check_refusal(layer, sample, misfit)
        try:
            built, output = inferred(layer, sample, Need(mode="evaluation"))
        except Misfit:
            return False
        trains = False
    verdict = judge(type(built), vars(built), sample, trains)
    if not verdict.accepted and deliberate(LOOSER, layer, sample, verdict):
        return True
    assert verdict.accepted, f"torch refuses {sample}: {verdict.reason}"
    assert told(output) == told(verdict.output), f"{sample}"
    check_weights(built, verdict.module)
    if count:
        check_macs(built, sample, output)
    return True


def inferred(layer: type[Layer], sample: Sample, need: Need) -> tuple[Layer, Any]:
    built = layer.build(sample.arguments, sample.inputs, need)
    output = built.infer(need, *sample.inputs, **sample.options)
    assert not need.fresh, "numbers leave no condition open"
    return built, output


def check_refusal(layer: type[Layer], sample: Sample, misfit: Misfit) -> None:
    assert misfit.field is None or misfit.field in (*layer.fields, *layer.options), misfit.field
    assert len(misfit.message) > 10
    for arguments in candidates(layer, sample):
        verdict = judge(layer, arguments, sample)
        refused = not verdict.accepted or deliberate(STRICTER, layer, sample, verdict)
        assert refused, f"torch takes {arguments} {sample.inputs}, we say: {misfit.message}"


def check_weights(built: Layer, module: nn.Module | None) -> None:
    assert module is not None
    parameters, saved = dict(module.named_parameters()), module.state_dict()
    ours = {weight.name: weight for weight in built.weights()}
    assert [name for name, weight in ours.items() if weight.kind != "unsaved"] == [*saved]
    assert {name for name, weight in ours.items() if weight.kind == "parameter"} == set(parameters)
    for name, tensor in saved.items():
        assert ours[name].shape == tuple(tensor.shape), name
        assert ours[name].dtype == str(tensor.dtype).removeprefix("torch."), name


def check_macs(built: Layer, sample: Sample, output: Any) -> None:
    macs = built.macs(sample.inputs, output)
    assert (macs > 0) == (built.cost != "0")
    if macs and type(built) is not lookup("Bilinear"):  # torch does not count it
        assert 2 * macs == flops(built, sample), f"{sample}"


@LAYERS
def test_symbolic_sizes_agree_with_numbers(layer: type[Layer], samples: int, seed: int) -> None:
    rng = Random(f"symbols {layer.__name__} {seed}")
    for sample in islice(layer.samples(rng), max(samples // 4, 10)):
        values: dict[str, int] = {}
        ones = layer.kind != "distance"  # a size that stretches to another must be known to be 1
        free = tuple(freed(input, values, rng, ones) for input in sample.inputs)
        plain, numbers = outcome(layer, sample, sample.inputs)
        symbolic, conditions = outcome(layer, sample, free)
        if isinstance(symbolic, Misfit) and "must be a number" in symbolic.message:
            continue
        assert not numbers
        holds = not isinstance(symbolic, Misfit) and all(condition.at(values) for condition, _ in conditions)
        assert holds == (not isinstance(plain, Misfit)), f"{sample} {values} {symbolic} {conditions} {plain}"
        if holds:
            assert told(put(symbolic, values)) == told(plain), f"{sample} {values}"


def freed(input: Any, values: dict[str, int], rng: Random, ones: bool) -> Any:
    """The input with some of its sizes turned into symbols: one symbol for each value."""
    if not isinstance(input, TensorType):
        return tuple(freed(one, values, rng, ones) for one in input) if isinstance(input, tuple) else input
    chosen = [rng.random() < 0.4 and (ones or size > 1) for size in input.shape]
    sizes = zip(input.shape, chosen, strict=True)
    return input.with_shape(*(symbol_for(size, values) if free else size for size, free in sizes))


def symbol_for(size: int, values: dict[str, int]) -> Size:
    values[f"S{size}"] = size
    return symbol(f"S{size}")


def outcome(layer: type[Layer], sample: Sample, inputs: tuple[Any, ...]) -> tuple[Any, list[Any]]:
    need = Need()
    try:
        return layer.build(sample.arguments, inputs, need).infer(need, *inputs, **sample.options), need.conditions
    except Misfit as misfit:
        return misfit, []


def put(output: Any, values: dict[str, int]) -> Any:
    """The type that a symbolic one is, for these values."""
    if isinstance(output, TensorType):
        return output.with_shape(*(size if isinstance(size, int) else size.at(values) for size in output.shape))
    return tuple(put(one, values) for one in output) if isinstance(output, tuple) else output


def made(name: str, arguments: dict[str, Any], *inputs: torch.Tensor) -> nn.Module:
    """The module that the generated source would make for these inputs."""
    layer = lookup(name)
    assert layer is not None
    module = real(layer.build(arguments, tuple(map(typed, inputs)), Need()))
    assert isinstance(module, nn.Module)
    return module


@pytest.mark.parametrize("size, kernel, stride, dilation, before, after", [
    (5, 3, 2, 1, 1, 1), (6, 3, 2, 1, 0, 1), (7, 5, 3, 1, 2, 2),
    (8, 2, 3, 2, 0, 1), (4, 1, 3, 1, 0, 0), (9, 3, 2, 2, 2, 2),
])  # fmt: skip
def test_same_padding_is_tensorflows(
    size: int, kernel: int, stride: int, dilation: int, before: int, after: int
) -> None:
    image = torch.arange(1.0, size + 1).view(1, 1, size)
    arguments = {"out_channels": 2, "kernel_size": kernel, "stride": stride, "dilation": dilation, "padding": "same"}
    module = made("Conv1d", arguments, image)
    padded = nn.functional.pad(image, (before, after))
    expected = nn.functional.conv1d(padded, module.weight, module.bias, stride, 0, dilation)
    assert torch.equal(module(image), expected)
    assert expected.shape[-1] == -(-size // stride)


def test_same_padding_without_stride_is_torchs() -> None:
    assert (
        type(made("Conv2d", {"out_channels": 2, "kernel_size": 3, "padding": "same"}, torch.rand(1, 3, 5, 5)))
        is nn.Conv2d
    )


def test_layer_norm_2d_normalises_channels() -> None:
    image = torch.rand(2, 6, 3, 4)
    module = made("LayerNorm2d", {"eps": 1e-6}, image)
    assert torch.allclose(module(image).mean(1), torch.zeros(2, 3, 4), atol=1e-5)
    assert torch.allclose(module(image).var(1, unbiased=False), torch.ones(2, 3, 4), atol=1e-3)


@pytest.mark.parametrize("mode, values", [("row", 2), ("batch", 1)])
def test_stochastic_depth_drops_rows_or_batches(mode: str, values: int) -> None:
    batch = torch.ones(64, 3, 2)
    module = made("StochasticDepth", {"p": 0.5, "mode": mode}, batch)
    torch.manual_seed(0)
    rows = module(batch).flatten(1)
    assert (rows == rows[:, :1]).all() and set(rows.unique().tolist()) <= {0.0, 2.0}
    assert len(rows.unique()) == values
    assert module.eval()(batch) is batch


def test_permute_and_reshape() -> None:
    tensor = torch.rand(2, 3, 4)
    assert torch.equal(made("Permute", {"dims": (2, 0, 1)}, tensor)(tensor), tensor.permute(2, 0, 1))
    assert torch.equal(made("Reshape", {"shape": (-1, 2, 6)}, tensor)(tensor), tensor.reshape(-1, 2, 6))


def test_attention_reads_the_sizes_of_key_and_value() -> None:
    query, key, value = torch.rand(3, 2, 8), torch.rand(5, 2, 6), torch.rand(5, 2, 4)
    module = made("MultiheadAttention", {"num_heads": 2}, query, key, value)
    assert (module.embed_dim, module.kdim, module.vdim) == (8, 6, 4)
    assert module(query, key, value)[0].shape == query.shape


@pytest.mark.parametrize("dilation, good", [(1, True), (2, False)])
def test_a_window_never_holds_padding_alone(dilation: int, good: bool) -> None:
    """Found by the compiled configurations: torch ends in a crash of the whole process when it trains such a pool."""
    arguments = {"kernel_size": 2, "padding": 1, "dilation": dilation, "return_indices": True, "ceil_mode": True}
    layer = lookup("MaxPool2d")
    assert layer is not None
    input = TensorType((1, 6, 1))
    built = layer.build(arguments, (input,), Need())
    if good:
        assert built.infer(Need(), input)[0].shape == (1, 4, 1)
    else:
        with pytest.raises(Misfit, match="dilation of 2 steps over the whole width 1"):
            built.infer(Need(), input)


def test_a_misfit_shows_its_arithmetic() -> None:
    with pytest.raises(Misfit) as caught:
        build("Conv2d", {"out_channels": 4, "kernel_size": 5}, (1, 3, 3, 9))
    expected = "kernel of 5 does not fit the padded height: floor((3 + 2*0 - 1*(5-1) - 1)/1) + 1 = -1"
    assert (caught.value.message, caught.value.field) == (expected, "kernel_size")


@pytest.mark.parametrize("name, arguments, shape", [
    ("LSTM", {"hidden_size": 4, "num_layers": 10**12}, (5, 2, 3)),
    ("TransformerEncoder", {"encoder_layer": Template(lookup("TransformerEncoderLayer"), {"nhead": 1}),
                            "num_layers": 10**12}, (5, 2, 4)),
    ("Upsample", {"scale_factor": 1e308}, (1, 2, 3)),
    ("Upsample", {"scale_factor": math.inf}, (1, 2, 3)),
    ("Upsample", {"scale_factor": math.nan}, (1, 2, 3)),
    ("Upsample", {"scale_factor": 2}, (1, 2, 10**400)),
])  # fmt: skip
def test_what_no_machine_holds_is_refused(name: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> None:
    with pytest.raises(Misfit):
        build(name, arguments, shape)


@pytest.mark.parametrize("name, positional, shape, message", [
    ("BatchNorm2d", (64,), (2, 64, 5, 5), "eps must be a small number, not 64"),
    ("LayerNorm", (64,), (2, 64), "eps must be a small number, not 64"),
    ("GroupNorm", (8, 64), (2, 64, 5), "eps must be a small number, not 64"),
    ("Linear", (512, 10), (2, 512), "bias must be True or False, not 10"),
    ("LSTM", (64, 10, 2), (5, 2, 64), "bias must be True or False, not 2"),
])  # fmt: skip
def test_torch_positions_are_no_trap(name: str, positional: Any, shape: tuple[int, ...], message: str) -> None:
    layer = lookup(name)
    assert layer is not None
    with pytest.raises(Misfit) as caught:
        build(name, dict(zip(layer.authored_fields(), positional, strict=False)), shape)
    assert message in caught.value.message


def test_sizes_pass_through() -> None:
    class Width(int):
        """An int with an identity, as a Spelled is."""

    width, height = Width(8), Width(5)
    conv = build("Conv2d", {"out_channels": width, "kernel_size": 1}, (2, 3, 4, height))
    assert conv.shape[1] is width
    pooled = build("ReLU", {}, (2, width, height))
    assert pooled.shape[1] is width and pooled.shape[2] is height
    flattened: Any = build("Flatten", {}, (2, 3, 4, 5)).shape[1]
    assert flattened.factors == (3, 4, 5)


def build(name: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> TensorType:
    layer, need = lookup(name), Need()
    assert layer is not None
    output = layer.build(arguments, (TensorType(shape),), need).infer(need, TensorType(shape))
    assert isinstance(output, TensorType) and product(output.shape) > 0
    return output
