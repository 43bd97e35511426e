"""A layer that torch does not have, for handwritten.cnn."""

from __future__ import annotations

import torch
from torch import nn


class SoftExponential(nn.Module):
    """`(exp(a x) - 1) / a + a`, with an `a` that is learned for each channel (Godfrey and Gashler, 2016)."""

    def __init__(self, alpha: float, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.full((channels, 1, 1), alpha))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.expm1(self.alpha * x) / self.alpha + self.alpha
