"""Walks instances of one definition in parallel and says what they share, or that they share too little.

A number that is spelled alike everywhere prints its spelling; one that is equal everywhere stays a number; one
that differs becomes an argument. An `if` that went both ways is decided again by the merged class, and a loop runs
again: its rounds are merged as the instances are.
"""

from __future__ import annotations

from ..graph import (
    Apply,
    Argument,
    BlockModule,
    Branch,
    Built,
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
    Result,
    SequentialModule,
    TapsModule,
    Unpack,
    Value,
)
from ..loops import MARK, Entry, Kinds, Loop, called
from ..records import fields, is_dataclass, replace
from ..typed import Any, Callable, Mapping, Sequence
from .arguments import argument_of, given_for, literal_dtypes, over_caller
from .choosing import Choosing
from .contents import as_operator
from .expressions import Written
from .forming import Unmergeable
from .plans import (
    Body,
    Construct,
    Decision,
    Formatted,
    Group,
    PartConstruct,
    Plan,
    Ran,
    TapsConstruct,
    laid_out,
    role,
)
from .varying import NONE, Names, names_of

SKIPPED = {"span", "output"}


class Merger(Choosing):
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
        self.in_group = self.in_rules = self.in_constructor = False
        self.kind_ways, self.waiting = [], []
        self.refused: list[tuple[Known, bool]] = []  # what all uses have in common, and the class asks for
        self.formatted: dict[Formatted, set[tuple[int, str]]] = {}
        self.by_path: dict[str, list[Formatted]] = {}  # the same, by what they were in a round

    def saved(self) -> Any:
        return super().saved(), dict(self.formatted), list(self.refused), list(self.waiting)

    def restore(self, saved: Any) -> None:
        found, before, self.refused, self.waiting = saved
        if len(before) < len(self.formatted):
            self.by_path = {}
            for path in before:
                self.note_path(path)
        self.formatted = before
        super().restore(found)

    def note_path(self, path: Formatted) -> None:
        for one in path.paths:
            self.by_path.setdefault(one, []).append(path)

    # Whole nodes

    def merge(self, items: Sequence[Any], field: str = "") -> Any:
        """One node that stands for all of them."""
        first = items[0]
        special = SPECIAL.get(type(first))
        if len(set(map(type, items))) > 1:
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
        values = [item.value for item in items]
        if all(isinstance(known.value, LayerModule) for known in values):
            return replace(items[0], value=Known(self.layer([known.value for known in values], "")))
        return replace(items[0], value=self.known(values, items[0].name))

    def sequential(self, items: Sequence[SequentialModule], _: str) -> Any:
        if all(map(called, items)):
            for thread, item in zip(self.who, items, strict=True):
                for key, size in item.call.leaves.items():
                    self.note_key(thread, key, size)
            return self.block([block for item in items if (block := called(item))])
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
        kept = self.in_list, self.list_depth
        if not self.in_list:
            self.list_depth, self.makes_lists = len(self.frames), self.makes_lists or len(self.frames) > 1
        self.in_list = True
        try:
            is_list = isinstance(first, ListModule)
            return Group(self.laid_out(items), is_list=is_list, is_dict=not is_list).simplest()
        finally:
            self.in_list, self.list_depth = kept

    def make(self, items: Sequence[Make], _: str) -> Make:
        path = self.path(items)
        self.note_list(path, [item.module for item in items])
        return replace(items[0], path=path, module=self.either([item.module for item in items]))

    def path(self, items: Sequence[Make | Apply]) -> str:
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
        self.note_path(found)
        return found

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
        for name in sorted(plan.lost | plan.hidden) if self.kind_ways else plan.lost | plan.hidden:
            if not (self.kind_ways and self.refuses_handed(plan, items, name)):
                given = (names_of(argument_of(item, name)) for item in items)
                self.settles(frozenset().union(*(self.behind(n, i) for n, i in zip(given, self.who, strict=True))))
        for thread, item in zip(self.who, items, strict=True):
            self.settles(self.behind(unsaid_by_caller(plan, item), thread))
        passed = []
        for slot in plan.slots:
            held = [given_for(plan, item, slot) for item in items]
            value = self.class_handed(items, slot, held) if self.open_ways and slot.kind == "slot" else None
            value = value or self.known(held, role(plan, slot))
            given = (names_of(known) for n in slot.behind for i in items if (known := argument_of(i, n)) is not None)
            self.hang(value, NONE.union(*given))
            passed.append((slot, value))
        return Construct(plan, tuple(passed))

    def hang(self, value: Known, names: Names) -> None:
        """An argument that hangs on these in a class inside does so here."""
        for column in self.frames[0].columns if names else ():
            if isinstance(value.value, Written) and str(value.value.spelling) == column.name:
                column.behind |= names

    def part(self, items: Sequence[PartModule], _: str) -> PartConstruct:
        if len({(item.path, item.taps) for item in items}) > 1:
            raise Unmergeable("several parts of a model")
        length = len(items[0].module.children)
        return PartConstruct(self.block([i.whole for i in items]), items[0].path, items[0].taps, length)

    def taps(self, items: Sequence[TapsModule], _: str) -> TapsConstruct:
        if len({(item.taps, item.dropped, id(self.tap(item))) for item in items}) > 1:
            raise Unmergeable("several cuts of a model")
        return TapsConstruct(self.block([i.whole for i in items]), self.tap(items[0]), items[0].dropped, items[0].taps)

    def returned(self, body: Body, results: Sequence[Result]) -> tuple[Body, Result | None]:
        """What is returned behind a body: one result, or, where that cannot be, one in each way of the last decision,
        as of several kinds."""
        last, saved = body[-1] if body else None, self.saved()
        fork = next((fork for fork in self.forks if isinstance(last, Decision) and fork.joins is last.joins), None)
        if len({(result.kind, structure(result.items)) for result in results}) == 1:
            try:
                return body, self.merge(results, "result")
            except Unmergeable:
                self.restore(saved)
        if last is None or fork is None:
            raise Unmergeable("results of several kinds")
        found, given = [], dict(zip(self.who, results, strict=True))
        for way, inner in ((True, last.then), (False, last.otherwise)):
            with self.way(fork, way):
                found.append(self.returned(inner, [given[thread] for thread in self.who]))
        (then, then_result), (otherwise, otherwise_result) = found
        ways = {"then_result": then_result, "otherwise_result": otherwise_result}
        return (*body[:-1], replace(last, then=then, otherwise=otherwise, **ways)), None

    # Steps

    def steps(self, columns: Sequence[tuple[Any, ...]]) -> Body:
        if len({len(column) for column in columns}) != 1:
            raise Unmergeable("several numbers of steps")
        found: list[Any] = []
        for row in zip(*columns, strict=True):
            special = {Choice: self.choice, Loop: self.loop, Entry: self.entries}.get(type(row[0]))
            found += special(row) if special else [self.merge(row)]
        return tuple(found)

    def rules(self, columns: Sequence[tuple[Any, ...]]) -> Body:
        """The rules of `init`."""
        self.in_rules = True
        return self.steps(columns)

    def step(self, items: Sequence[Any], _: str = "") -> Any:
        self.in_forward = not self.in_constructor
        try:
            merged = self.node(items)
        finally:
            self.in_forward = False
        return replace(merged, target=self.define([item.target for item in items]))

    def own(self, items: Sequence[Own], _: str = "") -> Own:
        """A tensor that is computed has the shape that comes of that: nobody writes it."""
        own: Own = self.node([replace(i, shape=()) if isinstance(i.value, Built) else i for i in items])
        return replace(own, target=self.define([item.target for item in items]))

    def built(self, items: Sequence[Built], _: str = "") -> Built:
        kept, self.in_constructor = self.in_constructor, True
        try:
            found: Built = self.node(items)
        finally:
            self.in_constructor = kept
        return found

    def call(self, items: Sequence[Call], _: str = "") -> Call | Operate:
        literal = [literal_dtypes(item) for item in items]
        if any(dtypes != literal[0][1] for _, dtypes in literal):
            raise Unmergeable("several dtypes")
        return as_operator(self.step([item for item, _ in literal]))

    def apply(self, items: Sequence[Apply], _: str = "") -> Apply:
        is_counted = len(self.frames) > 1 and all(item.label for item in items)
        paths = [item.path for item in items]
        path: Any = (is_counted and (self.next_of(paths) or self.path(items))) or self.applied(paths)
        step: Apply = self.step([replace(item, module=None, path="", label=()) for item in items])
        modules: Any = Ran([item.module for item in items])
        return replace(step, path=path, module=modules)

    def applied(self, paths: Sequence[str]) -> Any:
        """The path of a module that is applied, or the list in which it is the next one."""
        if found := self.next_of(paths):
            return found
        here = set(zip(self.who, paths, strict=True))
        others = self.by_path.get(paths[0], [])
        path = next((found for found in others if here <= self.formatted[found]), "")
        of_others = len(self.frames) > 1 and bool(others)
        if not path and len(set(paths)) == 1 and not of_others:  # else another loop makes one in each of its rounds
            return paths[0]
        if not path:
            raise Unmergeable("several modules are applied")
        return path

    def branch(self, items: Sequence[Branch], _: str = "") -> Branch:
        """What stands in one way is seen in this way alone, by what is joined behind both, too."""
        condition = self.merge([item.condition for item in items], "condition")
        if len({len(item.joins) for item in items}) > 1:
            raise Unmergeable("joins of several numbers")
        columns = list(zip(*(item.joins for item in items), strict=True))
        ways, mark = [], -1 - len(self.values)
        for name in ("then", "otherwise"):
            with self.along((mark, name == "then")):
                body = self.steps([getattr(item, name) for item in items])
                result = self.merge([getattr(item, f"{name}_result") for item in items], f"{name}_result")
                given = [self.merge([getattr(join, name) for join in column], name) for column in columns]
            ways.append((body, result, given))
        (then, then_result, left), (otherwise, otherwise_result, right) = ways
        targets = [self.define([join.target for join in column]) for column in columns]
        joins = tuple(Join(*parts) for parts in zip(targets, left, right, strict=True))
        return Branch(condition, then, otherwise, joins, then_result, otherwise_result, items[0].site)


def structure(thing: Any) -> Any:
    """What a result is made of: names, tensors, and what holds these."""
    kind = thing.type if isinstance(thing, Value) else thing
    if isinstance(kind, Kinds):  # however long the list is
        return Kinds.__name__
    if isinstance(kind, (tuple, list)):
        return type(kind).__name__, *map(structure, kind)
    return kind if isinstance(kind, str) else type(kind).__name__


def unsaid_by_caller(plan: Plan, item: BlockModule) -> frozenset[str]:
    """The names of who calls a class behind arguments that hang on what is given, where that cannot be said."""
    found: frozenset[str] = frozenset()
    for known in plan.extras[id(item.instance)].values():
        if known.spellings and not over_caller(known, item).spellings:
            given = (argument_of(item, name.partition("[")[0]) for name in names_of(known))
            found |= names_of([each for each in given if each is not None])
    return found


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
    Own: Merger.own,
    Built: Merger.built,
    Apply: Merger.apply,
    Call: Merger.call,
    Operate: Merger.step,
    Pick: Merger.step,
    Unpack: Merger.step,
    Join: Merger.step,
    Branch: Merger.branch,
}
