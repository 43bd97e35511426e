"""`python -m cnndsl` is the command `cnndsl`, and so is the installed script.

Ctrl-C ends the process where it is, from the first lines on: as an exception it would be told as a traceback while
modules are loaded, and be lost in what Python calls by itself (a weak reference, `__del__`).
"""

import os
import sys
from _signal import SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]

INTERRUPTED = 130


def process() -> None:
    if getsignal(SIGINT) is default_int_handler:  # not where it is ignored, as of what runs in the background
        signal(SIGINT, interrupted)
    from .cli import process

    process()


def interrupted(number: int, frame: object) -> None:
    """One line; a file that is half written is taken away."""
    try:
        for path in getattr(sys.modules.get("cnndsl.files"), "UNFINISHED", ()):
            if os.path.lexists(path):
                os.unlink(path)
        if sys.stderr is not None:
            os.write(2, b"cnndsl: interrupted\n")
    finally:  # if nobody is listening, the status still tells
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    process()
