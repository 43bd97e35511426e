"""What the arguments of a merged class may be, where it decided more by them than it says: as its uses have them."""

from __future__ import annotations

from ..dims import symbol
from ..dims.calls import AND, Formula, as_part, level_of
from ..dims.calls import name as name_of
from ..graph import Choice, Instance, Known
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .arguments import simple, size_of
from .class_arguments import Is, Kind, Together
from .expressions import Written, negated, plain_value
from .forming import Column, has_class
from .formulas import composed, tested, text_of
from .listed import Listed
from .names import names_in, snake_case
from .tables import is_measured
from .varying import NONE, Names

FOLLOWED = frozenset({"embed_dim", "d_model", "normalized_shape", "num_features", "num_channels", "expansion"})


class Keeping(Listed):
    """What a merged class refuses of its arguments when all has been merged."""

    refused: list[tuple[Known, bool]]

    def keep_as_used(self) -> None:
        """All that the class refuses of what it takes."""
        self.keep_settled()
        self.keep_lengths()
        self.keep_turning()
        self.keep_unsaid()
        self.keep_together()
        self.keep_beside()
        self.keep_expected()

    def keep_lengths(self) -> None:
        """Lists of which the class knows what as many items do, and no more: others are refused.

        The type of a tuple says how long it is.
        """
        decided = (m.decided.pinned if m.kind == "model" else m.decided.settled for m in self.members)
        pinned = frozenset().union(*decided)
        unsaid = frozenset().union(*(m.decided.unsaid for m in self.members))
        values: dict[str, list[Any]] = {}
        for parameter in (p for m in self.members for p in m.parameters):
            values.setdefault(parameter.name, []).append(parameter.value.value)
        for name in filter(self.used.__getitem__, self.parameters):
            given = values.get(name, [])
            lengths = {len(value) if isinstance(value, (list, tuple)) else None for value in given}
            must = name in self.lengths or f"len({name})" in pinned
            if must and (len(lengths) > 1 or None in lengths):
                self.lost.add(name)
            elif (must or (f"len({name})" in unsaid and len(lengths) == 1)) and not is_tuple(given):
                length = lengths.pop()
                self.refused = [(c, way) for c, way in self.refused if not asks_length(text_of(c), name)]
                self.refused.append((Known(Written(Formula("!=", (len_of(name), length)))), False))

    def keep_turning(self) -> None:
        """What says how often loops turn that must turn: 0 is refused."""
        for name in (name for name in self.parameters if name in self.must_turn and self.used[name]):
            is_some = any(is_list(p.value) for m in self.members for p in m.parameters if p.name == name)
            asked = Formula("all", (name_of(name, "list"),)) if is_some else Formula("<", (symbol(name), 1))
            self.refused.append((Known(Written(asked)), is_some))
            for loop in (loop for loop in self.repeats if loop.turns == name):
                loop.turns = None
        for condition in dict.fromkeys(s for m in self.members for s in m.decided.turning):
            self.keep_turning_in(condition)

    def keep_turning_in(self, condition: Any) -> None:
        """What loops of a block turn by: 0 is refused, where this is a class by which some uses ask for that and others
        do not, there alone; where one of these would be refused, not at all."""
        asks = {n for n, member in enumerate(self.members) if condition in member.decided.turning}
        names = {name.partition("[")[0] for name in condition.symbols}
        if not names <= {name for name in self.parameters if self.used[name]}:
            return
        for kind in (c for c in self.frames[0].columns if all(map(is_kind, c.values.values()))):
            held = {n: known.value.key for n, known in kind.values.items()}
            some = {held[n]: kind.values[n].value for n in asks if n in held}
            if len(asks) < len(self.members) and some.keys().isdisjoint(k for n, k in held.items() if n not in asks):
                for made in some.values():
                    is_made = Known(Is(self.write([symbol(kind.name)]), made))
                    self.refused.append((Known(Together(((is_made, True), (Known(Written(condition)), False)))), False))
                return
        if all(holds(condition, member) for member in self.members):
            self.refused.append((Known(Written(condition)), True))

    def keep_settled(self) -> None:
        """What models decided by a parameter holds for the templates that they hold: another value is refused there."""
        if len(self.members) == 1 or self.members[0].kind != "model":
            return
        from .settling import settled_by_templates

        told = settled_by_templates(self.members)
        for name in told.keys() & {*self.parameters}:
            for template, values in told[name].items():
                columns = (c for c in self.frames[0].columns if c.field == snake_case(template))
                column = next((c for c in columns if all(map(has_class, c.values.values()))), None)
                if column is None or not values.keys() <= column.values.keys():
                    self.lost.add(name)
                    break
                for n, value in values.items():
                    is_made = Known(Is(self.write([symbol(column.name)]), column.values[n].value))
                    is_it = Known(Written(composed("==", self.write([symbol(name)]), value)))
                    self.refused.append((Known(Together(((is_made, True), (is_it, False)))), False))

    def keep_unsaid(self) -> None:
        """A number that hangs on a name, and does not say how, is what it is in these uses: others are refused."""
        blocks = [member for member in self.members if member.kind != "model"]
        unsaid = NONE.union(*(member.decided.unsaid for member in blocks))
        asked: dict[str, Known] = {}
        taken = unsaid & self.takes
        for name in (name for name in (*self.parameters, *self.sizes) if name in taken and self.used[name]):
            given = dict.fromkeys(values_of(member).get(name, size_of(member, name)) for member in blocks)
            is_open = {*map(type, given)} == {bool}  # both of them: there is no other
            if len(given) > 1 and not is_open and all(isinstance(value, (int, float, str)) for value in given):
                texts = [str(value) if isinstance(value, Formula) else repr(value) for value in given]
                rows = any("[" in text[1:] for text in texts)
                lists = all(isinstance(value, Formula) for value in given)
                word = f"list(map(list, {name}))" if rows else f"list({name})" if lists else name
                asked[name] = Known(Written(f"{word} not in ({', '.join(texts)})"))
        alone = [{name} for name in asked]  # of two names together, more is said than of each
        self.refused = [pair for pair in self.refused if names_in(text_of(pair[0])) not in alone]
        self.refused += [(known, False) for known in asked.values()]

    def keep_together(self) -> None:
        """What a model's class is given in place of a parameter that decides several things, or that it does not say
        how, goes together as it does in the file's models; else it is refused."""
        models = [member for member in self.members if member.kind == "model"]
        columns = [c for c in self.frames[0].columns if not c.is_said and all(map(is_told, c.values.values()))]
        held = {c.name: self.filled(self.supplied(c), range(len(self.members))) for c in columns}
        columns = [c for c in columns if all(map(is_told, held[c.name]))]
        pinned = NONE.union(*(member.decided.pinned for member in models))
        settled = NONE.union(*(member.decided.settled for member in models))
        flags = [c for c in columns if all(isinstance(known.value, bool) for known in held[c.name])]
        for some, names in tied(columns, pinned, self.written_down, self.constant) if models else ():
            followed = [column for column in some if is_followed(column.field)]
            stand_for = {parameter_of(c.name, c.behind, self.members, held[c.name]) for c in some} - {None}
            lists = [c for c in some if any(map(is_list, held[c.name]))]  # loops that go together go through them
            if not (followed or stand_for or lists[: len(some) - 1]):
                continue
            self.keep_with_kinds(followed, held)
            some = [*flags, *some] if len(some) == 1 and followed else some
            ways = {name: values for name, values in self.deciding().items() if names & self.by_chance}
            given = [*ways.values(), *(held[c.name] for c in some)]
            rows = dict.fromkeys(zip(*([repr(plain_value(v)) for v in values] for values in given), strict=True))
            is_alone = all(map(names.isdisjoint, self.written_down)) and stand_for.isdisjoint(settled)
            if len(some) > 1 or (stand_for and not is_alone):
                words = [*ways, *(f"list({c.name})" if any(map(is_list, held[c.name])) else c.name for c in some)]
                self.refused.append((Known(Written(outside_of(words, [*rows]))), False))

    def keep_beside(self) -> None:
        """What a model's class takes because it does not follow a parameter goes with that as in the file's models, be
        that an argument as it is in these: else it is refused."""
        if len(self.members) == 1 or self.members[0].kind != "model":
            return
        told = [names_in(text_of(known)) for known, _ in self.refused]
        filled = {c.name: self.filled(self.supplied(c), range(len(self.members))) for c in self.frames[0].columns}
        columns = [c for c in self.frames[0].columns if not c.is_said and all(map(is_literal, filled[c.name]))]
        held = {c.name: [plain_value(known) for known in filled[c.name]] for c in columns}
        stand = {parameter_of(c.name, c.behind, self.members, filled[c.name]) or "": c.name for c in columns}
        stand.pop("", None)
        unsaid = open_names(NONE.union(*(member.decided.pinned for member in self.members)))
        for column in (c for c in columns if c.name not in stand.values()):
            beside = [stand[name] for name in sorted((column.behind or unsaid) & stand.keys())]
            some = [*(name for name in beside if len({*map(repr, held[name])}) > 1), column.name]
            if len(some) > 1 and not any({*some} <= names for names in told):
                rows = dict.fromkeys(zip(*(map(repr, map(listed, held[name])) for name in some), strict=True))
                words = [worded(name, held[name]) for name in some]
                self.refused.append((Known(Written(outside_of(words, [*rows]))), False))

    def keep_expected(self) -> None:
        """What all uses expect of a parameter that the class does not follow, but takes as its uses have it, holds for
        other values of it, too; nothing is said of one that goes together with others."""
        told = NONE.union(*(names_in(text_of(known)) for known, _ in self.refused))
        columns = (c for c in self.frames[0].columns if len(c.values) == len(self.members) and c.name not in told)
        held = {c.name: [c.values[n] for n in range(len(self.members))] for c in columns}
        standing = {name for name, values in held.items() if parameter_of(name, NONE, self.members, values) == name}
        for way in expected_in(self.members[0]) if standing else ():
            names = {name.partition("[")[0] for name in way.symbols}
            is_open = bool(names & standing) and names <= standing | self.available
            if is_open and all(way in expected_in(member) for member in self.members):
                self.refused.append((Known(Written(way)), True))

    def deciding(self) -> dict[str, list[Known]]:
        """The flags that the class takes and that are not the same in all uses, with what they are in these."""
        given = {
            name: [p.value for m in self.members for p in m.parameters if p.name == name] for name in self.parameters
        }
        values = {name: [known.value for known in some] for name, some in given.items()}
        return {name: given[name] for name, some in values.items() if {*map(type, some)} == {bool} and len({*some}) > 1}

    def keep_with_kinds(self, columns: Sequence[Column], held: Mapping[str, Sequence[Known]]) -> None:
        """Such an argument is for each class that another one is what it is in the models that hold this one."""
        for kind in (c for c in self.frames[0].columns if all(map(is_kind, c.values.values()))):
            for column in columns:
                told: dict[str, dict[str, Known]] = {}
                for n, known in kind.values.items():
                    told.setdefault(known.value.key, {})[repr(held[column.name][n].value)] = known
                if len(told) < 2 or not apart([*map(set, told.values())]):
                    continue
                for values in told.values():
                    is_made = Known(Is(self.write([symbol(kind.name)]), next(iter(values.values())).value))
                    is_it = Known(Written(tested(column.name, list(values))))
                    self.refused.append((Known(Together(((is_made, True), (is_it, False)))), False))


