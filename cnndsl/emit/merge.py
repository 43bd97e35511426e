"""Walks instances of one definition in parallel and says what they share, or that they share too little.

A number that is spelled alike everywhere prints its spelling; one that is equal everywhere stays a number; one
that differs becomes an argument. An `if` that went both ways is decided again by the merged class, and a loop runs
again: its rounds are merged as the instances are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..graph import (
    Apply,
    BlockModule,
    Branch,
    Call,
    Choice,
    Instance,
    Join,
    Known,
    LayerModule,
    Operate,
    Own,
    PartModule,
    Pick,
    SequentialModule,
    TapsModule,
    Unpack,
    Value,
)
from ..loops import Entry, Loop
from ..records import fields, is_dataclass, replace
from .arguments import argument_of, given_for, literal_dtypes
from .flowing import Fork
from .names import snake_case
from .numbers import Unmergeable
from .plans import Body, Construct, Decision, Group, PartConstruct, Plan, TapsConstruct, laid_out
from .rounds import Rounds
from .varying import names_of

SKIPPED = {"span", "output"}


class Merger(Rounds):
    """One attempt. `plan_of` finds the plan of an inner instance; `tap` makes the plan of a cut one."""

    def __init__(
        self,
        members: Sequence[Instance],
        plan_of: Mapping[int, Plan],
        tap: Callable[[TapsModule], Plan],
        varying: frozenset[str] = frozenset(),
        lost: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(members, varying, lost)
        self.plan_of, self.tap = plan_of, tap
        self.in_group = False

    # Whole nodes

    def merge(self, items: Sequence[Any], field: str = "") -> Any:
        """One node that stands for all of them."""
        first = items[0]
        special = SPECIAL.get(type(first))
        if any(type(item) is not type(first) for item in items):
            if all(isinstance(item, (Known, Value)) for item in items):
                raise Unmergeable(f"{field} is a tensor in some uses only")
            raise Unmergeable(f"{field} is of several kinds")
        if special:
            return special(self, items, field)
        if isinstance(first, (tuple, list)):
            return self.sequence(items, field)
        if is_dataclass(first):
            return self.node(items)
        if all(item == first for item in items):
            return first
        raise Unmergeable(f"{field} differs")

    def sequence(self, items: Sequence[Any], field: str) -> Any:
        if len({len(item) for item in items}) != 1:
            raise Unmergeable(f"{field} has several lengths")
        return type(items[0])(self.merge(column, field) for column in zip(*items, strict=True))

    def node(self, items: Sequence[Any]) -> Any:
        """Field by field; what a step computes comes after what it reads."""
        names = [f.name for f in fields(items[0]) if f.name not in SKIPPED and f.name != "target"]
        found = {name: self.merge([getattr(item, name) for item in items], name) for name in names}
        return replace(items[0], **found)

    def layer(self, items: Sequence[LayerModule], _: str) -> LayerModule:
        if len({item.name for item in items}) > 1 or len({tuple(a.name for a in i.arguments) for i in items}) > 1:
            raise Unmergeable("several layers, or several sets of arguments")
        columns = zip(*(item.arguments for item in items), strict=True)
        return LayerModule(items[0].layer, tuple(map(self.argument, columns)))

    def argument(self, items: Sequence[Any]) -> Any:
        return replace(items[0], value=self.known([item.value for item in items], items[0].name))

    def sequential(self, items: Sequence[SequentialModule], _: str) -> Any:
        named = {item.definition for item in items}
        definition = named.pop() if len(named) == 1 else None
        if not any(item.layout for item in items):
            return SequentialModule(self.sequence([i.children for i in items], "children"), definition)
        kept, self.in_group = self.in_group, True
        try:
            return Group(self.steps([laid_out(item) for item in items]), definition).simplest()
        finally:
            self.in_group = kept

    def entry(self, items: Sequence[Entry], _: str) -> Entry:
        if len({len(item.label) for item in items}) > 1:
            raise Unmergeable("labels of several kinds")
        label = tuple(self.known(column, "label") for column in zip(*(item.label for item in items), strict=True))
        return Entry(label, self.merge([item.module for item in items], "module"))

    def block(self, items: Sequence[BlockModule], _: str = "") -> Construct:
        plans = {id(self.plan_of[id(item.instance)]): self.plan_of[id(item.instance)] for item in items}
        if len(plans) > 1:
            raise Unmergeable("the blocks inside have several classes")
        (plan,) = plans.values()
        for name in plan.lost:
            self.lost.update(*(names_of(argument_of(item, name)) & self.varying for item in items))
        given = ((slot, [given_for(plan, item, slot) for item in items]) for slot in plan.slots)
        return Construct(plan, tuple((slot, self.known(values, slot.name)) for slot, values in given))

    def part(self, items: Sequence[PartModule], _: str) -> PartConstruct:
        if len({(item.path, item.taps) for item in items}) > 1:
            raise Unmergeable("several parts of a model")
        length = len(getattr(items[0].module, "children", ()))
        return PartConstruct(self.block([i.whole for i in items]), items[0].path, items[0].taps, length)

    def taps(self, items: Sequence[TapsModule], _: str) -> TapsConstruct:
        if any(item.taps != items[0].taps or item.cut != items[0].cut for item in items):
            raise Unmergeable("several cuts of a model")
        return TapsConstruct(self.block([i.whole for i in items]), self.tap(items[0]), items[0].dropped, items[0].taps)

    # Steps

    def steps(self, columns: Sequence[tuple[Any, ...]]) -> Body:
        if len({len(column) for column in columns}) != 1:
            raise Unmergeable("several numbers of steps")
        found: list[Any] = []
        for row in zip(*columns, strict=True):
            special = {Choice: self.choice, Loop: self.loop}.get(type(row[0]))
            found += special(row) if special else [self.merge(row)]
        return tuple(found)

    def step(self, items: Sequence[Any], _: str = "") -> Any:
        merged = self.node(items)
        return replace(merged, target=self.define([item.target for item in items]))

    def call(self, items: Sequence[Call], _: str = "") -> Call:
        literal = [literal_dtypes(item) for item in items]
        if any(dtypes != literal[0][1] for _, dtypes in literal):
            raise Unmergeable("several dtypes")
        merged: Call = self.step([item for item, _ in literal])
        return merged

    def apply(self, items: Sequence[Apply], _: str = "") -> Apply:
        step: Apply = self.step([replace(item, module=None) for item in items])
        return step

    def branch(self, items: Sequence[Branch], _: str = "") -> Branch:
        condition = self.merge([item.condition for item in items], "condition")
        then = self.steps([item.then for item in items])
        then_result = self.merge([item.then_result for item in items], "then_result")
        otherwise = self.steps([item.otherwise for item in items])
        otherwise_result = self.merge([item.otherwise_result for item in items], "otherwise_result")
        joins = self.sequence([item.joins for item in items], "joins")
        return Branch(condition, then, otherwise, joins, then_result, otherwise_result)

    def choice(self, row: Sequence[Any]) -> list[Any]:
        """A compile-time `if`: folded where all went one way, else decided again."""
        if any(not isinstance(item, Choice) or item.site != row[0].site for item in row):
            raise Unmergeable("steps in another order")
        taken = [i for i, item in zip(self.who, row, strict=True) if item.taken]
        if len(taken) in (0, len(row)):
            self.folded += [str(row[0].condition.spellings[0])] if not taken and row[0].condition.spellings else []
            return list(self.steps([item.body for item in row]))
        name = about(row)
        condition = self.known([replace(item.condition, value=item.taken) for item in row], name, may_ask=bool(name))
        others = [i for i in self.who if i not in taken]
        fork = Fork(frozenset(taken), frozenset(others), self.scope, [], len(self.forks))
        if not self.in_group:  # no value comes out of a group's own conditions
            self.forks.append(fork)
        then, otherwise = (self.arm(fork, way, [i.body for i in row if i.taken is way]) for way in (True, False))
        return [Decision(condition, then, otherwise, fork.joins)]

    def arm(self, fork: Fork, way: bool, bodies: Sequence[tuple[Any, ...]]) -> Body:
        with self.way(fork, way):
            return self.steps(bodies)


def about(row: Sequence[Choice]) -> str:
    """What a flag is called that says whether a part of a group is there: `batch_norm`."""
    made = (item.body[0].module for item in row if item.taken and item.body and isinstance(item.body[0], Entry))
    module = next(made, None)
    if not isinstance(module, (LayerModule, BlockModule)):
        return "condition" if module else ""
    name = module.name if isinstance(module, LayerModule) else module.instance.definition
    return re.sub(r"_?\d*d$", "", snake_case(name))


SPECIAL: dict[type, Callable[[Merger, Any, str], Any]] = {
    Known: Merger.known,
    Value: Merger.use,
    LayerModule: Merger.layer,
    SequentialModule: Merger.sequential,
    Entry: Merger.entry,
    BlockModule: Merger.block,
    TapsModule: Merger.taps,
    PartModule: Merger.part,
    Own: Merger.step,
    Apply: Merger.apply,
    Call: Merger.call,
    Operate: Merger.step,
    Pick: Merger.step,
    Unpack: Merger.step,
    Join: Merger.step,
    Branch: Merger.branch,
}
