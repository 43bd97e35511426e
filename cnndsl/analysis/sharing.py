"""What differs where a module that was made for one input is applied to another, and what is said of labels that are
read before their modules are made. Decides nothing.
"""

from __future__ import annotations

from ..graph import Apply, BlockModule, Call, Make, Operate, SequentialModule
from ..loops import every as all_steps
from ..patterns import re
from ..problems import CnnError, Help, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator, Sequence
from .things import Label, Thing

BEGUN = re.compile(r"\s*(?:return\s+|\w+\s*=\s*)?[a-z]\w*\s*->")  # a line that begins with a value
LONGEST = 50  # of a module that is told as it is written


def shared_differs(label: Label, steps: Iterable[Any], other: Any, things: tuple[Thing, ...], span: Span) -> CnnError:
    """The problem of a module that was applied before to what it was made for, and now to what another would fit."""
    steps = [*steps]
    applied = (step for step in steps if isinstance(step, Apply) and step.path == label.path)
    given = (next((step.inputs for step in applied), ()), things)
    made, here = (", ".join(str(getattr(thing, "type", thing)) for thing in things) for things in given)
    path, step = difference(label.module, other)
    related = [Related("made-here", label.span)]
    inner = f"{label.path}.{path}" if path else label.path
    facts: dict[str, object] = {"what": "its weights do", **({"inner": inner} if path else {})}
    if step is not None:
        related.append(Related("differs-here", step.span))
        facts = {"what": "the sizes that it computes with do", "step": step.span.text, "place": inner}
    if len(text := label.span.told) <= LONGEST:
        facts["written"] = text
        is_called = span.text.endswith(")")  # `fc(x)`, as one applies what was declared before
        if is_called or is_declared(label, steps) or (stands_alone(label.span) and BEGUN.match(line_of(span))):
            facts["help"] = advise("applied-where-made", meant=text)
    return fail("shared-differs", span, *related, name=label.path, made=made or "another shape", here=here, **facts)


def stands_alone(label: Span) -> bool:
    """Whether a label and what it makes are a line of their own, as a declaration is."""
    return line_of(label).partition("#")[0].strip() == label.text


def line_of(span: Span) -> str:
    return span.source.line(span.line)


def is_declared(label: Label, steps: Sequence[Any]) -> bool:
    """Whether what stands above the label is applied again below it: `x -> conv1 -> relu -> fc`."""
    applied = [(step.path, step.span.start) for step in steps if isinstance(step, Apply) and step.span]
    above = {path for path, start in applied if start < label.span.start}
    return any(path in above and start > label.span.start for path, start in applied)


def difference(made: Any, other: Any) -> tuple[str, Any]:
    """The path of the innermost module that is not the same in both ("" for these themselves), and the step of its
    `forward` that differs, where all that it holds is the same.
    """
    for name, ours, theirs in paired(made, other):
        if ours != theirs:
            inner, step = difference(ours, theirs)
            return (f"{name}.{inner}" if inner else name), step
    return "", step_that_differs(made, other)


def step_that_differs(made: Any, other: Any) -> Any:
    """The first call or operator of two visits of a block that does not compute with the same numbers."""
    if not (isinstance(made, BlockModule) and isinstance(other, BlockModule)):
        return None
    pairs = zip(all_steps(made.instance.body), all_steps(other.instance.body), strict=False)
    differing = (ours for ours, theirs in pairs if ours != theirs)
    return next((step for step in differing if isinstance(step, (Call, Operate)) and step.span), None)


def paired(made: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """The modules in two others, as far as they stand under the same names."""
    if isinstance(made, BlockModule) and isinstance(other, BlockModule):
        steps = (list(all_steps(block.instance.body)) for block in (made, other))
        ours, theirs = ({str(s.path): s.module for s in found if isinstance(s, Make)} for found in steps)
    elif isinstance(made, SequentialModule) and isinstance(other, SequentialModule):
        ours, theirs = ({child.name: child.module for child in group.children} for group in (made, other))
    else:
        return
    yield from ((name, module, theirs[name]) for name, module in ours.items() if name in theirs)


def before_made(name: t.Name, label: Span, scope: Any) -> CnnError:
    """The problem of a label that is read before its module is made."""
    facts: dict[str, object] = {"name": name.id, "help": label_of_its_own(name, scope)}
    return fail("label-before-made", name.span, Related("made-here", label), **facts)


def label_of_its_own(name: t.Name, scope: Any) -> Help | None:
    """`Decoder: Decoder`, of which the label hides the block."""
    return advise("label-of-its-own", name=name.id, label=name.id.lower()) if name.id in scope.items else None
