"""What follows from another mistake is not told: what is wrong inside of a call that is to be left out, `x.to(device)`,
by the text behind its place; that a batch is of one size, where a sequence runs along the batch.
"""

from __future__ import annotations

from ..problems import Help, Problem, advise, leaves_out
from ..records import replace
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable
from .program import Scope
from .sites import within

LOOKED_AT = 50  # problems for whose names a call is looked for
LONGEST = 1000  # characters of a call


def without_left_out(problems: list[Problem], scope: Scope) -> list[Problem]:
    """The problems less those that another one explains."""
    problems = flowing(without_headless(problems, scope), scope)
    out = [p for p in problems if p.span and leaves_out(p.facts.get("help"))]
    gone = [behind(p.span) for p in out if p.span]
    arguments = [p.span for p in out if p.span and p.code == "unknown-argument"]  # `kernel_regularizer=l2(0.01)`
    left = [p for p in problems if not any(p.span and is_within(p.span, place) for place in gone)]
    left = [p for p in left if not any(p.span and is_inside(p.span, place) for place in arguments)]
    for problem in (one for one in problems if one.facts.get("lacking")):
        left = with_lacking(left, problem, scope.file.items)
    turned = {problem.span for problem in left if problem.code == "torch-order"}  # and with it what a stride is
    left = [p for p in left if p.code != "stride-over-kernel" or p.span not in turned]
    is_mixed_up = any(problem.code == "batch-as-steps" for problem in left)
    return [problem for problem in left if not (is_mixed_up and problem.code == "batch-tied")]


def without_headless(problems: list[Problem], scope: Scope) -> list[Problem]:
    """The same less arguments that are too many for a head in which a parameter is missing."""
    lost = [p.span for p in problems if p.span and getattr(p.facts.get("help"), "code", "") == "parameter-in-head"]
    items = [item for item, _ in scope.items.values() if isinstance(item, (t.Definition, t.Alias, t.Def))]
    short = [item.name.span for item in items if any(is_within(span, item.span) for span in lost)]
    heads = [problem for problem in problems if problem.code == "too-many-arguments"]
    gone = [problem for problem in heads if any(related.span in short for related in problem.related)]
    return [problem for problem in problems if problem not in gone]


def flowing(problems: list[Problem], scope: Scope) -> list[Problem]:
    """The problems, with what is said of a name that nothing has, among more arguments than a block takes."""
    lost = [p for p in problems if getattr(p.facts.get("help"), "code", "") == "parameter-in-head"][:LOOKED_AT]
    calls = [node for item in scope.file.items for node in within(item) if isinstance(node, t.Call)] if lost else []
    blocks = {name: item for name, (item, _) in scope.items.items() if isinstance(item, (t.Definition, t.Alias))}
    found: dict[Span, Help] = {}
    for call in calls:
        block = blocks.get(call.function.id) if isinstance(call.function, t.Name) else None
        if block and len(block.parameters) < len(call.arguments):
            found |= {one.span: without(call, one.span, len(block.parameters)) for one in call.arguments}
    here = {id(p): found[p.span] for p in lost if p.span in found}
    return [replace(p, facts={**p.facts, "help": here[id(p)]}) if id(p) in here else p for p in problems]


def without(call: t.Call, place: Span, count: int) -> Help:
    """`Decoder(code)` of `block Decoder()`: a tensor is no argument."""
    kept = [one.span.text for one in call.arguments if one.span != place][:count]
    made = f"{call.function.span.text}({', '.join(kept)})"
    facts = {"name": call.function.span.text, "meant": made.removesuffix("()"), "apart": f"{made}({place.text})"}
    return advise("flows-into-it", count=count or None, **facts)


def with_lacking(problems: list[Problem], told: Problem, items: Iterable[Any]) -> list[Problem]:
    """The problems less those of the names that one lacks, `for a, b in rows` of three each, which tells these."""
    lacking: Any = told.facts["lacking"]
    count, place, help = lacking
    around = [place, *(item.span for item in items if told.span and is_within(told.span, item.span))]
    inner = next((span for span in around if span), None)
    named = [(p, p.span) for p in problems if p.code == "unknown-name"]
    unknown = [p for p, span in named if span and inner and is_within(span, inner)]
    names = [*dict.fromkeys(str(p.facts["name"]) for p in unknown)]
    if len(names) != count or any(p.facts.get("nearest") for p in unknown):
        return problems
    help = advise(help.code, **{**help.facts, "pattern": help.facts["pattern"].format(*names)})
    told_all = replace(told, facts={**told.facts, "help": help})
    return [told_all if p is told else p for p in problems if p not in unknown]


def is_within(span: Span, place: Span) -> bool:
    return span.source is place.source and place.start <= span.start < place.end


def is_inside(span: Span, place: Span) -> bool:
    return is_within(span, place) and span != place


def behind(span: Span) -> Span:
    """The calls, indexes and attributes that follow a name."""
    text, end, depth = span.source.text, span.end, 0
    while end < min(len(text), span.end + LONGEST):
        sign = text[end]
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0 or not (depth or sign in ")]}" or sign.isalnum() or sign in "._"):
            break
        end += 1
    return Span(span.source, span.end, end)
