"""`python -m tests.programs --samples 5000 --seed 1`: how many random programs run right, and those that do not."""

from __future__ import annotations

import argparse
import re
from collections import Counter

from .judge import Finding, judge


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    shortest: dict[str, str] = {}
    for seed in range(options.seed, options.seed + options.samples):
        try:
            counts[judge(seed)] += 1
        except Finding as error:
            text = str(error)
            kind = re.sub(r"[\d{}\[\]()']+", "", text.split("\n")[0].partition(": ")[2])[:50]
            counts[kind] += 1
            if kind not in shortest or len(text) < len(shortest[kind]):
                shortest[kind] = text
    for kind, text in shortest.items():
        print(f"===== {kind} ({counts[kind]})\n{text}\n")
    print(dict(counts))
    return int(bool(shortest))


if __name__ == "__main__":
    raise SystemExit(main())
