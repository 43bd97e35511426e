"""Takes times: interleaved, as CPU time, medians of enough runs. Knows nothing of what runs."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Figure(NamedTuple):
    """A figure, and the limit that is wanted of it: at most, or with `more` at least."""

    value: float
    wanted: float | None = None
    more: bool = False

    @property
    def holds(self) -> bool:
        return self.wanted is None or (self.value >= self.wanted if self.more else self.value <= self.wanted)


Figures = dict[str, Figure]
Task = Callable[[], float]


def interleaved(tasks: dict[str, Task], runs: int) -> dict[str, float]:
    """The median of each, all taken in turn; a first turn warms up."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(runs + 1):
        for name, task in tasks.items():
            value = task()
            if turn:
                taken[name].append(value)
    return {name: median(values) for name, values in taken.items()}


def timed(task: Callable[[], Any]) -> Task:
    """CPU seconds of a call, without what collecting earlier garbage takes."""

    def run() -> float:
        gc.collect()
        begin = time.process_time()
        kept = task()
        taken = time.process_time() - begin
        del kept
        return taken

    return run


def process(command: list[str], environment: dict[str, str]) -> Task:
    """CPU seconds of a whole Python process."""

    def run() -> float:
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], env=environment, stdout=subprocess.DEVNULL, check=True)
        after = getrusage(RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return run


def peak() -> int:
    """The most memory that this process has held, in kB. What getrusage tells counts what its parent held, too."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return getrusage(RUSAGE_SELF).ru_maxrss


def elsewhere(script: str, *arguments: str, **variables: str) -> Any:
    """What a file of this folder prints as JSON when it is run in a process of its own."""
    path = os.pathsep.join([str(ROOT), variables.pop("PYTHONPATH", "")]).strip(os.pathsep)
    environment = {**os.environ, "PYTHONPATH": path, **variables}
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2] or f"{script} ended with {done.returncode}")
    return json.loads(done.stdout.strip().rpartition("\n")[2])
