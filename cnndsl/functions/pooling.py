"""Pools as functions. The arithmetic is that of the layers."""

from __future__ import annotations

from ..layers import pool, pool_rare, unpool
from ..shapes import Need
from ..typed import Any, Callable
from . import samples_nn as samples
from .base import FloatList, Output, Tensor, Window, WindowOrNone, function
from .rules import require_float


def define_max(layer: Any) -> None:
    name = f"max_pool{layer.dimensions}d"

    @function(f"nn.functional.{name}", name=name, doc=layer.__doc__, draw=samples.of_layer(layer))
    def rule(
        need: Need,
        input: Tensor,
        kernel_size: Window,
        stride: Window | None = None,
        padding: Window = 0,
        dilation: Window = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Output:
        made = layer(
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
            ceil_mode=ceil_mode,
            return_indices=return_indices,
        )
        return made.infer(need, input)


def define_average_of_sequences() -> None:
    @function("nn.functional.avg_pool1d", draw=samples.of_layer(pool_rare.AvgPool1d))
    def avg_pool1d(
        need: Need,
        input: Tensor,
        kernel_size: Window,
        stride: Window | None = None,
        padding: Window = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> Output:
        """The mean of each window along a sequence."""
        made = pool_rare.AvgPool1d(
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            ceil_mode=ceil_mode,
            count_include_pad=count_include_pad,
        )
        return made.infer(need, input)


def define_average(layer: Any) -> None:
    name = f"avg_pool{layer.dimensions}d"

    @function(f"nn.functional.{name}", name=name, doc=layer.__doc__, draw=samples.of_layer(layer))
    def rule(
        need: Need,
        input: Tensor,
        kernel_size: Window,
        stride: Window | None = None,
        padding: Window = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Output:
        made = layer(
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            ceil_mode=ceil_mode,
            count_include_pad=count_include_pad,
            divisor_override=divisor_override,
        )
        return made.infer(need, input)


def define_power(layer: Any) -> None:
    name = f"lp_pool{layer.dimensions}d"

    @function(f"nn.functional.{name}", name=name, doc=layer.__doc__, draw=samples.of_layer(layer))
    def rule(
        need: Need,
        input: Tensor,
        norm_type: float,
        kernel_size: Window,
        stride: Window | None = None,
        ceil_mode: bool = False,
    ) -> Output:
        require_float(input, name)
        made = layer(norm_type=norm_type, kernel_size=kernel_size, stride=stride, ceil_mode=ceil_mode)
        return made.infer(need, input)


def define_adaptive_average(layer: Any) -> None:
    name = f"adaptive_avg_pool{layer.dimensions}d"

    @function(f"nn.functional.{name}", name=name, doc=layer.__doc__, draw=samples.of_layer(layer))
    def rule(need: Need, input: Tensor, output_size: WindowOrNone) -> Output:
        return layer(output_size=output_size).infer(need, input)


def define_adaptive_max(layer: Any) -> None:
    name = f"adaptive_max_pool{layer.dimensions}d"

    @function(f"nn.functional.{name}", name=name, doc=layer.__doc__, draw=samples.of_layer(layer))
    def rule(need: Need, input: Tensor, output_size: WindowOrNone, return_indices: bool = False) -> Output:
        return layer(output_size=output_size, return_indices=return_indices).infer(need, input)


def define_unpool(layer: Any) -> None:
    name = f"max_unpool{layer.dimensions}d"

    @function(
        f"nn.functional.{name}", name=name, doc=layer.__doc__, draw=samples.of_layer(layer), axes=layer.dimensions
    )
    def rule(
        need: Need,
        input: Tensor,
        indices: Tensor,
        kernel_size: Window,
        stride: Window | None = None,
        padding: Window = 0,
        output_size: Window | None = None,
    ) -> Output:
        made = layer(kernel_size=kernel_size, stride=stride, padding=padding)
        return made.infer(need, input, indices, output_size=output_size)


def define_fractional(layer: Any) -> None:
    name = f"fractional_max_pool{layer.dimensions}d"

    @function(f"nn.functional.{name}", name=name, doc=layer.__doc__, draw=samples.of_layer(layer))
    def rule(
        need: Need,
        input: Tensor,
        kernel_size: Window,
        output_size: Window | None = None,
        output_ratio: FloatList | None = None,
        return_indices: bool = False,
    ) -> Output:
        made = layer(
            kernel_size=kernel_size, output_size=output_size, output_ratio=output_ratio, return_indices=return_indices
        )
        return made.infer(need, input)


define_average_of_sequences()
LAYERS: tuple[tuple[Callable[[Any], None], tuple[Any, ...]], ...] = (
    (define_max, (pool_rare.MaxPool1d, pool.MaxPool2d, pool_rare.MaxPool3d)),
    (define_average, (pool.AvgPool2d, pool_rare.AvgPool3d)),
    (define_power, (pool_rare.LPPool1d, pool_rare.LPPool2d, pool_rare.LPPool3d)),
    (define_adaptive_average, (pool_rare.AdaptiveAvgPool1d, pool.AdaptiveAvgPool2d, pool_rare.AdaptiveAvgPool3d)),
    (define_unpool, (unpool.MaxUnpool1d, unpool.MaxUnpool2d, unpool.MaxUnpool3d)),
    (define_fractional, (unpool.FractionalMaxPool2d, unpool.FractionalMaxPool3d)),
    (define_adaptive_max, (pool_rare.AdaptiveMaxPool1d, pool_rare.AdaptiveMaxPool2d, pool_rare.AdaptiveMaxPool3d)),
)
for _define, _layers in LAYERS:
    for _layer in _layers:
        _define(_layer)
