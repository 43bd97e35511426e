"""Templates that uses of a definition hold, and that only some of them come to make: of a merged class these are
arguments, which refuse another one where it is not built alike.
"""

from __future__ import annotations

from ..dims import Dim, symbol
from ..dims.calls import Formula, put, symbols_of
from ..dims.calls import name as name_of
from ..graph import BlockModule, Choice, Known, LayerModule, Maker
from ..lean import NoneType, contextmanager
from ..loops import called
from ..records import dataclass, replace
from ..typed import Any, Iterator, Mapping, Sequence
from .arguments import argument_of, value_in
from .class_arguments import Is, Kind, Together, built_alike, gives, held_by, kind_of, templates_of
from .expressions import Ways, Written, plain_value
from .forming import Column, Unmergeable, has_class
from .formulas import composed, text_of
from .keeping import Keeping, parameter_of
from .names import snake_case
from .plans import Construct, Either, Plan, Slot
from .varying import NONE, Names, names_of


@dataclass(frozen=True)
class Handed:
    """What is handed to a class that has one value of it settled, not yet spelled by names of the class at hand."""

    settled: Known
    spellings: Sequence[Any]
    behind: Names
    ways: Sequence[tuple[Known, bool]]  # that lead there
    here: frozenset[int]  # the members that do


