"""What a statement or item that cannot be read may have named, so that nothing more is said of it. Guesses.

Where the name itself may be what is missing, it is the empty one (`tree.NAMELESS`): it may stand for any name.
"""

from __future__ import annotations

import re
from itertools import islice

from ..source import Span
from ..typed import Iterable, Iterator
from . import tree as t

BLANKED = re.compile(r"""\#[^\n]*|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?""")
ITEM = re.compile(r"^[ \t]*(?:extern[ \t]+(?:[^\w\s]{1,2}[ \t]+)?)?[a-z]+[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
IMPORTED = re.compile(r"\bimport\b(.*)")
DECLARES = re.compile(r"\s*(?:(?:input|param|buffer|expect)\b[^\n]*|(?:\w+[ \t]*=[ \t]*)?for\b[^\n{]*)")
TARGETS = re.compile(
    r"[\s(,]*[A-Za-z_]\w*(?:[\s),][\s(),]*[A-Za-z_]\w*)*[\s)]*=(?!=)"
    r"|(?=[^\n=]*,)(?:(?!\w\(|->|\w[ \t]*:(?![ \t]*,))[^\n=])*=(?!=)"
    r"|(?=[^\n=]*,)(?:(?!\w\(|->|:)[^\n=])*[ \t](?=[a-z_]\w*:)"
    r"|[a-z_]\w*[ \t]*,[\w \t,()]*:(?=[ \t]*\w)"  # `y, (h, c): lstm: LSTM(8)`
    r"|[\w \t,]*,[ \t]*->[\w \t,()]*=(?!=)"  # `y, -> (h, _) =`
    r"|[A-Za-z_]\w*[ \t]*:[ \t]*\([\w \t,]*\)[ \t]*=(?!=)"
    r"|[a-z_]\w*(?:[ \t]*,[ \t]*[a-z_]\w*)+[ \t]+(?=\w|(?!->)[^\w\s]{1,2}[ \t])"
)
# `* x: [N, T, D]`, `: x: [N, T, D]`, `( [N, C, ...]`
SIZES = re.compile(r"(?:[^\n:]*:(?:[ \t]*\w+[ \t]*:)?|\W*)[ \t]*\[[^\n\]]*")
# `x:`, `x =`, `tower . : Tower`, `-> body { Tower }`
NAMED = re.compile(
    r"\b([A-Za-z_]\w*)(?:\s*(?::|=(?![=>]))|[ \t]*[.,;+*/%@=-][ \t]*:)"
    r"|->[ \t]*((?!if\b|for\b)[a-z_]\w*)[ \t]*(?=\{)"
)
# `y Conv2d(8)`, `y == x`
FIRST = re.compile(
    r"\s*([a-z_]\w*)(?:[ \t]+(?=[\"'\w])|[ \t]*(?:<-|=>|[^\w\s.(]?[ \t]*=(?!=)))"
    r"|(?:\*(?=\w)|(?:(?!->)[^\w\s]{1,3}|\d+|if|for|in|is|and|or|not)[ \t]+)\*?([a-z_]\w*)[ \t]*(?:[;\n]|\Z)"  # `: x`
)
BEHIND = re.compile(r"[^\n]*(?:\)|->[ \t]*\w+)[ \t]*=[ \t]*([a-z_]\w*)[ \t]*$", re.M)  # `x -> Conv2d(8, 3) = y`
# `h * body: Linear(8)`: a sign that was to be `=`; `Conv Conv2d(bias=False)`, `Conv . = Conv2d`: one that is lost
GUESSED = re.compile(
    r"\s*(?:([a-z_]\w*)(?![\w.(])|([A-Z]\w*)(?=[ \t]+(?:[^\w\s:>]{1,2}[ \t]+)?[A-Z]|[^\w\n(:>]*=(?!=)))"
)
WORD = r"(?!(?:if|else|for|in|is|and|or|not)\b)[A-Za-z_]"
NAMELESS = re.compile(
    rf"\s*(?:[=,]|[^\w\s]{{1,3}}\s*(?:=(?!=)|,)|(?:\d[\w.]*|if|else|for|in|is|and|or|not)[ \t]*=(?!=)|"
    rf"(?:model|block|def|const|extern[ \t]+block)\b(?![ \t]+{WORD})|(?:model|block|def)[ \t]+\w+[ \t]*,"
    rf"|import\b(?![ \t]+{WORD})|from\b(?:.*,\s*(?:[^\w\s]|\Z|(?!{WORD})\w)|(?!.*\bimport[ \t]+{WORD}))"
    rf"|input\b(?![ \t]+\*?[ \t]*{WORD})"
    rf"|(?:param|buffer)\b(?!(?:\([^()\n]*\))?[ \t]+{WORD})"
    r"|[^\n=(:]*,[ \t]*(?:[,=]|\([ \t]*[,=]))"
    r"|[\w \t,(]{0,99}[(,][ \t]*(?:[^\w\s()=,]{1,2}|\d\w*|(?:if|for)\b)[ \t]*[,)][\w \t,()]{0,99}=(?!=)"  # `(*, c) =`
    r"|->[ \t]*=(?!=)|[^\n{]*\{[ \t]*(?:[^\w\s{}]{1,2}[ \t]*)?[=,]"
    r"|(?:[^\n]*?(?:->|=)[ \t]{0,9})?(?:\d[\w.]*|(?:if|else|for|in|is|and|or|not)\b)?[ \t]{0,9}:[ \t]*[A-Z{]"
)
SIZELESS = re.compile(r"\s*(?:input|expect)\b[^\n]*\[")
LATER_ITEM = re.compile(r"(?:(?:->|[^\w\s]{1,2})[ \t]*)?([A-Za-z_]\w*)[ \t]*[({=]")
LINES = 50  # of a faulty statement, each of which may have been one of its own
HEAD = re.compile(rf"\s*[a-z]+[ \t]+{WORD}\w*\s*(?:\(.*)?\Z", re.DOTALL)  # one that has its name
MODEL = re.compile(r"\s*m[odel]{3,5}\b")  # `modle`, too
PARAMETER = re.compile(rf"\s*{WORD}(?!\w*\.)")  # no `width1.0`
LAST = re.compile(r",?\s*\)?\s*\Z")
WORDS = re.compile(r"[^({=:\n]*")  # in front of what an item has
BRACKETED = re.compile(r"\([^()]*\)?")
NAME = re.compile(r"[A-Za-z_]\w*")
LINE = re.compile(r"^[ \t]*(?=\S)", re.MULTILINE)


def faulty(span: Span, body: tuple[t.Statement, ...] = ()) -> t.Faulty:
    """The faulty statement, or item, at a place, with what can be read of its bodies."""
    text = blanked(span)
    lines = [match.end() for match in islice(LINE.finditer(text), LINES)]
    named = list(names(text, lines))
    if span.column <= 2:  # an item
        head = WORDS.match(text)
        named += [(match, 0) for match in NAME.finditer(text, 0, head.end() if head else 0)]
        flush = (line for line in lines if line < 2 or text[line - 2 : line].strip(" \t"))
        named += [(match, 1) for line in flush if (match := LATER_ITEM.match(text, line))]
    guessed = GUESSED.match(text)
    guesses = (name_at(span, guessed, guessed.lastindex or 1),) if guessed else ()
    is_nameless = any(NAMELESS.match(text, line) for line in lines)
    return made(span, span, named, is_nameless, guesses, body)


def faulty_head(head: Span, item: t.Definition) -> t.Faulty:
    """A definition of whose head no more can be read than the words in it; any of them may name a parameter."""
    text = blanked(head)
    outside = BRACKETED.sub(lambda match: " " * len(match[0]), text)
    is_nameless = HEAD.match(text) is None
    has_others = text.lstrip().startswith("class")  # the parameters of a class are those of its `__init__`
    parameters = LAST.sub("", text.partition("(")[2])
    lacks_one = is_nameless or has_others or not all(map(PARAMETER.match, parameters.split(",") if parameters else ()))
    given = made(head, head, ((match, 0) for match in NAME.finditer(text)), lacks_one)
    kind = MODEL.match(text)
    inside = t.Definition("model" if kind else "block", item.name, (), (given, *item.body), item.span)
    return made(head, item.span, ((match, 0) for match in NAME.finditer(outside)), is_nameless, body=(inside,))


def blanked(span: Span) -> str:
    """The text without what stands in comments and strings."""
    return BLANKED.sub(lambda match: " " * len(match[0]), span.text)


Named = tuple["re.Match[str]", int]


def name_at(place: Span, match: re.Match[str], group: int) -> t.Name:
    start = place.start + match.start(group)
    return t.Name(match[group], Span(place.source, start, start + len(match[group])))


def made(
    place: Span,
    span: Span,
    named: Iterable[Named],
    is_nameless: bool,
    guesses: tuple[t.Name, ...] = (),
    body: tuple[t.Statement | t.Definition, ...] = (),
) -> t.Faulty:
    found: dict[str, t.Name] = {}
    for match, group in named:
        name = name_at(place, match, group)
        found.setdefault(name.id, name)
    lost = [t.NAMELESS] * is_nameless + [t.SIZELESS] * bool(SIZELESS.match(place.text))
    nameless = tuple(t.Name(name, place) for name in lost)
    guesses = tuple(name for name in guesses if name.id not in found)
    return t.Faulty((*found.values(), *nameless), guesses, body, span)


def names(text: str, lines: list[int]) -> Iterator[Named]:
    """Where names are given: items, imports, targets, labels, and all that a declaration mentions. `lines`: their
    beginnings."""
    yield from ((match, 1) for match in ITEM.finditer(text))
    yield from ((match, match.lastindex or 1) for match in NAMED.finditer(text))
    found = [*IMPORTED.finditer(text)]
    for line in lines:
        for given in filter(None, (pattern.match(text, line) for pattern in (FIRST, BEHIND))):
            yield given, given.lastindex or 1
        found += filter(None, (pattern.match(text, line) for pattern in (DECLARES, TARGETS, SIZES)))
    for whole in found:
        yield from ((match, 0) for match in NAME.finditer(text, whole.start(), whole.end()))
