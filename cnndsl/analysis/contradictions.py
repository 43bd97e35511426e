"""What no input can meet: the few requirements that do so together, the uses of blocks that came to them, and what led
to two sizes that must be one. Loaded only where there is such a thing.
"""

from __future__ import annotations

from _bisect import bisect_left
from itertools import takewhile

from ..dims import Condition, requirements
from ..graph import Apply, BlockModule, Instance, Promises, Value
from ..loops import every, numbered, values_in
from ..patterns import re
from ..problems import CnnError, Related, fail
from ..records import dataclass
from ..shapes import Message, TensorType, said
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .meeting import by_what_led_there
from .provenance import named_values, origins, shown
from .suspect_sizes import grows_apart

Asked = tuple[Condition, Message]
MEETING = re.compile(r"at axis \d+, .*[A-Z].* is not .*[A-Z]")  # both sizes follow free ones
FOLLOWS = frozenset({"size-differs", "too-small", "not-divisible"})  # from sizes that no input has


@dataclass
class SoFar:
    """A model as far as it was looked at: the steps of its body, what was asked where, and what its blocks came to."""

    session: Any
    scope: Any
    item: t.Definition
    steps: list[Any]
    promises: Promises

    def contradiction(self, conditions: Iterable[Asked], mode: str = "") -> CnnError:
        """The few conditions that no input meets together, each with its place."""
        core = self.core(conditions)
        texts = {condition: " and ".join(requirements([condition]).texts) for condition, _ in core}
        shown = [f"{texts[condition]} ({said(message)})" for condition, message in core]
        related, facts = list[Related](), dict[str, object]()
        for asked in core:
            if span := self.session.asked_at.get(asked):
                related.append(Related("needs-here", span, {"condition": texts[asked[0]]}))
                related += self.calls(asked, self.steps)
                facts |= self.led_to(asked, span, related)
        by_chance = [one for one in core if one in self.session.asked_at and MEETING.search(said(one[1]))]
        by_chance = [one for one in by_chance if grows_apart(one[0], False)]
        if by_chance:
            return self.by_chance(by_chance[0], texts[by_chance[0][0]])
        promised = [f"{promise} (promised)" for promise in self.promises]
        facts |= {"name": self.item.name.id, "mode": mode, "conditions": shown + promised}
        return fail("never-works", self.item.name.span, *related, **facts)

    def by_chance(self, asked: Asked, text: str) -> CnnError:
        """Two sizes that are equal for a few small inputs, which nothing else takes: they never meant to meet."""
        span, calls, related = self.session.asked_at[asked], [*self.calls(asked, self.steps)], list[Related]()
        facts = self.led_to(asked, span, related)
        if calls:  # a block is right for what others give it
            related, span = [Related("needs-here", span, {"condition": text}), *related, *calls[:-1]], calls[-1].span
        chance = {"message": said(asked[1]), "rounded": text, "inside": self.item.name.id}
        return fail("size-differs", span, *related, **{**chance, **facts})

    def core(self, conditions: Iterable[Asked]) -> list[Asked]:
        asked: list[Asked] = list(dict.fromkeys(conditions))
        core: list[Asked] = []

        def works(some: list[Asked]) -> bool:
            return requirements([condition for condition, _ in some], self.promises).satisfiable

        while works(core):
            count = bisect_left(range(len(asked)), True, key=lambda n: not works([*core, *asked[: n + 1]]))
            core.append(asked[count])
        return sorted(core, key=asked.index)

    def calls(self, asked: Asked, steps: Iterable[Any]) -> Iterator[Related]:
        """The uses of blocks that came to a requirement, innermost first."""
        found = next(((step, module) for step, module in self.blocks(steps) if self.is_of(asked, module)), None)
        if found is not None:
            step, module = found
            yield from self.calls(asked, module.instance.body)
            on = ", ".join(shown(value.type) for value in step.inputs if isinstance(value, Value))
            assert step.span
            yield Related("instantiated-here", step.span, {"name": module.instance.definition, "on": on})

    def blocks(self, steps: Iterable[Any]) -> Iterator[tuple[Apply, BlockModule]]:
        for step in every(steps):
            if isinstance(step, Apply) and isinstance(step.module, BlockModule) and step.span:
                yield step, step.module

    def is_of(self, asked: Asked, module: BlockModule) -> bool:
        """Whether a block, as it is used, came to a requirement."""
        made = (one for one in self.session.instances.values() if one[0] is module.instance)
        return any(asked in (*one[2].conditions, *one[2].evaluation, *one[2].training) for one in made)

    def led_to(self, asked: Asked, span: Span, related: list[Related]) -> dict[str, object]:
        """Help with two sizes that must be one, as where they can never be; adds where they arose."""
        if asked[0].kind != "zero":
            return {}
        places = [(place, taking(place[1], span)) for place in self.around(asked, self.steps)]
        (body, steps, inputs), here = next((one for one in places[::-1] if one[1]), (((), (), {}), []))
        if not here:
            return {}
        message = said(asked[1])
        told = next((step for step in here if any(shown(value.type) in message for value in tensors(step))), here[0])
        before = takewhile(lambda step: step is not told, every(steps))
        made = inputs | {number: step for one in before for number, step in numbered(one)}
        related += origins(made, values_of(told), span, message)
        return by_what_led_there(Within(made, named_values(made), body, self.scope), values_of(told), message)

    def around(self, asked: Asked, steps: Any) -> Iterator[tuple[Any, Any, dict[int, Any]]]:
        """The bodies in which a requirement came about, from the model's on: their texts, their steps, and their inputs
        by their values. What the declaration of an input asks for is of a block, and told where that is used.
        """
        instance: Instance | None = None
        while True:
            item = self.item if instance is None else self.scope.items.get(instance.definition, (None,))[0]
            body = item.body if isinstance(item, t.Definition) else ()
            declared = [statement for statement in body if isinstance(statement, t.Input)]
            values = instance.inputs if instance else ()
            yield body, steps, {value.number: node for value, node in zip(values, declared, strict=False)}
            module = next((module for _, module in self.blocks(steps) if self.is_of(asked, module)), None)
            if module is None:
                return
            instance, steps = module.instance, module.instance.body

    def before(self, error: CnnError, conditions: Iterable[Asked]) -> CnnError:
        """The error, or what no input could meet before sizes met that never fit: the one mistake is there."""
        asked = [condition for condition, _ in conditions]
        told = [problem for problem in error.problems if problem.code not in FOLLOWS]
        if len(told) == len(error.problems) or requirements(asked, self.promises).satisfiable:
            return error
        return CnnError([*self.contradiction(conditions).problems, *told])


@dataclass
class Within:
    """What is known of a block where its requirement came about."""

    made: dict[int, Any]
    names: dict[str, Any]
    body: Any
    scope: Any


def taking(steps: Any, span: Span) -> list[Any]:
    """The steps at a place that take something."""
    return [step for step in every(steps) if getattr(step, "span", None) == span and values_of(step)]


def tensors(step: Any) -> list[Value]:
    return [value for value in values_in(values_of(step)) if isinstance(value.type, TensorType)]


def values_of(step: Any) -> tuple[Any, ...]:
    """What a step takes."""
    return getattr(step, "inputs", None) or getattr(step, "arguments", None) or getattr(step, "operands", None) or ()
