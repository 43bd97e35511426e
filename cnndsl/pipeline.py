"""The river on one screen: text → tree → graph → code → module. Every face of cnndsl is a stretch of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os.path import basename
from typing import TYPE_CHECKING, Any

from . import files
from .problems import CnnError, Problem
from .source import Source

if TYPE_CHECKING:
    from torch import nn

    from .graph import Graph
    from .report import Report

Parameters = Mapping[str, Any]


def elaborate(source: Source, model: str | None, parameters: Parameters) -> tuple[Graph, list[Problem]]:
    """Text → tree (with what it imports) → graph, and the warnings on the way; raises CnnError."""
    from . import analysis

    program = analysis.load(source, files.read_import)
    return analysis.elaborate(program, model, parameters)


def compile(source: Source, model: str | None, parameters: Parameters) -> tuple[str, list[Problem]]:
    """Text → code, and the warnings on the way."""
    from .emit.python import emit

    graph, warnings = elaborate(source, model, parameters)
    return emit(graph, command=command(source, model, parameters)), warnings


def load(source: Source, model: str | None, extern: bool, parameters: Parameters) -> nn.Module:
    """Text → module."""
    from .live import realise

    graph, _ = elaborate(source, model, parameters)
    return realise(graph, extern=extern)


def report(source: Source) -> Report:
    """Text → what is wrong with it, and what its models are."""
    from .emit.summary import facts
    from .report import Report

    try:
        graph, warnings = elaborate(source, None, {})
    except CnnError as error:
        return Report(source.path, error.problems, ())
    return Report(source.path, tuple(warnings), tuple(map(facts, graph.models)))


def summary(source: Source, model: str | None, parameters: Parameters) -> list[str]:
    """Text → a table of layers for each model."""
    from .emit.summary import table

    return [table(model) for model in elaborate(source, model, parameters)[0].models]


def format(source: Source) -> str:
    """Text → tree → text, in the one layout."""
    from .syntax.format import format_source

    return format_source(source)


# From files


def check(path: str) -> Report:
    return checked(path, lambda: files.read(path))


def check_stdin() -> Report:
    return checked("<stdin>", files.read_stdin)


def checked(path: str, read: Callable[[], Source]) -> Report:
    """The report on a file, even if it cannot be read."""
    from .report import Report

    try:
        source = read()
    except CnnError as error:
        return Report(path, error.problems, ())
    return report(source)


def compile_file(path: str, model: str | None, parameters: Parameters) -> str:
    return compile(files.read(path), model, parameters)[0]


def load_file(path: str, model: str | None, extern: bool, parameters: Parameters) -> nn.Module:
    return load(files.read(path), model, extern, parameters)


def load_text(text: str, model: str | None, extern: bool, parameters: Parameters) -> nn.Module:
    return load(Source("<string>", text.removeprefix("\ufeff")), model, extern, parameters)


def command(source: Source, model: str | None, parameters: Parameters) -> str:
    """The command that makes the same code, for the header of a generated file: one line, whatever the names are."""
    from shlex import quote

    words = ["cnndsl", "compile", basename(source.path)]
    words += ["--model", model] if model else []
    for name, value in parameters.items():
        words += ["--set", f"{name}={value}"]
    return " ".join(quote(word).encode("unicode_escape").decode() for word in words)
