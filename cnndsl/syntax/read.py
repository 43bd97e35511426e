"""Text to a parse tree, or to the problem that says why the grammar does not take it. Knows no tree of ours."""

from __future__ import annotations

import re
from typing import Any

from ..problems import CnnError, Related, fail
from ..source import Source, Span
from .lalr import Refused, parse
from .words import expected

BRACKETS = {"(": ")", "[": "]", "{": "}"}
BRACKET = re.compile(r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[(\[{}\])]")
PYTHON = {  # what the first words of a Python statement are, and what stands for it here
    r"self\.\w+ *=": "a label names a module: write `conv1: Conv2d(64, 3)`, and apply it with `-> conv1`",
    r"(import|from \w)": "leave it out: every layer and function of torch is known by its name",
    r"class \w": "a network is a model: `model Net(classes=10) {`",
    r"def (__init__|forward)\b": "leave it out: the body of a model says both what is made and how it is applied",
    r"super\(": "leave it out: nothing has to be set up",
    r"return self\.": "a label stands alone: `-> conv1`",
    r"(if|elif|else|for|while|with|try)\b[^{]*:": "a body stands in braces: `if flag { ReLU }`",
    r"(while|with|try|elif|lambda)\b": "there is no such statement; there are `if`, `else` and `for`",
}
NUMBER = re.compile(r"[\w.]+")


def read(source: Source, text: str, start: str, offset: int) -> Any:
    """The parse tree of `text`, which begins at `offset` of the source."""
    try:
        return parse(text, start)
    except Refused as error:
        length = start == "interpolation" if error.at_end else max(1, error.length)
        raise refused(source, offset + error.start, length, error.expected) from None


def refused(source: Source, start: int, length: int, terminals: Any) -> CnnError:
    """The problem for text that the grammar does not take."""
    span = Span(source, start, start + length)
    found = span.text.strip()
    words = expected(terminals)
    opener = unclosed(source, start) if found in (")", "]", "}") or start >= len(source.text.rstrip()) else None
    if opener and BRACKETS[opener.text] != found:
        return fail("unclosed-bracket", span, Related("opened-here", opener), bracket=opener.text)
    if found[:1] in ('"', "'"):
        return fail("unclosed-string", span)
    if found[:1].isdigit() and (number := NUMBER.match(source.text, start)):
        return fail("bad-number", Span(source, start, number.end()), text=number[0])
    if not found:
        at_end = start >= len(source.text)
        return fail("unexpected-end" if at_end else "unexpected-line-end", span, expected=words)
    if not found.isascii():
        return fail("not-ascii", span, found=found, codepoint=f"U+{ord(found[0]):04X}")
    return fail("syntax", span, found=found, expected=words, help=python_help(source.line(span.line)))


def python_help(line: str) -> str | None:
    """How to say in the language what a line says in Python."""
    return next((help for pattern, help in PYTHON.items() if re.match(pattern, line.strip())), None)


def unclosed(source: Source, end: int) -> Span | None:
    """The last bracket before a place that is not closed there."""
    stack: list[int] = []
    for match in BRACKET.finditer(source.text, 0, end):
        if match[0] in BRACKETS:
            stack.append(match.start())
        elif match[0] in ")]}" and stack:
            stack.pop()
    return Span(source, stack[-1], stack[-1] + 1) if stack else None


def operator(token: Any) -> str:
    """An operator token without the newlines and comments that it swallowed."""
    return " ".join(re.split(r"[\r\n#]", str(token))[0].split())
