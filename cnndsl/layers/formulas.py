"""Shape rules as people read them, for layers over one, two or three spatial axes."""

from __future__ import annotations

AXES = {1: "L", 2: "HW", 3: "DHW"}
WINDOWS = "floor(({size} + 2*padding - dilation*(kernel_size - 1) - 1) / stride) + 1"
AVERAGED = "floor(({size} + 2*padding - kernel_size) / stride) + 1"
UNPADDED = "floor(({size} - kernel_size) / stride) + 1"
ENLARGED = "({size} - 1)*stride - 2*padding + dilation*(kernel_size - 1) + output_padding + 1"


def spatial(dimensions: int, rule: str, channels: str = "C") -> str:
    """`[N, C, H, W] -> [N, channels, H', W'] with H' = rule`; the other axes follow the same rule."""
    axes = AXES[dimensions]
    size = "H" if dimensions > 1 else "L"
    before, after = ", ".join(axes), ", ".join(f"{axis}'" for axis in axes)
    return f"[N, C, {before}] -> [N, {channels}, {after}] with {size}' = {rule.format(size=size)}"
