"""What instances that are merged decide again: an `if` that went both ways, and of which class a module is.

A class that differs between uses is an argument, as its template is one of the author's; what is no class (groups,
functions) is told apart by a flag.
"""

from __future__ import annotations

from ..dims.calls import Formula, put, symbols_of
from ..graph import BlockModule, Choice, Known, LayerModule, Make
from ..loops import MARK, Entry, Loop, called
from ..patterns import re
from ..records import replace
from ..typed import Any, Sequence
from .class_arguments import Is, alike, general_word, word_for
from .expressions import Written, negated, requoted
from .flowing import Fork
from .forming import Decided, Unmergeable
from .formulas import composed, question, text_of
from .holding import Holding, made_by
from .keeping import values_of
from .names import snake_case
from .plans import Body, Decision, Demand, Either
from .varying import Names, names_of

LITERAL = r"""["']\w*["']|\d+"""


class Choosing(Holding):
    """Decisions of a merged class."""

    in_group: bool = False
    in_rules: bool = False  # of `init`

    def merge(self, items: Sequence[Any], field: str = "") -> Any:
        raise NotImplementedError

    # Of which class

    def either(self, modules: Sequence[Any]) -> Any:
        """A module that is of one kind in some uses and of another in others."""
        kinds = self.kinds(modules)
        if len(set(kinds)) == 1:
            return self.merge(modules, "module")
        fork, condition = self.chosen(kinds, modules)
        made = []
        for way in (True, False):
            some = [m for m, kind in zip(modules, kinds, strict=True) if (kind == kinds[0]) is way]
            with self.way(fork, way), self.of_kind(condition, way, dict(zip(kinds, modules, strict=True))):
                made.append(self.either(some))
        then, otherwise = made
        return Either(condition, then, otherwise, by_class(condition, then, otherwise))

    def kinds(self, modules: Sequence[Any]) -> list[Any]:
        """What no argument can make of a module: its class."""
        return [self.kind(module) for module in modules]

    def kind(self, module: Any) -> Any:
        if isinstance(module, LayerModule):
            return module.name
        module = called(module) or module
        return id(self.plan_of[id(module.instance)]) if isinstance(module, BlockModule) else type(module).__name__

    def chosen(self, kinds: Sequence[Any], modules: Sequence[Any]) -> tuple[Fork, Known]:
        """A decision on the kind of a module: the first one, or another. What a loop runs over are blocks."""
        flags = [Known(kind == kinds[0]) for kind in kinds]
        blocks = all(isinstance(kind, int) for kind in kinds)
        if not blocks and len(self.frames) > 1 and not self.is_steady(flags, self.frames[-1]):
            raise Unmergeable("a loop over templates that are not all blocks of the file")
        condition = self.is_first(modules) or self.known(flags, snake_case(flag_word(modules[0])))
        taken = [i for i, kind in zip(self.who, kinds, strict=True) if kind == kinds[0]]
        return Fork(frozenset(taken), frozenset(self.who) - set(taken), self.scope, [], -1), condition

    def is_first(self, modules: Sequence[Any]) -> Known | None:
        """Whether the class that is an argument is that of the first of these; None if they are not all of classes."""
        modules = [called(module) or module for module in modules]
        if not all(isinstance(module, (LayerModule, BlockModule)) for module in modules):
            return None
        name = word_for(modules, [self.members[self.member[i]] for i in self.who]) or general_word(modules)
        kinds = [self.class_of(module) for module in modules]
        return Known(Is(self.known(list(map(Known, kinds)), name), kinds[0]))

    def entries(self, row: Sequence[Any]) -> list[Any]:
        """A child; where it is not always of one kind, a decision which it is."""
        if any(not isinstance(item, Entry) for item in row):
            raise Unmergeable("children in another order")
        kinds = self.kinds([item.module for item in row])
        if len(set(kinds)) == 1:
            return [self.merge(row)]
        modules = [item.module for item in row]
        fork, condition = self.chosen(kinds, modules)
        arms = []
        for way in (True, False):
            with self.of_kind(condition, way, dict(zip(kinds, modules, strict=True))):
                some = [(item,) for item, kind in zip(row, kinds, strict=True) if (kind == kinds[0]) is way]
                arms.append(self.arm(fork, way, some, condition))
        then, otherwise = arms
        if one := self.one_entry(condition, then, otherwise):
            return [one]
        return [Decision(condition, then, otherwise, fork.joins)]

    def one_entry(self, condition: Known, then: Body, otherwise: Body) -> Any:
        """A child whose class is an argument, and which is built alike whatever this is."""
        if len(then) != 1 or len(otherwise) != 1 or not isinstance(condition.value, Is):
            return None
        (one,), (other,) = then, otherwise
        if not isinstance(one, Entry) or not isinstance(other, Entry) or one.label != other.label:
            return None
        by = by_class(condition, one.module, other.module)
        either: Any = Either(condition, one.module, other.module, by)
        return replace(one, module=either) if by else None

    # Conditions

    def loop(self, row: Sequence[Loop]) -> list[Any]:
        if all(isinstance(step, Loop) and step.asked for step in row):
            self.refuse_other([step.asked[0] for step in row], True)
        return super().loop(row)

    def choice(self, row: Sequence[Any]) -> list[Any]:
        """A compile-time `if`: folded where all went one way, else decided again."""
        if any(not isinstance(item, Choice) or not are_one(item, row[0]) for item in row):
            raise Unmergeable("steps in another order")
        taken = [i for i, item in zip(self.who, row, strict=True) if item.taken]
        self.met |= {row[0].site} if taken else set()
        is_held = self.open_ways and row[0].holds and len(taken) in (0, len(row))
        if is_held and (made := self.otherwise_held(row)) is not None:
            return made
        if row[0].template and len(taken) in (0, len(row)):
            return list(self.steps([item.body for item in row]))
        if len(taken) == len(row) and (demand := self.demand(row)) is not None:
            return demand
        if len(taken) == len(row) and not any(item.body for item in row) and self.are_asked_before(row):
            return []
        if len(taken) in (0, len(row)):
            self.lose_rounds([item.condition for item in row])
            self.folded += [(row[0].site, str(s)) for s in row[0].condition.spellings[:1] if not taken]
            self.refuse_other(row, bool(taken))
            return list(self.steps([item.body for item in row]))
        saved, name, template, asked = self.saved(), about(row), self.template(row), len(self.refused)
        condition = template and self.write([f"{text_of(template)} is not None"])
        flags = [replace(item.condition, value=item.taken) for item in row] if condition is None else []
        condition = condition or self.known(flags, name, may_ask=bool(name))
        went = frozenset(taken), frozenset(self.who).difference(taken)
        gives = {thread: dict(item.gives) for thread, item in zip(self.who, row, strict=True)}
        fork = Fork(*went, self.scope, [], len(self.forks), row[0].site, self.ways, gives, self.asked(condition))
        if not (self.in_group or self.in_rules):  # no value comes out of their own conditions
            self.forks.append(fork)
        bodies = {way: [item.body for item in row if item.taken is way] for way in (True, False)}
        then, otherwise = (self.arm(fork, way, bodies[way], condition) for way in (True, False))
        if (self.in_group or self.in_rules) and not then and not otherwise:  # what one way would have, no use of it has
            if len(self.refused) == asked:
                self.restore(saved)
            return []
        if isinstance(condition.value, Written):
            self.decisions.append(Decided(condition, (fork.taken, fork.others)))
        if template and then:
            then = (made_by(template, condition, then[0]), *then[1:])
        return [Decision(condition, then, otherwise, fork.joins, row[0].site)]

    def asked(self, condition: Known) -> tuple[str, bool]:
        """What a condition asks wherever it is asked: not of sizes that loops hand on."""
        return ("", True) if names_of(condition) & self.carried else question(condition)

    def template(self, row: Sequence[Choice]) -> Known | None:
        """The class of what is made where a template of the author's is not None."""
        made = [getattr(item.body[0], "module", None) if item.taken and item.body else None for item in row]
        made = [called(module) or module for module in made]
        word = word_for(made, [self.members[self.member[i]] for i in self.who])
        if not word or self.shared_spellings([item.condition for item in row]):
            return None
        return self.known([Known(module and self.class_of(module)) for module in made], word)

    def refuse_other(self, row: Sequence[Choice], way: bool) -> None:
        """A condition that went one way in every use: arguments for which it does not are refused, or are none."""
        conditions = [item.condition for item in row]
        if row[0].needed:
            return self.keep_needed(conditions)
        if all(self.is_told(condition, i) for i, condition in zip(self.who, conditions, strict=True)):
            return
        offered = self.offered(conditions)
        if self.asks_lost_flag(conditions):
            raise Unmergeable("a decision on flags that the class asks for by another name")
        if self.open_ways and self.is_by_chance(offered) and not self.holds_in_all(conditions[0], way):
            self.refuse_together(conditions, way, offered)
            return
        if not offered & self.strict:
            self.plain |= offered
            return
        spellings = self.shared_spellings(conditions)
        settled = not self.may_vary(offered) and not row[0].expected  # nobody would miss what one value settles
        folded = offered <= self.constant and (settled or self.is_none(offered))
        if self.open_ways and not folded and not self.in_group:
            self.refuse_together(conditions, way, offered)
        elif folded or not spellings or self.scope or len(self.frames) > 1:
            self.lost |= offered
        else:
            self.insist(self.write(spellings), way)

    def asks_lost_flag(self, conditions: Sequence[Known]) -> bool:
        """Whether conditions ask for a flag that the class does not take as it is, and that is not the same in all
        uses: it may still ask for what the flag decides elsewhere."""
        lost = self.behind_all(conditions) - self.takes - self.constant if len(self.members) > 1 else ()
        return bool(lost) and any(
            p.name in lost and isinstance(p.value.value, bool) for member in self.members for p in member.parameters
        )

    def is_none(self, names: Names) -> bool:
        """Whether parameters are None in the first use: a class that is made for nothing else does not take them."""
        return names <= {p.name for p in self.members[0].parameters if p.value.value is None}

    def keep_needed(self, conditions: Sequence[Known]) -> None:
        """What numbers must be wherever they are used is asked before all loops and groups, if these always use them,
        and in the ways that lead there."""
        offered = self.offered(conditions)
        if not offered & self.strict:
            self.plain |= offered
            return
        spellings = [s for s in self.shared_spellings(conditions) if not symbols_of(s) & self.locals]
        ways = [known for known, _ in self.open_ways]
        if self.comes_always:
            if spellings:
                self.insist(self.write(spellings), True)
            elif not self.scope and not self.in_group:
                self.lost |= offered
        elif spellings and len(ways) == len(self.scope) and all(isinstance(known.value, Written) for known in ways):
            self.refuse_together(conditions, True, offered)

    def demand(self, row: Sequence[Choice]) -> list[Demand] | None:
        """What is expected of sizes that loops of the constructor come to, which it asks for behind these."""
        if not row[0].expected or self.scope or self.in_group or len(self.frames) > 1:
            return None
        conditions = [item.condition for item in row]
        spellings = [s for s in self.shared_spellings(conditions) if symbols_of(s) & self.carried]
        offered = self.offered(conditions)
        if not spellings or not offered & self.strict:
            return None
        if any(map(compares_one, (put(s, self.twins()) for s in spellings))):
            return []
        return [Demand(self.write(spellings), (), (), [], row[0].site, text=row[0].expected, by=offered)]

    def are_asked_before(self, row: Sequence[Choice]) -> bool:
        """Whether what is only asked for in a loop holds whatever the arguments are, or is the same in all rounds, so
        that the class asks for it before."""
        if all(self.holds_anyway(item.condition, i) for i, item in zip(self.who, row, strict=True)):
            return True
        if len(self.frames) == 1 or row[0].needed:
            return False
        conditions = [item.condition for item in row]
        spellings = [s for s in self.shared_spellings(conditions) if not symbols_of(s) & self.locals]
        if not spellings or not self.comes_always:
            return False
        offered = self.offered(conditions)
        if offered & self.strict:
            self.refused.append((self.write(spellings), True))
        self.plain |= offered - self.strict
        return True

    def holds_anyway(self, condition: Known, thread: int) -> bool:
        """Whether it compares a size with itself, once that is said by the names of the class."""
        ways = [s for s in condition.spellings if isinstance(s, Formula)]
        names = {name for way in ways for name in way.symbols if MARK in name}
        known = {name: size for name in names if (size := self.in_round(name, thread)) is not None}
        return any(compares_one(put(way, known)) for way in ways)

    @property
    def comes_always(self) -> bool:
        """Whether all uses come here, around whichever loops, by no condition."""
        return len(self.scope) < len(self.frames) and len({self.member[i] for i in self.who}) == len(self.members)

    def holds_in_all(self, condition: Known, way: bool) -> bool:
        """Whether it goes one way in the uses, too, in which nobody asks."""
        told = [s for s in condition.spellings if isinstance(s, Formula)]
        return any(all(put(s, values_of(member)) is way for member in self.members) for s in told)

    def refuse_together(self, conditions: Sequence[Known], way: bool, offered: Names) -> None:
        """A condition inside of others, which would go another way where these are met by what no use gives them."""
        spellings = self.shared_spellings(conditions)
        known = [condition for condition, _ in self.open_ways]
        if not spellings or len(self.frames) > 1 or not all(isinstance(c.value, Written) for c in known):
            self.lost |= offered
            return
        if not isinstance((written := self.write(spellings)).value, Written):
            return
        asked, open_ways = sided(written, not way), [sided(c, w) for c, w in self.open_ways]
        whole, *others = [*(one for one in open_ways if not implies(text_of(asked), text_of(one))), asked]
        for other in others:
            whole = Known(Written(composed("and", whole, other)))
        self.insist(whole, False)

    def insist(self, condition: Known, way: bool) -> None:
        """Notes how a condition must go, unless the sizes that the class is made for decide it."""
        if isinstance(condition.value, Written):
            self.refused.append((condition, way))

    def is_told(self, condition: Known, thread: int) -> bool:
        """Whether the round decides it, whatever else there is: `i == 0 or stride != 1` in the first."""
        turns = {name: key for name, key in self.keys[thread].items() if isinstance(key, int)}
        found = [put(s, turns) for s in condition.spellings if isinstance(s, Formula)]
        return any(not symbols_of(part) for part in found)

    def arm(self, fork: Fork, way: bool, bodies: Sequence[tuple[Any, ...]], condition: Known) -> Body:
        self.open_ways.append((condition, way))
        try:
            with self.way(fork, way):
                return self.steps(bodies)
        finally:
            self.open_ways.pop()


