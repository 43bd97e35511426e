"""Counts what is written on both sides: tokens, classes and lines of code. Runs no network.

Not counted are comments, docstrings, imports, `__all__`, and what is there for torchvision's published weights: the
enums and their tables, telemetry, and the helpers for the `weights` argument. The builders themselves are counted.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import getsource
from pathlib import Path
from types import ModuleType
from typing import Any

from lark import Lark

from cnndsl.syntax.table import grammar_text

from .catalogue import Family, everything, families
from .original import module

BLANK = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
FOR_WEIGHTS = {"handle_legacy_interface", "_ovewrite_named_param", "_ovewrite_value_param", "_log_api_usage_once"}
FOR_WEIGHTS_TOO = ("torchvision.models._api", "torchvision.models._meta", "torchvision.transforms")
Place = tuple[int, int]
Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Count:
    """What a text holds, and the places of its tokens."""

    tokens: int
    lines: int


def count(text: str, nodes: Iterable[ast.AST], leave: Iterable[ast.AST] = ()) -> Count:
    """Tokens of these parts of a Python text, without docstrings and the parts to leave out."""
    kept = [span(node) for node in nodes]
    left = [span(node) for node in leave]
    places = [place for place in python_tokens(text) if within(place, kept) and not within(place, left)]
    return Count(len(places), len({line for line, _ in places}))


def span(node: Any) -> tuple[Place, Place]:
    """Where a part begins and ends, its decorators included."""
    lines = [node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))]
    return (min(lines), 0 if isinstance(node, Definition) else node.col_offset), (node.end_lineno, node.end_col_offset)


def within(place: Place, spans: list[tuple[Place, Place]]) -> bool:
    return any(start <= place < end for start, end in spans)


@cache
def python_tokens(text: str) -> tuple[Place, ...]:
    return tuple(t.start for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in BLANK)


def docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            yield node.body[0]


# torchvision's side


@cache
def parsed(name: str) -> tuple[str, ast.Module]:
    text = getsource(module(name))
    return text, ast.parse(text)


def is_code(statement: ast.stmt) -> bool:
    """Whether a statement of a module counts."""
    if isinstance(statement, ast.ClassDef):
        return not any(ast.unparse(base) == "WeightsEnum" for base in statement.bases)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        target = ast.unparse(statement.targets[0] if isinstance(statement, ast.Assign) else statement.target)
        return not (target == "__all__" or target.startswith("_COMMON_"))
    return not isinstance(statement, (ast.Import, ast.ImportFrom))


def code(name: str) -> list[ast.stmt]:
    return [statement for statement in parsed(name)[1].body if is_code(statement)]


def names(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for root in nodes for node in ast.walk(root) if isinstance(node, ast.Name)}


def helpers(modules: Iterable[str], beyond: Iterable[str] = ()) -> dict[tuple[str, str], Definition]:
    """What these modules use of others of torchvision's, by module and name; not what stands in those beyond."""
    found: dict[tuple[str, str], Definition] = {}
    todo = [(name, used) for name in modules for used in names(code(name))]
    while todo:
        where, name = todo.pop()
        thing = getattr(module(where), name, None)
        home = getattr(thing, "__module__", "")
        name = getattr(thing, "__name__", name)  # it may have been imported by another one
        if not is_helper(thing, home) or home in (*modules, *beyond) or (home, name) in found:
            continue
        definition = defined(home, name)
        if definition is not None:
            found[home, name] = definition
            todo += [(home, used) for used in names([definition])]
    return found


def is_helper(thing: Any, home: str) -> bool:
    if (not isinstance(thing, type) and not callable(thing)) or isinstance(thing, ModuleType):
        return False
    return home.startswith("torchvision.") and not (home.startswith(FOR_WEIGHTS_TOO) or thing.__name__ in FOR_WEIGHTS)


def defined(where: str, name: str) -> Definition | None:
    """The definition of a name in a module; none for a weight enum."""
    return next((node for node in code(where) if isinstance(node, Definition) and node.name == name), None)


def full(family: Family) -> list[str]:
    return [f"torchvision.models.{name}" for name in family.modules]


def original(family: Family) -> Count:
    """torchvision's own modules for a family, whole."""
    counts = [count(parsed(name)[0], code(name), docstrings(parsed(name)[1])) for name in full(family)]
    return Count(sum(c.tokens for c in counts), sum(c.lines for c in counts))


def helper_counts(family: Family) -> dict[tuple[str, str], Count]:
    """The helpers of a family that are no model: what stands in a module of models is counted there."""
    models = {name for other in everything() for name in full(other)}
    return {
        key: count(parsed(key[0])[0], [node], docstrings(node)) for key, node in helpers(full(family), models).items()
    }


@cache
def users() -> Counter[tuple[str, str]]:
    """How many families use each helper."""
    return Counter(key for family in everything() for key in helper_counts(family))


def original_tokens(family: Family) -> float:
    """With the share of the helpers that several families use."""
    return original(family).tokens + sum(c.tokens / users()[key] for key, c in helper_counts(family).items())


def original_lines(family: Family) -> int:
    """With all that it uses from other modules, which a generated file carries too."""
    nodes = helpers(full(family))
    return original(family).lines + sum(
        count(parsed(where)[0], [node], docstrings(node)).lines for (where, _), node in nodes.items()
    )


def original_classes(family: Family) -> int:
    own = [node for name in full(family) for node in code(name)]
    return classes([*own, *helpers(full(family)).values()])


def classes(statements: Iterable[ast.stmt]) -> int:
    """Classes and named tuples."""
    return sum(
        isinstance(node, ast.ClassDef)
        or (isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("namedtuple("))
        for node in statements
    )


# Our side


def cnn_tokens(text: str) -> int:
    """Tokens of a `.cnn` text, by the language's own lexer; line ends are none."""
    return sum(bool(token.strip()) for token in lark().parse_interactive(text).iter_parse())


@cache
def lark() -> Lark:
    return Lark(grammar_text(), parser="lalr", lexer="contextual", maybe_placeholders=False)


@cache
def items(path: Path) -> dict[str, str]:
    """The items of a file by their names, without imports; in the one layout each begins in the first column."""
    parts = re.split(r"^(?=\w)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.split(None, 2)[1].partition("(")[0]: part for part in parts if not part.startswith(("from", "#"))}


@cache
def borrowed(path: Path) -> dict[tuple[str, str], int]:
    """What a file imports from one that is no family's: tokens by file and name, with what that needs there."""
    found: dict[tuple[str, str], int] = {}
    for file, wanted in re.findall(r'^from "(.*)" import (.*)', path.read_text(encoding="utf-8"), re.MULTILINE):
        there = path.parent / file
        todo = [] if there in {family.path for family in everything()} else re.findall(r"\w+", wanted)
        while todo:
            name = todo.pop()
            if name in items(there) and (file, name) not in found:
                found[file, name] = cnn_tokens(items(there)[name])
                todo += re.findall(r"\w+", items(there)[name])
    return found


def ours_tokens(family: Family) -> float:
    """A family's file, with its share of what several families import."""
    uses = Counter(key for other in families() for key in borrowed(other.path))
    own = sum(map(cnn_tokens, items(family.path).values()))
    return own + sum(tokens / uses[key] for key, tokens in borrowed(family.path).items())


def generated(text: str) -> tuple[int, int]:
    """Classes and lines of code of a generated file."""
    tree = ast.parse(text)
    statements = [node for node in tree.body if is_code(node)]
    return classes(statements), count(text, statements, docstrings(tree)).lines
