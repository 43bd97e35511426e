"""`python -m tests.works [--inductor] [NET…]`: every check on every network, one line each; takes some minutes.

`--inductor` adds torch.compile's own backend, which needs a C++ compiler. Exit status 1 if a check fails.
"""

from __future__ import annotations

import sys
import time
import traceback

from .checks import CHECKS, Check, compiles, quiet
from .nets import NETS, Net


def passes(name: str, check: Check, net: Net, kind: str) -> bool:
    start, error = time.perf_counter(), ""
    try:
        with quiet():
            check(net, getattr(net, kind)())
    except Exception:
        error = traceback.format_exc()
    word = "FAILS" if error else "works"
    print(f"{word} {name:18} {net.name:12} {kind:9} {time.perf_counter() - start:5.1f} s", flush=True)
    print(error, end="")
    return not error


def main(arguments: list[str]) -> int:
    names = [name for name in arguments if name != "--inductor"]
    checks = dict(CHECKS)
    if "--inductor" in arguments:
        checks["inductor"] = compiles("inductor")
    nets = [net for net in NETS if not names or net.name in names]
    results = [
        passes(name, check, net, kind)
        for net in nets
        for kind in ("compiled", "live")
        for name, check in checks.items()
        if name not in net.limits and not (name == "inductor" and "compile" in net.limits)
    ]
    print(f"{sum(results)} of {len(results)} work")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
