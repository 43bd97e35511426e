"""The feature pyramid by hand, on the ResNet-18 by hand."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .resnet18 import ResNet18


def lateral(channels: int, out: int, k: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, out, k, padding=k // 2))


class Pyramid(nn.Module):
    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.backbone = ResNet18(classes=1)
        del self.backbone.avgpool, self.backbone.fc
        self.lateral5 = lateral(512, width)
        self.lateral4 = lateral(256, width)
        self.lateral3 = lateral(128, width)
        self.smooth3 = lateral(width, width, 3)
        self.smooth4 = lateral(width, width, 3)
        self.smooth5 = lateral(width, width, 3)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        b = self.backbone
        c2 = b.layer1(b.maxpool(b.relu(b.bn1(b.conv1(x)))))
        c3 = b.layer2(c2)
        c4 = b.layer3(c3)
        c5 = b.layer4(c4)
        p5 = self.lateral5(c5)
        p4 = self.lateral4(c4) + F.interpolate(p5, scale_factor=2)
        p3 = self.lateral3(c3) + F.interpolate(p4, scale_factor=2)
        return {"p3": self.smooth3(p3), "p4": self.smooth4(p4), "p5": self.smooth5(p5)}
