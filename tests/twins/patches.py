"""The patch filter by hand."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


class PatchFilter(nn.Module):
    def __init__(self, size: int = 32, patch: int = 8, rank: int = 16) -> None:
        super().__init__()
        self.size, self.patch = size, patch
        self.encode = nn.Linear(3 * patch * patch, rank)
        self.decode = nn.Linear(rank, 3 * patch * patch)

    def forward(self, image: Tensor) -> Tensor:
        patches = F.unfold(image, self.patch, stride=self.patch).transpose(1, 2)
        patches = self.decode(F.gelu(self.encode(patches)))
        folded = F.fold(patches.transpose(1, 2), (self.size, self.size), self.patch, stride=self.patch)
        return folded + image