def are_one(choice: Choice, other: Choice) -> bool:
    """Whether two decisions are the same one of the author's, or ask for the same and nothing else."""
    asked = [(one.expected, one.condition.spellings, one.body) for one in (choice, other)]
    return choice.site == other.site or (bool(choice.expected) and asked[0] == asked[1])


def compares_one(asked: Any) -> bool:
    """Whether a size is to be what it is."""
    return asked is True or (isinstance(asked, Formula) and asked.sign == "==" and asked.parts[0] == asked.parts[1])


def implies(asked: str, other: str) -> bool:
    """Whether what is one text or number is not another one, and is not asked for that, too."""
    one, two = re.fullmatch(f"(\\w+) == ({LITERAL})", asked), re.fullmatch(f"(\\w+) != ({LITERAL})", other)
    return bool(one and two and one[1] == two[1] and requoted(one[2]) != requoted(two[2]))


def sided(condition: Known, way: bool) -> Known:
    """A condition, or its contrary."""
    return condition if way else Known(Written(negated(text_of(condition))))


def flag_word(module: Any) -> str:
    """What a flag is called that says of which kind a module is."""
    module = called(module) or getattr(module, "whole", module)
    if isinstance(module, BlockModule):
        return module.instance.definition
    return module.name if isinstance(module, LayerModule) else "plain"


