"""What differs where a module that was made for one input is applied to another, and what is said of labels that are
read before their modules are made. Decides nothing.
"""

from __future__ import annotations

from itertools import permutations

from ..graph import Apply, BlockModule, Call, LayerModule, Make, Operate, SequentialModule, Value
from ..loops import every as all_steps
from ..loops import values_in
from ..patterns import re
from ..problems import CnnError, Help, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Sequence
from .provenance import origin, size_at, source_of
from .set_aside import at_even
from .sites import is_behind_arrow
from .things import Label, Thing

BEGUN = re.compile(r"\s*(?:return\s+|\w+\s*=\s*)?[a-z]\w*\s*->")  # a line that begins with a value
FURTHEST = 50  # steps that are looked back
LONGEST = 50  # of a module that is told as it is written


def shared_differs(label: Label, visit: Any, other: Any, things: tuple[Thing, ...], span: Span) -> CnnError:
    """The problem of a module that was applied before to what it was made for, and now to what another would fit."""
    steps = [*visit.made.values()]
    applied = (step for step in steps if isinstance(step, Apply) and step.path == label.path)
    given = (next((step.inputs for step in applied), ()), things)
    made, here = (", ".join(str(getattr(thing, "type", thing)) for thing in things) for things in given)
    path, step, numbers = difference(label.module, other)
    related = [Related("made-here", label.span)]
    related += [one for thing in values_in(things) for one in origin(visit.made, thing, span, works=False)]
    inner = f"{label.path}.{path}" if path else label.path
    facts: dict[str, object] = {"what": "its weights do", **({"inner": inner} if path else {})}
    here += f": {numbers}" if numbers else ""
    if step is not None:
        related.append(Related("differs-here", step.span))
        facts = {"what": "the sizes that it computes with do", "step": step.span.text, "place": inner}
    if len(text := label.span.told) <= LONGEST:
        facts["written"] = text
        is_called = span.text.endswith(")")  # `fc(x)`, as one applies what was declared before
        if is_called or is_declared(label, steps) or (stands_alone(label.span) and BEGUN.match(line_of(span))):
            facts["help"] = advise("applied-where-made", meant=text)
        elif not step and is_behind_arrow(span):
            facts["help"] = of_its_own(label.path, text, visit.written_labels)
    return fail("shared-differs", span, *related, name=label.path, made=made or "another shape", here=here, **facts)


def at_the_head(visit: Any, values: list[Value], axis: int | None) -> dict[str, object]:
    """The facts of `c3 -> lat3`, where the label `c3` was taken for what it gave: there it is applied once more, to
    what flows; what it gave first would fit."""
    labels: Any = getattr(visit, "labels", {})  # what is looked at from outside has none
    for value, other in permutations(values[:2], 2) if labels and axis else ():
        here: Value | None = value
        for _ in range(FURTHEST):
            step: Any = visit.made.get(here.number) if here else None
            label = labels.get(step.span.text) if isinstance(step, Apply) and step.span else None
            if label and label.path == step.path and is_head(step.span) and fits_first(visit, step, other, axis):
                name = advise("module-not-result", name=step.span.text, meant=f" = {label.span.told}")
                return {"help": name, "module": label.span}
            here = source_of(step)
    return {}


def fits_first(visit: Any, again: Apply, other: Value, axis: Any) -> bool:
    """Whether what a module with weights gave first has the size of another tensor, which it now has not."""
    if getattr(getattr(again.module, "layer", None), "kind", "") in ("pooling", "activation", "dropout"):
        return False  # of which one is applied in many places
    steps = (step for step in visit.made.values() if isinstance(step, Apply) and step.path == again.path)
    kinds = [getattr(next(steps, again).target, "type", None), getattr(again.target, "type", None), other.type]
    first, now, wanted = (at_even(size_at(kind, axis)) for kind in kinds)
    return bool(first == wanted != now)


def is_head(span: Span) -> bool:
    """Whether a pipeline begins with what stands here."""
    return not is_behind_arrow(span) and span.source.text[span.end : span.end + 20].lstrip().startswith("->")


def is_of_another(visit: Any, again: Apply) -> bool:
    """Whether a module was first applied to what has another size."""
    steps = (step for step in visit.made.values() if isinstance(step, Apply) and step.path == again.path)
    first = next(steps, again)
    return getattr(first.target, "type", None) != getattr(again.target, "type", None)


def stands_alone(label: Span) -> bool:
    """Whether a label and what it makes are a line of their own, as a declaration is."""
    return line_of(label).partition("#")[0].strip() == label.text


def line_of(span: Span) -> str:
    return span.source.line(span.line)


def of_its_own(path: str, text: str, known: Any) -> Help | None:
    """`conv2: Conv2d(8, 3)` beside `conv: Conv2d(8, 3)`: a second module under a label that is free."""
    base = path.rstrip("0123456789")
    if not base.isidentifier() or not text.startswith(f"{path}:"):
        return None
    free = (f"{base}{number}" for number in range(2, len(known) + 4) if f"{base}{number}" not in known)
    return advise("module-of-its-own", meant=f"{next(free)}:{text[len(path) + 1 :]}")


def is_declared(label: Label, steps: Sequence[Any]) -> bool:
    """Whether what stands above the label is applied again below it: `x -> conv1 -> relu -> fc`."""
    applied = [(step.path, step.span.start) for step in steps if isinstance(step, Apply) and step.span]
    above = {path for path, start in applied if start < label.span.start}
    return any(path in above and start > label.span.start for path, start in applied)


def difference(made: Any, other: Any) -> tuple[str, Any, str | None]:
    """The path of the innermost module that is not the same in both ("" for these themselves), the step of its
    `forward` that differs, where all that it holds is the same, and what a layer was made for.
    """
    for name, ours, theirs in paired(made, other):
        if ours != theirs:
            inner, *rest = difference(ours, theirs)
            return (f"{name}.{inner}" if inner else name), *rest
    return "", step_that_differs(made, other), numbers_of(made, other)


def numbers_of(made: Any, other: Any) -> str | None:
    """`in_channels of Conv2d is 1, but 3 come`: what two layers have read off their inputs, where these differ."""
    if not (isinstance(made, LayerModule) and isinstance(other, LayerModule) and type(made.layer) is type(other.layer)):
        return None
    read = [name for name, field in made.layer.fields.items() if field.axis is not None]
    pairs = ((name, *(getattr(module.layer, name, None) for module in (made, other))) for name in read)
    told = (f"{name} of {type(made.layer).__name__} is {one}, but {two} come" for name, one, two in pairs if one != two)
    return next(told, None)


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
