"""Runs a function in a process of its own with little time and memory, so that a test of limits cannot hang.

Forks: cheap, and what the parent has imported is there. For functions that use no torch.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NoReturn

MEGABYTE = 1 << 20
USUAL = 0.0125  # seconds that `work` takes on the machine on which limits of time were set


def pace() -> float:
    """How much longer the same work takes here and now than where limits of time were set; 1 if it is less."""
    return max(1.0, median(work() for _ in range(20)) / USUAL)


def work() -> float:
    start = time.process_time()
    sum(i * i % 7 for i in range(200_000))
    return time.process_time() - start


def bounded(function: Callable[[], Any], seconds: float = 2.0, megabytes: int = 400) -> Any:
    """What the function returns; fails if it takes longer, or more memory on top of what is held already."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        run(function, write, seconds, megabytes)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    _, status, usage = os.wait4(child, 0)
    elapsed = usage.ru_utime + usage.ru_stime  # the machine may be busy with other things
    assert answer, f"killed after {elapsed:.1f} s (status {status})"
    result = pickle.loads(answer)
    assert not isinstance(result, BaseException), f"raised {result!r}"
    assert elapsed < seconds or elapsed < seconds * pace(), f"took {elapsed:.1f} s"
    return result


def run(function: Callable[[], Any], write: int, seconds: float, megabytes: int) -> NoReturn:
    """The child: sends the result, or the exception, and ends at once."""
    with open("/proc/self/statm") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + megabytes * MEGABYTE,) * 2)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds * 2 + 3)
    try:
        result = function()
    except BaseException as error:
        result = error.__class__(str(error)[:500]) if isinstance(error, Exception) else RuntimeError(repr(error))
    try:
        answer = pickle.dumps(result)
    except Exception as error:
        answer = pickle.dumps(RuntimeError(f"cannot be sent: {error}"))
    os.write(write, answer[: 1 << 15])
    os._exit(0)
