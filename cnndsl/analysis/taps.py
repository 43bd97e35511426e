"""Cuts a whole model: after its last tap, or down to one of its children."""

from __future__ import annotations

from ..graph import Apply, Branch, Choice, Instance, Make, Module, Result, SequentialModule, Step, Type, Value
from ..loops import every
from ..problems import Related, fail
from ..records import replace
from ..source import Span
from ..typed import Iterator
from .modules import refuse_modes
from .suggest import near


def taken(steps: tuple[Step, ...]) -> Iterator[Step]:
    """The steps with the ways in place that compile-time conditions took."""
    for step in steps:
        yield from taken(step.body) if isinstance(step, Choice) else (step,)


def top_labels(instance: Instance) -> list[str]:
    return [step.path for step in taken(instance.body) if isinstance(step, Make)]


def cut_after(instance: Instance, taps: tuple[str, ...], span: Span) -> tuple[Instance, tuple[str, ...], Type]:
    """The instance ended after the last tap, the labels of children it no longer needs, and the taps' types."""
    body: list[Step] = []
    values: dict[str, Value] = {}
    known = top_labels(instance)
    for tap in taps:
        if tap not in known:
            raise fail("no-such-tap", span, name=tap, model=instance.definition, **near(tap, known))
    steps = tuple(taken(instance.body))
    last = max((n for n, step in enumerate(steps) if is_tap(step, taps)), default=-1)
    for step in steps[: last + 1]:
        if isinstance(step, Apply) and step.path in taps and isinstance(step.target, Value):
            refuse_modes(step.module, span)
            tapped = replace(step.target, name=step.path if step.path.isidentifier() else step.target.name)
            values[step.path], step = tapped, replace(step, target=tapped)
        body.append(step)
    missing = [tap for tap in taps if tap not in values]
    if missing:
        raise fail("tap-not-in-flow", span, name=missing[0], model=instance.definition)
    refuse_returns(body, taps, instance.definition, span)
    used = {step.path.split(".")[0] for step in every(tuple(body)) if isinstance(step, Apply)}
    kept = tuple(step for step in body if not isinstance(step, Make) or step.path in used)
    dropped = tuple(path for path in known if path not in used)
    items = tuple((None, values[tap]) for tap in taps)
    result = Result("one" if len(items) == 1 else "tuple", items)
    kinds = tuple(values[tap].type for tap in taps)
    return replace(instance, body=kept, result=result, init=(), layout=None, modes=()), dropped, kinds


def refuse_returns(body: list[Step], taps: tuple[str, ...], model: str, span: Span) -> None:
    """Raises CnnError if a pass may end before the last tap."""
    for step in every(tuple(body)):
        result = (step.then_result or step.otherwise_result) if isinstance(step, Branch) else None
        if result is not None:
            related = () if result.span is None else (Related("returned-here", result.span),)
            raise fail("tap-behind-return", span, *related, name=taps[-1], model=model)


def is_tap(step: Step, taps: tuple[str, ...]) -> bool:
    return isinstance(step, Apply) and step.path in taps


def child_named(instance: Instance, path: str, span: Span) -> tuple[Module, Type]:
    """One child of a whole model, and what it gives on the model's own input; it must be the first thing applied."""
    for step in taken(instance.body):
        if isinstance(step, Apply):
            if step.path != path:
                break
            if step.inputs == instance.inputs and step.module is not None and isinstance(step.target, Value):
                refuse_modes(step.module, span)
                return step.module, step.target.type
    known = top_labels(instance)
    if path not in known:
        raise fail("no-such-tap", span, name=path, model=instance.definition, **near(path, known))
    raise fail("part-not-first", span, name=path, model=instance.definition)


def cut_group(part: Module, path: str, taps: tuple[str, ...], span: Span) -> tuple[SequentialModule, tuple[Type, ...]]:
    """A child that is a group, ended after the last tap, and what its taps give."""
    if not isinstance(part, SequentialModule):
        raise fail("taps-of-no-group", span, name=path)
    outputs = {child.name: child.output for child in part.children}
    for tap in taps:
        if tap not in outputs:
            raise fail("no-such-tap", span, name=tap, model=path, **near(tap, outputs))
    last = max(map(list(outputs).index, taps))
    return SequentialModule(part.children[: last + 1]), tuple(outputs[tap] for tap in taps)
