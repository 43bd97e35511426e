"""`cnndsl check --watch`: checks again whenever a file changes, one that is imported included, until Ctrl-C.

Asks the file system several times a second; files that appear in a folder are taken in.
"""

from __future__ import annotations

import os
import sys
import time

from ..typed import TYPE_CHECKING, Callable, Iterable, NoReturn
from .commands import expanded

if TYPE_CHECKING:
    from argparse import Namespace

PAUSE = 0.25  # seconds
Look = tuple[int, int, int] | None


def watch(options: Namespace, check: Callable[[Namespace, list[str]], int]) -> NoReturn:
    """Checks and waits for a change, again and again; Ctrl-C ends it."""
    while True:
        read: list[str] = []
        before = look(expanded(options.files))
        check(options, read)
        seen = {**look(read), **before}
        print(f"watching {len(seen)} file{'s' if len(seen) != 1 else ''}; Ctrl-C ends")
        sys.stdout.flush()
        changed = waited(options, read, seen)
        print(f"\n{', '.join(changed[:3])}{', ...' if len(changed) > 3 else ''} changed")


def waited(options: Namespace, read: list[str], seen: dict[str, Look]) -> list[str]:
    """The paths that are not what they were, as soon as there are any."""
    while True:
        time.sleep(PAUSE)
        now = look([*read, *expanded(options.files)])
        if changed := [path for path in {**seen, **now} if now.get(path) != seen.get(path)]:
            return changed


def look(paths: Iterable[str]) -> dict[str, Look]:
    """What tells that a file has changed: when it was written, its size, and which file it is."""
    return {path: stamp(path) for path in paths}


def stamp(path: str) -> Look:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