def expected_in(member: Instance) -> list[Any]:
    """What a use expects, whatever it decides, and that loops in it turn."""
    asked = (step.condition.spellings[:1] for step in member.body if isinstance(step, Choice) and step.expected)
    return [*(way for ways in asked for way in ways), *member.decided.turning]


def holds(condition: Any, member: Instance) -> bool:
    """Whether a condition holds for what a use gives; not, if that has no such item."""
    given = {p.name: plain_value(p.value) for p in member.parameters}
    try:
        return bool(condition.at({name: picked(given, name) for name in condition.symbols}))
    except (ArithmeticError, LookupError, TypeError):
        return False


def picked(given: Mapping[str, Any], name: str) -> Any:
    """What a name, or an item of a list (`depths[1]`), is."""
    base, *places = name.replace("]", "").split("[")
    found = given[base]
    for place in places:
        found = found[int(place)]
    return found


def is_kind(known: Known) -> bool:
    return isinstance(known.value, Kind)


def apart(sets: Sequence[set[str]]) -> bool:
    return sum(map(len, sets)) == len(set().union(*sets))


def is_followed(field: str) -> bool:
    """Whether a layer is told a number that hangs on what flows into it."""
    return field.startswith("in") or field in FOLLOWED


def open_names(pinned: Names) -> set[str]:
    """The parameters on which something hangs that does not say how."""
    return {name.removeprefix("len(").removesuffix(")") for name in pinned}


