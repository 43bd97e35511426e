"""The siamese network by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Siamese(nn.Module):
    def __init__(self, embedding: int = 64) -> None:
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv2d(1, 32, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64 * 4 * 4, embedding),
        )
        self.head = nn.Linear(embedding, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.sigmoid(self.head((self.tower(left) - self.tower(right)).abs()))
