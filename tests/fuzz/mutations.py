"""Mutants: a text with a few random changes of its tokens or bytes. The same seed gives the same mutant."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from random import Random

from cnndsl import functions
from cnndsl.layers import names as layer_names

from .texts import Texts

TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\"[^\"\n]*\"|->|\*\*|//|[=!<>]=|\.\.\.|#[^\n]*|\n|[ \t]+|.", re.DOTALL)
TEXT = """
    model block const def from import extern input output expect where param buffer init order version return if else
    for in training and or not True False None self nn x y H W N C relu cat flatten mean range len zip enumerate sum
    min max int float
"""
WORDS = tuple(TEXT.split())
SIGNS = ["->", "(", ")", "[", "]", "{", "}", ",", ":", ";", "=", "+", "-", "*", "/", "//", "**", "%", "@", "<", "==",
         ".", "...", "\n", "#", '"', "'", "\\", "!", "$", "&", "\r\n", "\t"]  # fmt: skip
NUMBERS = ["0", "1", "-1", "2", "3", "7", "64", "0.5", "1.5", "1e-5", "1e999", "10**12", "9**9**9", "2**62", "012",
           "0x10", "True", "None", '"same"', "(3, 3)", "[2, 1]", "(1, 2, 3)", "()", "x.shape[1]", "H", "N"]  # fmt: skip
BYTES = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"\xd0\xb0",
    b"\r",
    b"\x0c",
    b"\x1b[2J",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
]
Tokens = list[str]


@cache
def vocabulary() -> tuple[str, ...]:
    return (*WORDS, *layer_names(), *functions.names())


def mutant(seed: object, texts: Texts) -> tuple[str, bytes]:
    """Path and bytes of one mutant."""
    rng = Random(str(seed))
    path, some = rng.choice(texts)
    text = rng.choice(some)
    if rng.random() < 0.15:
        return path, spoilt(text.encode(), rng)
    tokens = TOKEN.findall(text)
    for _ in range(rng.choice((1, 1, 1, 1, 1, 2, 2, 4))):
        change = rng.choices([*CHANGES], [*CHANGES.values()])[0]
        change(tokens, rng, texts)
    return path, "".join(tokens).encode()


def spoilt(data: bytes, rng: Random) -> bytes:
    """Changes of bytes, whatever they are."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        place, count = rng.randrange(len(data) + 1), rng.choice((0, 1, 1, 3, 30))
        some = (BYTES[rng.randrange(len(BYTES))], bytes([rng.randrange(256)]), data[place : place + count] * 2, b"")
        data = data[:place] + rng.choice(some) + data[place + count :]
    return data


def numbers(tokens: Tokens) -> list[int]:
    return [place for place, token in enumerate(tokens) if token[:1].isdigit()]


def names(tokens: Tokens) -> list[int]:
    return [place for place, token in enumerate(tokens) if token[:1].isalpha() or token[:1] == "_"]


def anywhere(tokens: Tokens, rng: Random) -> int:
    """A place of a token that is no blank."""
    places = [place for place, token in enumerate(tokens) if token.strip() and token[0] != "#"]
    return rng.choice(places or [0])


def near_number(tokens: Tokens, rng: Random, _: object) -> None:
    """The most telling change: the text stays sound, the network becomes another."""
    if places := numbers(tokens):
        place = rng.choice(places)
        token = tokens[place]
        n = int(token) if token.isdigit() and len(token) < 9 else 1
        tokens[place] = str(rng.choice((n + 1, n - 1, 2 * n, n // 2, 0, 1, 2, 3, n + 2, rng.randint(1, 40))))


def odd_number(tokens: Tokens, rng: Random, _: object) -> None:
    if places := numbers(tokens):
        tokens[rng.choice(places)] = rng.choice(NUMBERS)


def other_name(tokens: Tokens, rng: Random, _: object) -> None:
    if places := names(tokens):
        tokens[rng.choice(places)] = rng.choice(vocabulary())


def own_name(tokens: Tokens, rng: Random, _: object) -> None:
    """Another name of the same text."""
    if places := names(tokens):
        tokens[rng.choice(places)] = tokens[rng.choice(places)]


def misspell(tokens: Tokens, rng: Random, _: object) -> None:
    if places := names(tokens):
        place = rng.choice(places)
        cut = rng.randrange(len(tokens[place]))
        tokens[place] = tokens[place][:cut] + rng.choice(("", "e", "1", "_", "é")) + tokens[place][cut + 1 :]


def drop(tokens: Tokens, rng: Random, _: object) -> None:
    tokens[anywhere(tokens, rng)] = ""


def double(tokens: Tokens, rng: Random, _: object) -> None:
    place = anywhere(tokens, rng)
    tokens[place : place + 1] = [tokens[place], " ", tokens[place]]


def swap(tokens: Tokens, rng: Random, _: object) -> None:
    a, b = anywhere(tokens, rng), anywhere(tokens, rng)
    tokens[a], tokens[b] = tokens[b], tokens[a]


def add(tokens: Tokens, rng: Random, _: object) -> None:
    word = rng.choice((rng.choice(SIGNS), rng.choice(NUMBERS), rng.choice(vocabulary())))
    tokens.insert(anywhere(tokens, rng), rng.choice((word, f" {word} ", f"-> {word} ", f"{word}\n")))


def replace(tokens: Tokens, rng: Random, _: object) -> None:
    tokens[anywhere(tokens, rng)] = rng.choice((rng.choice(SIGNS), rng.choice(NUMBERS), rng.choice(vocabulary())))


def lines_of(tokens: Tokens) -> list[str]:
    return "".join(tokens).splitlines(keepends=True) or [""]


def move_line(tokens: Tokens, rng: Random, _: object) -> None:
    lines = lines_of(tokens)
    line = lines.pop(rng.randrange(len(lines)))
    for _ in range(rng.randrange(3)):  # gone, elsewhere, or twice
        lines.insert(rng.randrange(len(lines) + 1), line)
    tokens[:] = TOKEN.findall("".join(lines))


def borrow_line(tokens: Tokens, rng: Random, texts: Texts) -> None:
    """A line of another text."""
    lines, others = lines_of(tokens), rng.choice(rng.choice(texts)[1]).splitlines(keepends=True) or [""]
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(others))
    tokens[:] = TOKEN.findall("".join(lines))


Change = Callable[[Tokens, Random, Texts], None]
CHANGES: dict[Change, int] = {
    near_number: 50,
    odd_number: 8,
    other_name: 12,
    own_name: 8,
    misspell: 4,
    drop: 8,
    double: 3,
    swap: 5,
    add: 8,
    replace: 6,
    move_line: 8,
    borrow_line: 6,
}
