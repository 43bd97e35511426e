"""The command `summary`: what models cost, as a table or for programs."""

from __future__ import annotations

from .. import pipeline
from ..quiet import undisturbed
from ..typed import TYPE_CHECKING
from . import FAILED, stop
from .commands import read, reading_of
from .output import print_text

if TYPE_CHECKING:
    from argparse import Namespace

    from ..cost.summary import Summary

FORMATS = ("table", "wide", "markdown", "csv", "json")


def summary(options: Namespace) -> int:
    """Print what each model costs."""
    from ..cost.summary import Options

    chosen = Options(options.dtype, options.optimizer, options.inplace)
    at = dict(options.at)
    source = read(options.file, reading_of(options))
    try:
        found = pipeline.summaries(source, options.model, dict(options.settings), chosen, at, options.batch)
    except pipeline.Contradiction as error:
        return stop(str(error), FAILED)
    text = formatted(found, options.format, options.depth)
    answers = [fits(one, options.fits) for one in found] if options.fits else []
    print_text("\n".join([text, *answers]) + "\n")
    return 0


@undisturbed
def formatted(found: list[Summary], format: str, depth: int | None) -> str:
    if format == "json":
        from ..cost.formats import json_text

        return json_text(found)
    if format == "csv":
        from ..cost.formats import csv_text

        return csv_text(found)
    if format == "markdown":
        from ..cost.formats import markdown

        return "\n\n".join(markdown(one, depth) for one in found)
    from ..cost.table import table

    return "\n\n".join(table(one, None if format == "wide" else 80, depth) for one in found)


def fits(found: Summary, memory: int) -> str:
    """The answer of --fits, in a line."""
    from ..cost.fits import fit
    from ..cost.words import short

    answer, told = fit(found, memory), short(memory, "B")
    how = f"training with {found.options.optimizer} in {found.options.dtype}"
    if answer.free:
        return f"{found.name}: what fits into {told} depends on {', '.join(answer.free)}; give --at"
    if found.batch is None:
        return f"{found.name}: there is no free size of the batch"
    if answer.batch is None:
        return f"{found.name}: not even one sample fits into {told}: {how} needs {short(answer.needed, 'B')}"
    needed = short(answer.needed, "B")
    return f"{found.name}: {found.batch}={answer.batch} at most in {told}: {how} needs {needed}"
