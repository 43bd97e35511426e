"""The report: every problem has prose, and its picture is right on any line that a file can hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cnndsl.problems import CnnError, Problem, Related, Severity
from cnndsl.report import Report
from cnndsl.report.cells import width
from cnndsl.report.prose import advice, fields, message, notes
from cnndsl.report.record import to_json
from cnndsl.report.render import concise, render
from cnndsl.report.tables import CAPTIONS, HELPS, PROSE
from cnndsl.source import Source, Span
from cnndsl.syntax.parse import parse

PACKAGE = Path(__file__).parent.parent / "cnndsl"
RAISERS = {"fail", "Problem", "warn", "NoFlow", "Related"}
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
CATALOGUE = ("layers", "functions")  # they know no codes of problems
SILENT = ("report", "dims")  # they know none at all


def sources(silent: tuple[str, ...] = (*CATALOGUE, *SILENT)) -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in silent:
            yield path


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call that raises a problem by its code."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) in RAISERS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield path, node, first.value


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def words() -> set[str]:
    """Every string constant that reads like a code, or stands where one does."""
    found = {code for _, _, code in calls()}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def test_every_code_has_prose() -> None:
    missing = {
        f"{path.name}:{call.lineno}: {code}"
        for path, call, code in calls()
        if code not in (CAPTIONS if name_of(call.func) == "Related" else PROSE)
    }
    assert not missing


def test_every_word_like_a_code_has_prose() -> None:
    other = {"utf-8", "utf-8-sig", *HELPS}
    assert {word for word in words() if CODE.fullmatch(word)} - other - set(PROSE) - set(CAPTIONS) == set()


def test_every_prose_has_a_code() -> None:
    assert set(PROSE) - words() == set()
    assert set(CAPTIONS) - words() == set()
    assert set(HELPS) - words() - {code for _, _, code in advised()} == set()


def advised() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call that gives a help by its code."""
    for path in sources(SILENT):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) == "advise" and isinstance(node.args[0], ast.Constant):
                yield path, node, str(node.args[0].value)


def test_helps_get_the_facts_they_need() -> None:
    """A call without `**facts` gives every fact of the last text, and none that no text names."""
    for path, call, code in advised():
        given = {keyword.arg for keyword in call.keywords}
        if None not in given:
            where = f"{path.name}:{call.lineno}: {code}"
            assert fields(HELPS[code][-1]) - {"y"} <= given, where  # a name that the file does not use
            assert given <= set().union(*map(fields, HELPS[code])), where


def test_analysis_says_no_help_itself() -> None:
    """A help is a code with facts, which hold what is written; the sentence stands in report/."""
    found = []
    for path in sorted((PACKAGE / "analysis").glob("*.py")):
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        given = [value for node in nodes for value in helps(node)]
        names = {"help", *(value.id for value in given if isinstance(value, ast.Name))}
        given += [
            node.value for node in nodes if isinstance(node, ast.Assign) and names & set(map(named, node.targets))
        ]
        found += [f"{path.name}: {said}" for value in given for said in spoken(value) if len(said.split()) > 1]
    assert not found


def named(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else ""


def helps(node: ast.AST) -> Iterator[ast.AST]:
    """What a node gives as a help."""
    if isinstance(node, ast.keyword) and node.arg == "help":
        yield node.value
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "help")
    elif isinstance(node, ast.Assign) and any(ast.unparse(target).endswith("['help']") for target in node.targets):
        yield node.value


