"""`cnndsl diff`: which two networks are meant, and how the answer is printed."""

from __future__ import annotations

import json
import os
import sys

from .. import pipeline
from ..problems import CnnError
from ..typed import TYPE_CHECKING, Any
from . import FAILED, FAULTY
from .commands import read, reading_of
from .output import print_problems, print_text
from .ready import with_command

if TYPE_CHECKING:
    from argparse import Namespace


def diff(options: Namespace) -> int:
    """Print what became of each layer; 0 if the networks are the same, 1 if they differ, 2 if one cannot be read."""
    from ..report.changes import text, to_json

    (first, model), (second, other) = split(options.a), split(options.b or options.a)
    second, names = second or first, (options.a, options.b or options.a)
    try:
        source = read(first, reading_of(options))
        again = source if second == first else read(second, reading_of(options))
        a = source, model, dict([*options.settings, *options.first])
        b = again, other, dict([*options.settings, *options.second])
        found = pipeline.diff(a, b, dict(options.at))
    except CnnError as error:
        print_problems([with_command(problem, options.words) for problem in error.problems], options.color, sys.stderr)
        return FAILED
    names = (titled(names[0], options.first), titled(names[1], options.second))
    print_text(json.dumps(to_json(found, names), indent=2) + "\n" if options.json else text(found, names) + "\n")
    return 0 if found.same else FAULTY


def split(side: str) -> tuple[str, str | None]:
    """`FILE`, `FILE:MODEL` or `:MODEL`, which is of the first file."""
    path, colon, model = side.rpartition(":")
    return (path, model) if colon and model.isidentifier() and not os.path.exists(side) else (side, None)


def titled(side: str, settings: list[tuple[str, Any]]) -> str:
    """A side as it was asked for, with what is set for it alone."""
    return side + (f" ({', '.join(f'{name}={value}' for name, value in settings)})" if settings else "")
