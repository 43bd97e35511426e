"""U-Net by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DoubleConv(nn.Sequential):
    def __init__(self, channels: int, out: int) -> None:
        super().__init__(
            nn.Conv2d(channels, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True),
        )


class UNet(nn.Module):
    def __init__(self, classes: int = 2, width: int = 64) -> None:
        super().__init__()
        self.double_conv1 = DoubleConv(1, width)
        self.double_conv2 = DoubleConv(width, width * 2)
        self.double_conv3 = DoubleConv(width * 2, width * 4)
        self.double_conv4 = DoubleConv(width * 4, width * 8)
        self.conv1 = nn.ConvTranspose2d(width * 8, width * 4, 2, 2)
        self.double_conv5 = DoubleConv(width * 8, width * 4)
        self.conv2 = nn.ConvTranspose2d(width * 4, width * 2, 2, 2)
        self.double_conv6 = DoubleConv(width * 4, width * 2)
        self.conv3 = nn.ConvTranspose2d(width * 2, width, 2, 2)
        self.double_conv7 = DoubleConv(width * 2, width)
        self.head = nn.Conv2d(width, classes, 1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        e1 = self.double_conv1(x)
        e2 = self.double_conv2(self.pool(e1))
        e3 = self.double_conv3(self.pool(e2))
        x = self.double_conv4(self.pool(e3))
        x = self.double_conv5(torch.cat([self.conv1(x), e3], 1))
        x = self.double_conv6(torch.cat([self.conv2(x), e2], 1))
        x = self.double_conv7(torch.cat([self.conv3(x), e1], 1))
        return self.head(x)
