"""What each command does. Reads, calls the pipeline, writes; knows no language and prints no prose."""

from __future__ import annotations

import os
import sys

from .. import files, pipeline
from ..problems import CnnError
from ..reading import Reading
from ..records import replace
from ..source import Source
from ..typed import TYPE_CHECKING, Iterable, Sequence
from . import FAILED, FAULTY, stop
from .output import PRINTERS, print_problems, print_text

if TYPE_CHECKING:
    from argparse import Namespace

    from ..report import Report

STDIN = STDOUT = "-"


def compile(options: Namespace) -> int:
    """Write the PyTorch source."""
    output = "" if options.output in (None, STDOUT) else options.output
    if options.check and not output:
        return stop("compile --check needs the file to compare with: -o FILE", FAILED)
    if output and is_same_file(options.file, output):
        return stop(f"will not write over the input, {output}", FAILED)
    source, settings = read(options.file, reading_of(options)), dict(options.settings)
    text, warnings = pipeline.compile(source, options.model, settings, not options.no_guards, options.inplace)
    if warnings:
        print_problems(warnings, options.color, sys.stderr)
    if options.check:
        return compare(output, text)
    if output:
        return save(output, text)
    print_text(text)
    return 0


def save(path: str, text: str) -> int:
    try:
        files.write(path, text)
    except OSError as error:
        return stop(f"cannot write {path}: {files.reason(error)}", FAILED)
    return 0


def compare(path: str, text: str) -> int:
    """Whether a file already holds a text."""
    try:
        current = files.content(path, len(text.encode()))
    except FileNotFoundError:
        return stop(f"{path} does not exist yet", FAULTY)
    return 0 if current == text.encode() else stop(f"{path} would change", FAULTY)


def is_same_file(first: str, second: str) -> bool:
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


def check(options: Namespace) -> int:
    """Find mistakes."""
    if options.watch and not misplaced(options):
        from .watch import watch

        return watch(options, check_all)
    return check_all(options, [])


def check_all(options: Namespace, seen: list[str]) -> int:
    """Check each file once; `seen` gets the paths of all files that were looked at."""
    if wrong := misplaced(options):
        return stop(wrong, FAILED)
    if options.fix or options.diff:
        from .fix import fix

        return fix(options, seen)
    if options.weights:
        return check_weights(options, seen)
    return tell([check_one(path, options, seen) for path in expanded(options.files)], options)


def check_one(path: str, options: Namespace, seen: list[str]) -> Report:
    reading, at = reading_of(options), dict(options.at)
    named = {"model": options.model, "parameters": dict(options.settings)}
    report = pipeline.check_stdin(at, reading, **named) if path == STDIN else pipeline.check(path, at, reading, **named)
    seen += reading.paths
    if report.errors and options.format == "full":
        from .fix import tried

        return tried(report, at, named)
    return report


def reading_of(options: Namespace) -> Reading:
    """On what terms the command reads files."""
    return Reading(options.limits, options.project)


def tell(reports: Sequence[Report], options: Namespace) -> int:
    """Print reports; the exit status that they amount to."""
    PRINTERS[options.format]([ready(report, options) for report in reports], options.color)
    counted = [report.problems if options.deny else report.errors for report in reports]
    return FAULTY if any(counted) else 0


def ready(report: Report, options: Namespace) -> Report:
    """The report; of a file that is not there, with the command that would have worked."""
    if not any(problem.span is None for problem in report.problems):
        return report
    from .ready import with_command

    return replace(report, problems=tuple(with_command(problem, options.words) for problem in report.problems))


def check_weights(options: Namespace, seen: list[str]) -> int:
    """Find mistakes, and what keeps a file of weights from fitting the network."""
    from ..report import Report

    path, reading = options.files[0], reading_of(options)
    try:
        report = pipeline.weigh(read(path, reading), options.weights, options.model, dict(options.settings))
    except CnnError as error:
        report = Report(path, error.problems, ())
    seen += [*reading.paths, options.weights]
    return tell([report], options)


def misplaced(options: Namespace) -> str:
    """What is wrong with the options as a whole: some go together, and some do not."""
    chosen = options.model or options.settings
    if chosen and (len(options.files) > 1 or options.fix or options.diff):
        return "--model and --set go with one file, and without --fix and --diff"
    if options.unsafe_fixes and not (options.fix or options.diff):
        return "--unsafe-fixes goes with --fix or --diff"
    if options.watch and STDIN in options.files:
        return "--watch goes with files: what standard input gave does not change"
    if not options.weights:
        return ""
    if len(options.files) > 1:
        return "--weights goes with one file"
    return "--weights goes without --at, --fix and --diff" if options.at or options.fix or options.diff else ""


def expanded(paths: Iterable[str]) -> list[str]:
    """The files named, and for each folder the `.cnn` files below it (itself, if there are none)."""
    found: list[str] = []
    for path in paths:
        inside = files.below(path) if path != STDIN and "\0" not in path else []
        found += inside or [path]
    return list(dict.fromkeys(found))


def format(options: Namespace) -> int:
    """Lay files out; a faulty one does not keep the others from it."""
    return max([format_file(path, options) for path in expanded(options.files)])


def format_file(path: str, options: Namespace) -> int:
    try:
        source = read(path, Reading())
        text = pipeline.format(source)
    except CnnError as error:
        print_problems(error.problems, options.color, sys.stderr)
        return FAULTY
    if options.check or options.diff:
        return tell_changes(source, text, options)
    if path == STDIN:
        print_text(text)
        return 0
    return save(path, text) if text != source.text else 0


def tell_changes(source: Source, text: str, options: Namespace) -> int:
    if text == source.text:
        return 0
    if options.diff:
        print_diff(source, text)
    if options.check:
        print(f"{source.path} would change")
    return FAULTY


def print_diff(source: Source, text: str) -> None:
    import difflib

    old, new = source.text.splitlines(True), text.splitlines(True)
    lines = difflib.unified_diff(old, new, source.path, source.path)
    print_text("".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines))


def new(options: Namespace) -> int:
    """Write a starter file where there is none."""
    from shlex import quote

    from .starter import starter

    if not options.name:
        return stop("the name of the file is empty", FAILED)
    path = options.name if options.name.endswith(".cnn") else f"{options.name}.cnn"
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(starter(path))
    except FileExistsError:
        return stop(f"{path} exists; choose another name", FAILED)
    print(f"{path} is written. Next: cnndsl check {quote(path)}")
    return 0


def read(path: str, reading: Reading) -> Source:
    return reading.read_stdin() if path == STDIN else reading.read(path)
