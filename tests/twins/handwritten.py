"""The network with a hand-written layer by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SoftExponential(nn.Module):
    def __init__(self, alpha: float, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.full((channels, 1, 1), alpha))

    def forward(self, x: Tensor) -> Tensor:
        return torch.expm1(self.alpha * x) / self.alpha + self.alpha


class Unit(nn.Module):
    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, 3, padding=1)
        self.act = SoftExponential(0.1, out)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.conv(x))


class Handwritten(nn.Module):
    def __init__(self, classes: int = 10, width: int = 16) -> None:
        super().__init__()
        self.unit1 = Unit(3, width)
        self.unit2 = Unit(width, width * 2)
        self.fc = nn.Linear(width * 2, classes)
        self.pool1 = nn.MaxPool2d(2)
        self.avgpool1 = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.unit2(self.pool1(self.unit1(x)))
        return self.fc(self.avgpool1(x).flatten(1))