def spoken(node: ast.AST) -> Iterator[str]:
    """The texts in an expression, less those that are facts of a help."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if not (isinstance(node, ast.Call) and name_of(node.func) == "advise"):
        for child in ast.iter_child_nodes(node):
            yield from spoken(child)


def test_a_code_stands_in_one_table() -> None:
    from cnndsl.report.tables import flow, names, shapes, syntax, values, warnings, weights

    tables = [syntax.READING, syntax.SYNTAX, names.NAMES, values.VALUES, flow.FLOW, shapes.SHAPES, warnings.WARNINGS]
    tables.append(weights.WEIGHTS)
    assert sum(map(len, tables)) == len(PROSE)


def test_messages_get_the_facts_they_need() -> None:
    """A call without `**facts` gives every fact that its message names."""
    for path, call, code in calls():
        given = {keyword.arg for keyword in call.keywords}
        if name_of(call.func) in ("fail", "warn") and None not in given:
            assert fields(PROSE[code][0]) <= given, f"{path.name}:{call.lineno}: {code}"


def test_messages_are_one_plain_sentence() -> None:
    for code, texts in (PROSE | HELPS).items():
        for text in texts:
            assert not text.endswith("."), code
            assert "\n" not in text, code


# Pictures


def problem(text: str, part: str, code: str = "unknown-name", severity: Severity = "error", **facts: object) -> Problem:
    start = text.index(part)
    return Problem(code, Span(Source("net.cnn", text), start, start + len(part)), {"name": part, **facts}, (), severity)


def test_picture() -> None:
    text = "model A {\n    input x: [N, 3]\n    fc: Linaer(10)\n}\n"
    assert render([problem(text, "Linaer", nearest="Linear")]) == (
        "error[unknown-name]: nothing is named `Linaer`\n"
        " --> net.cnn:3:9\n"
        "  |\n"
        "3 |     fc: Linaer(10)\n"
        "  |         ^^^^^^\n"
        "  |\n"
        "  = help: did you mean `Linear`?"
    )


def test_second_places() -> None:
    text = "model A {\n    conv: ReLU\n\n    x\n    conv: Tanh\n}\n"
    source = Source("net.cnn", text)
    first, second = text.index("conv"), text.rindex("conv")
    related = Related("first-here", Span(source, first, first + 4))
    found = render([Problem("label-twice", Span(source, second, second + 4), {"name": "conv"}, (related,))])
    assert found.splitlines()[1:8] == [
        " --> net.cnn:5:5",
        "  |",
        "2 |     conv: ReLU",
        "  |     ---- first given here",
        "...",
        "5 |     conv: Tanh",
        "  |     ^^^^",
    ]


def test_place_in_another_file() -> None:
    block = Source("block.cnn", "block B {\n    bad\n}\n")
    net = Source("net.cnn", "model A {\n    B\n}\n")
    related = Related("instantiated-here", Span(net, 14, 15), {"name": "B"})
    found = render([Problem("unknown-name", Span(block, 14, 17), {"name": "bad"}, (related,))])
    assert " --> block.cnn:2:5\n" in found
    assert " ::: net.cnn:2:5\n" in found
    assert "  |     - B is used here" in found


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_underline_stays_below_what_a_terminal_cannot_write(encoding: str) -> None:
    rendered = render([problem("x = \xa0日本\xa0bad", "bad")], encoding=encoding)
    shown, under = next((a, b) for a, b in pairwise(rendered.splitlines()) if "^" in b)
    assert under.index("^") == shown.index("bad")
    assert shown == shown.encode(encoding, "backslashreplace").decode(encoding)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("\tbad", "bad"),
        ("a\tb\tbad", "bad"),
        ('"日本語" bad', "bad"),
        ("x = 日本", "日本"),
        ("e\u0301e\u0301 bad", "bad"),
        ("\x1b[31m bad", "bad"),
        ("\u202e bad", "bad"),
        (" " * 200 + "bad" + " x" * 200, "bad"),
        ("日" * 200 + "bad", "bad"),
        ("bad" + "語" * 200, "bad"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_underline_stays_below(line: str, part: str, end: str) -> None:
    rendered = render([problem(f"first{end or chr(10)}{line}{end}", part)])
    lines = rendered.splitlines()
    shown, under = next((a, b) for a, b in pairwise(lines) if "^" in b)
    before = width(shown[: shown.index(part)])
    assert under.index("^") == before
    assert under.count("^") == width(part)
    assert all(width(row) <= 80 for row in lines)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", rendered)


@pytest.mark.parametrize("text", ["", "\n", "x", "x\n", "\r\n"])
def test_end_of_file(text: str) -> None:
    source = Source("net.cnn", text)
    found = render([Problem("unexpected-end", Span(source, len(text), len(text)), {"expected": "a name"})])
    assert found.count("^") == 1


def test_long_messages_are_wrapped() -> None:
    found = render([problem("x", "x", code="too-small", message="many words " * 30)])
    assert max(map(len, found.splitlines())) <= 80


def test_huge_line_is_quick() -> None:
    text = "x" * 5_000_000 + " bad"
    assert "bad" in render([problem(text, "bad")])


def test_messages_show_no_raw_control_characters() -> None:
    found = render([problem("x", "x", code="too-small", message="\x1b[2J\u202e")])
    assert "\x1b" not in found
    assert r"\x1b[2J\u202e" in found


def test_color_changes_nothing_but_color() -> None:
    made = problem("model A { Linaer }", "Linaer", nearest="Linear")
    colored = render([made], color=True)
    assert colored != render([made])
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render([made])


def test_warnings_say_so() -> None:
    assert render([problem("x", "x", severity="warning")]).startswith("warning[unknown-name]: ")


def test_own_help_and_note_win() -> None:
    made = problem("x", "x", nearest="y", help="do this", note="because")
    assert (advice(made), notes(made)) == ("do this", ["because"])


def test_help_without_its_facts_is_left_out() -> None:
    assert advice(problem("x", "x", nearest=None)) == ""


def test_concise() -> None:
    assert concise(problem("a\n  x", "x")) == "net.cnn:2:3: unknown-name nothing is named `x`"


def test_json() -> None:
    assert to_json(problem("a\n  bad", "bad", nearest="bed")) == {
        "code": "unknown-name",
        "severity": "error",
        "message": "nothing is named `bad`",
        "path": "net.cnn",
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 6,
        "related": [],
        "notes": [],
        "help": "did you mean `bed`?",
        "fix": {
            "applicability": "unsafe",
            "edits": [
                {"path": "net.cnn", "line": 2, "column": 3, "end_line": 2, "end_column": 6, "text": "bed"},
            ],
        },
    }


def test_json_without_a_place() -> None:
    made = to_json(Problem("file-not-found", None, {"path": "a.cnn"}), "a.cnn")
    assert (made["path"], made["line"], made["help"]) == ("a.cnn", 1, None)


def test_report() -> None:
    bad, odd = problem("x", "x"), problem("x", "x", severity="warning")
    report = Report("net.cnn", (bad, odd), ())
    assert (report.ok, report.errors, report.warnings) == (False, (bad,), (odd,))
    assert Report("net.cnn", (odd,), ()).ok
    assert str(report) == render([bad, odd])


def test_errors_print_themselves() -> None:
    with pytest.raises(CnnError) as caught:
        parse(Source("net.cnn", "model A {"))
    assert str(caught.value) == render(caught.value.problems)
    assert message(caught.value.problems[0]) == "a `{` is never closed"


def test_a_place_is_shown_once() -> None:
    made = problem("x", "x")
    assert made.span
    again = Related("instantiated-here", made.span, {"name": "B"})
    found = render([Problem("unknown-name", made.span, {"name": "x"}, (again, again, again))])
    assert found.count("B is used here") == 1
