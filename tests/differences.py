"""Writes docs/differences.md from the lists that the conformance tests use: `python -m tests.differences`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .conformance.differences import LOOSER, STRICTER, Difference
from .function_oracle import DIFFERENCES
from .test_initialisers import INITIALISER_DIFFERENCES

PAGE = Path(__file__).parent.parent / "docs" / "differences.md"
HEAD = """\
# Where cnndsl differs from torch on purpose

Layers and functions accept and refuse what torch does, over random arguments, except for what follows. The lists are
those of the conformance tests; `python -m tests.differences` writes this page, and a test fails when it is stale.
"""
APART = """\
## By construction

- `view` and `view_as` compile to `reshape` and `reshape_as`: memory layout is not tracked.
- On five axes `LocalResponseNorm`, `PixelShuffle` and `PixelUnshuffle` fail in torch behind some `permute`s and
  `transpose`s, as they look at the layout in memory: write `contiguous` between.
- What depends on the values in a tensor (a mask that selects, `squeeze()` of a free axis) is refused: its shape is not
  known before the network runs.
- On empty tensors torch often checks nothing; sizes here are at least 1.
"""


def document() -> str:
    """The page."""
    parts = [
        HEAD,
        "## Layers: refused here, taken by torch\n",
        rows((names(difference), difference.reason) for difference in STRICTER),
        "\n## Layers: taken here, refused by torch\n",
        rows((names(difference), difference.reason) for difference in LOOSER),
        "\n## Functions and initialisers: refused here, taken by torch\n",
        rows(
            (f"`{name}`", f"{text!r}: {reason}")
            for name, found in sorted((DIFFERENCES | INITIALISER_DIFFERENCES).items())
            for text, reason in found
        ),
        f"\n{APART}",
    ]
    return "".join(parts)


def names(difference: Difference) -> str:
    return ", ".join(f"`{name}`" for name in difference.layers.split()) or "all"


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"- {what}: {reason}\n" for what, reason in pairs) or "- none\n"


if __name__ == "__main__":
    PAGE.write_text(document(), encoding="utf-8")
