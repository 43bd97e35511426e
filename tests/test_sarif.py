"""SARIF 2.1.0: the log keeps to the parts of the schema that it uses, which are written out here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnndsl import pipeline
from cnndsl.report.exchange import sarif
from cnndsl.report.pages import PAGES, whole
from cnndsl.source import Source

# What the schema says of each object: its properties with their kinds, and which are required. None has others.
OBJECTS: dict[str, tuple[dict[str, str], set[str]]] = {
    "log": ({"$schema": "uri", "version": "version", "runs": "[run]"}, {"version", "runs"}),
    "run": ({"tool": "tool", "columnKind": "columnKind", "results": "[result]"}, {"tool"}),
    "tool": ({"driver": "driver"}, {"driver"}),
    "driver": ({"name": "text", "version": "text", "rules": "[rule]"}, {"name"}),
    "rule": ({"id": "text", "shortDescription": "message", "help": "message"}, {"id"}),
    "message": ({"text": "text"}, {"text"}),
    "result": (
        {
            "ruleId": "text",
            "ruleIndex": "index",
            "level": "level",
            "message": "message",
            "locations": "[location]",
            "relatedLocations": "[location]",
            "fixes": "[fix]",
        },
        {"message"},
    ),
    "fix": ({"description": "message", "artifactChanges": "[change]"}, {"artifactChanges"}),
    "change": ({"artifactLocation": "artifact", "replacements": "[replacement]"}, {"artifactLocation", "replacements"}),
    "replacement": ({"deletedRegion": "region", "insertedContent": "message"}, {"deletedRegion"}),
    "location": ({"id": "index", "message": "message", "physicalLocation": "place"}, set()),
    "place": ({"artifactLocation": "artifact", "region": "region"}, {"artifactLocation"}),
    "artifact": ({"uri": "uri"}, {"uri"}),
    "region": (
        {"startLine": "count", "startColumn": "count", "endLine": "count", "endColumn": "count"},
        {"startLine"},
    ),
}
FILLED = {"[change]", "[replacement]"}  # minItems: 1
REPEATED = {"[result]", "[replacement]"}  # the lists without uniqueItems
SCALARS: dict[str, Callable[[Any], object]] = {
    "text": lambda value: isinstance(value, str),
    "uri": lambda value: isinstance(value, str) and re.fullmatch(r"[\w.~:/?#\[\]@!$&'()*+,;=%-]+", value, re.ASCII),
    "index": lambda value: isinstance(value, int) and value >= 0,
    "count": lambda value: isinstance(value, int) and value >= 1,
    "version": lambda value: value == "2.1.0",
    "level": lambda value: value in ("none", "note", "warning", "error"),
    "columnKind": lambda value: value in ("utf16CodeUnits", "unicodeCodePoints"),
}


def validate(kind: str, value: Any, where: str = "log") -> None:
    if kind.startswith("["):
        assert isinstance(value, list), where
        assert value or kind not in FILLED, where
        assert kind in REPEATED or len({json.dumps(item, sort_keys=True) for item in value}) == len(value), where
        for number, item in enumerate(value):
            validate(kind[1:-1], item, f"{where}[{number}]")
    elif kind in SCALARS:
        assert SCALARS[kind](value), f"{where}: {value!r} is no {kind}"
    else:
        properties, required = OBJECTS[kind]
        assert isinstance(value, dict), where
        assert required <= value.keys() <= properties.keys(), f"{where}: {sorted(value)}"
        for name, inner in value.items():
            validate(properties[name], inner, f"{where}.{name}")


def test_a_log_of_every_page_is_valid() -> None:
    reports = [pipeline.report(Source(f"{code}.cnn", whole(page[1]))) for code, page in PAGES.items()]
    log = json.loads(json.dumps(sarif(reports, "1.0")))
    validate("log", log)
    (run,) = log["runs"]
    assert len(run["results"]) == len(PAGES)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for other in result["relatedLocations"]:
            assert "region" in other["physicalLocation"]


@pytest.mark.parametrize("path", ["missing.cnn", "/no/such/ü x.cnn", "<stdin>", "a#b.cnn", "bad\udcff.cnn"])
def test_odd_paths(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = sarif([pipeline.check(path)], "1.0")
    validate("log", log)


def test_nothing_found() -> None:
    log = sarif([], "1.0")
    validate("log", log)
    assert log["runs"][0]["results"] == []
