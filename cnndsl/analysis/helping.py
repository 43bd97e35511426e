"""A `def` on numbers as a function of the generated file: a class may call it, as its author does.

Taken are assignments, `if`, `for` over a `range`, and `return`, with arithmetic in them; what is more than that is
worked out at compile time. An argument may be None, if the `def` asks for that before it computes with it.
"""

from __future__ import annotations

import builtins
import keyword
from itertools import count

from ..dims.calls import FUNCTIONS, Formula, Part, Routine, joined, kind_of, name, plain
from ..graph import Known
from ..helpers import Give, Helper, Let, Turn, When
from ..problems import CnnError
from ..shapes import Misfit
from ..syntax import tree as t
from ..typed import TYPE_CHECKING, Any, Iterator, Mapping
from .things import Routine as Def
from .things import Thing, raw
from .wording import LONGEST, Unsaid, has_spelling, kind, said

if TYPE_CHECKING:
    from .runtime import Runtime

NONE_SIGNS = {"==": "is", "is": "is", "!=": "is not", "is not": "is not"}
CALLED = frozenset({"min", "max", "abs", "int", "float", "round", "floor", "ceil", "sqrt", "log2", "log", "exp"})
RESERVED = frozenset({"torch", "nn", "math", "self", "require", "Any", "OrderedDict", "NamedTuple", "fnmatchcase"})


def spelled_call(visit: Runtime, routine: Def, given: Mapping[str, Thing], result: Thing) -> tuple[Any, ...]:
    """How a class writes the result of a `def`: as a call of it; () where it cannot."""
    things = list(given.values())
    if not isinstance(result, Known) or type(result.value) is bool or not any(map(has_spelling, things)):
        return ()
    if result.value is None or not all(isinstance(thing, Known) and is_number(thing.value) for thing in things):
        return ()
    helper = helper_of(visit, routine, tuple(kind(thing) for thing in things))
    if helper is None or kind(result) != helper.result:
        return ()

    known = visit.session.reruns

    def run(*values: Any) -> Any:
        key = (id(routine.item), visit.mode, tuple([(value.__class__, value) for value in values]))
        if key not in known:
            try:
                known[key] = raw(visit.rerun(routine, dict(zip(given, map(Known, values), strict=True))))
            except (CnnError, Misfit) as error:
                known[key] = ArithmeticError(str(error))
        if isinstance(found := known[key], ArithmeticError):
            raise ArithmeticError(str(found))
        return found

    while things and len(things) > len(helper.parameters) - len(helper.defaults):
        default = helper.defaults[len(things) - len(helper.parameters) - 1]
        if has_spelling(things[-1]) or things[-1].value != default:
            break
        things.pop()
    visit.would_be |= {str(way): "int" for thing in things if thing.value is None for way in thing.spellings}
    called = Routine(helper.name, lambda *values: run(*values, *rest_of(helper, len(values))), helper.result)
    return said("def", result.value, called, *things)


def is_number(value: Any) -> bool:
    """Whether a function takes it: a number, or None where there may be none."""
    return value is None or isinstance(value, (int, float))


def rest_of(helper: Helper, count: int) -> tuple[Any, ...]:
    return helper.defaults[count - len(helper.parameters) :] if count < len(helper.parameters) else ()


def helper_of(visit: Runtime, routine: Def, kinds: tuple[str, ...]) -> Helper | None:
    """The function for arguments of these kinds; one name stands for one function, which may take wider kinds."""
    known = visit.session.helpers
    item, called = routine.item, name_of(visit, routine)
    before = known.get(called)
    if before is not None and before[0] is not item:
        return None
    wider = tuple(joined_or_none(a, b) for a, b in zip(kinds, before[1], strict=True)) if before else kinds
    if before is None or before[1] != wider:
        given = zip(wider, item.parameters, strict=False)
        stated = tuple(joined_or_none(kind, *none_by_default(parameter)) for kind, parameter in given)
        known[called] = (item, wider, translated(visit, routine, stated) or translated(visit, routine, wider))
    helper: Helper | None = known[called][2]
    return helper


