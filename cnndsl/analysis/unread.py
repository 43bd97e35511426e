"""What is told of values that nothing takes, by themselves and in the rounds of a loop. Which these are, lint.py knows;
loaded only where there are any.
"""

from __future__ import annotations

from _bisect import bisect_right
from itertools import accumulate

from ..graph import Apply, BlockModule, Choice, LayerModule, Step, Value
from ..lean import Counter, cached_property
from ..loops import values_in
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping, TypeAlias
from .lint import OPERANDS, taken_by
from .sites import within

FURTHEST = 50  # steps that are looked back
Facts: TypeAlias = "tuple[tuple[str, str], ...]"
Sites: TypeAlias = "Mapping[int, str]"  # names of modules that have none, by place


def unused(left: list[Any], steps: list[Step], uses: Counter[int], item: t.Definition, sites: Sites) -> Iterator[Any]:
    """A code, a place and facts for each time that a value comes about which nothing takes.

    Where a condition may bind its name anew, it is a default. Of what several rounds give, some may be taken: it is
    told if no round's takes part in the result, or the last one's alone.
    """
    rebound = {
        value.name
        for choice in steps
        if isinstance(choice, Choice)
        for step in choice.body
        if isinstance(value := getattr(step, "target", None), Value)
    }
    found: dict[Span, list[Any]] = {}
    for step in left:
        names = [value.name for value in values_in(step.target)]
        if names and names != ["_"] and not (names[0] and names[0] in rebound):
            found.setdefault(step.span, []).append(step)
    if not found:
        return
    rounds, lists, meant = Rounds(steps, uses), Lists(item), set[str]()
    for span, idle in found.items():
        again = rounds.at[span]
        but_last = idle == again[:-1] and rounds.makes(idle[-1])
        facts = told(again, rounds, lists, sites, but_last)
        if held := lists.unread.get(next((value.name for value in values_in(idle[0].target)), None) or ""):
            span, facts = held.value.span, of_list(held)
        if (name := dict(facts).get("list", "")) in meant:
            continue  # one letter puts all right that the list holds
        meant |= {name} - {""}
        for _ in again if but_last or rounds.dead.issuperset(map(id, again)) else idle:
            yield "unused", span, facts


def told(again: list[Any], rounds: Rounds, lists: Lists, sites: Sites, but_last: bool) -> Facts:
    """What is said of a step that gives what nothing takes, be it in all rounds of a loop but the last."""
    step = again[0]
    path = getattr(step, "path", "")
    has_own_name = sites.get(step.span.start) != path.partition(".")[0]
    found, label = "this value", ""
    if name := next((value.name for value in values_in(step.target)), None):
        found = f"`{name}`"
    elif rounds.paths[path] > 1:
        found, label = f"the result of `{path}`", path
    elif path and (len(again) > 1 or not has_own_name) and (made := class_of(step.module)):
        found = f"the result of this {made}"
    elif path:
        found = f"`{path}`"
    meant = lists.of_layers(step.span) if path else ""
    start = "" if lists.fills(step.span) else rounds.start(again)
    few = "all rounds but the last" if but_last else ""
    found = f"{found} in {few}" if few else found
    still = rounds.still(step) if path and not (label or meant or start or few or name) else ""
    return ("name", found), ("label", label), ("list", meant), ("start", start), ("rounds", few), ("still", still)


def class_of(module: Any) -> str | None:
    """The class of a module, or the name of the group that it is."""
    if isinstance(module, LayerModule):
        return type(module.layer).__name__
    return module.instance.definition if isinstance(module, BlockModule) else getattr(module, "definition", None)


def of_list(held: t.Assign) -> Facts:
    """What is said of a list of tensors that nothing reads, which is told in the place of these."""
    name, joined = held.targets[0].span.text, " ".join(held.value.span.text.split())
    return ("name", f"`{name}`"), ("joined", f"{name} = cat({joined}, 1)" if "," in joined else "")


