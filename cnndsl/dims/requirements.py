"""What many conditions ask together: linear equations put in, one symbol at a time solved, the rest as it stands."""

from __future__ import annotations

from itertools import islice, product
from math import gcd

from ..lean import partial
from ..typed import Iterable, Mapping
from .algebra import Dim, Size, of_atom, symbol, terms_of
from .bounds import lower_bound
from .conditions import FALSE, TRUE, Condition, at_least, both
from .decide import decide, is_one_line, solve
from .periodic import ALL, Solutions

SHORT = 4_096  # good sets whose pattern is longer are not compared again and again
MOST = 100  # conditions of one symbol that are solved together; what more there are stand as they are
FEW = 24  # of which each is tried without the others
WITNESSES = 12  # good sizes of each symbol tried together, where two symbols meet


class Requirements:
    """Conditions in their simplest form, one per symbol where that is possible."""

    def __init__(self, conditions: tuple[Condition, ...], undecided: tuple[Condition, ...], system: System) -> None:
        self.conditions = conditions  # all of them together say what was asked (under the promises)
        self.undecided = undecided  # those of which it is unknown whether, or how often, they can be met
        self.system = system

    @property
    def satisfiable(self) -> bool:
        """False if no sizes can meet them; True also where that is undecided."""
        return FALSE not in self.conditions

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(str(condition) for condition in self.conditions)

    @property
    def marked(self) -> tuple[str, ...]:
        """The texts, each that is undecided marked so."""
        return tuple(f"{part} (undecided)" if part in self.undecided else str(part) for part in self.conditions)

    def holds(self, values: Mapping[str, int]) -> bool:
        return all(condition.at(values) for condition in self.conditions)

    def met(self, size: Size) -> Size:
        """The same size for inputs that are good, if that is shorter: `4 * (H // 4)` is `H` where 4 divides it."""
        if not isinstance(size, Dim) or size.linear() is not None or not self.satisfiable:
            return size
        among = {name: self.system.among(name) for name in sorted(size.symbols)}
        limits = {name: self.system.from_above(name) for name in among}
        found = [size, *(turned_back(put_in(size, line), line) for line in (among, limits))]
        return min(found, key=lambda one: len(str(one)))

    def nearest(self, name: str, value: int) -> tuple[int | None, int | None]:
        """The nearest good sizes, at or below and at or above a value, as far as one symbol alone decides."""
        if not self.satisfiable or self.system.is_impossible():
            return None, None
        reach = self.system.reach(name)
        below = (*range(value, max(value - reach, 0), -1), *range(min(value - reach, reach), 0, -1))
        above = range(max(value, 1), max(value, reach) + reach + 1)
        return self.first_good(name, below), self.first_good(name, above)

    def first_good(self, name: str, values: Iterable[int]) -> int | None:
        return next((value for value in values if self.system.allows(name, value)), None)


def requirements(conditions: Iterable[Condition], promises: Iterable[Condition] = ()) -> Requirements:
    """All conditions, simplified as if the promises held."""
    promised = System(conjuncts(promises))
    system = System(conjuncts(conditions), promised)
    return system.requirements()


def decide_given(condition: Condition, given: Iterable[Condition]) -> bool | None:
    """Whether a condition holds for all values that are as given, or for none."""
    found = requirements((condition,), given)
    return False if not found.satisfiable else None if found.conditions else True


def conjuncts(conditions: Iterable[Condition]) -> list[Condition]:
    whole = both(*conditions)
    return list(whole.parts) if whole.kind == "and" else [whole]


