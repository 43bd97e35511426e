"""The table beside the parser is the grammar's: it is up to date, and read with it a text is accepted, refused and
placed exactly as Lark does with the grammar itself. CNNDSL_MUTANTS says how many broken texts are tried.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lark import Token, UnexpectedCharacters, UnexpectedToken

from cnndsl.syntax import lalr, table
from cnndsl.syntax.export import exported, first_characters, split

ROOT = Path(__file__).parent.parent
TEXTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for pattern in ("examples/**/*.cnn", "tests/**/*.cnn", "tests/cases/*.case")
    for path in sorted(ROOT.glob(pattern))
}
MUTANTS = int(os.environ.get("CNNDSL_MUTANTS", "1000"))
WORDS = """
-> ** // ... ...S else if for in not is model block input return init{ Sequential{ 1e5 1. .5 x A None int64 order
param where def from expect version const extern import as buffer and or
"""
PIECES = [
    *"()[]{}:;,.=+-*/%@<>!#\"'\\ \n\t\r\f0123_e|$é",
    *WORDS.split(),
    *(f"{word} " for word in WORDS.split()),
    "\n->",
    "\n# x\n",
]


def by_lark(text: str, start: str) -> Any:
    """What Lark makes of a text, in plain tuples."""
    try:
        return plain(table.lark().parse(text, start=start))
    except UnexpectedToken as error:
        at_end = error.token.type == "$END"
        place = len(text) if at_end else error.pos_in_stream
        length = 0 if at_end else len(str(error.token).split("\n")[0].rstrip())
        return "refused", place, length, frozenset(error.accepts or error.expected), at_end
    except UnexpectedCharacters as error:
        return "refused", error.pos_in_stream, 1, frozenset(error.allowed), False


def by_table(text: str, start: str) -> Any:
    """What the table makes of it."""
    try:
        return plain(lalr.parse(text, start))
    except lalr.Refused as error:
        return "refused", error.start, error.length, error.expected, error.at_end


def plain(node: Any) -> Any:
    if isinstance(node, (Token, lalr.Token)):
        return str(node.type), str(node), node.start_pos, node.end_pos
    place = node if isinstance(node, lalr.Node) else node.meta
    where = None if place.empty else (place.start_pos, place.end_pos)
    return str(node.data), where, tuple(map(plain, node.children))


def same(text: str, start: str = "start") -> Any:
    found = by_table(text, start)
    assert found == by_lark(text, start), text
    return found


def test_the_table_is_up_to_date() -> None:
    said = "run `python -m cnndsl.syntax.export`"
    assert table.content(table.table_path()) == exported(), said


@pytest.mark.parametrize("name", TEXTS)
def test_every_example_and_case_is_read_as_lark_reads_it(name: str) -> None:
    same(TEXTS[name].split("\n===")[0])


def test_mutants_are_read_as_lark_reads_them() -> None:
    """Most are refused, some are not; both happen, or the test would show nothing."""
    rng = random.Random(8)
    refused = sum(same(text, start)[0] == "refused" for text, start in mutants(rng, MUTANTS))
    assert 0.5 * MUTANTS < refused < 0.97 * MUTANTS


def mutants(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    sources = [text.split("\n===")[0] for text in TEXTS.values()]
    for number in range(count):
        lines = rng.choice(sources).splitlines(keepends=True)
        start = rng.randrange(len(lines))
        text = "".join(lines[start : start + rng.choice((1, 3, 10, 30))])
        whole = f"model M {{\n{text}\n}}" if rng.random() < 0.4 else text
        yield mutated(rng, whole), "interpolation" if number % 20 == 0 else "start"


def mutated(rng: random.Random, text: str) -> str:
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
        at = rng.randrange(len(text) + 1)
        until = at + rng.choice((0, 0, 1, 1, 2, 8))
        text = text[:at] + (rng.choice(PIECES) if rng.random() < 0.7 else "") + text[until:]
    return text


@pytest.mark.parametrize("terminal", table.table().terminals, ids=lambda terminal: terminal.name)
def test_a_match_begins_with_one_of_its_first_characters(terminal: table.Terminal) -> None:
    """In every text of the examples, at every place where the terminal matches at all."""
    for text in list(TEXTS.values())[::4]:
        for at, character in enumerate(text):
            assert terminal in table.table().able(character) or terminal.end(text, at) is None


@pytest.mark.parametrize(
    ("pattern", "word", "rest"),
    [
        ("if\\b", "if", "\\b"),
        (r"\*(?!\*)", "*", r"(?!\*)"),
        ("ab*", "a", "b*"),
        ("abc|abd", "", "abc|abd"),
        (r"\.\.\.", "...", ""),
        ("not[ ]in", "not", "[ ]in"),
        ("a(b)", "a", "(b)"),
        ("[ab]c", "", "[ab]c"),
    ],
)
def test_the_word_that_a_pattern_begins_with(pattern: str, word: str, rest: str) -> None:
    assert split(pattern) == (word, rest)


@pytest.mark.parametrize(
    ("pattern", "characters"),
    [("a", "a"), ("(?:a|bc)d", "ab"), ("a?b", "ab"), ("(?!x)[a-c]", "abc"), ("a*(?:b|c+)", "abc"), (r"\bz", "z")],
)
def test_first_characters(pattern: str, characters: str) -> None:
    bits = first_characters(pattern)
    assert {chr(code) for code in range(128) if bits >> code & 1} == set(characters)


@pytest.mark.parametrize("pattern", ["[^a]", r"\w", "."])
def test_first_characters_are_rather_too_many(pattern: str) -> None:
    bits = first_characters(pattern)
    assert all(bits >> min(ord(character), 128) & 1 for character in "b_é" if re.match(pattern, character))


def test_a_stale_table_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a missing one needed: Lark then makes the table, for this process alone."""
    stale = tmp_path / "cnn.table"
    stale.write_text("cnn-table 1 7-00000000\n")
    for path in (stale, tmp_path / "none"):
        monkeypatch.setattr(table, "table_path", lambda path=path: path)
        made = table.table.__wrapped__()
        assert made.lines == table.table().lines
    assert [path.name for path in tmp_path.iterdir()] == ["cnn.table"]