class Lists:
    """The lists that a definition writes."""

    def __init__(self, item: t.Definition) -> None:
        self.item = item

    @cached_property
    def nodes(self) -> list[Any]:
        return within(self.item)

    @cached_property
    def filled(self) -> list[tuple[int, int]]:
        """Where each `for` that fills a list begins, and where the last that begins by then ends."""
        parts = [part for node in self.nodes if isinstance(node, t.List) for part in node.items]
        places = sorted((loop.span.start, loop.span.end) for loop in parts if isinstance(loop, t.For))
        return [*zip([start for start, _ in places], accumulate([end for _, end in places], max), strict=True)]

    def fills(self, span: Span) -> bool:
        """Whether a place is in a `for` that fills a list."""
        at = bisect_right(self.filled, (span.start + 1,))
        return at > 0 and span.start < self.filled[at - 1][1]

    @cached_property
    def unread(self) -> dict[str, t.Assign]:
        """The lists that nothing reads, by the names in them that nothing else does."""
        reads, lists = Counter(node.id for node in self.nodes if isinstance(node, t.Name)), dict[str, t.Assign]()
        for node in self.nodes:
            to = node.targets[0] if isinstance(node, t.Assign) and isinstance(node.value, t.List) else None
            if isinstance(to, t.Name) and reads[to.id] == 1 and len(node.targets) == 1:
                lists |= {part.id: node for part in node.value.items if isinstance(part, t.Name)}
        return lists

    @cached_property
    def chained(self) -> dict[Span, str]:
        """The names of lists that a `for` goes through only to apply what they hold, by where each part is written:
        `layers = [Conv2d(8, 3), ReLU]; for layer in layers { layer }`."""
        through = set[str]()
        for loop in self.nodes:
            if isinstance(loop, t.For) and isinstance(loop.iterable, t.Name):
                stages = [
                    each.value.id for each in loop.body if isinstance(each, t.Do) and isinstance(each.value, t.Name)
                ]
                if stages == [getattr(loop.targets[0], "id", "")]:
                    through.add(loop.iterable.id)
        named = [(node.targets, node.value) for node in self.nodes if isinstance(node, t.Assign)]
        lists = [(to[0].id, value.items) for to, value in named if isinstance(value, t.List) and len(to) == 1]
        return {part.span: name for name, parts in lists if name in through for part in parts}

    def of_layers(self, span: Span) -> str:
        """The name of such a list with a capital letter, which makes it one of layers."""
        name = self.chained.get(span, "")
        return name[:1].upper() + name[1:]


class Rounds:
    """The steps of a body by where they stand: the rounds of a loop stand at one place."""

    def __init__(self, steps: list[Any], uses: Counter[int]) -> None:
        self.steps, self.uses = steps, uses
        self.at: dict[Span, list[Any]] = {}
        self.makers: dict[int, Any] = {}
        self.paths = Counter(step.path for step in steps if isinstance(step, Apply))
        for step in steps:
            for value in values_in(getattr(step, "target", None)):
                self.makers[value.number] = step
            if hasattr(step, "target") and getattr(step, "span", None) is not None:
                self.at.setdefault(step.span, []).append(step)

    @cached_property
    def dead(self) -> set[int]:
        """The identities of the steps that take part in nothing: all that takes what they give is dead, too."""
        uses, found = Counter(self.uses), set[int]()
        for step in reversed(self.steps):
            if hasattr(step, "target") and not any(uses[value.number] for value in values_in(step.target)):
                found.add(id(step))
                for number in taken_by(step):
                    uses[number] -= 1
        return found

    @cached_property
    def last_taken(self) -> dict[int, int]:
        """Where each value is last taken."""
        found: dict[int, int] = {}
        for step in self.steps:
            place = getattr(step, "span", None)
            for number in taken_by(step) if place else ():
                found[number] = max(found.get(number, 0), place.start)  # type: ignore[union-attr]
        return found

    def still(self, step: Any) -> str:
        """The author's name for what a step began with, which goes on as it was: `Encoder(2)`, then `x -> fc: ...`."""
        here: Any = step
        for _ in range(FURTHEST):
            taken = [*values_in([getattr(here, name, ()) for name in OPERANDS])]
            if len(taken) != 1:
                return ""
            if taken[0].name or self.uses[taken[0].number] > 1:
                is_taken = self.last_taken.get(taken[0].number, 0) > step.span.end
                return (taken[0].name or "") if is_taken else ""
            here = self.makers.get(taken[0].number)
        return ""

    def behind(self, step: Any) -> tuple[list[Any], list[Value]]:
        """A step, with the steps of its round that are for it alone, and what these begin from."""
        found, spans, starts = [step], {step.span}, list[Value]()
        for step in found:
            for value in values_in([getattr(step, name, ()) for name in OPERANDS]):
                made = self.makers.get(value.number)
                span = getattr(made, "span", None)
                if span and span not in spans and self.uses[value.number] == 1 < len(self.at[span]):
                    found.append(made)
                    spans.add(span)
                else:
                    starts.append(value)
        return found, starts

    def makes(self, step: Any) -> bool:
        """Whether a module that is the round's own is applied for a step alone."""
        return any(self.paths[each.path] == 1 for each in self.behind(step)[0] if isinstance(each, Apply))

    def start(self, again: list[Any]) -> str:
        """The author's name for the one value that each of several rounds begins from."""
        starts = {value for step in again for value in self.behind(step)[1]}
        return (starts.pop().name if len(starts) == 1 and len(again) > 1 else None) or ""
