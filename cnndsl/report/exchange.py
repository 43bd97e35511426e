"""Problems for other programs: GitHub's workflow commands, and SARIF 2.1.0 for code scanning and editors.

Lines and columns count from 1 in characters; a problem without a place stands at the start of its file.
"""

from __future__ import annotations

from pathlib import PurePath

from ..problems import Fix, Problem
from ..typed import Any, Iterable, Iterator
from .cells import safe
from .fixes import fix
from .pages import COMMANDS, NEVER_ALONE, PAGES
from .prose import advice, caption, message, notes
from .record import Report, to_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


# https://docs.github.com/actions/reference/workflow-commands-for-github-actions


def github(problem: Problem, path: str) -> str:
    """One line that GitHub shows beside the source."""
    facts = to_json(problem, path)
    places = {"file": facts["path"], "line": facts["line"], "endLine": facts["end_line"], "col": facts["column"]}
    if facts["line"] == facts["end_line"]:
        places["endColumn"] = facts["end_column"]
    places["title"] = problem.code
    shown = ",".join(f"{name}={escaped(str(value), PROPERTY)}" for name, value in places.items())
    help = f"\nhelp: {advice(problem)}" if advice(problem) else ""
    return f"::{problem.severity} {shown}::{escaped(message(problem) + help, DATA)}"


DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
PROPERTY = DATA | {":": "%3A", ",": "%2C"}


def escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(char) or safe(char) for char in text)


def sarif(reports: Iterable[Report], version: str) -> dict[str, Any]:
    """A whole SARIF log with one run."""
    found = [(problem, report.path) for report in reports for problem in report.problems]
    codes = sorted({problem.code for problem, _ in found})
    driver = {"name": "cnndsl", "version": version, "rules": [rule(code) for code in codes]}
    results = [result(problem, path, codes.index(problem.code)) for problem, path in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def rule(code: str) -> dict[str, Any]:
    pages = PAGES | COMMANDS
    meaning = pages[code][0] if code in pages else NEVER_ALONE.get(code, code)
    return {"id": code, "shortDescription": {"text": meaning}, "help": {"text": f"cnndsl explain {code}"}}


def result(problem: Problem, path: str, index: int) -> dict[str, Any]:
    said = [message(problem), *(f"note: {note}" for note in notes(problem))]
    said += [f"help: {advice(problem)}"] if advice(problem) else []
    return {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": problem.severity,
        "message": {"text": "\n".join(said)},
        "locations": [location(to_json(problem, path))],
        "relatedLocations": list(related(problem)),
        **({"fixes": [repair(problem, made)]} if (made := fix(problem)) else {}),
    }


def repair(problem: Problem, made: Fix) -> dict[str, Any]:
    """A fix, file by file."""
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in made.edits:
        there = location(to_json(Problem(problem.code, edit.span, problem.facts)))["physicalLocation"]
        replacement = {"deletedRegion": there["region"], "insertedContent": {"text": edit.text}}
        changes.setdefault(there["artifactLocation"]["uri"], []).append(replacement)
    files = [{"artifactLocation": {"uri": uri}, "replacements": found} for uri, found in changes.items()]
    return {"description": {"text": advice(problem) or message(problem)}, "artifactChanges": files}


def related(problem: Problem) -> Iterator[dict[str, Any]]:
    """The second places, each with its caption."""
    for number, other in enumerate(problem.related):
        place = location(to_json(Problem(problem.code, other.span, problem.facts)))
        yield {"id": number, "message": {"text": caption(other)}, **place}


def location(facts: dict[str, Any]) -> dict[str, Any]:
    names = {"line": "startLine", "column": "startColumn", "end_line": "endLine", "end_column": "endColumn"}
    region = {there: facts[here] for here, there in names.items()}
    return {"physicalLocation": {"artifactLocation": {"uri": uri(facts["path"])}, "region": region}}


def uri(path: str) -> str:
    """A path as a URI reference."""
    from urllib.parse import quote

    return quote(PurePath(path).as_posix(), errors="surrogateescape")