def tied(
    columns: Sequence[Column], pinned: Names, written: Iterable[Names], constant: Names
) -> list[tuple[list[Column], set[str]]]:
    """The arguments behind which the same parameters are, over any number of others, or behind a number that stands as
    it is, with these parameters; those behind which nothing is known, with what bears the name of a parameter on which
    something hangs that says nothing. What is constant in all uses ties nothing together."""
    groups: list[tuple[list[Column], set[str]]] = []
    open_ones = open_names(pinned)
    parts = [([column], {column.name, *(column.behind - constant or open_ones)}) for column in columns]
    for some, behind in (*parts, *(([], {*names, *open_ones}) for names in written if names)):
        names = behind - constant
        met = [group for group in groups if not names.isdisjoint(group[1])]
        names = names.union(*(group[1] for group in met))
        some = [*(one for group in met for one in group[0]), *some]
        groups = [*(group for group in groups if group not in met), (some, names)]
    return groups


def parameter_of(argument: str, behind: Names, members: Sequence[Instance], held: Sequence[Known]) -> str | None:
    """The parameter that an argument is in all uses."""
    for name in sorted({argument, *behind}):
        given = [p.value for member in members for p in member.parameters if p.name == name]
        if [repr(listed(plain_value(v))) for v in given] == [repr(listed(plain_value(v))) for v in held]:
            return name
    return None