class Holding(Keeping):
    """Templates of a merged class."""

    plan_of: Mapping[int, Plan]
    waiting: list[Handed]

    def class_of(self, module: LayerModule | BlockModule) -> Kind:
        return kind_of(module, self.plan_of[id(module.instance)] if isinstance(module, BlockModule) else None)

    def otherwise_held(self, row: Sequence[Choice]) -> list[Any] | None:
        """What a template makes that is another one in uses which do not come here: the class takes it, and refuses
        another one here, unless that is built alike. None if all of them hold this one."""
        here = {self.member[i] for i in self.who}
        held = held_by(row[0].holds, self.members, row[0].site) if len(here) < len(self.members) else None
        if held is None:
            return None
        modules = [made_in_first(item) for item in row]
        elsewhere = [template for n, template in enumerate(held) if n not in here]
        others = [template for template in elsewhere if not any(gives(template, made) for made in modules)]
        if not others:
            return None
        if not all(gives(held[self.member[i]], module) for i, module in zip(self.who, modules, strict=True)):
            return None
        kinds = [Known(module and self.class_of(module)) for module in modules]
        subject = self.ask_outside(kinds, snake_case(row[0].holds))
        self.fill(subject, held)
        known = {str(kind.value): kind for kind in kinds}.values()
        told = [Known(Is(subject, k.value) if k.value else Written(f"{text_of(subject)} is None")) for k in known]
        body = list(self.steps([item.body for item in row]))
        if all(built_alike(held[self.member[self.who[0]]], other) for other in others):
            return [made_by(subject, told[0], body[0]), *body[1:]]
        self.refuse_here(*told)
        return body

    def class_handed(self, items: Sequence[BlockModule], slot: Slot, given: Sequence[Known]) -> Known | None:
        """A class that a call hands on from a parameter which holds another one in uses that do not come here."""
        here = {self.member[i] for i in self.who}
        if len(here) == len(self.members) or not any(map(has_class, slot.values)) or any(g != given[0] for g in given):
            return None
        name = next((a.name for a in items[0].arguments if snake_case(a.name) == slot.key), "")
        handed = [a.value.value for item in items for a in item.arguments if a.name == name]
        nothing = all(template is None for template in handed)
        names = self.none_here(here) if nothing else {getattr(template, "held", "") for template in handed}
        held = list(templates_of(name := names.pop(), self.members)) if len(names) == 1 else []
        if len({*map(repr, held)}) < 2:
            return None
        subject = self.ask_outside(given, snake_case(name))
        self.fill(subject, held)
        if nothing:  # nobody knows whether the author wrote the parameter there
            self.refuse_here(Known(Written(f"{text_of(subject)} is None")))
        return given[0] if nothing else subject

    def by_template(self, items: Sequence[Known]) -> Known | None:
        """What hangs on whether a template is None, spelled by the argument that this template is."""
        sets = list(self.renumbered_all(items)) if self.choosable else [[]]
        shared = [s for s in sets[0] if isinstance(s, (Dim, Formula)) and all(s in others for others in sets[1:])]
        plans = {plan.definition: plan for plan in self.plan_of.values()}
        for spelling in shared:
            names = symbols_of(spelling)
            held = {q: list(templates_of(q, self.members)) for q in sorted(names & self.choosable)}
            found = {q: [class_held(some[self.member[i]], plans) for i in self.who] for q, some in held.items()}
            kinds = {q: [kind for kind in some if kind is not None] for q, some in found.items()}
            if held and kinds == found and names <= {*held, *self.available, *self.locals}:
                subjects = {q: self.ask_outside(some, snake_case(q)) for q, some in kinds.items()}
                for q, subject in subjects.items():
                    self.fill(subject, held[q])
                return self.write([put(spelling, {q: name_of(text_of(s), "None") for q, s in subjects.items()})])
        return None

    def by_kind(self, items: Sequence[Known]) -> Known | None:
        """A size that hangs on which class an argument is, spelled for each of the classes: be it that one alone of
        those arguments that may change sizes tells them apart, and no flag or text does."""
        told = []
        for column in filter(may_resize, self.frames[0].columns):
            sides: dict[str, list[int]] = {}
            for place, thread in enumerate(self.who):
                known = column.values.get(self.member[thread])
                sides.setdefault(known.value.key if known else "", []).append(place)
            if len(sides) > 1 and "" not in sides:
                saved = self.saved()
                told += [(column, sides)] if self.each_side(items, sides) else []
                self.restore(saved)
        if len(told) != 1 or self.is_flagged(told[0][1]):
            return None
        (column, sides), subject = told[0], self.write([symbol(told[0][0].name)])
        *ways, found = zip(sides.values(), self.each_side(items, sides), strict=True)
        written = found[1]
        for some, way in reversed(ways):
            is_it = Known(Is(subject, column.values[self.member[self.who[some[0]]]].value))
            written = Known(Ways(way, is_it, written))
        return written

    def each_side(self, items: Sequence[Known], sides: Mapping[str, Sequence[int]]) -> list[Known]:
        """How these are written on each side; [] if they are not on one."""
        found = []
        for places in sides.values():
            some = [items[place] for place in places]
            with self.among([self.who[place] for place in places]):
                if spellings := self.shared_spellings(some):
                    found.append(self.write(spellings))
                elif is_one_number(some) and not self.behind_all(some):
                    found.append(Known(some[0].value))
                else:
                    return []
        return found

    def is_flagged(self, sides: Mapping[str, Sequence[int]]) -> bool:
        """Whether a flag, a text or what is None, or what decided something else, tells the uses apart as well."""
        members = [{self.member[self.who[place]] for place in places} for places in sides.values()]
        pinned = NONE.union(*(member.decided.pinned for member in self.members))
        for column in zip(*(member.parameters for member in self.members), strict=True):
            is_template = any(isinstance(p.value.value, Maker) for p in column)
            decides = column[0].name in pinned or any(type(p.value.value) in (bool, str, NoneType) for p in column)
            told = [{repr(plain_value(column[n].value)) for n in some} for some in members]
            if decides and not is_template and sum(map(len, told)) == len(set().union(*told)):
                return True
        return False

    def none_here(self, here: set[int]) -> set[str]:
        """The parameters that are templates, but None in these uses."""
        names = {p.name for p in self.members[0].parameters if p.name[:1].isupper()}
        held = {name: list(templates_of(name, self.members)) for name in names}
        return {name for name, some in held.items() if any(some) and not any(some[n] for n in here)}

    @contextmanager
    def of_kind(self, condition: Known, way: bool, kinds: Mapping[Any, Any]) -> Iterator[None]:
        """Inside, a module is of this class, or of another one: of two `kinds`, of the second."""
        if len(kinds) == 2 and not way and isinstance(condition.value, Is):
            second = list(kinds.values())[1]
            condition, way = Known(Is(condition.value.subject, self.class_of(called(second) or second))), True
        self.kind_ways.append((condition, way))
        try:
            yield
        finally:
            self.kind_ways.pop()

    def refuses_handed(self, plan: Plan, items: Sequence[BlockModule], name: str) -> bool:
        """What is handed to a class that is made in some uses alone, and that has one value of it settled: where the
        others have more of them, another one is refused here. False if that cannot be said."""
        handed = [argument_of(item, name) for item in items]
        settled = [value_in(name, member) for member in plan.members]
        here = {self.member[i] for i in self.who}
        if len(here) == len(self.members) or not is_one_number(settled):
            return False
        given = [known for known in handed if known is not None]
        behind = self.behind_all(given)
        is_constant = behind <= self.constant | self.fixed.keys()
        if len(given) < len(items) or is_constant or any(map(self.is_of_round, self.kind_ways)):
            return False
        asked = {id(way.value.subject) for way, _ in self.kind_ways if isinstance(way.value, Is)}
        others = [w for w in self.open_ways if not isinstance(w[0].value, Is) or id(w[0].value.subject) not in asked]
        ways, spellings = (*others, *self.kind_ways), self.shared_spellings(given)
        if outside := [s for s in spellings if not symbols_of(s) & (self.locals | self.carried)]:
            self.refuse_other_than(settled[0], self.write(outside), ways)
            return True
        self.waiting.append(Handed(settled[0], spellings, behind, ways, frozenset(here)))
        return any(symbols_of(s) <= self.carried | self.available for s in spellings)

    def refuse_other_than(self, settled: Known, handed: Known, ways: Sequence[tuple[Known, bool]]) -> None:
        """Refuses that these conditions go so and that what is handed on is another value."""
        is_it, way = handed, not settled.value
        if not isinstance(settled.value, bool):
            whole = Known(Written(f"list({text_of(handed)})")) if isinstance(settled.value, list) else handed
            is_it, way = Known(Written(composed("==", whole, settled))), False
        self.refused.append((Known(Together((*ways, (is_it, way)))), False))

    def keep_handed(self) -> None:
        """What rounds hand on to a class that has one value of it settled, once it is known whether it stays what it
        began as: else what it hangs on is settled, and what the class takes in place of that is what it is here."""
        for handed in self.waiting:
            said = [put(s, {n: symbol(self.begun_as(n)) for n in symbols_of(s)}) for s in handed.spellings]
            if said := [s for s in said if symbols_of(s) <= self.available]:
                self.refuse_other_than(handed.settled, self.write(said), handed.ways)
                continue
            self.settles(handed.behind)
            for column in (c for c in self.frames[0].columns if c.behind & handed.behind - self.available):
                values = [known for n in handed.here if (known := self.value_of(column, n)) is not None]
                if is_one_number(values):
                    self.refuse_other_than(values[0], self.write([symbol(column.name)]), handed.ways)

    def value_of(self, column: Column, place: int) -> Known | None:
        """What an argument is in a use; in one that does not care, the parameter that it is elsewhere."""
        held = {n: self.members[n] for n in column.values}
        if place in held:
            return column.values[place]
        name = parameter_of(column.name, column.behind, list(held.values()), list(column.values.values()))
        return value_in(name, self.members[place]) if name else None

    def is_of_round(self, way: tuple[Known, bool]) -> bool:
        return any(symbols_of(name) & self.locals for name in names_of(way[0]))

    def refuse_here(self, *conditions: Known) -> None:
        """Where the conditions under way have gone as they have, it is refused that none of these holds."""
        if any(map(self.is_of_round, self.open_ways)):
            raise Unmergeable("what a round decides, and a template")
        self.refused.append((Known(Together((*self.open_ways, *((one, False) for one in conditions)))), False))

    def ask_outside(self, items: Sequence[Known], field: str) -> Known:
        """An argument of the class, whatever loops are around."""
        if len(self.frames) == 1:
            return self.ask(items, field)
        with self.outside() as places:
            return self.ask_outside([items[some[0]] for some in places], field)

    def fill(self, subject: Known, held: Sequence[Any]) -> None:
        """Notes what an argument is in the uses that hold these templates, be they here or not."""
        column = next(column for column in self.frames[0].columns if column.name == text_of(subject))
        plans = {plan.definition: plan for plan in self.plan_of.values()}
        for n, template in enumerate(held):
            if (known := class_held(template, plans)) is not None:
                column.values.setdefault(n, known)


