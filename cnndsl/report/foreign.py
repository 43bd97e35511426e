"""Which edits put lines of Python, and signs and words of other languages, right. Writes nothing."""

from __future__ import annotations

import re

from ..layers import lookup as layer_named
from ..problems import Edit, Fix, Problem
from ..source import Span
from .edits import is_sure, part, replaced, together, word
from .moving import made_where_applied

APPLIED = re.compile(r"\bself\.\w+[ \t]*\(|^[ \t]*(?:return\b|[a-z_]\w*[ \t]*=(?!=))", re.M)  # lines of a `forward`
IN_A_ROW = re.compile(r"\{[ \t]*[A-Z][^{}\n=#]*\}(?=[ \t]*(?:[;}#\r\n]|->|\Z))")  # modules in braces
LONGEST = 1000  # of the lines that are looked at


def from_python(problem: Problem, span: Span) -> Fix | None:
    """Lines that are Python's, and signs and words of other languages."""
    starts = span.source.line_starts
    line = Span(span.source, starts[span.line - 1], starts[span.line - 1])
    text = span.source.line(span.line)
    if len(text) > LONGEST:
        return None
    if found := re.match(r"\s*self\.(\w+)\s*=(?!=)", text):
        return from_attribute(found[1], line)
    help = word(problem, "help")
    if help.startswith("leave it out") and re.match(r"\s*(?:import \w|from [\w.]+ import\b|super\()", text):
        lines = [Span(span.source, start, start) for start in (starts[one.span.line - 1] for one in problem.related)]
        others = [without_line(one, span.source.line(one.line)) for one in lines]
        return together(without_line(line, text), others)
    for pattern, said, meant in LINES:
        if help.startswith(said) and (found := in_statement(pattern, text, span.start - line.start)):
            return replaced(part(line, found.start(1), found.end(1)), found.expand(meant))
    found = re.match(r"\s*([A-Za-z_]\w*)([ \t]+)([A-Z]\w*)[ \t]*(?!=)", text)
    if (
        found
        and layer_named(found[3])
        and found[1] not in FOREIGN
        and span.start == line.start + found.start(3)
        and not problem.facts.get("meant")
    ):
        return replaced(part(line, found.start(2), found.start(2)), ":")
    if span.text[:1] in ("'", '"') and line.source.text[span.start - 1] == "f" and "`f`" in help:
        return replaced(Span(line.source, span.start - 1, span.start), "")
    if help.startswith("its names are plain") and span.text[1:-1].isidentifier():
        return replaced(span, span.text[1:-1])
    if word(problem, "meant")[-1:].isdigit():  # a dtype
        return replaced(span, word(problem, "meant"))
    return punctuated(help, span) or signs(problem, span)


def in_statement(pattern: str, text: str, column: int) -> re.Match[str] | None:
    """How a line has a form, or the statement on it that a place is in."""
    begins = [0, *(found.end() for found in re.finditer(r"[;{]", text[:column]))]
    return next(filter(None, (re.compile(pattern).match(text, begin) for begin in begins)), None)


def without_line(line: Span, text: str) -> Fix:
    """The line is left out, but for a comment on it."""
    comment = text.find("#")
    start = line.start + len(text) - len(text.lstrip())
    if comment >= 0:
        return replaced(Span(line.source, start, line.start + comment), "")
    end = line.source.text.find("\n", line.start) + 1
    return replaced(Span(line.source, line.start, end or len(line.source.text)), "")


def punctuated(help: str, span: Span) -> Fix | None:
    """A comma that is missing, or one too much, a colon, or the word for a group. In a call, an operator may be missing
    as well.
    """
    if span.text[:1] == "=" and help.startswith(("a colon stands between", "a label ends in a colon")):
        return replaced(Span(span.source, len(span.source.text[: span.start].rstrip()), span.end), ":")
    if help.startswith("a body has a head") and IN_A_ROW.match(span.source.text, span.start):
        return replaced(span, "Sequential {")
    if help.startswith("no comma"):
        return replaced(span, "")
    if help.startswith("a comma is missing"):
        end = len(span.source.text[: span.start].rstrip())
        return replaced(Span(span.source, end, end), ",", "]`" in help or "=" in help)
    return None


def from_attribute(name: str, line: Span) -> Fix | None:
    """`self.conv1 = nn.Conv2d(3, 64, 3)`: made where it is applied, if that is a call further down in this body."""
    text = line.source.text
    found = re.compile(r"([ \t]*)(self\.)\w+([ \t]*=)[ \t]*(?:[\w.]+\.)?[A-Z]?\w*").match(text, line.start)
    if found is None:
        return None
    end = re.compile(r"^[^\s#]", re.M).search(text, found.end())
    use = re.compile(rf"(?<![\w.])(?:self\.)?{name}(?=\s*\()").search(
        text, found.end(), end.start() if end else len(text)
    )
    if use:
        return made_where_applied(name, found, Span(line.source, use.start(), use.end()))
    first, second = (Span(line.source, found.start(n), found.end(n)) for n in (2, 3))
    if re.compile(r"[ \t]*(?:[-\d\"'\[(]|True\b|False\b|None\b)").match(text, found.end(3)):  # a number, no module
        return Fix((Edit(first, ""),), True)
    if re.compile(r"[ \t]*(?:[\w.]+\.)?Parameter\(").match(text, found.end(3)):  # declared by `param`
        return None
    if APPLIED.search(text, found.end(), end.start() if end else len(text)):
        return None  # nothing applies this one, and a label would
    return Fix((Edit(first, ""), Edit(second, ":")), True)


