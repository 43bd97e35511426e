"""The problem that says why the grammar does not take a text. Loaded only where one does not; knows no tree of ours."""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Problem
from ..records import replace
from ..source import Source, Span
from .brackets import BRACKET, BRACKETS
from .lalr import Refused
from .named import KEYWORDS, bad_number, digits_for_label, first_word, keyword_meant, misnamed
from .pythonic import BODY, HEAD, python_help

STRING = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
SELF = r"\bself\.([A-Za-z_]\w*)[ \t]*\Z"
SIGNS = {  # what is refused, whatever the line says, and what stands for it
    "||": "write `or`; of tensors `logical_or(a, b)`",
    "|": "stages are joined by `->`; where either holds is `logical_or(a, b)` of tensors, `or` of conditions",
    "?": "a free size has a name of its own, with a capital letter: `input x: [N, 3]`",
    "elif": "another condition is `else if`",
    "&": "write `and`; of tensors `logical_and(a, b)`",
    "!": "write `not`, or `!=`",
    "^": "a power is `**`",
    "~": "the contrary of a tensor is `logical_not(x)`, that of a condition `not`",
    "\\": "leave it out: a line goes on behind an operator, in brackets, or with a `->` that begins the next",
}
NO_COMMA = "no comma stands at the end of a statement"
STRAY = re.compile(r"[A-Z]\w*[ \t]*(,)[ \t]*(?:#[^\n]*)?(?=\r?\n)")  # `ReLU,`, as in a list of layers
DTYPES = {"long": "int64", "int": "int32", "short": "int16", "float": "float32", "double": "float64", "half": "float16"}
NO_LABELS = ("and", "or", "not", "in", "new")
SEMICOLON = re.compile(r";[ \t]*(?:#[^\n]*)?\r?\n\s*\Z")
NUMBER = r"[0-9][0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9]+)?"

ABS = re.compile(r"\|(?!\|)([^|#\n]+)\|(?!\|)")  # `|a - b|`
NEAR = 200  # characters before a place that are looked at


def refused(source: Source, start: int, error: Refused, begin: int, item: int | None = None) -> Problem:
    """The problem for text that the grammar does not take, in a statement that begins at `begin`."""
    from .endings import ended, unclosed_at

    length = max(error.length, 2 if source.text.startswith("->", start) else 1)
    span = Span(source, start, start + len(shown(source.text[start : start + length])))
    found = span.text.strip(" \t\r\n\f")
    is_end = found in (")", "]", "}", ";") or start >= len(source.text.rstrip()) or is_body(source, begin, start)
    opener = unclosed(source, begin, start) if is_end or is_within_list(source, begin, start) else None
    if opener and BRACKETS[opener.text] != found and not (found == ";" and opener.text == "{"):
        return unclosed_at(opener, span)
    if found[:1] in ('"', "'"):
        if (closed := re.compile(STRING).match(source.text, start)) is None:
            return problem("unclosed-string", span)
        span, found = Span(source, start, closed.end()), closed[0]
    if told := told_alone(source, start, found, begin):
        return told
    from .words import expected

    words = expected(error.expected)
    if not found:
        return ended(source, span, begin, words)
    if not found.isascii():
        return problem("not-ascii", span, found=found, codepoint=f"U+{ord(found[0]):04X}")
    help = said(source, found, begin, start)
    if not help and (known := around(source, begin, start, words)):
        return replace(problem("syntax", span, found=found, expected=words, help=known[0]), fix=known[1])
    help = help or (label_help(source.text[begin:start]) if found == ":" else None)
    if found in DTYPES and "a dtype" in words:
        return problem("syntax", span, found=found, meant=DTYPES[found])
    if found == "=" and "`:`" in words and not help:
        help = colon_help(source, begin, start)
    words = words if f"`{found}`" not in words else ""
    if item is not None and not help:
        keyword = re.match(r"\w+", source.text[item : item + 10])
        return problem("item-in-body", Span(source, item, start).to(span), keyword=keyword[0] if keyword else found)
    meant = keyword_meant(source, start) if not help else None
    if (meant or is_python(source, begin, start, help)) and (first := first_word(source, begin, start)):
        span, found, words = first, first.text, ""
    return problem("syntax", span, found=found, expected=words, help=help, meant=meant)


