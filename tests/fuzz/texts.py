"""What the fuzzers start from: the examples, the zoo (a file for each of its models) and the golden cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cnndsl import pipeline
from cnndsl.emit.summary import rows
from cnndsl.source import Source
from cnndsl.syntax import tree as t
from cnndsl.syntax.parse import parse

TESTS = Path(__file__).parent.parent
MANY = 200  # layers of a text's networks; larger ones would eat up the time of all others
Texts = tuple[tuple[str, tuple[str, ...]], ...]
RULE = re.compile(r"^=== \w+ ===\n", re.MULTILINE)


@cache
def texts() -> Texts:
    """By path the texts to start from, the small ones."""
    found: dict[str, list[str]] = {}
    for path, text in all_texts():
        if layers(path, text) < MANY:
            found.setdefault(path, []).append(text)
    return tuple((path, tuple(some)) for path, some in found.items())


def all_texts() -> Iterator[tuple[str, str]]:
    examples = TESTS.parent / "examples"
    for path in sorted(examples.rglob("*.cnn")):
        yield from ((str(path), text) for text in one_model_each(path))
    for path in sorted((TESTS / "generated").glob("*.cnn")):
        yield str(path), path.read_text()
    for path in sorted((TESTS / "cases").glob("*.case")):
        yield str(path.with_suffix(".cnn")), RULE.split(path.read_text())[0]


def one_model_each(path: Path) -> Iterator[str]:
    """The file, once for each of its models: with that one alone and the models that it is made of."""
    text = path.read_text()
    items = parse(Source(str(path), text)).items
    models = [i for i in items if isinstance(i, (t.Definition, t.Alias)) and i.kind == "model"]
    for chosen in models or [None]:
        kept = text
        for model in models:
            without = kept.replace(model.span.text, "", 1)
            if model is not chosen and not re.search(rf"\b{model.name.id}\b", without):
                kept = without
        yield kept


def layers(path: str, text: str) -> int:
    outcome = pipeline.analyse(Source(path, text))
    return sum(1 for model in outcome.graph.models for _ in rows(model.instance))
