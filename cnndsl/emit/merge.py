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
    Argument,
    BlockModule,
    Branch,
    Call,
    Choice,
    DictModule,
    Instance,
    Join,
    Known,
    LayerModule,
    ListModule,
    Make,
    Operate,
    Own,
    PartModule,
    Pick,
    SequentialModule,
    TapsModule,
    Unpack,
    Value,
)
from ..loops import MARK, Entry, Loop
from ..records import fields, is_dataclass, replace
from .arguments import argument_of, given_for, literal_dtypes
from .flowing import Fork
from .held import as_operator
from .listed import Listed
from .names import snake_case
from .numbers import Unmergeable
from .plans import Body, Construct, Decision, Either, Formatted, Group, PartConstruct, Plan, TapsConstruct, laid_out
from .varying import names_of

SKIPPED = {"span", "output"}


class Merger(Listed):
    """One attempt. `plan_of` finds the plan of an inner instance; `tap` makes the plan of a cut one."""

    def __init__(
        self,
        members: Sequence[Instance],
        plan_of: Mapping[int, Plan],
        tap: Callable[[TapsModule], Plan],
        varying: frozenset[str] = frozenset(),
        lost: frozenset[str] = frozenset(),
        strict: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(members, varying, lost, strict)
        self.plan_of, self.tap = plan_of, tap
        self.in_group = False
        self.refused: list[tuple[Known, bool]] = []  # what all uses have in common, and the class asks for
        self.formatted: dict[Formatted, set[tuple[int, str]]] = {}

    def saved(self) -> Any:
        return super().saved(), dict(self.formatted)

    def restore(self, saved: Any) -> None:
        found, self.formatted = saved
        super().restore(found)

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
        if len({item.name for item in items}) > 1:
            raise Unmergeable("several layers")
        columns = zip(*aligned(items), strict=True)
        return LayerModule(items[0].layer, tuple(map(self.argument, columns)))

    def argument(self, items: Sequence[Any]) -> Any:
        return replace(items[0], value=self.known([item.value for item in items], items[0].name))

    def sequential(self, items: Sequence[SequentialModule], _: str) -> Any:
        named = {item.definition for item in items}
        definition = named.pop() if len(named) == 1 else None
        if not any(item.layout for item in items):
            return SequentialModule(self.sequence([i.children for i in items], "children"), definition)
        return Group(self.laid_out(items), definition).simplest()

    def laid_out(self, items: Sequence[SequentialModule | ListModule | DictModule]) -> Body:
        kept, self.in_group = self.in_group, True
        try:
            return self.steps([laid_out(item) for item in items])
        finally:
            self.in_group = kept

    def module_list(self, items: Sequence[ListModule | DictModule], _: str) -> Any:
        """Branches, or what loops of the body make: then these fill it, and those only apply it."""
        first = items[0]
        if not any(item.layout for item in items):
            return replace(first, children=self.sequence([i.children for i in items], "children"))
        kept, self.in_list = self.in_list, True
        try:
            is_list = isinstance(first, ListModule)
            return Group(self.laid_out(items), is_list=is_list, is_dict=not is_list).simplest()
        finally:
            self.in_list = kept

    def entries(self, row: Sequence[Any]) -> list[Any]:
        """A child; where it is not always of one kind, a decision which it is."""
        if any(not isinstance(item, Entry) for item in row):
            raise Unmergeable("children in another order")
        kinds = self.kinds([item.module for item in row])
        if len(set(kinds)) == 1:
            return [self.merge(row)]
        fork, condition = self.chosen(kinds, row[0].module)
        ways = ([(item,) for item, kind in zip(row, kinds, strict=True) if (kind == kinds[0]) is way]
                for way in (True, False))  # fmt: skip
        then, otherwise = (self.arm(fork, way, bodies) for way, bodies in zip((True, False), ways, strict=True))
        return [Decision(condition, then, otherwise, fork.joins)]

    def make(self, items: Sequence[Make], _: str) -> Make:
        path = self.path(items)
        self.note_list(path, [item.module for item in items])
        return replace(items[0], path=path, module=self.either([item.module for item in items]))

    def path(self, items: Sequence[Make]) -> str:
        """The path of a module; in a loop its label may name the round."""
        of_round = any(MARK in name for part in items[0].label for name in names_of(part))
        if len({item.path for item in items}) == 1 and not (of_round and len(self.frames) > 1):
            labels = zip(*(item.label for item in items), strict=False)
            self.settles(frozenset().union(*map(self.offered, labels)))
            return items[0].path
        if len({len(item.label) for item in items}) > 1 or not items[0].label:
            raise Unmergeable("path differs")
        label = tuple(self.known(column, "label") for column in zip(*(item.label for item in items), strict=True))
        found = Formatted("".join(str(part.value) for part in label))
        found.label, found.paths = label, frozenset(item.path for item in items)
        self.formatted[found] = {(thread, item.path) for thread, item in zip(self.who, items, strict=True)}
        return found

    def either(self, modules: Sequence[Any]) -> Any:
        """A module that is of one kind in some uses and of another in others."""
        kinds = self.kinds(modules)
        if len(set(kinds)) == 1:
            return self.merge(modules, "module")
        fork, condition = self.chosen(kinds, modules[0])
        made = []
        for way in (True, False):
            with self.way(fork, way):
                some = [m for m, kind in zip(modules, kinds, strict=True) if (kind == kinds[0]) is way]
                made.append(self.either(some))
        return Either(condition, *made)

    def kinds(self, modules: Sequence[Any]) -> list[Any]:
        """What no argument can make of a module: its class."""
        return [self.kind(module) for module in modules]

    def kind(self, module: Any) -> Any:
        if isinstance(module, LayerModule):
            return module.name
        return id(self.plan_of[id(module.instance)]) if isinstance(module, BlockModule) else type(module).__name__

    def chosen(self, kinds: Sequence[Any], first: Any) -> tuple[Fork, Known]:
        """A decision on the kind of a module: the first one, or another. What a loop runs over are blocks."""
        flags = [Known(kind == kinds[0]) for kind in kinds]
        blocks = all(isinstance(kind, int) for kind in kinds)
        if not blocks and len(self.frames) > 1 and not self.is_steady(flags, self.frames[-1]):
            raise Unmergeable("a loop over templates that are not all blocks of the file")
        name = first.name if isinstance(first, LayerModule) else first.instance.definition if blocks else "plain"
        condition = self.known(flags, snake_case(name))
        taken = [i for i, kind in zip(self.who, kinds, strict=True) if kind == kinds[0]]
        return Fork(frozenset(taken), frozenset(self.who) - set(taken), self.scope, [], -1), condition

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
        for name in plan.lost | plan.hidden:
            given = (names_of(argument_of(item, name)) for item in items)
            self.settles(frozenset().union(*(self.behind(n, i) for n, i in zip(given, self.who, strict=True))))
        passed = ((slot, [given_for(plan, item, slot) for item in items]) for slot in plan.slots)
        return Construct(plan, tuple((slot, self.known(values, slot.name)) for slot, values in passed))

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
            special = {Choice: self.choice, Loop: self.loop, Entry: self.entries}.get(type(row[0]))
            found += special(row) if special else [self.merge(row)]
        return tuple(found)

    def step(self, items: Sequence[Any], _: str = "") -> Any:
        merged = self.node(items)
        return replace(merged, target=self.define([item.target for item in items]))

    def call(self, items: Sequence[Call], _: str = "") -> Call | Operate:
        literal = [literal_dtypes(item) for item in items]
        if any(dtypes != literal[0][1] for _, dtypes in literal):
            raise Unmergeable("several dtypes")
        return as_operator(self.step([item for item, _ in literal]))

    def apply(self, items: Sequence[Apply], _: str = "") -> Apply:
        path = self.applied([item.path for item in items])
        step: Apply = self.step([replace(item, module=None, path="") for item in items])
        return replace(step, path=path)

    def applied(self, paths: Sequence[str]) -> Any:
        """The path of a module that is applied, or the list in which it is the next one."""
        if found := self.next_of(paths):
            return found
        here = set(zip(self.who, paths, strict=True))
        path = next((found for found, made in self.formatted.items() if here <= made), "")
        if not path and len(set(paths)) == 1:
            return paths[0]
        if not path:
            raise Unmergeable("several modules are applied")
        return path

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
        self.met |= {row[0].site} if taken else set()
        if len(taken) in (0, len(row)):
            self.lose_rounds([item.condition for item in row])
            self.folded += [(row[0].site, str(s)) for s in row[0].condition.spellings[:1] if not taken]
            self.refuse_other(row, bool(taken))
            return list(self.steps([item.body for item in row]))
        saved, name = self.saved(), about(row)
        condition = self.known([replace(item.condition, value=item.taken) for item in row], name, may_ask=bool(name))
        others = [i for i in self.who if i not in taken]
        fork = Fork(frozenset(taken), frozenset(others), self.scope, [], len(self.forks))
        if not self.in_group:  # no value comes out of a group's own conditions
            self.forks.append(fork)
        then, otherwise = (self.arm(fork, way, [i.body for i in row if i.taken is way]) for way in (True, False))
        if self.in_group and not then and not otherwise:  # what one way would have made, no use of it has
            self.restore(saved)
            return []
        return [Decision(condition, then, otherwise, fork.joins, row[0].site)]

    def refuse_other(self, row: Sequence[Choice], way: bool) -> None:
        """A condition that went one way in every use: arguments for which it does not are refused, or are none."""
        conditions = [item.condition for item in row]
        offered = self.offered(conditions)
        if not offered & self.strict:
            self.plain |= offered
            return
        spellings = self.shared_spellings(conditions)
        if offered <= self.constant or not spellings or self.scope or self.in_group or len(self.frames) > 1:
            self.lost |= offered
        else:
            self.refused.append((self.write(spellings), way))

    def arm(self, fork: Fork, way: bool, bodies: Sequence[tuple[Any, ...]]) -> Body:
        with self.way(fork, way):
            return self.steps(bodies)


def about(row: Sequence[Choice]) -> str:
    """What a flag is called that says whether a part is there: `batch_norm`, or the label that it has."""
    steps = (step for item in row if item.taken for step in item.body)
    stems = (stem(step) for step in steps if isinstance(step, Make))
    if path := next(filter(str.isidentifier, stems), ""):
        return snake_case(path)
    made = (item.body[0].module for item in row if item.taken and item.body and isinstance(item.body[0], Entry))
    module = next(made, None)
    if not isinstance(module, (LayerModule, BlockModule)):
        return "condition" if module else ""
    name = module.name if isinstance(module, LayerModule) else module.instance.definition
    return re.sub(r"_?\d*d$", "", snake_case(name))


def stem(step: Make) -> str:
    """What a module is called, without the number of its round: `conv{i}` is `conv`."""
    parts = (str(part.value).strip("_") for part in step.label if not names_of(part))
    return "_".join(filter(None, parts)) if len(step.label) > 1 else step.path


def aligned(items: Sequence[LayerModule]) -> list[tuple[Argument, ...]]:
    """The arguments of layers of one class; what only some of them give, the others give as it is without."""
    given = [{argument.name: argument for argument in item.arguments} for item in items]
    if len({tuple(found) for found in given}) == 1:
        return [item.arguments for item in items]
    names = [name for name in items[0].layer.fields if any(name in found for found in given)]
    order, found = list(items[0].layer.fields), []
    named = {n for n in names if any(n in some and some[n].keyword for some in given)}
    late = next((n for i, n in enumerate(names) if n in named or order[i] != n), None)
    keywords = set(names[names.index(late) :]) if late else set()
    for item, some in zip(items, given, strict=True):
        values = (some[n].value if n in some else Known(getattr(item.layer, n)) for n in names)
        found.append(tuple(Argument(n, value, n in keywords) for n, value in zip(names, values, strict=True)))
    return found


SPECIAL: dict[type, Callable[[Merger, Any, str], Any]] = {
    Known: Merger.known,
    Value: Merger.use,
    LayerModule: Merger.layer,
    SequentialModule: Merger.sequential,
    ListModule: Merger.module_list,
    DictModule: Merger.module_list,
    Entry: Merger.entry,
    Make: Merger.make,
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
