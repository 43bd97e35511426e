"""What is refused among the entries of a list, behind a group or in front of a label: a sign that was lost or belongs
to another language. Knows texts, no tree; loaded only where the grammar does not take one.
"""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Problem
from ..records import replace
from ..source import Source, Span
from .brackets import BRACKET, BRACKETS
from .refusals import problem, unclosed

NEAR = 300  # characters on either side that are looked at
LINE_END = re.compile(r"[\w)\]}\"'](?P<gap>[ \t]*(?:#[^\n]*)?\r?\n\s*)\Z")
ENTRY = re.compile(r"(?!for\b|if\b|else\b|in\b|and\b|or\b|not\b|is\b)[\w\"'\[({]")
NAME = re.compile(r"(?:[\[,]|\n)\s*([a-z_]\w*)[ \t]*\Z")
BEHIND = re.compile(r"->[ \t]*((?!if\b|for\b)[a-z_]\w*)[ \t]*\Z")
KEYWORD = re.compile(r"[a-z_]\w*[ \t]*=(?!=)")
BY_SUM = re.compile(r"\"([^\"{}\n]*)\"[ \t]*\+[ \t]*(?:str\(([^()\"\n]+)\)|(\w+))[ \t]*\Z")
BY_PERCENT = re.compile(r"\"([^\"{}%\n]*)%[dsi]([^\"{}%\n]*)\"[ \t]*%[ \t]*\(?(\w+),?\)?[ \t]*\Z")
MAKER = re.compile(r":[ \t]*([A-Z]\w*)(?:\(([^()\n]*)\))?(?=[ \t]*(?:->|[;}#\r\n]|\Z))")
TIES = re.compile(r"(?:\A|[\n;])\s*[a-z_][\w.]*\.(?:weight|bias)[ \t]*\Z")  # `head.weight = embed.weight`
TIED = (
    "a layer keeps its own weights; those that two share are a parameter, `param weight: [1000, 64] = normal`, which "
    "`embedding(x, weight)` and `linear(x, weight)` take"
)
OTHERWISE = re.compile(r"\bif\b[^\n]*\belse[ \t]+([a-z_]\w*)[ \t]*\Z")
RULES = re.compile(r"\{(?:\s|#[^\n]*\n)*(?:[\w*]+\.)+\w+[ \t]*:")


