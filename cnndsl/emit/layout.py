"""Python text laid out as `ruff format` lays it out in 88 columns. Knows Python's brackets, and nothing of networks.

A node is text that stays on its line, or one of the classes below.
"""

from __future__ import annotations

from typing import Union

from ..records import dataclass

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


Node = Union[str, Brackets, Prefixed, Chain]


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
    for sign, operand in zip(node.signs, node.operands[1:], strict=True):
        text += f"\n{' ' * indent}{sign} {lay(operand, indent, indent + len(sign) + 1)}"
    return text


def statement(start: str, node: Node, indent: int, end: str = "") -> str:
    """`start node end` as a line of its own, or as several; a chain that is too long goes into parentheses."""
    pad = " " * indent
    column = indent + len(start)
    if not isinstance(node, Chain) or fits(flat(node), column, len(end)):
        return f"{pad}{start}{lay(node, indent, column, len(end))}{end}"
    inner = indent + STEP
    return f"{pad}{start}(\n{' ' * inner}{lay(node, inner, inner)}\n{pad}){end}"
