"""Each network under each tool, from the compiled file or live; copies, of which that makes a difference, from both.

A check that takes seconds runs on a few networks here; `python -m tests.works` runs every one on all, both ways.
"""

from __future__ import annotations

import pytest

from .checks import CHECKS, quiet
from .nets import NETS

KINDS = ("compiled", "live")
BOTH = ("meta", "deepcopy", "saved")
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
    if check in BOTH or (kind == "live") == ((NETS.index(net) + list(CHECKS).index(check)) % 2 == 0)
]


@pytest.mark.parametrize(("check", "net", "kind"), CASES, ids=str)
def test_works(check: str, net: object, kind: str) -> None:
    with quiet():
        CHECKS[check](net, getattr(net, kind)())
