"""Walks instances of one definition in parallel and says what they share, or that they share too little.

A number that is spelled alike everywhere prints its spelling; one that is equal everywhere stays a number; one
that differs becomes an argument. An `if` that went both ways is decided again by the merged class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..dims import Condition, Dim, symbol
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
from ..records import dataclass, fields, is_dataclass, replace
from .arguments import argument_of, given_for, keepable, literal_dtypes, simple, size_of
from .expressions import Written, plain_value
from .names import MODULE_ATTRIBUTES, fresh, rename
from .plans import Body, Construct, Decision, PartConstruct, Plan, TapsConstruct
from .varying import names_of, symbols_of

SKIPPED = {"span", "output"}
Scope = tuple[tuple[int, bool], ...]


class Unmergeable(Exception):
    """These instances need classes of their own."""


@dataclass
class Fork:
    """A Decision under way: who went its way, and where it stands."""

    taken: frozenset[int]
    others: frozenset[int]
    scope: Scope
    joins: list[Join]
    index: int


def spellings_of(known: Known) -> tuple[Any, ...]:
    """A size or condition of forward() may be its own spelling."""
    return (*known.spellings, known.value) if isinstance(known.value, (Dim, Condition)) else known.spellings


class Merger:
    """One attempt. `plan_of` finds the plan of an inner instance; `tap` makes the plan of a cut one."""

    def __init__(
        self,
        members: Sequence[Instance],
        plan_of: Mapping[int, Plan],
        tap: Callable[[TapsModule], Plan],
        varying: frozenset[str] = frozenset(),
        lost: frozenset[str] = frozenset(),
    ) -> None:
        self.members = members
        self.varying, self.lost = varying, set[str]()
        self.plan_of, self.tap = plan_of, tap
        self.who: list[int] = list(range(len(members)))
        self.numbers: list[dict[int, int]] = [{} for _ in members]
        self.values: dict[int, Value] = {}
        self.scopes: dict[int, Scope] = {}
        self.scope: Scope = ()
        self.forks: list[Fork] = []
        self.used: set[str] = set()
        self.extras: dict[tuple[Any, ...], tuple[str, list[Known]]] = {}
        self.folded: list[str] = []
        self.parameters = keepable(members, lost)
        sizes = {name: [size_of(member, name) for member in members] for name, _ in members[0].sizes}
        self.sizes = [name for name, found in sizes.items() if all(found)]
        self.fixed = {n: int(sizes[n][0] or 0) for n in self.sizes if n not in varying and len(set(sizes[n])) == 1}

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

    def sequential(self, items: Sequence[SequentialModule], _: str) -> SequentialModule:
        named = {item.definition for item in items}
        return SequentialModule(
            self.sequence([i.children for i in items], "children"), named.pop() if len(named) == 1 else None
        )

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
            found += self.choice(row) if isinstance(row[0], Choice) else [self.merge(row)]
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
        condition = self.known([replace(item.condition, value=item.taken) for item in row], "condition", may_ask=False)
        others = [i for i in self.who if i not in taken]
        fork = Fork(frozenset(taken), frozenset(others), self.scope, [], len(self.forks))
        self.forks.append(fork)
        then, otherwise = (self.arm(fork, way, [i.body for i in row if i.taken is way]) for way in (True, False))
        return [Decision(condition, then, otherwise, fork.joins)]

    def arm(self, fork: Fork, way: bool, bodies: Sequence[tuple[Any, ...]]) -> Body:
        with self.among(sorted(fork.taken if way else fork.others), (*fork.scope, (fork.index, way))):
            return self.steps(bodies)

    @contextmanager
    def among(self, who: list[int], scope: Scope) -> Iterator[None]:
        """Inside, only these instances are walked."""
        kept = self.who, self.scope
        self.who, self.scope = who, scope
        yield
        self.who, self.scope = kept

    # Values

    def define(self, targets: Sequence[Any]) -> Any:
        """A new value for all of them (or none, or a tuple)."""
        if any(type(item) is not type(targets[0]) for item in targets):
            if {type(item) for item in targets} <= {Value, type(None)}:
                return self.define([item if item is not None else Value(-1, None) for item in targets])
            raise Unmergeable("results are taken apart in several ways")
        if isinstance(targets[0], tuple):
            if len({len(item) for item in targets}) > 1:
                raise Unmergeable("results of several lengths")
            return tuple(self.define(column) for column in zip(*targets, strict=True))
        return targets[0] if targets[0] is None else self.new_value(dict(zip(self.who, targets, strict=True)))

    def new_value(self, of: Mapping[int, Value]) -> Value:
        named = {value.name for value in of.values()}
        number = len(self.values)
        made = Value(number, next(iter(of.values())).type, named.pop() if len(named) == 1 else None)
        self.values[number], self.scopes[number] = made, self.scope
        for i, value in of.items():
            self.numbers[i][value.number] = number
        return made

    def use(self, items: Sequence[Value], _: str = "") -> Value:
        numbers = {i: self.numbers[i][item.number] for i, item in zip(self.who, items, strict=True)}
        return self.values[self.unify(numbers, self.scope, self.forks)]

    def unify(self, numbers: Mapping[int, int], scope: Scope, forks: Sequence[Fork]) -> int:
        """The value that is each instance's own, seen from `scope`: one they share, or a join after a fork."""
        first = next(iter(numbers.values()))
        if all(number == first for number in numbers.values()):
            if scope[: len(self.scopes[first])] == self.scopes[first]:
                return first
            raise Unmergeable("a value from inside an `if`")
        for fork in reversed(forks):
            taken = {i: n for i, n in numbers.items() if i in fork.taken}
            others = {i: n for i, n in numbers.items() if i in fork.others}
            if taken and others and len(taken) + len(others) == len(numbers) and begins(scope, fork.scope):
                return self.join(fork, taken, others)
        raise Unmergeable("values that no `if` explains")

    def join(self, fork: Fork, taken: Mapping[int, int], others: Mapping[int, int]) -> int:
        ways = []
        for way, numbers in ((True, taken), (False, others)):
            inside: Scope = (*fork.scope, (fork.index, way))
            known = [f for f in self.forks if f.index < fork.index or begins(f.scope, inside)]
            ways.append(self.values[self.unify(numbers, inside, known)])
        for join in fork.joins:
            if (join.then, join.otherwise) == tuple(ways):
                return join.target.number
        number = len(self.values)
        named = {way.name for way in ways}
        target = Value(number, ways[0].type, named.pop() if len(named) == 1 else None)
        self.values[number], self.scopes[number] = target, fork.scope
        fork.joins.append(Join(target, *ways))
        return number

    # Numbers

    def known(self, items: Sequence[Known], field: str, may_ask: bool = True) -> Known:
        """How a compile-time value is written in the merged class."""
        spellings = self.shared_spellings(items)
        own = [s for s in spellings if not symbols_of(s) & set(self.sizes)]
        if own:
            return self.write(own)
        first = plain_value(items[0])
        equal = all(same(plain_value(item), first) for item in items) and not isinstance(first, (Dim, Condition))
        free = self.varying.intersection(*[frozenset().union(*map(names_of, items))])
        if equal and not free:
            return items[0]
        if spellings:
            return self.write(spellings)
        if isinstance(items[0].value, (tuple, list)) and (found := self.elements(items, field)):
            return found
        self.lost |= free
        if equal:
            return items[0]
        if not may_ask or not all(map(simple, items)):
            raise Unmergeable(f"{field} differs and cannot be an argument")
        return self.ask(items, field)

    def elements(self, items: Sequence[Known], field: str) -> Known | None:
        """A tuple or list whose items can all be written without asking for more arguments."""
        if len({(type(item.value), len(item.value)) for item in items if isinstance(item.value, (tuple, list))}) != 1:
            return None
        used = set(self.used)
        try:
            columns = zip(*(item.value for item in items), strict=True)
            return Known(type(items[0].value)([self.known(column, field, False) for column in columns]))
        except (Unmergeable, TypeError, AttributeError):
            self.used = used
            return None

    def shared_spellings(self, items: Sequence[Known]) -> list[Any]:
        """Spellings that every instance has, over names that the class may have, shortest first."""
        available = {*self.parameters, *self.sizes}
        sets = [[self.renumbered(s, i) for s in spellings_of(item)] for i, item in zip(self.who, items, strict=True)]
        shared = [s for s in sets[0] if s is not None and all(s in others for others in sets[1:])]
        usable = [s for s in shared if all(name in available or name[0] == "%" for name in symbols_of(s))]
        return sorted(usable, key=lambda spelling: len(str(spelling)))

    def renumbered(self, spelling: Any, member: int) -> Any:
        """The spelling with its run-time sizes (`%7.2`) counted as the merged class counts values."""
        changed = {}
        for name in symbols_of(spelling):
            if name[0] == "%":
                number, axis = name[1:].split(".")
                if int(number) not in self.numbers[member]:
                    return None
                changed[name] = symbol(f"%{self.numbers[member][int(number)]}.{axis}")
        if isinstance(spelling, str):
            return rename(spelling, {name: str(size) for name, size in changed.items()})
        found = spelling.subs(changed) if changed else spelling
        return None if isinstance(found, int) else found

    def write(self, spellings: Sequence[Any]) -> Known:
        """The first spelling; a size in it that never differs is a plain number."""
        best = spellings[0]
        if isinstance(best, Dim) and (fixed := {name: self.fixed[name] for name in best.symbols & self.fixed.keys()}):
            best = best.subs(fixed)
        if isinstance(best, int):
            return Known(best)
        self.used |= symbols_of(best)
        return Known(Written(best))

    def ask(self, items: Sequence[Known], field: str) -> Known:
        """A new constructor argument, shared by all places that differ in the same way."""
        by_member = dict(zip(self.who, items, strict=True))
        column = [Known(by_member.get(i, items[0]).value) for i in range(len(self.members))]
        key = tuple(repr(plain_value(item)) for item in column)
        if key not in self.extras:
            taken = {name for name, _ in self.extras.values()} | {*self.parameters, *self.sizes} | MODULE_ATTRIBUTES
            self.extras[key] = fresh(field.lower(), taken), column
        return Known(Written(symbol(self.extras[key][0])))


def begins(scope: Scope, start: Scope) -> bool:
    return scope[: len(start)] == start


def same(left: Any, right: Any) -> bool:
    return repr(left) == repr(right)


SPECIAL: dict[type, Callable[[Merger, Any, str], Any]] = {
    Known: Merger.known,
    Value: Merger.use,
    LayerModule: Merger.layer,
    SequentialModule: Merger.sequential,
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