def is_python(source: Source, begin: int, start: int, help: str | None) -> bool:
    """Whether this is the help with what a statement says in Python."""
    return help is not None and help == python_help(statement_line(source, begin, start))


def stray_semicolon(source: Source, sign: int) -> Problem:
    """A `;` behind a line that the next one, which begins with `->`, goes on from."""
    place = Span(source, sign, sign + 1)
    help = "leave it out: the next line goes on with `->`"
    return replace(problem("syntax", place, found=";", help=help), fix=Fix((Edit(place, ""),), True))


def is_body(source: Source, begin: int, start: int) -> bool:
    """Whether a brace at the end of a line opens the body of an item, whatever is open in front of it."""
    end = source.text.find("\n", start)
    is_last = source.text[start : end if end >= 0 else len(source.text)].split("#")[0].strip() == "{"
    return is_last and re.match(r"(?:model|block|def)\b", source.text[begin : begin + 5]) is not None


def is_within_list(source: Source, begin: int, start: int) -> bool:
    """Whether a keyword's `=` is within a list or a tuple that is within a call: `Conv2d(8, (3, 3, padding=1)`."""
    before = source.text[max(begin, start - NEAR) : start]
    if source.text[start : start + 1] != "=" or re.search(r",[ \t]*[A-Za-z_]\w*[ \t]*\Z", before) is None:
        return False
    opener = unclosed(source, begin, start)
    is_list = opener and re.search(r"(?:[=,(]|\A)[ \t]*\Z", source.text[max(begin, opener.start - NEAR) : opener.start])
    return bool(is_list and opener and unclosed(source, begin, opener.start, "("))


def said(source: Source, found: str, begin: int, start: int) -> str | None:
    """What a sign, a line of Python, or what is missing tells by itself."""
    from .choices import is_choice

    sign = None if is_choice(source, start) else SIGNS.get("||" if source.text.startswith("||", start) else found)
    sign = None if source.text.startswith("~>", start) else sign
    if found == "|" and (bars := ABS.match(source.text, start)):
        return f"its amount without the sign is `abs({bars[1]})`"
    sign = None if found == "!" and not source.text[begin:start].strip() else sign
    help = python_help(statement_line(source, begin, start)) or python_help(source.line(source.position(start)[0]))
    if help in (BODY, HEAD) and found == ":":
        help = braces_help(source.text[begin:start]) or help
    return sign or help or (in_place(source, begin, start) if found == "=" else None) or forgotten(source, begin, start)


def in_place(source: Source, begin: int, start: int) -> str | None:
    """`(x += y)`, inside of something."""
    before = source.text[max(begin, start - NEAR) : start]
    added = re.search(r"(\w+)[ \t]*(\*\*|//|[-+*/%@])\Z", before)
    return f"this is a statement of its own: `{added[1]} = {added[1]} {added[2]} ...`" if added else None


def statement_line(source: Source, begin: int, start: int) -> str:
    """The line of a place, from where the statement begins that it is in."""
    line, begin = source.text.rfind("\n", 0, start) + 1, start - len(source.text[begin:start].lstrip())
    return source.line(source.position(start)[0])[max(begin - line, 0) :]


def around(source: Source, begin: int, start: int, words: str) -> tuple[str, Fix | None] | None:
    """Help and repair, where the text around a place is a form that is known."""
    from .among import among
    from .around import closes_nothing, constant, dtype, form, listed, methods, one_sided
    from .choices import choice
    from .misnamed import in_brackets, in_quotes

    if (
        found := in_brackets(source, begin, start)
        or in_quotes(source, begin, start)
        or among(source, begin, start)
        or choice(source, start)
        or one_sided(source, begin, start)
        or methods(source, begin, start)
        or listed(source, begin, start)
        or dtype(source, begin, start)
    ):
        return found
    if unclosed(source, begin, start, "([") is None and (found := closes_nothing(source, start)):
        return found
    if "another item" in words and (found := constant(source, start)):
        return found
    return form(source, begin, start, "`->`" in words and unclosed(source, begin, start, "([") is None)