LINES = (  # what a line is, how its help begins, and what stands for its first group
    (r"\s*(?:\}\s*)?(elif)\b", "", "else if"),
    (r"\s*((?:let|var|val|local|final|auto)[ \t]+)\w+[ \t]*=(?!=)", "", ""),
    (r"\s*(assert)[ \t]+[^,#\"']+(?:#.*)?$", "", "expect"),
    (r"\s*from[ \t]+(\w+)[ \t]+import\b", "the path of a file", r'"\1.cnn"'),
    (r"\s*for\b[^{\n#]*?\brange\(\w+([ \t]*:[ \t]*)\w+\)", "the numbers from", ", "),
    (r"\s*input[ \t]+\w+([ \t]*=?[ \t]*)\[", "a colon stands before", ": "),
    (r"\s*input[ \t]+\w+[ \t]*:[ \t]*(\(([^()\[\]\n#]*?),?[ \t]*\))", "a shape stands in square", r"[\2]"),
    (r"\s*input[ \t]+\w+[ \t]*:[ \t]*((\w+(?:[ \t]*,[ \t]*\w+)+))[ \t]*(?:#.*)?$", "a shape stands in square", r"[\2]"),
    (
        r"\s*input[ \t]+\w+[ \t]*:[ \t]*\[[^\]]*\]([ \t]*,[ \t]*)[a-z_]\w*[ \t]*:[ \t]*\[[^\]]*\][ \t]*(?:#.*)?$",
        "each input",
        "; input ",
    ),
    (r"[^\"'#]*\][ \t]*from[ \t]+([\w.]+:\w+)", "where the class is", r'"\1"'),
)
FOREIGN = frozenset(
    [
        "while",
        "until",
        "do",
        "new",
        "let",
        "var",
        "val",
        "case",
        "switch",
        "match",
        "with",
        "not",
        "and",
        "or",
        "yield",
        "raise",
        "del",
        "print",
    ]
)
SIGNS = (
    *(
        ("=>", "->"),
        ("~>", "->"),
        (">>", "->"),
        ("&&", "and"),
        ("||", "or"),
        ("//", "#"),
        ("|>", "->"),
        ("elif", "else if"),
    ),
    ("--", "#"),
    ("^", "**"),
    ("\\", ""),
)


def signs(problem: Problem, span: Span) -> Fix | None:
    text = span.source.text
    if span.text == "->" and (before := text[: span.start].rstrip(" \t")).endswith("->"):
        return replaced(Span(span.source, len(before), span.end), "")
    if span.text == "!" and (text[span.end : span.end + 1].isalpha() or text[span.end : span.end + 1] == "("):
        return replaced(span, "not ")
    if word(problem, "help").startswith("a comment begins"):
        return as_comment(span)
    for sign, meant in SIGNS:
        for start in (span.start, span.start - 1):
            whole = Span(span.source, start, start + len(sign))
            if start >= 0 and whole.text == sign and (meant != "#" or is_first(text, start)):
                begin = start if meant else len(text[:start].rstrip(" \t"))
                return replaced(Span(span.source, begin, start + len(sign)), meant)
    return keyword(problem, span)


def as_comment(span: Span) -> Fix | None:
    """A comment of another language: behind code, or `/* … */` on one line."""
    start = span.source.line_starts[span.line - 1]
    line = span.source.line(span.line)
    if found := re.match(r"\s*(/\*+[ \t]*)[^*]*?([ \t]*\*+/)\s*$", line):
        first, last = (part(Span(span.source, start, start), *found.span(n)) for n in (1, 2))
        return Fix((Edit(first, "# "), Edit(last, "")), True)
    if found := re.search(r"//", line):
        return replaced(Span(span.source, start + found.start(), start + found.end()), "#")
    return None


def is_first(text: str, start: int) -> bool:
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def keyword(problem: Problem, span: Span) -> Fix | None:
    """A keyword with a slip of the pen, the first word of its line."""
    meant = word(problem, "meant")
    found = re.match(r"\s*([A-Za-z]+)\b", span.source.line(span.line))
    start = span.source.line_starts[span.line - 1]
    if not found or not meant:
        return None
    return replaced(Span(span.source, start + found.start(1), start + found.end(1)), meant, is_sure(found[1], meant))