def among(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """Help with a place, in a statement that begins at `begin`, and its repair."""
    before, sign = source.text[max(begin, start - NEAR) : start], source.text[start : start + 1]
    if sign == "{":
        return rules(source, before, start) or branches(source, before, start) or unnamed(source, begin, start)
    if sign == ":":
        return counted(source, before, start) or made_otherwise(before) or applied(source, before, start)
    if sign == "=":
        return (TIED, None) if TIES.search(before) else named(source, begin, start)
    if before.rstrip(" \t").endswith("}"):
        return behind_a_group(source, before, start)
    return times(source, before, start) or parted(source, begin, start)


def rules(source: Source, before: str, start: int) -> tuple[str, Fix | None] | None:
    """`initialize { Conv2d.weight: zeros }`."""
    word = re.fullmatch(r"\s*(\w+)[ \t]*", before)
    if word is None or not RULES.match(source.text, start):
        return None
    place = Span(source, start - len(before) + word.start(1), start)
    return "rules for weights stand in `init { ... }`", Fix((Edit(place, "init "),), True)


def applied(source: Source, before: str, start: int) -> tuple[str, Fix | None] | None:
    """`encoder(image): Encoder(32)`, which says what it takes in front of its module."""
    label = re.search(r"(?:\A|[\n;]|->|=)\s*([a-z_]\w*)\(([\w, ]*)\)[ \t]*\Z", before)
    maker = MAKER.match(source.text, start)
    taken = set(re.findall(r"\w+", label[2])) if label else set()
    if label is None or maker is None or taken & set(re.findall(r"\w+", maker[2] or "")):
        return None
    meant = f"{label[1]}: {maker[1]}({maker[2] or ''})" + (f"({label[2]})" if label[2].strip() else "")
    place = Span(source, start - len(before) + label.start(1), maker.end())
    return f"a label stands alone, and what its module takes behind that: `{meant}`", Fix((Edit(place, meant),), True)


def branches(source: Source, before: str, start: int) -> tuple[str, Fix | None] | None:
    """`y = {`, whose entries end in commas."""
    if not re.search(r"(?:=|->)[ \t]*\Z", before):
        return None
    if re.compile(r"\{\s*[\"'][^\"'\n]*[\"'][ \t]*:").match(source.text, start):
        is_item = re.match(r"\s*(?:const|model|block|def)\b", before)  # told by the forms of these
        help = "there are no dictionaries: each value has a name of its own, or all are a list"
        return None if is_item else (help, None)
    depth, comma, end = 0, False, start
    for match in re.compile(rf"{BRACKET.pattern}|,").finditer(source.text, start):
        depth += (match[0] in BRACKETS) - (match[0] in ")]}" and len(match[0]) == 1)
        comma = comma or (match[0] == "," and depth == 1)
        end = match.start()
        if depth == 0:
            break
    if not comma or depth:
        return None
    edits = [Edit(Span(source, start, start + 1), "[")]
    edits += [Edit(Span(source, end, end + 1), "]")] if source.text[end] == "}" else []
    return "a list of branches stands in square brackets: `[A, B]`", Fix(tuple(edits), True)


def unnamed(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """`[a { A -> B }]`, `-> a { A -> B }`: a label without its colon."""
    return labelled(source, begin, (start, start), "{ ... }")


def named(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """`[a = Conv2d(8, 3)]`: a label that ends in another sign."""
    maker = re.compile(r"=[ \t]*([A-Z]\w*|\{)").match(source.text, start)
    made = maker[1].replace("{", "{ ... }") if maker else ""
    return labelled(source, begin, (start, maker.start(1)), made) if maker else None


def labelled(source: Source, begin: int, sign: tuple[int, int], made: str) -> tuple[str, Fix | None] | None:
    """Help and repair for a label in a list or behind an arrow; a sign stands behind it from one place to another."""
    name, opener = NAME.search(source.text, begin, sign[0]), unclosed(source, begin, sign[0])
    if name is None or opener is None or opener.text != "[":
        name = BEHIND.search(source.text, begin, sign[0])
    if name is None:
        return None
    edit = Edit(Span(source, name.end(1), sign[1]), ": ")
    return f"a label ends in a colon: `{name[1]}: {made}`", Fix((edit,), True)


def counted(source: Source, before: str, start: int) -> tuple[str, Fix | None] | None:
    """`"conv" + str(i): Conv2d(8, 3)`, `"conv%d" % i: ...`."""
    if found := BY_SUM.search(before):
        label = f'"{found[1]}{{{found[2] or found[3]}}}"'
    elif found := BY_PERCENT.search(before):
        label = f'"{found[1]}{{{found[3]}}}{found[2]}"'
    else:
        return None
    place = Span(source, start - len(before) + found.start(), start)
    return f"a label that counts is one text: `{label}: ...`", Fix((Edit(place, label),), True)


def made_otherwise(before: str) -> tuple[str, Fix | None] | None:
    """`x if C == out else match: Conv1d(out, 1)`."""
    found = OTHERWISE.search(before)
    return (f"a module that is made in the middle stands in brackets: `({found[1]}: ...)`", None) if found else None


def behind_a_group(source: Source, before: str, start: int) -> tuple[str, Fix | None] | None:
    """`y = dense: { A -> B } + x`."""
    sign = re.compile(r"\*\*|//|[-+/%@]").match(source.text, start)
    label = re.search(r"(\w+)[ \t]*:[ \t]*\{", before)
    if sign is None or source.text.startswith("->", start):
        return None
    group = f"{label[1]}: {{ ... }}" if label else "name: { ... }"
    return f"a group that is calculated with stands in brackets: `({group}) {sign[0]} ...`", None


def times(source: Source, before: str, start: int) -> tuple[str, Fix | None] | None:
    """`DenseLayer(growth) x depth`."""
    found = re.compile(r"x[ \t]*(\w+)[ \t]*(?=[;}#\r\n]|->|\Z)").match(source.text, start)
    if found is None or not before.rstrip(" \t").endswith(")"):
        return None
    edit = Edit(Span(source, start, start + 1), "*" if source.text[start + 1].isspace() else "* ")
    return f"`* {found[1]}` makes so many of a module, in sequence", Fix((edit,), True)


def parted(source: Source, begin: int, start: int) -> tuple[str, Fix | None] | None:
    """An entry of a list, or an argument, in front of which no comma stands."""
    opener = unclosed(source, begin, start)
    if opener is None or opener.text == "{":
        return None
    if (ended := LINE_END.search(source.text, begin, start)) and ENTRY.match(source.text, start):
        place = ended.start("gap")
        line = source.position(place)[0]
        help = f"a comma is missing at the end of line {line}"
        return help, Fix((Edit(Span(source, place, place), ","),), True)
    gap = re.compile(r"[\])}][ \t]*\Z").search(source.text, begin, start)
    word = KEYWORD.match(source.text, start)
    if gap is None or word is None or opener.text != "(":
        return None
    place = gap.start() + 1
    help = f"a comma is missing in front of `{word[0].rstrip('= ')}`"
    return help, Fix((Edit(Span(source, place, place), ","),), True)


OPENS_LINE = re.compile(r"\([ \t]*(?:#[^\n]*)?\r?\n")
NO_CALLEE = re.compile(r"(?:[:=;{]|->|^)[ \t]*\Z", re.M)


def group_in_brackets(source: Source, begin: int, start: int) -> Problem | None:
    """`body: (` with stages on the lines that follow, as in braces, where the second line is refused."""
    opener = unclosed(source, begin, start, "(")
    before, text = source.text[begin : opener.start] if opener else "", source.text
    is_line = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    if opener is None or not is_line or not OPENS_LINE.match(text, opener.start) or not NO_CALLEE.search(before):
        return None
    depth, edits = 0, [Edit(opener, "{")]
    for match in BRACKET.finditer(text, opener.start):
        depth += (match[0] in BRACKETS) - (match[0] in ")]}")
        if not depth:
            edits += [Edit(Span(source, *match.span()), "}")] if match[0] == ")" else []
            break
    help = "a group stands in braces: `name: { A -> B }`"
    return replace(problem("syntax", opener, found="(", help=help), fix=Fix(tuple(edits), True))