def told_alone(source: Source, start: int, found: str, begin: int) -> Problem | None:
    """What is wrong whatever is expected: a number that is none, `self.`, a comma behind a statement, `name: (`."""
    if named := misnamed(source, begin, start):
        return named
    if (
        found[:1].isdigit()
        and (number := re.match(r"[\w.]+", source.text[start : start + 500]))
        and not re.fullmatch(NUMBER, number[0])
    ):
        if digits := digits_for_label(source, begin, Span(source, start, start + number.end())):
            return digits
        is_size = re.match(r"\s*input\b", source.text[begin:start]) and unclosed(source, begin, start, "[")
        return bad_number(Span(source, start, start + number.end()), is_size is not None)
    is_head = re.match(r"\s*(?:for|if|while)\b", source.text[begin:start])
    if found == ":" and not is_head and (label := re.compile(SELF).search(source.text, begin, start)):
        name = label[1]
        place = Span(source, label.start(), label.end(1))
        alone = f"a label stands alone in front of its module: `{name}: ...`"
        return problem("python-prefix", place, prefix="self", name=name, written=name, help=alone)
    if source.text.startswith("->", start) and (stray := SEMICOLON.search(source.text[:start][-NEAR:])):
        return stray_semicolon(source, start - len(stray[0]))
    listed = STRAY.match(source.text, begin)
    if listed and listed.start(1) < start:
        return problem("syntax", Span(source, *listed.span(1)), found=",", help=NO_COMMA)
    from .among import group_in_brackets

    return group_in_brackets(source, begin, start) if found else None


def braces_help(before: str, behind: str = "") -> str | None:
    """What to say of a head without its body; `behind` it its parameters may go on."""
    head = " ".join(before.split("#")[0].split())
    if re.match(r"[ \t]*(?:#[^\n]*)?\n\s*\{", behind) and len(head) < 40:
        return f"the brace stands on the line of its head: `{head} {{`"
    if head.endswith(")") and goes_on(behind.partition("\n")[2]):
        return "this `)` closes the head, whose parameters go on below: leave it out"
    is_head = re.match(r"(for|if|else|model|block|def)\b", head) and len(head) < 40
    return f"a body stands in braces: `{head} {{ ... }}`" if is_head else None


def goes_on(below: str) -> bool:
    """Whether a line has a parameter of the head above it."""
    from .skip import PARAMETER

    return below[:1].isspace() and PARAMETER.match(below.lstrip(" \t")) is not None


def shown(token: str) -> str:
    """A token without the comment and the line break that a sign may have swallowed."""
    return token if token.startswith(('"', "'")) else re.split(r"[ \t]*[\r\n#]", token)[0] or token


def forgotten(source: Source, begin: int, start: int) -> str | None:
    """What is missing, or too much, right before the place."""
    from .around import arrow

    before = source.text[begin:start]
    line = source.text[source.text.rfind("\n", 0, start) + 1 : start].strip()
    if source.text[start] == "{" and line[-1:] in ("", "{"):
        return "a body has a head: `if flag { ... }`, `name: { ... }`, `Sequential { ... }`"
    if counted := source.text[start] == ":" and re.search(r"([a-z_][\w.]*)\[(\w+)\][ \t]*\Z", before):
        if counted[2].isdigit():
            return f'a label that is no plain word stands in quotes: `"{counted[1]}.{counted[2]}": ...`'
        return f'a label that counts is a text: `"{counted[1]}.{{{counted[2]}}}": ...`'
    if source.text.startswith("->", start) and (help := arrow(before, not line)):
        return help
    if source.text[start] in "\"'" and re.search(r"(?<!\w)f\Z", before):
        return "no `f` is needed: a text holds what stands in its braces"
    label = re.search(r"(?<![\w.])([a-z_]\w*)[ \t]+\Z", before)
    maker = re.match(r"[A-Z]\w*", source.text[start : start + 100])
    is_head = re.match(r"\s*(?:for|if)\b", before)
    if label and maker and not is_head and label[1] not in (*KEYWORDS, *NO_LABELS):
        return f"a label ends in a colon: `{label[1]}: {maker[0]}`"
    if source.text.startswith(("=>", "~>"), start) or source.text[max(start - 1, begin) : start + 1] == ">>":
        return "stages are joined by `->`"
    if re.search(r"(?<!/)//[ \t]*\w[^\n]*\Z", before[-NEAR:]) and source.text[start].isalpha():
        return "a comment begins with `#`"
    return comma(source, begin, start)


