"""What was meant to declare an input and does not: `input [N, 3, 32, 32]`, `input(x)`, `input: [N, 3]`, `x = input()`.

Looked for only where none is declared: in a model, which is a mistake in any case, and in a block as far as nothing
else could be meant. Goes by the text alone.
"""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Problem
from ..records import replace
from ..source import Span
from ..typed import Any
from . import tree as t
from .faulty import faulty

SIZE = r"\s*(?:[A-Z]|\d+|\*)\s*[,\])]"  # nothing but a shape begins so
DECLARED = {
    "model": re.compile(r"input\s*([\[(]|[:=](?=\s*[\[(]\s*[\w.*]+\s*[,\])])|->(?=\s*[a-z_]\w*\s*:\s*[\[(])|\Z)"),
    "block": re.compile(rf"input\s*(\[|\((?=\s*[a-z_\[])|[:=](?=\s*(?:[\[(]{SIZE}|[a-z_]\w*\s*\Z))|\Z)"),
}
REVERSED = re.compile(r"([a-z_]\w*)\s*([:=])\s*[Ii]nput\s*(?:\(.*\)\s*)?\Z", re.DOTALL)
KERAS = re.compile(r"\bshape\s*=\s*\Z")  # where a shape has no batch
BARE = re.compile(r"(?!input\b)([a-z_]\w*)\s*:\s*\[(?:\s*(?:[A-Z]|\d+)\s*,)+\s*(?:[A-Z]|\d+)\s*\]")  # `x: [N, 3, 32]`
FLOWING = re.compile(
    r"[ \t]*(?:#[^\n]*)?(?:\r?\n(?:\s|#[^\n]*)*->.*)?\Z", re.DOTALL
)  # behind it; a line that begins so goes on from it
WORD = re.compile(r"\w+")
USED = re.compile(r"\binput\b")
NAME = re.compile(r"(?:\(|->)\s*([a-z]\w*)\s*[:,)]|[:=]\s*([a-z_]\w*)\s*\Z")
SHAPE = re.compile(r"[\[(]\s*((?:[^][(),:=]+,\s*)+[^][(),:=]+?)\s*,?\s*[\])]")
WHOLE = re.compile(r"input\s*[:=]?\s*(?:\[[^][()]*\]|\([^][()]*\)|\([^][()]*\[[^][()]*\]\s*\))\Z")


def misdeclared(
    body: tuple[t.Statement, ...], kind: str, known: set[str]
) -> tuple[tuple[t.Statement, ...], list[Problem]]:
    """The body of a definition that declares no input, with what was meant to as faulty, and the problems of these.

    `known` are the names of its parameters.
    """
    if "input" in known or any(is_declared(statement, kind) for statement in body):
        return body, []
    is_used = sum(len(USED.findall(statement.span.text)) for statement in body) > 1
    templates = {name for name in known if name[:1].isupper()}
    able = {at: one.span for at, one in enumerate(body) if not isinstance(one, t.Faulty)}
    free = {at: span for at, span in able.items() if not templates.intersection(WORD.findall(span.text))}
    found = {at: problem for at, span in free.items() if (problem := problem_of(span, kind, is_used))}
    made = tuple(faulty(statement.span) if at in found else statement for at, statement in enumerate(body))
    return made, list(found.values())


def is_declared(statement: t.Statement, kind: str) -> bool:
    """Whether something is called so here: what was told as faulty, or in a block a value, or a module that is made."""
    text = statement.span.text
    if isinstance(statement, t.Faulty):
        return USED.search(text) is not None
    return kind == "block" and re.match(r"(?:[^#]*->\s*)?input\s*(?:=|:\s*[A-Z{])", text) is not None


def problem_of(span: Span, kind: str, is_used: bool) -> Problem | None:
    """The problem of a statement that seems to declare something; `is_used`: `input` stands as a value, too."""
    match, turned = DECLARED[kind].match(span.text), REVERSED.match(span.text)
    name, shape = NAME.search(span.text), SHAPE.search(span.text)
    called = turned[1] if turned else (name[1] or name[2]) if name else "x"
    sizes = shape[1] if shape else "N, C, H, W" if kind == "block" else "N, 3, H, W"
    sizes = f"N, {channels_first(sizes)}" if shape and KERAS.search(span.text[: shape.start()]) else sizes
    right = f"input {called}: [{sizes}]"
    facts: dict[str, object] = {"help": f"an input is declared with its name and its shape: `{right}`"}
    if match is not None and not match[1]:
        return Problem("unexpected-line-end", Span(span.source, span.end, span.end), {"expected": "a name", **facts})
    bare = BARE.match(span.text)
    if bare and re.search(r"[A-Z]", bare[0]) and re.search(r"\d", bare[0]) and FLOWING.match(span.text, bare.end()):
        label = Span(span.source, span.start, span.start + bare.end(1))
        edit = Edit(Span(span.source, span.start, span.start), "input ")
        facts = {"message": "this declares no input", "help": f"the word `input` is missing: `input {bare[0]}`"}
        return Problem("syntax", label, {"found": bare[1], **facts}, fix=Fix((edit,), True))
    found = match or turned
    if found is None:
        return None
    group = 1 if match else 2
    place = Span(span.source, span.start + found.start(group), span.start + found.end(group))
    fix = Fix((Edit(span, right),), True) if shape and WHOLE.match(span.text) and not is_used else None
    return Problem("syntax", place, {"found": found[group], "expected": "a name", **facts}, fix=fix)


def channels_first(sizes: str) -> str:
    """Keras' sizes in torch's order: of maps and volumes the channels stand last there."""
    listed = [size.strip() for size in sizes.split(",") if size.strip()]
    few = ("1", "2", "3", "4")
    is_last = len(listed) > 2 and listed[-1] in few and listed[0] not in few
    return ", ".join([listed[-1], *listed[:-1]] if is_last else listed)


def without_equals(tree: t.File, problems: list[Problem]) -> t.File:
    """The file with definitions for `model Net = { input x: … }`, and the problems of these: a model is no group, and a
    group has no inputs."""
    if not any(map(is_equated, tree.items)):
        return tree
    return replace(tree, items=tuple(equated(item, problems) if is_equated(item) else item for item in tree.items))


def is_equated(item: t.Item) -> bool:
    if not isinstance(item, t.Alias) or not isinstance(item.value, t.Group) or not item.value.labelled:
        return False
    return item.kind == "model" or any(isinstance(statement, t.Input) for statement in item.value.body)


def equated(alias: Any, problems: list[Problem]) -> t.Definition:
    group, source = alias.value, alias.span.source
    at = source.text.rfind("=", alias.name.span.end, group.span.start)
    head = source.text[alias.name.span.start : at].strip()
    gap = Span(source, len(source.text[:at].rstrip()), group.span.start)
    facts: dict[str, object] = {"found": "=", "help": f"a body stands right behind its head: `{alias.kind} {head} {{`"}
    problems.append(Problem("syntax", Span(source, at, at + 1), facts, fix=Fix((Edit(gap, " "),), True)))
    return t.Definition(alias.kind, alias.name, alias.parameters, group.body, alias.span)