def none_by_default(parameter: t.Parameter) -> tuple[str, ...]:
    """The kind of a default that is None, whatever is given in its place."""
    return ("None",) if isinstance(parameter.default, t.Constant) and parameter.default.value is None else ()


def name_of(visit: Runtime, routine: Def) -> str:
    """What the generated file calls a function: as its author does, unless a model's function has this name."""
    word = routine.item.name.id
    if word not in visit.session.factories:
        return word
    taken = visit.session.factories | routine.scope.items.keys()
    return next(found for found in (f"{word}{number}" for number in count(2)) if found not in taken)


def translated(visit: Runtime, routine: Def, kinds: tuple[str, ...], gives: str = "int") -> Helper | None:
    """`gives`: the kind of what it returns, where it calls itself."""
    from .comments import comment_above

    item, comment = routine.item, comment_above(routine.item, routine.scope)
    names = [parameter.name.id for parameter in item.parameters]
    if not all(map(is_free, (item.name.id, *names))) or "" in kinds or len(kinds) != len(names):
        return None
    if routine.item in visit.session.translated:  # by another `def`, which this one calls
        return None
    translator = Translator(visit, routine, dict(zip(names, kinds, strict=True)), gives)
    visit.session.translated.append(routine.item)
    try:
        defaults = tuple(plain(translator.part(p.default)) for p in item.parameters if p.default is not None)
        body = tuple(translator.statements(item.body))
    except Wider as wider:  # `v = v * 1.5`: what comes in may be a fraction as well
        kinds = tuple(wider.kind if n == wider.name else k for n, k in zip(names, kinds, strict=True))
        visit.session.translated.remove(routine.item)
        return translated(visit, routine, kinds, gives)
    except (Unsaid, ArithmeticError, KeyError):
        return None
    finally:
        visit.session.translated = [item for item in visit.session.translated if item is not routine.item]
    result = joined(*translator.results)
    if translator.calls_itself and result != gives:
        return translated(visit, routine, kinds, result) if (gives, result) == ("int", "float") else None
    if not result or not isinstance(body[-1], Give):
        return None
    calls = tuple(dict.fromkeys(translator.calls))
    if {"l", "l_"} <= translator.kinds.keys():
        return None
    return Helper(name_of(visit, routine), tuple(map(written, names)), kinds, defaults, body, result, calls, comment)


def is_free(word: str) -> bool:
    """Whether a word may be a name of the generated file."""
    taken = keyword.iskeyword(word) or hasattr(builtins, word) or word in RESERVED
    return not taken and word.islower() and word.isascii()


def written(word: str) -> str:
    """An author's name in the generated file: no `l`, which looks like a 1 (ruff's E741)."""
    return "l_" if word == "l" else word


def sure(kind: str) -> str:
    """The kind of a value that is not None."""
    return kind.removesuffix("None").removesuffix(" | ")


def joined_or_none(*kinds: str) -> str:
    """One kind for all, of which some may be None; "" where there is none."""
    numbers = [found for found in map(sure, kinds) if found]
    found = joined(*numbers) if numbers else "None"
    return f"{found} | None" if numbers and found and any(kind.endswith("None") for kind in kinds) else found


def test_of(condition: Any) -> tuple[str, bool] | None:
    """The name that a condition holds against None, and whether it asks for that; None for other conditions."""
    match condition:
        case t.Compare(first=t.Name(id=word), rest=((sign, t.Constant(value=None)),)) if sign in NONE_SIGNS:
            return word, NONE_SIGNS[sign] == "is"
    return None


