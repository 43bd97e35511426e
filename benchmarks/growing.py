"""Compiles one network of a given shape and size, and prints what that took: `python growing.py chain 10000`."""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise

from networks import SHAPES
from timing import peak

from cnndsl.analysis import Limits, elaborate, load
from cnndsl.emit.python import emit
from cnndsl.quiet import undisturbed
from cnndsl.reading import Reading
from cnndsl.source import Source

LIMITS = Limits(size=10**9, modules=10**7, steps=10**8)  # beyond the usual ones, which refuse networks of this size


@undisturbed
def stages(text: str) -> dict[str, float]:
    """CPU seconds of each stage, and the peak of the process's memory in kB."""
    marks = [time.process_time()]
    scope = load(Source("x.cnn", text), Reading().read_import, LIMITS)
    marks.append(time.process_time())
    outcome = elaborate(scope, limits=LIMITS)
    marks.append(time.process_time())
    if not outcome.graph.models:
        raise SystemExit(f"refused: {[problem.code for problem in outcome.problems][:3]}")
    checked = peak()
    emit(outcome.graph, command="")
    marks.append(time.process_time())
    parsed, elaborated, emitted = (after - before for before, after in pairwise(marks))
    return {"parsed": parsed, "elaborated": elaborated, "emitted": emitted, "checked_kb": checked}


def main() -> None:
    shape, layers = sys.argv[1], int(sys.argv[2])
    stages(SHAPES[shape](40))  # whatever is loaded on first use
    before = peak()
    found = stages(SHAPES[shape](layers))
    found["checked_kb"] -= before
    found["kb"] = peak() - before
    print(json.dumps(found))


if __name__ == "__main__":
    main()
