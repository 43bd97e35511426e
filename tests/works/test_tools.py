"""Each network under each tool, from the compiled file and live.

A check that takes seconds runs on a few networks here; `python -m tests.works` runs every one on all.
"""

from __future__ import annotations

import pytest

from .checks import CHECKS, quiet
from .nets import NETS

KINDS = ("compiled", "live")
LARGE = ("squeezenet", "shufflenet", "mobilenet", "googlenet")
QUICK = {
    "compile": ("modes", "own"),
    "compile-gradients": ("digits", "shared"),
    "export-free": ("unet", "support", "own"),
    "onnx": ("digits", "modes", "ops"),
    "onnx-free": ("vae", "own"),
}
CASES = [
    (check, net, kind)
    for check in CHECKS
    for net in NETS
    for kind in KINDS
    if net.name in QUICK.get(check, [net.name]) and check not in net.limits
    if net.name not in LARGE or net.name == LARGE[list(CHECKS).index(check) % len(LARGE)]
    if check not in QUICK or (kind == "live") == (NETS.index(net) % 2 == 0)
]


@pytest.mark.parametrize(("check", "net", "kind"), CASES, ids=str)
def test_works(check: str, net: object, kind: str) -> None:
    with quiet():
        CHECKS[check](net, getattr(net, kind)())
