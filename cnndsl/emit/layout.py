"""Python text laid out as `ruff format` lays it out in 88 columns. Knows Python's brackets, and nothing of networks.

A node is text that stays on its line, or one of the classes below.
"""

from __future__ import annotations

from ..patterns import re
from ..records import dataclass
from ..typed import Iterator, Sequence, TypeAlias

WIDTH = 88
STEP = 4


@dataclass(frozen=True)
class Brackets:
    """`opening item, item closing`. A `packed` one (a call) first tries its items on one indented line."""

    opening: str
    items: tuple[Node, ...]
    closing: str
    packed: bool = True
    separator: str = ", "


@dataclass(frozen=True)
class Prefixed:
    """Text before a node: `name=`, `*`, `"key": `."""

    text: str
    node: Node


@dataclass(frozen=True)
class Chain:
    """Operands with a sign between each two: `signs[i]` stands before `operands[i + 1]`."""

    operands: tuple[Node, ...]
    signs: tuple[str, ...]


Node: TypeAlias = "str | Brackets | Prefixed | Chain"


def call(function: str, *arguments: Node) -> Brackets:
    return Brackets(f"{function}(", arguments, ")")


def keyword(name: str, value: Node) -> Prefixed:
    return Prefixed(f"{name}=", value)


def list_of(*items: Node) -> Brackets:
    return Brackets("[", items, "]", packed=False)


def tuple_of(*items: Node) -> Brackets:
    return Brackets("(", items, ",)" if len(items) == 1 else ")", packed=False)


def generator(element: Node, clause: str, star: str = "*") -> Brackets:
    return Brackets(f"{star}(", (element, clause), ")", separator=" ")


def flat(node: Node) -> str:
    """The node on one line."""
    if isinstance(node, str):
        return node
    if isinstance(node, Prefixed):
        return node.text + flat(node.node)
    if isinstance(node, Brackets):
        return f"{node.opening}{node.separator.join(map(flat, node.items))}{node.closing}"
    rest = (f" {sign} {flat(operand)}" for sign, operand in zip(node.signs, node.operands[1:], strict=True))
    return flat(node.operands[0]) + "".join(rest)


def fits(text: str, column: int, tail: int) -> bool:
    return column + len(text) + tail <= WIDTH


def lay(node: Node, indent: int, column: int, tail: int = 0) -> str:
    """The node where it stands: at `column`, its lines indented by `indent`, `tail` characters after it."""
    text = flat(node)
    node = node if fits(text, column, tail) or not isinstance(node, str) else parted(node)
    if fits(text, column, tail) or isinstance(node, str):
        return text
    if isinstance(node, Prefixed):
        return node.text + lay(node.node, indent, column + len(node.text), tail)
    return lay_brackets(node, indent) if isinstance(node, Brackets) else lay_chain(node, indent, column, tail)


def lay_brackets(node: Brackets, indent: int) -> str:
    if not node.items:
        return flat(node)
    inner = indent + STEP
    line = node.separator.join(map(flat, node.items))
    closing = node.closing.removeprefix(",")
    if node.packed and fits(line, inner, 0) and not (len(node.items) == 1 and node.closing == ",)"):
        return f"{node.opening}\n{' ' * inner}{line}\n{' ' * indent}{closing}"
    comma = node.separator.strip()
    lines = (f"{' ' * inner}{lay(item, inner, inner, len(comma))}{comma}\n" for item in node.items)
    return f"{node.opening}\n{''.join(lines)}{' ' * indent}{closing}"


def lay_chain(node: Chain, indent: int, column: int, tail: int) -> str:
    text = lay(node.operands[0], indent, column)
    tails = [*(0 for _ in node.signs[1:]), tail]
    for sign, operand, left in zip(node.signs, node.operands[1:], tails, strict=True):
        text += f"\n{' ' * indent}{sign} {lay(operand, indent, indent + len(sign) + 1, left)}"
    return text


def statement(start: str, node: Node, indent: int, end: str = "") -> str:
    """`start node end` as a line of its own, or as several; a chain that is too long goes into parentheses."""
    pad = " " * indent
    column = indent + len(start)
    if isinstance(node, str) and not fits(node, column, len(end)):
        node = choice(node) or parted(node)
    if not isinstance(node, Chain) or fits(flat(node), column, len(end)):
        return f"{pad}{start}{lay(node, indent, column, len(end))}{end}"
    return bare(start, node, indent, end) or parenthesised(start, node, indent, end)


def parenthesised(start: str, node: Chain, indent: int, end: str) -> str:
    inner = indent + STEP
    return f"{' ' * indent}{start}(\n{' ' * inner}{lay(node, inner, inner)}\n{' ' * indent}){end}"


def bare(start: str, node: Chain, indent: int, end: str) -> str | None:
    """The statement broken in the brackets that end it, as ruff has it where one operator stands before them."""
    last = node.operands[-1]
    if len(node.signs) > 1 or not (isinstance(last, Brackets) and last.items):
        return None
    head = f"{start}{flat(node.operands[0])} {node.signs[0]} "
    text = f"{' ' * indent}{head}{lay(last, indent, indent + len(head), len(end))}{end}"
    first = node.operands[0]
    if isinstance(first, Brackets) and not first.opening[:-1] and not is_narrow(text):  # those that it begins with, too
        between = f" {node.signs[0]} "
        left = lay(first, indent, WIDTH)
        right = lay(last, indent, indent + len(first.closing) + len(between), len(end))
        text = f"{' ' * indent}{start}{left}{between}{right}{end}"
    return text if is_narrow(text) else None


