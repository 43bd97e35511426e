"""The video network by hand."""

from __future__ import annotations

from torch import Tensor, nn


class SpaceTime(nn.Sequential):
    def __init__(self, channels: int, out: int, mid: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv3d(channels, mid, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.BatchNorm3d(mid),
            nn.ReLU(),
            nn.Conv3d(mid, out, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
        )


class Residual(nn.Module):
    def __init__(self, channels: int, planes: int, stride: int = 1) -> None:
        super().__init__()
        mid = channels * planes * 27 // (channels * 9 + planes * 3)
        self.conv1 = nn.Sequential(SpaceTime(channels, planes, mid, stride), nn.BatchNorm3d(planes), nn.ReLU())
        self.conv2 = nn.Sequential(SpaceTime(planes, planes, mid), nn.BatchNorm3d(planes))
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or channels != planes:
            self.downsample = nn.Sequential(
                nn.Conv3d(channels, planes, 1, stride, bias=False),
                nn.BatchNorm3d(planes),
            )

    def forward(self, x: Tensor) -> Tensor:
        return (self.conv2(self.conv1(x)) + self.downsample(x)).relu()


class VideoNet(nn.Module):
    def __init__(self, classes: int = 400, width: int = 64) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, 45, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
            nn.BatchNorm3d(45),
            nn.ReLU(),
            nn.Conv3d(45, width, (3, 1, 1), padding=(1, 0, 0), bias=False),
            nn.BatchNorm3d(width),
            nn.ReLU(),
        )
        self.layer1 = Residual(width, width)
        self.layer2 = Residual(width, width * 2, stride=2)
        self.layer3 = Residual(width * 2, width * 4, stride=2)
        self.avgpool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(width * 4, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer3(self.layer2(self.layer1(self.stem(x))))
        return self.fc(self.avgpool(x).flatten(1))