def may_resize(column: Column) -> bool:
    """Whether an argument is a class, and not one of those that leave sizes as they are."""
    kinds = [known.value for known in column.values.values()]
    layers = [getattr(kind.made, "kind", "") for kind in kinds if isinstance(kind, Kind)]
    return len(layers) == len(kinds) and not {*layers} <= {"activation", "normalisation"}


def is_one_number(values: Sequence[Known]) -> bool:
    """Whether these are one number, flag or text, or one list of such."""
    first = values[0].value if values else None
    parts = [part.value for part in first] if isinstance(first, list) else [first]
    return all(isinstance(part, (bool, int, float, str)) for part in parts) and all(v == values[0] for v in values)


def made_in_first(item: Choice) -> Any:
    """The module that the first step of a choice makes, if it is taken."""
    module = getattr(item.body[0], "module", None) if item.taken and item.body else None
    return called(module) or module


def class_held(template: Any, plans: Mapping[str, Plan]) -> Known | None:
    """The class of a template; None if there is none in the file."""
    if not isinstance(template, Maker):
        return Known(None) if template is None else None
    if isinstance(template.target, type):
        return Known(Kind(template.target.__name__, template.target))
    item = getattr(template.target, "item", None)
    plan = plans.get(item.name.id) if item is not None else None
    return Known(Kind(f"{plan.definition} {id(plan)}", plan)) if plan else None


def made_by(template: Known, condition: Known, step: Any) -> Any:
    """A step that makes a module, of the class that is an argument."""
    module = getattr(step, "module", None)
    is_plain = isinstance(module, (LayerModule, Construct))
    return replace(step, module=Either(condition, module, module, template)) if is_plain else step
