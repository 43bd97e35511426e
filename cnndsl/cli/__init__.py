"""The command line: runs one command and turns whatever stops it into one message and an exit status.

0: done; 1: a file has problems, or would change; 2: the command cannot be carried out. Computes nothing itself.
"""

from __future__ import annotations

import gc
import os
import sys

from .. import bundle
from ..typed import NoReturn, Sequence

FAULTY, FAILED, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141
DEBUG = "CNNDSL_DEBUG"  # in the environment: our own mistakes are shown with their tracebacks


def process() -> NoReturn:
    """The whole of a process. As most soon end, it seldom looks for garbage, and does not tidy up at the end."""
    gc.set_threshold(200_000)
    stand_in()
    bundle.use()
    status = main()
    try:
        sys.stderr.flush()
        bundle.keep()
    finally:
        os._exit(status)


def stand_in() -> None:
    """For streams that are closed from the start, ones that fail when they are used (of stderr, one that nobody reads).
    They have the numbers of these, which the next file to be opened would get."""
    for name, mode, flags in (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY)):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, flags), mode))  # noqa: SIM115


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command as the shell would; returns its exit status."""
    try:
        status = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader has seen enough
        silence()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return stop("interrupted", INTERRUPTED)
    except MemoryError:
        return stop("out of memory", FAILED)
    except OSError as error:
        silence()
        where = f"{error.filename}: " if error.filename else ""
        return stop(f"{where}{error.strerror or error}", FAILED)
    except Exception as error:
        if DEBUG in os.environ:
            raise
        return stop(internal(error), FAILED)


def run(arguments: Sequence[str]) -> int:
    from ..problems import CnnError
    from .arguments import parse

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parse(arguments)
    except SystemExit as end:  # argparse has printed the help, or what is wrong
        return int(end.code or 0)
    options.words = arguments
    try:
        return int(options.run(options))
    except CnnError as error:
        from .output import print_problems
        from .ready import with_command

        print_problems([with_command(problem, arguments) for problem in error.problems], options.color, sys.stderr)
        return FAULTY


def internal(error: Exception) -> str:
    """What is said of a mistake of ours, in a line, with the place where it was noticed."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = f"{os.path.basename(at.tb_frame.f_code.co_filename)}:{at.tb_lineno}" if at is not None else "unknown"
    told = f"{type(error).__name__} at {place}; please report it with your file ({DEBUG}=1 shows all of it)"
    return f"a mistake in cnndsl, not in what it was given: {told}"


def stop(message: str, status: int) -> int:
    """Say in one line why nothing more happens."""
    from ..lean import suppress

    with suppress(OSError):  # if nobody is listening, the status still tells
        print(f"cnndsl: {message}", file=sys.stderr)
    return status


def silence() -> None:
    """Keep the interpreter from writing once more to an output that is gone."""
    from ..lean import suppress

    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
