"""What lacks at the end of a line or file: a value, the rest of a form, a bracket. Knows texts, no tree; loaded only
where the grammar does not take one.
"""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Problem, Related
from ..source import Source, Span
from .brackets import BRACKET, BRACKETS
from .refusals import NEAR, braces_help, problem, unclosed

UNFINISHED = (  # what a statement says that ends too early, and what it lacks
    (r"->[ \t]*\Z", "a stage stands behind `->`: leave the arrow out, or write what it leads to"),
    (
        r"\A\s*return[ \t]*\Z",
        "what flows at the end is the result by itself: leave `return` out; a result by its name is `return x`",
    ),
    (
        r"=[ \t]*([^=#\n]*[^=!<>#\n\s])[ \t]+if[ \t]+([^#\n{}]+?)[ \t]*\Z",
        "a value has another one where the condition is false: `{0} if {1} else ...`",
    ),
    (r"\A\s*extern[ \t]+block[ \t]+(\w+)[^\n]*\][ \t]*\Z", 'where the class is stands behind: `from "module:{0}"`'),
    (r"\A\s*input[ \t]+(\w+)[ \t]*:[ \t]*\Z", "its shape stands there: `input {0}: [N, C, H, W]`"),
    (r"\A\s*([a-z_]\w*)[ \t]*=[ \t]*\Z", "what `{0}` names stands behind the `=`"),
    (r"\A\s*([a-z_]\w*)[ \t]*:[ \t]*\Z", "the module stands behind its label: `{0}: ReLU`"),
    (r"(\*\*|//|[-+*/%@]|\b(?:and|or|not))[ \t]*\Z", "a value stands behind `{0}`"),
)
INSIDE = r"[^()\[\]{}\n\"'#>]*"  # what is plain between brackets on one line
SEMICOLON = re.compile(rf"\({INSIDE}?(?=;){INSIDE}\)|\[{INSIDE}?(?=;){INSIDE}\]")
CALLED = re.compile(r"[\w.]*\Z")
PARTS = re.compile(rf"{BRACKET.pattern}|->|[;\"'\n]")  # what decides how far a bracket may go
MADE = re.compile(r"(?:\A|[(,=]|->)\s*[A-Za-z_]\w*\s*\Z|\)\s*\Z")  # what may be a stage, in front of an arrow


def ended(source: Source, span: Span, begin: int, words: str) -> Problem:
    """The problem of a statement that ends too early."""
    code = "unexpected-end" if span.start >= len(source.text) else "unexpected-line-end"
    before = source.text[begin : span.start]
    if "#" in before.rpartition("\n")[2]:
        before = before[: without_comment(before)].rstrip()
        span = Span(source, begin + len(before), begin + len(before) + 1)
    help = braces_help(before, source.text[span.start :][:NEAR]) if "`{`" in words else None
    if not help:
        found = ((re.search(pattern, before[-NEAR:]), text) for pattern, text in UNFINISHED)
        help = next((text.format(*match.groups()) for match, text in found if match), None)
    return problem(code, span, expected=words, help=help)


def without_comment(text: str) -> int:
    """Where the comment begins that a text ends in, or the text's own end."""
    signs = [match for match in BRACKET.finditer(text) if match[0][0] == "#" and match.end() == len(text)]
    return signs[-1].start() if signs else len(text)


def unclosed_at(opener: Span, found: Span) -> Problem:
    """A bracket that is still open where it cannot be any longer; one of the other kind is one for it."""
    if sign := SEMICOLON.match(opener.source.text, opener.start):
        return for_comma(opener, sign)
    facts: dict[str, object] = {"bracket": opener.text}
    related, line = (Related("still-open-here", found),), opener.source.line_starts[opener.line - 1]
    is_other = {opener.text, found.text} in ({"(", "]"}, {"[", ")"}) and found.line == opener.line
    if not is_other or unclosed(opener.source, line, opener.start) is not None:
        closed = closing(opener, found)
        facts |= {"help": closed[0]} if closed else {}
        return Problem("unclosed-bracket", opener, facts, related, fix=closed[1] if closed else None)
    facts |= {"closing": BRACKETS[opener.text], "found": found.text}
    return Problem("unclosed-bracket", opener, facts, related, fix=Fix((Edit(found, BRACKETS[opener.text]),), True))


def for_comma(opener: Span, found: re.Match[str]) -> Problem:
    """The problem of `Conv2d(8; 3)`."""
    source = opener.source
    places = [Span(source, at, at + 1) for at in range(*found.span()) if source.text[at] == ";"]
    called = CALLED.search(source.text[source.line_starts[opener.line - 1] : opener.start])
    meant = f"{called[0] if called else ''}{found[0].replace(';', ',')}"
    facts: dict[str, object] = {"found": ";", "help": f"what stands in brackets is parted by commas: `{meant}`"}
    return Problem("syntax", places[0], facts, fix=Fix(tuple(Edit(place, ",") for place in places), True))


def closing(opener: Span, found: Span) -> tuple[str, Fix] | None:
    """How a bracket would be closed, where its line shows that: at the line's end, or in front of an arrow."""
    text, sign = opener.source.text, BRACKETS[opener.text]
    end = inside(text, opener.end) if opener.text != "{" and found.start > opener.start else None
    if end is None:
        return None
    before = text[text.rfind("\n", 0, opener.start) + 1 : opener.start]
    if opener.text == "(" and re.fullmatch(r"[ \t]*\([^()]*\)", text[opener.end : end]):  # or is it one too many?
        return None
    called = before[len(CALLED.sub("", before)) :]
    edit = Edit(Span(opener.source, end, end), sign)
    return f"close it: `{called}{text[opener.start : end]}{sign}`", Fix((edit,), False)


def inside(text: str, start: int) -> int | None:
    """Where a bracket would close that opens in front of a place; None where its line does not show that."""
    depth, end = 0, len(text)
    for match in PARTS.finditer(text, start):
        sign = match[0]
        if sign[0] == "#" or sign == "\n":
            end = match.start()
            break
        if sign == "->" and not depth and not MADE.search(text, start, match.start()):
            end = match.start()
            break
        depth += (sign in BRACKETS) - (sign in (")", "]", "}"))
        if sign in (";", '"', "'", "{", "->") or depth < 0:
            return None
    inner = text[start:end].rstrip()
    return start + len(inner) if inner and not depth and inner[-1] not in ",=*+-/:(" else None