class System:
    """Conditions being solved. What becomes known of one symbol is put into all others until nothing changes."""

    def __init__(self, parts: list[Condition], promised: System | None = None) -> None:
        self.promised = promised
        self.asked: list[Condition] = [part for part in parts if not promised or part not in promised.asked]
        self.given: dict[str, Solutions] = promised.good if promised else {}  # by symbol, what the promises allow
        self.replaced: dict[str, Size] = dict(promised.replaced) if promised else {}
        self.equations: list[Condition] = []  # linear, over several symbols; each has put one symbol away
        self.open: list[Condition] = strongest([part.subs(self.replaced) for part in self.asked])
        self.good: dict[str, Solutions] = dict(self.given)
        self.plain: dict[str, list[Condition]] = {}  # by symbol, what was asked
        self.run()

    def run(self) -> None:
        while self.eliminate() or self.solve_singles() or self.put_in_numbers():
            self.open = conjuncts(self.open)

    def eliminate(self) -> bool:
        """Solve one linear equation for a symbol, and put that in everywhere."""
        for part in self.open:
            solved = solution_of(part)
            if solved:
                self.open.remove(part)
                self.equations.append(part)
                self.replace(*solved)
                return True
        return False

    def replace(self, name: str, size: Dim) -> None:
        again = [at_least(size, 1), *self.plain.pop(name, []), *self.domain_conditions(name)]
        self.replaced = {old: put_in(value, {name: size}) for old, value in self.replaced.items()}
        self.replaced[name] = size
        self.good.pop(name, None)
        self.open = [part.subs({name: size}) for part in [*self.open, *again]]

    def domain_conditions(self, name: str) -> list[Condition]:
        """What was promised of a symbol that is put away stays known of what stands for it."""
        return self.promised.plain.get(name, []) if self.promised else []

    def solve_singles(self) -> bool:
        """Intersect what is asked of one symbol, as far as that is short."""
        before, self.open = self.open, []
        for part in before:
            (name,) = part.symbols if len(part.symbols) == 1 else ("",)
            found = solve(part) if name and len(self.plain.get(name, ())) < MOST else None
            joint = found.join(self.good.get(name, ALL), True) if found else None
            if joint:
                self.good[name] = joint
                self.plain.setdefault(name, []).append(part)
            else:
                self.open.append(part)
        return len(self.open) < len(before)

    def put_in_numbers(self) -> bool:
        """A symbol that can only be one number is that number in all open conditions."""
        fixed, before = self.fixed(), self.open
        self.open = [part.subs(fixed) if len(part.symbols) > 1 else part for part in before]
        return self.open != before

    def fixed(self) -> dict[str, int]:
        return {name: only for name, good in self.good.items() if (only := only_member(good))}

    def requirements(self) -> Requirements:
        rest = [part for part in self.open if decide(part) is not True and self.verdict(part) is not True]
        rest = without_consequences(rest)
        singles = [part for name in sorted(self.plain) for part in self.said(name)]
        equations = [part.subs(self.fixed()) for part in self.equations]
        parts = [part for part in (*singles, *equations, *rest) if part != TRUE]
        if FALSE in parts or any(False in (decide(part), self.verdict(part)) for part in rest):
            return Requirements((FALSE,), (), self)
        undecided = () if self.is_settled(rest) else tuple(rest)
        return Requirements(tuple(dict.fromkeys(parts)), undecided, self)

    def verdict(self, condition: Condition) -> bool | None:
        """What is left of a condition of several symbols, once each is known by itself."""
        if len(condition.symbols) < 2:
            return None
        found = decide(condition.subs({name: self.among(name) for name in condition.symbols}))
        return self.one_by_one(condition) if found is None else found

    def among(self, name: str) -> Size:
        """An expression that has all good values of a symbol, and few others, where its symbols are at least 1."""
        good = self.good.get(name, ALL)
        only = only_member(good)
        if only:
            return only
        first = (good.head + good.cycle).find(1) + 1 or 1
        step = good.step()
        return symbol(name) * step + (first - step)

    def from_above(self, name: str) -> Size:
        """An expression that has all good values of a symbol, counted down from the largest, if there is one."""
        good = self.good.get(name, ALL)
        if any(good.cycle) or not any(good.head):
            return self.among(name)
        return symbol(name) * -1 + (good.head.rfind(1) + 2)

    def one_by_one(self, condition: Condition) -> bool | None:
        """The verdict for each of the few values of a symbol, if it has few."""
        for name in condition.symbols:
            good = self.good.get(name, ALL)
            if any(good.cycle) or sum(good.head) > WITNESSES:
                continue
            others = {other: self.among(other) for other in condition.symbols - {name}}
            values = [n for n, is_good in enumerate(good.head, 1) if is_good]
            verdicts = {decide(condition.subs({**others, name: value})) for value in values}
            if len(verdicts) == 1:
                return verdicts.pop()
        return None

    def said(self, name: str) -> list[Condition]:
        """The simplest form of all that is asked of a symbol, or of each condition, as the ones before leave it."""
        from .forms import simplest  # which few files need

        domain = self.given.get(name, ALL)
        whole = simplest(symbol(name), self.good[name], domain)
        if whole is not None:
            return [whole]
        forms = []
        for condition in self.plain[name]:
            found = solve(condition)
            good = found.join(domain, True) if found else None
            if good is None:
                return self.plain[name]
            forms.append(simplest(symbol(name), good, domain) or condition)
            domain = good
        return self.needed(name, forms)

    def needed(self, name: str, forms: list[Condition]) -> list[Condition]:
        """Those that do not follow from the others."""
        good = self.good[name]
        for form in forms if len(good.head) + len(good.cycle) <= SHORT and len(forms) <= FEW else ():
            rest = [other for other in forms if other != form]
            alone = solve(both(*rest))
            found = alone and alone.join(self.given.get(name, ALL), True)
            if found and (found.head, found.cycle) == (good.head, good.cycle):
                forms = rest
        return forms

    def is_settled(self, rest: list[Condition]) -> bool:
        """Linear conditions say all there is to say, once some sizes are known that meet all of them."""
        if not all(is_linear(part) for part in rest):
            return False
        names = sorted(frozenset().union(*(part.symbols for part in rest)))
        choices = (self.some_good(name) for name in names)
        trials = islice(product(*choices), 4096)
        return not rest or any(all(part.at(dict(zip(names, trial, strict=True))) for part in rest) for trial in trials)

    def some_good(self, name: str) -> list[int]:
        """A few small sizes, and a few large ones, that one symbol alone allows."""
        small = islice((n for n in range(1, 2048) if self.allows(name, n)), WITNESSES)
        large = (range(start, start + 2048) for start in (10**5, 10**9))
        return [*small, *(n for some in large for n in islice(filter(partial(self.allows, name), some), 1))]

    def is_impossible(self) -> bool:
        return FALSE in self.open or (self.promised is not None and self.promised.is_impossible())

    def allows(self, name: str, value: int) -> bool:
        """Whether a symbol may have this value, as far as one symbol alone decides."""
        size = self.replaced.get(name)
        if size is None:
            return value in self.good.get(name, ALL)
        line = size.linear() if isinstance(size, Dim) else None
        if line is None or len(line[0]) != 1:
            return True
        ((other, factor),) = line[0].items()
        return (value - line[1]) % factor == 0 and self.allows(other, (value - line[1]) // factor)

    def reach(self, name: str) -> int:
        """Beyond this, good values come in a repeating pattern no longer than this."""
        size = self.replaced.get(name)
        line = size.linear() if isinstance(size, Dim) else None
        if line and len(line[0]) == 1:
            ((other, factor),) = line[0].items()
            return self.reach(other) * abs(factor) + abs(line[1]) + 1
        good = self.good.get(name, ALL)
        return len(good.head) + len(good.cycle) + 1


def turned_back(size: Size, among: Mapping[str, Size]) -> Size:
    """A size over n, where a symbol is `step * n + rest`, over the symbol again."""
    lines = {name: (line.terms[0][1], line.constant) for name, line in among.items() if isinstance(line, Dim)}
    turns = {name: (symbol(name) - rest) // step for name, (step, rest) in lines.items()}
    if isinstance(size, int):
        return size
    total: Size = 0
    for atoms, factor in terms_of(size).items():
        part: Size = 1
        for atom in atoms:
            step, rest = lines[atom.key] if atom.kind == "symbol" else (0, 0)
            common = gcd(step, factor)
            factor = factor // common if step else factor
            part = part * ((symbol(atom.key) - rest) // (step // common) if step else of_atom(atom).subs(turns))
        total = total + factor * part
    return total


def put_in(value: Size, values: Mapping[str, Size]) -> Size:
    return value.subs(values) if isinstance(value, Dim) else value


def only_member(good: Solutions) -> int | None:
    alone = not any(good.cycle) and sum(good.head) == 1
    return good.head.index(1) + 1 if alone else None


def without_consequences(parts: list[Condition]) -> list[Condition]:
    """`N >= 2 or H >= 3` says nothing beside `N >= 2 or H >= 5`."""
    kept: dict[Condition, None] = {}
    for part in (part for part in parts if part.kind == "or"):
        if not any(entails(other, part) for other in kept):
            kept = {other: None for other in kept if not entails(part, other)} | {part: None}
    return [part for part in parts if part.kind != "or" or part in kept]


def entails(condition: Condition, other: Condition) -> bool:
    """Whether each way to meet an "or" meets one way of the other, too; bounds of one symbol are compared."""
    if condition.kind != "or" or other.kind != "or" or condition == other:
        return False
    return all(any(is_bound_above(way, weaker) for weaker in other.parts) for way in condition.parts)


def is_bound_above(part: Condition, weaker: Condition) -> bool:
    """`n >= 5` beside `n >= 3`."""
    if part == weaker:
        return True
    both_lines = part.kind == weaker.kind == "nonneg" and part.symbols == weaker.symbols and len(part.symbols) == 1
    return both_lines and decide(weaker.subs({name: symbol(name) + least(part) - 1 for name in part.symbols})) is True


def strongest(parts: list[Condition]) -> list[Condition]:
    """The conditions without bounds of one symbol that follow from another one: layers in a row ask for many."""
    best: dict[tuple[str, bool], tuple[int, Condition]] = {}
    places = [line_of(part) for part in parts]
    for part, line in zip(parts, places, strict=True):
        if line is not None:
            name, factor, offset = line
            bound = -(offset // factor) if factor > 0 else -(offset // -factor)  # of n, or of -n, from below
            if (name, factor > 0) not in best or bound > best[name, factor > 0][0]:
                best[name, factor > 0] = bound, part
    kept = {id(part) for _, part in best.values()}
    return [part for part, line in zip(parts, places, strict=True) if line is None or id(part) in kept]


def line_of(part: Condition) -> tuple[str, int, int] | None:
    """`factor * n + offset >= 0` as the symbol and these two."""
    line = part.size.linear() if part.kind == "nonneg" and isinstance(part.size, Dim) else None
    if line is None or len(line[0]) != 1:
        return None
    ((name, factor),) = line[0].items()
    return name, factor, line[1]


def least(bound: Condition) -> int:
    """The smallest n from which on `a * n + b >= 0`; 1 for what is no such bound."""
    line = bound.size.linear() if isinstance(bound.size, Dim) else None
    (factor,) = line[0].values() if line else (0,)
    return max(1, -(line[1] // factor)) if line and factor > 0 else 1


def is_linear(condition: Condition) -> bool:
    """A linear condition of several symbols, or a line of one; some of these at once."""
    if condition.kind in ("and", "or"):
        return all(is_linear(part) for part in condition.parts)
    if not isinstance(condition.size, Dim):
        return False
    return condition.size.linear() is not None or is_one_line(condition.size)


def solution_of(condition: Condition) -> tuple[str, Dim] | None:
    """A linear equation of several symbols, solved for one; if possible for one that it keeps at least 1."""
    line = condition.size.linear() if condition.kind == "zero" and isinstance(condition.size, Dim) else None
    if line is None or len(line[0]) < 2:
        return None
    assert isinstance(condition.size, Dim)
    found: list[tuple[bool, str, Dim]] = []
    for name, factor in line[0].items():
        if abs(factor) == 1:
            size = symbol(name) - factor * condition.size
            assert isinstance(size, Dim)
            found.append(((lower_bound(size) or 0) >= 1, name, size))
    return max(found, key=lambda choice: choice[:2])[1:] if found else None
