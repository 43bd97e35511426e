"""Functions that do what a layer does: their calls are written down as calls of that layer."""

from __future__ import annotations

from typing import Any

from ...layers import activation, conv, dropout, pool, response, unpool, upsample
from ...layers.base import Layer
from ...shapes import Size, TensorType, product
from ...tape import Held, Tape, elements
from ...tape.shared import rms_norm as rms
from .base import WRITERS, Given, Writer, writes

ALIKE: dict[str, type[Layer]] = {
    "celu": activation.CELU,
    "elu": activation.ELU,
    "gelu": activation.GELU,
    "glu": activation.GLU,
    "hardshrink": activation.Hardshrink,
    "hardsigmoid": activation.Hardsigmoid,
    "hardswish": activation.Hardswish,
    "hardtanh": activation.Hardtanh,
    "leaky_relu": activation.LeakyReLU,
    "logsigmoid": activation.LogSigmoid,
    "mish": activation.Mish,
    "relu": activation.ReLU,
    "relu6": activation.ReLU6,
    "rrelu": activation.RReLU,
    "selu": activation.SELU,
    "silu": activation.SiLU,
    "softplus": activation.Softplus,
    "softshrink": activation.Softshrink,
    "softsign": activation.Softsign,
    "tanhshrink": activation.Tanhshrink,
    "threshold": activation.Threshold,
    "local_response_norm": response.LocalResponseNorm,
    "interpolate": upsample.Upsample,
    "dropout": dropout.Dropout,
    "dropout1d": dropout.Dropout1d,
    "dropout2d": dropout.Dropout2d,
    "dropout3d": dropout.Dropout3d,
    "alpha_dropout": dropout.AlphaDropout,
    "feature_alpha_dropout": dropout.FeatureAlphaDropout,
}
ALIKE |= {f"{kind}_pool{n}d": getattr(pool, f"{name}Pool{n}d") for kind, name in (
    ("avg", "Avg"), ("max", "Max"), ("lp", "LP"), ("adaptive_avg", "AdaptiveAvg"), ("adaptive_max", "AdaptiveMax")
) for n in (1, 2, 3)}  # fmt: skip
ALIKE |= {f"max_unpool{n}d": getattr(unpool, f"MaxUnpool{n}d") for n in (1, 2, 3)}
ALIKE |= {f"fractional_max_pool{n}d": getattr(unpool, f"FractionalMaxPool{n}d") for n in (2, 3)}


def built(layer: type[Layer], given: Given, **more: Any) -> Any:
    """The layer that a call stands for."""
    fields = {name: value for name, value in given.items() if name in layer.fields}
    return layer(**{**dict.fromkeys(layer.inferred_fields(), 1), **fields, **more})


def alike(name: str, layer: type[Layer]) -> None:
    def write(tape: Tape, output: Any, given: Given) -> Any:
        inputs = tuple(given.values())[: len(layer.inputs)]
        if given.get("training") is False:
            tape = tape.evaluating()
        return built(layer, given).trace(tape, inputs, output, {})

    WRITERS[name] = Writer(write, None, layer.per_input, layer.per_output)


for _name, _layer in ALIKE.items():
    alike(_name, _layer)


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
    return rms(tape, given["input"], len(given["normalized_shape"]), next(iter(weights(given)), None))


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
    return tape.each(output, [one, *weights(given)], [one, *weights(given), *channels])


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
    layer = (conv.Conv1d, conv.Conv2d, conv.Conv3d)[count - 1]
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
