"""MobileNet by hand."""

from __future__ import annotations

from torch import Tensor, nn

ROWS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (1024, 2)]


def make_divisible(channels: float, divisor: int = 8) -> int:
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded


def conv_bn(channels: int, out: int, k: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, out, k, stride, padding=k // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU6(True),
    )


class Separable(nn.Module):
    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.depthwise = conv_bn(channels, channels, 3, stride, groups=channels)
        self.pointwise = conv_bn(channels, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


class MobileNet(nn.Module):
    def __init__(self, classes: int = 1000, width: float = 1.0, dropout: float = 0.2) -> None:
        super().__init__()
        channels = make_divisible(32 * width)
        self.stem = conv_bn(3, channels, stride=2)
        blocks = []
        for out, stride in ROWS:
            blocks.append(Separable(channels, make_divisible(out * width), stride))
            channels = make_divisible(out * width)
        self.blocks = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.dropout(self.blocks(self.stem(x)).mean([2, 3])))