def outside_of(words: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """That arguments are together none of these rows."""
    if len(words) == 1:
        return f"{words[0]} not in ({', '.join(row[0] for row in rows)})"
    return f"{in_brackets(words)} not in [{', '.join(map(in_brackets, rows))}]"


def in_brackets(words: Sequence[str]) -> str:
    return f"({', '.join(words)})"


def listed(value: Any) -> Any:
    """A list of lists as such, whatever its rows are."""
    return list(map(listed, value)) if isinstance(value, (list, tuple)) else value


def worded(name: str, values: Sequence[Any]) -> str:
    """An argument, to be compared with what it is in all uses: a list may be given as a tuple, and so may its rows."""
    lists = [value for value in values if isinstance(value, (list, tuple))]
    rows = any(isinstance(item, (list, tuple)) for value in lists for item in value)
    return f"list(map(list, {name}))" if rows else f"list({name})" if lists else name


def values_of(member: Instance) -> dict[str, Any]:
    """The numbers, texts and lists that a use gives."""
    given = {p.name: plain_value(p.value) for p in member.parameters}
    return {name: as_part(value) for name, value in given.items() if simple(value)}


def len_of(name: str) -> Formula:
    return Formula("len", (name_of(name, "list"),))


def is_told(known: Known) -> bool:
    """Whether a value is a number or None, or a list of these."""
    parts = known.value if isinstance(known.value, list) else [known]
    return all(part.value is None or isinstance(part.value, (bool, int, float)) for part in parts)


def is_literal(value: Any) -> bool:
    """Whether a value is a number, a text or None, or a list of these, in lists or not: no class."""
    value = value.value if isinstance(value, Known) else value
    if isinstance(value, (list, tuple)):
        return all(map(is_literal, value))
    return value is None or isinstance(value, (bool, int, float, str))


def is_list(known: Known) -> bool:
    return isinstance(known.value, list)


def is_tuple(given: Sequence[Any]) -> bool:
    return all(isinstance(value, tuple) for value in given)


STRICT = {">=": ">", "<=": "<"}


def strongest(refused: Sequence[tuple[Known, bool]]) -> Iterator[tuple[Known, bool]]:
    """What a class asks for, each once; not `k >= 0` beside `k > 0`, nor of one way what is asked in all of them."""
    asked = dict.fromkeys(refused)
    everywhere = tuple(f" and {negated(text_of(known))}" for known, way in asked if way)
    for known, way in asked:
        part = getattr(known.value, "spelling", None)
        if not way and isinstance(part, str) and part.endswith(everywhere) and level_of(part) == AND:
            continue
        stricter = Formula(STRICT[part.sign], part.parts) if isinstance(part, Formula) and part.sign in STRICT else None
        if not way or stricter is None or (Known(Written(stricter)), True) not in asked:
            yield known, way


def asks_length(text: str, name: str) -> bool:
    """Whether a condition hangs on nothing but how long a list is."""
    return names_in(text) == {name} and is_measured(name, text)