def is_narrow(text: str) -> bool:
    return max(map(len, text.split("\n"))) <= WIDTH


# Types


def annotated(name: str, kind: str, value: Node, indent: int) -> str:
    """`name: kind = value`."""
    start = f"{name}: {kind} = "
    if indent + len(start) + len(flat(value)[:1]) <= WIDTH:
        return statement(start, value, indent)
    typed = statement(f"{name}: ", type_node(kind), indent, " = [")  # which begins the value, a list
    return typed[:-1] + lay(value, indent, indent + len("] = "))


def type_node(text: str) -> Node:
    """A type that is broken in its brackets where it is too long."""
    found = re.fullmatch(r"(\w+\[)(.*)\]", text)
    if found is None or "]" in masked(text)[:-1]:
        return text
    items = split_types(found[2])
    separator = ", " if len(items) > 1 else " "  # one alone has no comma behind it
    return Brackets(found[1], tuple(map(type_node, items)), "]", found[1] == "Literal[", separator)


def split_types(text: str) -> list[str]:
    """The types between commas, those inside brackets left whole."""
    found, depth = [""], 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if char == "," and not depth:
            found.append("")
        else:
            found[-1] += char
    return [item.strip() for item in found if item.strip()]


# Text that does not fit on its line

OPERATORS = " (or|and|not in|in|is not|is|[<>]=?|[!=]=|[|&+*%@-]|//?) "
TIGHTNESS = {"or": 0, "and": 0, "|": 2, "&": 3, "+": 4, "-": 4, "*": 5, "/": 5, "//": 5, "%": 5, "@": 5}  # else 1
OPENING, CLOSING = "([{", ")]}"


def parted(text: str) -> Node:
    """An expression's text as a node that can be broken; what has no such places stays text."""
    outer = masked(text)
    if text.startswith("for ") and (clause := re.match(r"for [\w, ]+ in ", outer)):
        return Prefixed(clause[0], parted(text[clause.end() :]))
    if ": " in outer or " for " in outer:
        return text
    if " if " in outer:
        return choice(text) or text
    if signs := list(re.finditer(OPERATORS, outer)) if " " in outer else ():
        loosest = min(TIGHTNESS.get(m[1], 1) for m in signs)
        return chained(text, [m for m in signs if TIGHTNESS.get(m[1], 1) == loosest])
    if outer.startswith("not "):
        return Prefixed("not ", parted(text[4:]))
    if "=" in outer and (named := re.match(r"\w+=(?!=)", outer)):
        return Prefixed(named[0], parted(text[named.end() :]))
    return bracketed(text, outer) if text[-1:] in (")", "]") and ("(" in outer or "[" in outer) else text


def choice(text: str) -> Chain | None:
    """`a if b else c`, alone; what follows `else` may go on so."""
    outer = masked(text)
    words = list(re.finditer(" (if|else) ", outer))
    if not words or [word[1] for word in words] != ["if", "else"] * (len(words) // 2):
        return None
    return chained(text, words)


def chained(text: str, words: Sequence[re.Match[str]]) -> Chain:
    """The operands between words of a text, and these."""
    starts, ends = [0, *(word.end() for word in words)], [*(word.start() for word in words), len(text)]
    operands = tuple(parted(text[a:b]) for a, b in zip(starts, ends, strict=True))
    return Chain(operands, tuple(word[1] for word in words))


def masked(text: str) -> str:
    """The text with blanks' places kept, but everything inside brackets and quotes made unreadable."""
    depth, quote, found = 0, "", ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[at - 1] != "\\" else quote
            found += "_"
        elif char in "\"'":
            quote, found = char, found + "_"
        else:
            depth -= char in CLOSING
            found += char if not depth else "_"
            depth += char in OPENING
    return found


def places_of(part: str, text: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


def bracketed(text: str, outer: str) -> Node:
    """A call, a tuple or list, or an expression in parentheses: whatever the last brackets of the text are."""
    start = max(outer.rfind("("), outer.rfind("["))
    head, inner = text[: start + 1], text[start + 1 : -1]
    if not inner or (head[-1] == "[" and start):
        return text
    commas = list(places_of(", ", masked(inner)))
    items = [parted(inner[a:b]) for a, b in zip([0, *(c + 2 for c in commas)], [*commas, len(inner)], strict=True)]
    if head == "(" and not commas:
        return Brackets("(", tuple(items), ")", separator=" ", packed=False)
    return Brackets(head, tuple(items), text[-1], packed=bool(start))


LOOK_ALIKES = str.maketrans("–−‐‑‒×∗∼∕∶‘’′´", "-----x*~/:''''")
MEANT = ("<super>", "<sub>", "<circle>", "<small>")  # 10² is no 102


def clean(text: str) -> str:
    """A comment as text of the generated file: as it is, but for what ends a docstring, hides, or is taken for another
    character (ruff's RUF001 to RUF003).
    """
    if not text.isascii():
        text = "".join(c if c.isascii() else seen(c) for c in text.translate(LOOK_ALIKES))
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c for c in text if c == "\n" or c.isprintable() or not c.isascii())


def seen(char: str) -> str:
    """A character beyond ASCII as it is, if it can be seen; but that of ASCII which it is another form of."""
    from unicodedata import category, decomposition, normalize  # seldom needed

    kind, plain = category(char), normalize("NFKD", char)
    if kind[0] == "C" or kind in ("Zl", "Zp"):
        return ""
    if kind == "Zs":
        return " "
    return plain if len(plain) == 1 and plain.isascii() and not decomposition(char).startswith(MEANT) else char
