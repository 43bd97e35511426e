"""M5 by hand."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


class M5(nn.Module):
    def __init__(self, classes: int = 35, width: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, width, 80, 16, bias=False)
        self.bn1 = nn.BatchNorm1d(width)
        self.conv2 = nn.Conv1d(width, width, 3, bias=False)
        self.bn2 = nn.BatchNorm1d(width)
        self.conv3 = nn.Conv1d(width, width * 2, 3, bias=False)
        self.bn3 = nn.BatchNorm1d(width * 2)
        self.conv4 = nn.Conv1d(width * 2, width * 2, 3, bias=False)
        self.bn4 = nn.BatchNorm1d(width * 2)
        self.fc1 = nn.Linear(width * 2, classes)

    def forward(self, x: Tensor) -> Tensor:
        for conv, bn in (
            (self.conv1, self.bn1),
            (self.conv2, self.bn2),
            (self.conv3, self.bn3),
            (self.conv4, self.bn4),
        ):
            x = F.max_pool1d(F.relu(bn(conv(x))), 4)
        x = F.adaptive_avg_pool1d(x, 1).flatten(1)
        return F.log_softmax(self.fc1(x), 1)
