"""Compiles and runs random configurations of everything beside torch, and counts: `python -m tests.conformance`."""

from __future__ import annotations

import argparse
from collections import Counter

import torch

from .compiled import Case, agree
from .drawn import GROUPS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--samples", type=int, default=200, help="good configurations of each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("groups", nargs="*", default=[*GROUPS], help="for example `layer Conv2d`; without any, all")
    options = parser.parse_args()
    torch.set_num_threads(1)
    counts: Counter[str] = Counter()
    for group in options.groups:
        counts += counted(group, GROUPS[group](options.samples, options.seed), options.seed)
    for what, count in counts.items():
        print(f"{what}: {count:,}")
    return int(any(what.endswith("that differ") for what in counts))


def counted(group: str, cases: list[Case], seed: int) -> Counter[str]:
    """How many configurations of a group agree; the first that differs is shown."""
    kind = group.partition(" ")[0]
    found: Counter[str] = Counter({f"{kind}: groups": 1, f"{kind}: configurations": len(cases)})
    try:
        agreed = agree(cases, seed)
    except (AssertionError, RuntimeError) as difference:
        print(f"{group} DIFFERS: {difference}", flush=True)
        return found + Counter({f"{kind}: groups that differ": 1})
    refused = f"{kind}: of these refused alike, for the values"
    return found + Counter({f"{kind}: agreements": agreed.equal, refused: agreed.refused})


if __name__ == "__main__":
    raise SystemExit(main())
