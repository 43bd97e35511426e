"""`python -m tests.programs --samples 5000 --seed 1`: how many random programs run right, and those that do not.

A kind of fault is told when it is first met, and every hundredth program is; `--first 1200` goes on from there.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter

from .judge import Finding, judge

OFTEN = 100  # programs between two words of progress


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="the number of the first program")
    parser.add_argument("--first", type=int, default=0, help="how many of them were judged already")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    shortest: dict[str, str] = {}
    for sample in range(options.first, options.samples):
        try:
            counts[judge(options.seed + sample)] += 1
        except Finding as error:
            text = str(error)
            kind = re.sub(r"[\d{}\[\]()']+", "", text.split("\n")[0].partition(": ")[2])[:50]
            counts[kind] += 1
            if kind not in shortest:
                print(f"===== {kind}\n{text}\n", flush=True)
            if kind not in shortest or len(text) < len(shortest[kind]):
                shortest[kind] = text
        if (sample + 1) % OFTEN == 0:
            print(f"{sample + 1} of {options.samples}: {dict(counts)}", flush=True)
    for kind, text in shortest.items():
        print(f"===== {kind} ({counts[kind]}), the shortest\n{text}\n")
    print(dict(counts))
    return int(bool(shortest))


if __name__ == "__main__":
    raise SystemExit(main())