class Wider(Exception):
    """A parameter is given a value anew that is of a wider kind."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(name)
        self.name, self.kind = name, kind


class Translator:
    """One `def`. `kinds` are those of its names; a parameter that may be None is a number where it was asked."""

    def __init__(self, visit: Runtime, routine: Def, kinds: dict[str, str], gives: str) -> None:
        self.visit, self.routine, self.kinds, self.gives = visit, routine, kinds, gives
        self.taken, self.calls_itself = tuple(kinds.values()), False
        self.optional = {word: sure(kind) for word, kind in kinds.items() if kind.endswith("None")}
        self.results: list[str] = []
        self.calls: list[str] = []
        self.read: frozenset[str] = frozenset()  # the names that the loop at hand reads

    def statements(self, body: Any) -> Iterator[Any]:
        for statement in body:
            match statement:
                case t.Assign(targets=(t.Name(id=word),)) if is_free(word):
                    value = self.part(statement.value)
                    self.bind(word, kind_of(value))
                    yield Let(written(word), value)
                case t.Return(items=(t.ReturnItem(name=None, value=node),)):
                    value = self.part(node)
                    self.results.append(kind_of(value))
                    yield Give(value)
                case t.Do(value=t.If() as node):
                    yield self.when(node)
                case t.For(targets=(t.Name(id=word),)) if is_free(word) and word not in self.kinds:
                    yield self.turn(statement, word)
                case _:
                    raise Unsaid

    def when(self, node: t.If) -> When:
        condition, before, ends = self.part(node.condition), dict(self.kinds), []
        ways = []
        for way, body in ((True, node.body), (False, node.otherwise or ())):
            self.kinds = self.asked(node.condition, way, before)
            ways.append(tuple(self.statements(body)))
            ends += [] if ways[-1] and isinstance(ways[-1][-1], Give) else [self.kinds]
        # what only one way names is not known behind it
        self.kinds = {word: self.behind(word, kind, ends) for word, kind in before.items()}
        return When(condition, *ways)

    def turn(self, node: t.For, word: str) -> Turn:
        bounds, backwards = self.range(node.iterable)
        before, around = self.kinds, self.read
        self.kinds, self.read = {**before, word: "int"}, frozenset()
        body = tuple(self.statements(node.body))
        is_read = word in self.read
        self.kinds, self.read = before, around | self.read  # it may turn never
        return Turn(written(word) if is_read else "", bounds, backwards, body)

    def range(self, node: Any) -> tuple[tuple[Part, ...], bool]:
        """What a `range` is given, and whether it is gone through from its end."""
        match node:
            case t.Call(function=t.Name(id=word), arguments=arguments) if word not in self.routine.scope.items:
                if word == "reversed" and len(arguments) == 1:
                    bounds, backwards = self.range(arguments[0])
                    return bounds, not backwards
                bounds = tuple(map(self.part, arguments)) if word == "range" else ()
                if 0 < len(bounds) <= 3 and all(kind_of(bound) == "int" for bound in bounds):
                    return bounds, False
        raise Unsaid

    def behind(self, word: str, kind: str, ends: list[dict[str, str]]) -> str:
        """The kind of a name where ways meet: one that no way leaves None is a number."""
        return sure(kind) if ends and all(not end[word].endswith("None") for end in ends) else kind

    def asked(self, condition: Any, way: bool, kinds: dict[str, str]) -> dict[str, str]:
        """The kinds of names where a condition goes this way."""
        word, none = test_of(condition) or ("", way)
        return {**kinds, word: sure(kinds[word])} if word in self.optional and none is not way else dict(kinds)

    def bind(self, word: str, kind: str) -> None:
        """A name is of one kind; raises Wider for a parameter that may be of a wider one."""
        if not kind or kind.endswith("None"):
            raise Unsaid
        if word in self.optional:
            wider = joined_or_none(self.optional[word], kind, "None")
            if sure(wider) != self.optional[word]:
                raise Wider(word, wider) if wider else Unsaid
            self.kinds[word] = self.optional[word]
            return
        if (known := self.kinds.setdefault(word, kind)) == kind:
            return
        names = [parameter.name.id for parameter in self.routine.item.parameters]
        if word in names and joined(known, kind) not in ("", known):
            raise Wider(word, joined(known, kind))
        raise Unsaid

    def part(self, node: Any) -> Part:
        found = self.expression(node)
        if isinstance(found, Formula) and len(found) > LONGEST:
            raise Unsaid
        return found

    def expression(self, node: Any) -> Part:
        match node:
            case t.Number() | t.Constant(value=bool() | None):
                return node.value
            case t.Name(id=word) if word in self.kinds:
                return self.named(word)
            case t.Name():
                return self.constant(node)
            case t.Unary(operator="-" | "not" as sign, operand=operand):
                return Formula("neg" if sign == "-" else sign, (self.part(operand),))
            case t.Binary(operator=sign, left=left, right=right) if sign != "@":
                return Formula(sign, (self.part(left), self.part(right)))
            case t.Compare(first=t.Name(id=word), rest=((sign, _),)) if test_of(node) and word in self.optional:
                return Formula(NONE_SIGNS[sign], (name(written(word), self.kinds[word]), None))
            case t.Compare(first=first, rest=((sign, second),)):
                return Formula(sign, (self.part(first), self.part(second)))
            case t.Ternary():
                return self.ternary(node)
            case t.Call(function=t.Name(id=word)):
                return self.call(word, node)
        raise Unsaid

    def named(self, word: str) -> Part:
        """A number that has a name; one that may be None must have been asked."""
        self.read |= {word}
        if not sure(self.kinds[word]):  # never given: a number as others are
            raise Wider(word, "int | None")
        if self.kinds[word].endswith("None"):
            raise Unsaid
        return name(written(word), self.kinds[word])

    def ternary(self, node: t.Ternary) -> Part:
        condition, before = self.part(node.condition), self.kinds
        sides = []
        for way, side in ((True, node.value), (False, node.otherwise)):
            self.kinds = self.asked(node.condition, way, before)
            sides.append(self.part(side))
        self.kinds = before
        return Formula("if", (sides[0], condition, sides[1]))

    def constant(self, node: t.Name) -> Part:
        """A number of the file."""
        item = self.routine.scope.items.get(node.id, (None,))[0]
        if not isinstance(item, t.Const):
            raise Unsaid
        return self.part(item.value)

    def call(self, word: str, node: t.Call) -> Part:
        if any(isinstance(argument, (t.Keyword, t.Spread)) for argument in node.arguments):
            raise Unsaid
        parts = tuple(map(self.part, node.arguments))
        item, scope = self.routine.scope.items.get(word, (None, None))
        if isinstance(item, t.Def) and scope is not None:
            other = Def(item, scope)
            defaults = [p.default for p in item.parameters[len(parts) :]]
            if None in defaults:
                raise Unsaid
            kinds = (*map(kind_of, parts), *(kind_of(self.part(default)) for default in defaults))
            if item is self.routine.item:
                return self.itself(parts, kinds)
            helper = helper_of(self.visit, other, kinds)
            if helper is None:
                raise Unsaid
            self.calls.append(helper.name)
            return Formula("def", (Routine(helper.name, lambda: None, helper.result), *parts))
        if item is not None or word not in CALLED or word not in FUNCTIONS:
            raise Unsaid
        return Formula(word, parts)

    def itself(self, parts: tuple[Part, ...], kinds: tuple[str, ...]) -> Part:
        """A call of the function in itself, with arguments of the kinds that it takes."""
        if tuple(joined_or_none(*pair) for pair in zip(kinds, self.taken, strict=True)) != self.taken:
            raise Unsaid
        self.calls_itself = True
        called = name_of(self.visit, self.routine)
        return Formula("def", (Routine(called, lambda: None, self.gives), *parts))
