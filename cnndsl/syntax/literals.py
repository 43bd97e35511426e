"""Numbers and strings of the parse tree, as values, and arguments in their order: what a grammar cannot say of them is
refused here.
"""

from __future__ import annotations

from itertools import groupby

from ..patterns import re
from ..problems import CnnError, Related, advise, fail
from ..source import Source, Span
from ..typed import TYPE_CHECKING, Any, Sequence
from . import tree as t
from .lalr import Refused, parse

if TYPE_CHECKING:
    from .lalr import Token

ESCAPED = r"""(?:[^\\]|\\(?:[\\'"abfnrtv]|0(?![0-9])|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}))*\Z"""


class Literals:
    """The part of the builder that reads numbers and strings."""

    source: Source
    offset: int
    depth: int
    most: int

    def __init__(self, source: Source, offset: int = 0, depth: int = 0, *, most: int) -> None:
        raise NotImplementedError

    def __call__(self, node: Any) -> Any:
        raise NotImplementedError

    def span(self, node: Any) -> Span:
        raise NotImplementedError

    def number_(self, node: Any) -> t.Number:
        return self.NUMBER_(node.children[0])

    def NUMBER_(self, token: Token) -> t.Number:  # noqa: N802
        text, span = str(token), self.span(token)
        if len(text) > 400:
            raise fail("number-too-long", span)
        if text.isdigit() and len(text) > 1 and text[0] == "0":
            raise fail("leading-zero", span, text=text)
        try:
            value = float(text) if set(text) & set(".eE") else int(text)
        except ValueError:
            raise fail("bad-number", span, text=text) from None
        if value == float("inf"):
            raise fail("number-too-large", span, text=text)
        return t.Number(value, text, span)

    def text_(self, node: Any) -> t.Text:
        parts = [part for token in node.children for part in self.parts(token)]
        return t.Text(joined(parts), self.span(node))

    def parts(self, token: Token) -> list[Any]:
        """The pieces of one string literal: text, and the expressions in braces."""
        body, found, start = str(token)[1:-1], [], 0
        base = (token.start_pos or 0) + 1
        for match in re.finditer(r"\{\{|\}\}|\{([^{}]*)\}|[{}]", body):
            if match[0] in ("{", "}"):
                at = self.offset + base + match.start()
                raise fail("lone-brace", Span(self.source, at, at + 1))
            found.append(self.unescape(body[start : match.start()], token))
            if match[1] is None:
                found.append(match[0][0])
            else:
                found.append(self.interpolated(match[1], base + match.start() + 1))
            start = match.end()
        found.append(self.unescape(body[start:], token))
        return found

    def unescape(self, text: str, token: Token) -> str:
        if "\\" not in text:
            return text
        from ast import literal_eval  # seldom needed, and slow to import

        quoted = re.sub(r'(?<!\\)((?:\\\\)*)"', r'\1\\"', text)
        try:
            found = str(literal_eval(f'"{quoted}"')) if re.match(ESCAPED, text) else ""
            found.encode()  # no half of a surrogate pair
        except (SyntaxError, ValueError):
            found = ""
        if not found:
            raise fail("bad-escape", self.span(token))
        return found

    def interpolated(self, text: str, start: int) -> Any:
        offset = self.offset + start
        if not text.strip():
            raise fail("empty-braces", Span(self.source, offset - 1, offset + len(text) + 1))
        return type(self)(self.source, offset, self.depth, most=self.most)(
            read(self.source, text, "interpolation", offset).children[0]
        )


def read(source: Source, text: str, start: str, offset: int) -> Any:
    """The parse tree of `text`, which begins at `offset` of the source; raises CnnError."""
    try:
        return parse(text, start)
    except Refused as error:
        from .refusals import refused

        raise CnnError([refused(source, offset + error.start, error, offset)]) from None


def joined(parts: Sequence[Any]) -> tuple[Any, ...]:
    """The parts of a text with neighbouring strings made one: what equal texts are made of is equal."""
    runs = groupby(parts, key=lambda part: isinstance(part, str))
    found = [part for plain, run in runs for part in (["".join(run)] if plain else run)]
    return tuple(part for part in found if part != "")


def in_order(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of a call, of which no one by position may stand behind one by keyword, as in Python."""
    keyword = None
    for one in arguments:
        if type(one) is t.Keyword:
            keyword = one
        elif keyword is not None and type(one) is not t.Spread:
            help = advise("position-first", keyword=keyword.name)
            raise fail("position-after-keyword", one.span, Related("keyword-here", keyword.span), help=help)
    return arguments


def operator(token: Any) -> str:
    """An operator token without the newlines and comments that it swallowed."""
    text = str(token)
    for end in "#\n\r":
        text = text.partition(end)[0]
    return " ".join(text.split())