def by_class(condition: Known, one: Any, other: Any) -> Known | None:
    """The argument that is the class of two modules which are otherwise built alike."""
    one, by = (one.then, one.by) if isinstance(one, Either) else (one, True)
    other, other_by = (other.then, other.by) if isinstance(other, Either) else (other, True)
    is_alike = by and other_by and isinstance(condition.value, Is) and alike(one, other)
    return condition.value.subject if is_alike else None


def about(row: Sequence[Choice]) -> str:
    """What a flag is called that says whether a part is there: `batch_norm`, or the label that it has."""
    steps = (step for item in row if item.taken for step in item.body)
    stems = (stem(step) for step in steps if isinstance(step, Make))
    if path := next(filter(str.isidentifier, stems), ""):
        return snake_case(path)
    made = (item.body[0].module for item in row if item.taken and item.body and isinstance(item.body[0], Entry))
    module = next(made, None)
    module = called(module) or module
    if not isinstance(module, (LayerModule, BlockModule)):
        return "condition" if module else ""
    name = module.name if isinstance(module, LayerModule) else module.instance.definition
    return re.sub(r"_?\d*d$", "", snake_case(name))


def stem(step: Make) -> str:
    """What a module is called, without the number of its round: `conv{i}` is `conv`."""
    parts = (str(part.value).strip("_") for part in step.label if not names_of(part))
    return "_".join(filter(None, parts)) if len(step.label) > 1 else step.path