def comma(source: Source, begin: int, start: int) -> str | None:
    """What to say of a comma that is missing, or too much."""
    text, before = source.text, source.text[begin:start]
    opener = unclosed(source, begin, start, "([{")
    kind = opener.text if opener else "{"
    if text[start] == "," and kind == "{" and re.match(r",[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)", text[start:]):
        return NO_COMMA
    two = re.search(r"([\w.]+)[ \t]+\Z", before[-NEAR:]) if kind != "{" else None
    after = re.match(r"(?!x[ \t]*\d|x[ \t]+\w)[\w.]+(?:[ \t]*=(?!=)[ \t]*[\w.]+)?", text[start : start + 100])
    is_loop = opener and re.compile(r"\[[ \t]*for\b").match(text, opener.start)  # whose body lacks its braces
    if kind == "[" and after and re.search(r"\)[ \t]*\Z", before) and not is_loop:
        return f"a comma or `->` is missing in front of `{after[0]}`"
    if two is None or after is None or {two[1], after[0]} & {*KEYWORDS, "and", "or", "not", "in", "is"}:
        return None
    if two[1][-1] == "." and two[1][:-1].isdigit():  # `8. 3`
        return f"a comma is missing: `{two[1][:-1]}, {after[0]}`"
    if re.match(r"[a-z_]\w*[ \t]*=", after[0]) and re.fullmatch(r"[a-z_]\w*", two[1]):
        return f"a comma is missing: `{two[1]}, {after[0]}`; or it is one name: `{two[1]}_{after[0]}`"
    is_call = opener is not None and re.search(r"(?<![\w.])[a-z_]\w*\Z", text[begin : opener.start])
    if kind == "(" and is_call and re.fullmatch(r"\d+\.\d+", two[1]) and re.fullmatch(r"[a-z_]\w*", after[0]):
        return f"`*` is missing: `{two[1]} * {after[0]}`"
    sides = ("[", "]") if kind == "[" else ("", "") if "=" in after[0] else ("(", ")")
    return f"a comma is missing: `{sides[0]}{two[1]}, {after[0]}{sides[1]}`"


def label_help(before: str) -> str | None:
    """What to say of a colon behind what is no label."""
    words = before.strip()
    if operand := re.search(r"[-+*/@%] *([a-z_]\w*)\Z", words):
        return f"a module that is made in the middle stands in brackets: `({operand[1]}: ...)`"
    if re.fullmatch(r"[\w.]+(-[\w.]+)*", words):
        return f'a label that is no plain word stands in quotes: `"{words}": ...`'
    return "a label is a name in front of its module: `conv1: Conv2d(64, 3)`" if words.endswith(")") else None


def colon_help(source: Source, begin: int, start: int) -> str | None:
    """What to say of a rule, or of a label that is a text, with `=` in place of its colon."""
    named = re.search(r"(?:[\w.]+\.\w+|(\"[^\"\n]*\"))[ \t]*\Z", source.text[begin:start])
    maker = re.match(r"=[ \t]*([A-Z]\w*)", source.text[start : start + NEAR])
    if named and named[1] and maker:
        return f"a label ends in a colon: `{named[1]}: {maker[1]}`"
    return "a colon stands between them: `Conv2d.weight: zeros`" if named else None


def problem(code: str, span: Span, **facts: object) -> Problem:
    return Problem(code, span, facts)


def unclosed(source: Source, begin: int, end: int, kinds: str = "([{") -> Span | None:
    """The last bracket between two places that is not closed there.

    Of braces, the one whose closing brace stands left of its line, if there is such a one: it took another's.
    """
    stack: list[int] = []
    suspect = None
    for match in BRACKET.finditer(source.text, begin, end):
        if match[0] in BRACKETS:
            stack.append(match.start())
        elif match[0] == "}":
            while stack and source.text[stack[-1]] != "{":
                stack.pop()
            if stack and is_left_of(source.text, match.start(), start := stack.pop()) and suspect is None:
                suspect = start
        elif match[0] in ")]" and stack and source.text[stack[-1]] != "{":
            stack.pop()
    stack = [start for start in stack if source.text[start] in kinds]
    place = suspect if suspect is not None and stack else stack[-1] if stack else None
    return None if place is None else Span(source, place, place + 1)


def is_left_of(text: str, closer: int, opener: int) -> bool:
    """Whether a closing brace, the first on its line, stands left of where the opening one's line begins."""
    before = text[text.rfind("\n", 0, closer) + 1 : closer]
    line = text[text.rfind("\n", 0, opener) + 1 : opener + 1]
    return not before.strip() and len(before) < len(line) - len(line.lstrip())
