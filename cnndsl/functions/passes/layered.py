"""Functions that do what a layer does: their calls are written down as calls of that layer."""

from __future__ import annotations

from ...layers import lookup
from ...shapes import Size, TensorType, elements, product
from ...tape import Held, Tape
from ...typed import Any
from .base import Given, Writer, writes

ALIKE = {
    "celu": "CELU",
    "elu": "ELU",
    "gelu": "GELU",
    "glu": "GLU",
    "hardshrink": "Hardshrink",
    "hardsigmoid": "Hardsigmoid",
    "hardswish": "Hardswish",
    "hardtanh": "Hardtanh",
    "leaky_relu": "LeakyReLU",
    "logsigmoid": "LogSigmoid",
    "mish": "Mish",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "rrelu": "RReLU",
    "selu": "SELU",
    "silu": "SiLU",
    "softplus": "Softplus",
    "softshrink": "Softshrink",
    "softsign": "Softsign",
    "tanhshrink": "Tanhshrink",
    "threshold": "Threshold",
    "local_response_norm": "LocalResponseNorm",
    "interpolate": "Upsample",
    "dropout": "Dropout",
    "dropout1d": "Dropout1d",
    "dropout2d": "Dropout2d",
    "dropout3d": "Dropout3d",
    "alpha_dropout": "AlphaDropout",
    "feature_alpha_dropout": "FeatureAlphaDropout",
}
POOLS = {"avg_pool": "AvgPool", "max_pool": "MaxPool", "lp_pool": "LPPool", "max_unpool": "MaxUnpool"}
POOLS |= {"adaptive_avg_pool": "AdaptiveAvgPool", "adaptive_max_pool": "AdaptiveMaxPool"}
ALIKE |= {f"{name}{n}d": f"{layer}{n}d" for name, layer in POOLS.items() for n in (1, 2, 3)}
ALIKE |= {f"fractional_max_pool{n}d": f"FractionalMaxPool{n}d" for n in (2, 3)}


def alike(name: str) -> Any:
    """The class of the layer that does what a function does."""
    return lookup(ALIKE[name])


def built(layer: Any, given: Given, **more: Any) -> Any:
    """The layer that a call stands for."""
    fields = {name: value for name, value in given.items() if name in layer.fields}
    return layer(**{**dict.fromkeys(layer.inferred_fields(), 1), **fields, **more})


def as_layer(name: str) -> Writer:
    """A function's calls, written down as its layer's."""
    layer = alike(name)

    def write(tape: Tape, output: Any, given: Given) -> Any:
        inputs = tuple(given.values())[: len(layer.inputs)]
        if given.get("training") is False:
            tape = tape.evaluating()
        return built(layer, given).trace(tape, inputs, output, {})

    return Writer(write, None, layer.per_input, layer.per_output)


def weights(given: Given) -> list[Held]:
    return [one for name, one in given.items() if name in ("weight", "bias") and isinstance(one, Held)]


@writes("prelu", per_output=1)
def prelu(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, [given["input"], given["weight"]], [given["input"], given["weight"]])


@writes("layer_norm", per_input=5)
def layer_norm(tape: Tape, output: Any, given: Given) -> Held:
    one, axes = given["input"], len(given["normalized_shape"])
    rows = one.type.with_shape(*one.type.shape[: one.type.rank - axes], *(1 for _ in range(axes)))
    return tape.run(output, [one, *weights(given)], [one, rows, rows, *weights(given)])


@writes("rms_norm", per_input=5)
def rms_norm(tape: Tape, output: Any, given: Given) -> Held:
    return tape.rms_norm(given["input"], len(given["normalized_shape"]), next(iter(weights(given)), None))


@writes("group_norm", per_input=5)
def group_norm(tape: Tape, output: Any, given: Given) -> Held:
    one = given["input"]
    groups = one.type.with_shape(one.type.shape[0], given["num_groups"])
    return tape.each(output, [one, *weights(given)], [one, groups, groups, given.get("weight")])


@writes("batch_norm", per_input=2)
def batch_norm(tape: Tape, output: Any, given: Given) -> Held:
    training = given.get("training", tape.training)
    one = given["input"]
    channels = [TensorType((one.type.shape[1],))] * 2 if training else []
    running = [given.get("running_mean"), given.get("running_var")]
    return tape.each(output, [one, *running, *weights(given)], [one, *running, given.get("weight"), *channels])


@writes("instance_norm", per_input=5)
def instance_norm(tape: Tape, output: Any, given: Given) -> Held:
    one = tape.contiguous(given["input"])
    rows = TensorType((elements(one.type.shape[:2]),))
    running = 2 if given.get("running_mean") is not None else 0
    count = running + (1 if given.get("weight") is not None else 0) + (2 if given["use_input_stats"] else 0)
    return tape.run(output, [one, *weights(given)], [one, *([rows] * count)])


def convolution_macs(output: Any, given: Given) -> Size:
    return product(output.shape) * product(given["weight"].type.shape[1:])


def transposed_macs(output: Any, given: Given) -> Size:
    return product(given["input"].type.shape) * product(given["weight"].type.shape[1:])


@writes("conv1d conv2d conv3d", convolution_macs)
def convolution(tape: Tape, output: Any, given: Given) -> Held:
    count = output.rank - 2 if given["weight"].type.rank == output.rank else output.rank - 1
    layer = lookup(f"Conv{count}d")
    out, channels, *kernel = given["weight"].type.shape
    made = built(layer, given, out_channels=out, in_channels=channels, kernel_size=tuple(kernel), bias=False)
    one = made.padded(tape, given["input"])
    return tape.windowed(output, [one, *weights(given)], [one, given["weight"]])


@writes("conv_transpose1d conv_transpose2d conv_transpose3d", transposed_macs)
def transposed_convolution(tape: Tape, output: Any, given: Given) -> Held:
    return tape.windowed(output, [given["input"], *weights(given)], [given["input"], given["weight"]])


@writes("pad")
def pad(tape: Tape, output: Any, given: Given) -> Held:
    one = given["input"]
    return tape.run(output, [one], [one] if given["mode"] in ("reflect", "replicate") else [])


@writes("grid_sample", per_output=4)
def grid_sample(tape: Tape, output: Any, given: Given) -> Held:
    return tape.run(output, [given["input"], given["grid"]], [given["input"], given["grid"]])


@writes("gumbel_softmax", per_output=5)
def gumbel_softmax(tape: Tape, output: Any, given: Given) -> Held:
    return tape.each(output, [given["logits"]], output_kept=True)
