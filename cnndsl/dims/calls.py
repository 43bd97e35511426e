"""What the algebra of sizes leaves as it stands: powers, roundings, choices, items of lists, and numbers that are no
sizes. A formula is kept as its author wrote it: put together, evaluated, written, with brackets where its text binds
too loosely, and not simplified, but that an item of a list that stands there is that item."""

from __future__ import annotations

import _operator as operator
import math

from ..lean import lru_cache
from ..patterns import re
from ..typed import Any, Callable, Mapping, Sequence
from .algebra import Atom, Dim, of_atom

TERNARY, OR, AND, NOT, COMPARE, SUM, PRODUCT, UNARY, POWER, ATOM = range(10)
SIGNS = {"if": TERNARY, "or": OR, "and": AND, **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "is"), COMPARE)}
SIGNS |= {"+": SUM, "-": SUM, **dict.fromkeys(("*", "/", "//", "%", "@"), PRODUCT)}
FIRST = {"not ": NOT, "**": POWER}
OPPOSITE = {"==": "!=", "<": ">=", ">": "<=", "is": "is not", "in": "not in"}
OPPOSITE |= {sign: contrary for contrary, sign in OPPOSITE.items()}
SIGN = r"(?<= )(?:if|or|and|[=!]=|[<>]=?|i[ns]|[-+*%@]|//?)(?= )|^not |\*\*"


@lru_cache(maxsize=4096)
def level_of(text: str) -> int:
    """The level of the operator that binds least of all."""
    if " " not in text and "**" not in text and text[:1] != "-":
        return ATOM
    if '"' in text or "'" in text:
        text = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)
    if "(" in text or "[" in text:
        while (shorter := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", text)) != text:
            text = shorter
    signs = (SIGNS.get(sign, FIRST.get(sign, ATOM)) for sign in re.findall(SIGN, text))
    return min(signs, default=ATOM) if text[:1] != "-" else min((UNARY, *signs))


Part = Any  # Dim | Formula | Routine | int | float | bool | None, or a str that is a literal
OPERATORS: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "==": (COMPARE, operator.eq),
    "!=": (COMPARE, operator.ne),
    "<": (COMPARE, operator.lt),
    "<=": (COMPARE, operator.le),
    ">": (COMPARE, operator.gt),
    ">=": (COMPARE, operator.ge),
    "in": (COMPARE, lambda a, b: a in b),
    "not in": (COMPARE, lambda a, b: a not in b),
    "is": (COMPARE, lambda a, b: a is b),
    "is not": (COMPARE, lambda a, b: a is not b),
    "+": (SUM, operator.add),
    "-": (SUM, operator.sub),
    "*": (PRODUCT, operator.mul),
    "/": (PRODUCT, operator.truediv),
    "//": (PRODUCT, operator.floordiv),
    "%": (PRODUCT, operator.mod),
    "**": (POWER, lambda a, b: power(a, b)),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "len": len,
    "sum": sum,
    "int": int,
    "float": float,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "sqrt": math.sqrt,
    "log2": math.log2,
    "log": math.log,
    "exp": math.exp,
    "item": operator.getitem,
    "from": lambda whole, start: whole[start:],
    "upto": lambda whole, stop: whole[:stop],
    "backwards": lambda whole: whole[::-1],
    "all": lambda items, *place: all((item[place[0]] if place else item) > 0 for item in items),
    "list": lambda *items: list(items),
    "tuple": lambda *items: tuple(items),
    "not": operator.not_,
    "neg": operator.neg,
    "if": lambda value, condition, otherwise: value if condition else otherwise,
    "and": lambda left, right: left and right,
    "or": lambda left, right: left or right,
}
TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
IRRATIONAL = frozenset({"sqrt", "log2", "log", "exp"})
MATH = IRRATIONAL | {"floor", "ceil"}
ARITHMETIC = frozenset({"+", "-", "*", "/", "**", "neg"})


class Formula(str):
    """An expression of Python over names: a text, with the tree that it was made from. Equal texts, equal formulas."""

    sign: str
    parts: tuple[Part, ...]
    symbols: frozenset[str]
    stays: bool  # though no name is in it: `log(10000.0)` says more than 9.210340371976184

    def __new__(cls, sign: str, parts: tuple[Part, ...]) -> Formula:
        if sign in TURNED and not symbols_of(parts[0]) and symbols_of(parts[1]):
            sign, parts = TURNED[sign], (parts[1], parts[0])  # as people write it: what is asked about comes first
        self = super().__new__(cls, written(sign, parts, str, {}))
        self.sign, self.parts = sign, parts
        named = (frozenset(parts[:1]),) if sign == "name" else (symbols_of(part) for part in parts)
        self.symbols = frozenset().union(*named)
        self.stays = sign in IRRATIONAL or (sign in ARITHMETIC and any(map(stays, parts)))
        return self

    def at(self, values: Mapping[str, Any]) -> Any:
        """Its value where each name has one; raises ArithmeticError or KeyError where there is none."""
        try:
            return value_of(self, values)
        except (TypeError, IndexError, ValueError, OverflowError) as error:
            raise ArithmeticError(f"{self}: {error}") from None


class Real:
    """A number that is no size, worked out of free sizes (`reals`): how, and whether it is more than 0 for all."""

    def __init__(self, how: Formula, is_positive: bool) -> None:
        self.how, self.is_positive, self.symbols = how, is_positive, how.symbols

    def subs(self, values: Mapping[str, Any]) -> Any:
        return put(self.how, values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Real) and self.how == other.how

    def __hash__(self) -> int:
        return hash(self.how)

    def __str__(self) -> str:
        return str(self.how)

    __repr__ = __str__


UNKNOWN = float("nan")  # stands for a Real where only the type of a result is asked for
NUMBERS = (int, float, Dim, Real)  # what a tensor is multiplied by


def stays(part: Part) -> bool:
    return isinstance(part, Formula) and part.stays


def symbols_of(part: Part) -> frozenset[str]:
    return part.symbols if isinstance(part, (Dim, Formula)) else frozenset()


class Routine:
    """A function of the author's: its name, how it is run, and what kind of value it gives."""

    def __init__(self, name: str, run: Callable[..., Any], kind: str) -> None:
        self.name, self.run, self.kind = name, run, kind


def name(text: str, kind: str) -> Formula:
    """A name of a value of this kind: "int", "float", "bool", "str", "list" or "None"."""
    return Formula("name", (text, kind))


def formula(sign: str, *parts: Part) -> Part:
    """The formula, or its value where that is a number; a choice that is known is no choice."""
    if sign == "if" and not symbols_of(parts[1]):
        return parts[0] if plain(parts[1]) else parts[2]
    if sign == "if" and any(isinstance(part, (Dim, Formula)) and " if " in str(part) for part in parts[::2]):
        parts = decided(parts[0], str(parts[1]), True), parts[1], decided(parts[2], str(parts[1]), False)
    if sign == "if":
        from .conditions import either_way  # which are over what stands here

        if (same := either_way(*parts)) is not None:
            return same
    if sign in ("and", "or"):
        same = kind_of(parts[0]) == kind_of(parts[1]) == "bool"  # else it matters which of both is given
        for part, other in (parts, *([parts[::-1]] if same else [])):
            if not symbols_of(part) and bool(plain(part)) is (sign == "and"):
                return other
        for part in parts if same and always_is(parts[0]) else parts[:1]:
            if not symbols_of(part):  # `True or …`: nobody asks for the rest
                return plain(part)
    inner = getattr(parts[0], "sign", "") if parts else ""
    if sign == "item" and inner in ("list", "tuple") and parts[1] in range(len(parts[0].parts)):
        return parts[0].parts[parts[1]]
    if (sign, inner) == ("len", "backwards") or (sign == "not" and inner in OPPOSITE):
        sign, parts = OPPOSITE.get(inner, sign), parts[0].parts
    found = Formula(sign, parts)
    return found if sign in ("list", "tuple") or found.symbols or found.stays else found.at({})


def always_is(part: Part) -> bool:
    """Whether it has a value for all values of its names: it divides by none, and takes no item."""
    if isinstance(part, Formula):
        asks = part.sign in ("and", "or", "not") or OPERATORS.get(part.sign, (0,))[0] == COMPARE
        return part.sign == "name" or (asks and all(map(always_is, part.parts)))
    return not isinstance(part, Dim) or all(atom.kind == "symbol" for atoms, _ in part.terms for atom in atoms)


def plain(part: Part) -> Any:
    return part.at({}) if isinstance(part, Formula) else part


def size_of(part: Part) -> Any:
    """A formula of a whole number as a size."""
    return of_atom(Atom("call", (), part)) if isinstance(part, Formula) else part


def put(part: Part, values: Mapping[str, Part]) -> Part:
    """The formula with others put in for names, all at once."""
    if isinstance(part, Dim):
        return part.subs(values)
    if not isinstance(part, Formula) or part.symbols.isdisjoint(values):
        return part
    if part.sign == "name":
        return values[part.parts[0]]
    if part.sign == "if" and not symbols_of(test := put(part.parts[1], values)):
        return put(part.parts[0 if plain(test) else 2], values)  # the other way may have no value
    return formula(part.sign, *(put(inner, values) for inner in part.parts))


def decided(part: Any, condition: str, way: bool) -> Any:
    """The part where a condition goes this way: choices by it, or by its contrary, are made."""
    if isinstance(part, Dim):
        return sum(
            math.prod(
                (size_of(decided(a.key, condition, way)) if a.kind == "call" else of_atom(a) for a in atoms),
                start=factor,
            )
            for atoms, factor in part.terms
        )
    if not isinstance(part, Formula) or " if " not in part:
        return part
    if part.sign == "if":
        then, test, otherwise = part.parts[0], str(part.parts[1]), part.parts[2]
        if test in (condition, f"not {condition}") or f"not {test}" == condition:
            return decided(then if way is (test == condition) else otherwise, condition, way)
    return formula(part.sign, *(decided(inner, condition, way) for inner in part.parts))


def as_part(value: Any) -> Part:
    """A compile-time value as a part; the items of lists may be boxed."""
    value = getattr(value, "value", value)
    if isinstance(value, (list, tuple)):
        return Formula("list" if isinstance(value, list) else "tuple", tuple(map(as_part, value)))
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def value_of(part: Part, values: Mapping[str, Any]) -> Any:
    if isinstance(part, Dim):
        return part.at(values)
    if not isinstance(part, Formula):
        return part
    if part.sign == "name":
        return values[part.parts[0]]
    if part.sign == "if":
        return value_of(part.parts[0 if value_of(part.parts[1], values) else 2], values)
    known = [value_of(inner, values) for inner in part.parts]
    if part.sign == "def":
        return known[0].run(*known[1:])
    return (OPERATORS[part.sign][1] if part.sign in OPERATORS else FUNCTIONS[part.sign])(*known)


def whole_at(part: Formula, values: Mapping[str, Any]) -> int:
    """The value of a formula that is a size; raises ArithmeticError where it is none."""
    found = part.at(values)
    if not isinstance(found, int):
        raise ArithmeticError(f"{part} is no whole number")
    return int(found)


def power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and abs(base).bit_length() * exponent > 1024:
        raise OverflowError("too large")
    found = base**exponent
    if isinstance(found, complex):
        raise ValueError("not a real number")
    return found


# Kinds


def kind_of(part: Part) -> str:
    """What kind of value a formula gives, as a type checker sees it."""
    if isinstance(part, Dim):
        return "int"
    if not isinstance(part, Formula):
        return next((k.__name__ for k in (bool, int, float, str) if isinstance(part, k)), "None")
    sign, parts = part.sign, part.parts
    if sign in ("name", "def"):
        return str(parts[1]) if sign == "name" else str(parts[0].kind)
    if sign == "item":
        if isinstance(parts[0], Formula) and parts[0].sign in ("list", "tuple"):
            return joined(*map(kind_of, parts[0].parts))
        kinds = kind_of(parts[0]).partition(" of ")[2].split("|")  # those of a row's places; or one for all
        return kinds[0] if len(kinds) == 1 else "|".join(kinds) if " of " in kinds[0] else at_place(kinds, parts[1])
    if sign in ("from", "upto", "backwards"):
        return kind_of(parts[0])
    if sign in ("list", "tuple"):
        return f"{sign} of {joined(*map(kind_of, parts))}"
    if sign in ("len", "floor", "ceil", "int") or (sign == "round" and len(parts) == 1):
        return "int"
    if sign in ("/", "float", "sqrt", "log2", "log", "exp", "round"):
        return "float"
    if sign in ("not", "in", "not in", "is", "is not", "all") or OPERATORS.get(sign, (0,))[0] == COMPARE:
        return "bool"
    kinds = [kind_of(inner) for inner in ((parts[0], parts[2]) if sign == "if" else parts)]
    if len(kinds) == 1 and kinds[0].startswith("list of "):  # of `sum`, `min` and `max`
        return kinds[0][8:]
    arithmetic = OPERATORS.get(sign, (0,))[0] > COMPARE or sign in ("abs", "neg", "sum")
    return joined(*("int" if kind == "bool" and arithmetic else kind for kind in kinds))


def at_place(kinds: Sequence[str], place: Any) -> str:
    return kinds[place] if isinstance(place, int) and -len(kinds) <= place < len(kinds) else ""


def joined(*kinds: str) -> str:
    """One kind for all; of rows that are alike, one for each of their places; "" where there is none."""
    found = set(kinds) - ({"int"} if "float" in kinds else set())
    if len(found) < 2 or not any("|" in kind for kind in found):
        return found.pop() if len(found) == 1 else ""
    heads, _, tails = zip(*(kind.partition(" of ") for kind in found), strict=True)
    most = max(tail.count("|") for tail in tails) + 1
    rows = [tail.split("|") if "|" in tail else [tail] * most for tail in tails]
    if len({*heads}) > 1 or len({*map(len, rows)}) > 1:
        return ""
    return f"{heads[0]} of {'|'.join(joined(*column) for column in zip(*rows, strict=True))}"


# Text


def written(sign: str, parts: tuple[Part, ...], size: Callable[[Dim], str], names: Mapping[str, str]) -> str:
    """A formula as Python; `size` writes the sizes in it."""
    if sign == "name":
        return names.get(parts[0], parts[0])
    texts = ["" if isinstance(part, Routine) else text_of(part, size, names) for part in parts]

    def at(place: int, level: int) -> str:
        return texts[place] if level_of(texts[place]) >= level else f"({texts[place]})"

    if sign == "**":
        shown = [at(0, ATOM), at(1, POWER)]
        close = all(is_word(text.partition("**")[0].strip().removeprefix("-")) for text in shown)
        return ("**" if close else " ** ").join(shown)
    if sign in OPERATORS:
        level = OPERATORS[sign][0]
        return f"{at(0, level + (level == COMPARE))} {sign} {at(1, level + 1)}"
    if sign in ("and", "or"):
        return f"{at(0, SIGNS[sign])} {sign} {at(1, SIGNS[sign] + 1)}"
    if sign in FORMS:
        return FORMS[sign](at, texts)
    if sign == "def":
        return f"{parts[0].name}({', '.join(texts[1:])})"
    return f"{'math.' * (sign in MATH)}{sign}({', '.join(texts)})"


FORMS: dict[str, Callable[[Callable[[int, int], str], list[str]], str]] = {
    "if": lambda at, texts: f"{at(0, OR)} if {at(1, OR)} else {texts[2]}",
    "not": lambda at, texts: f"not {at(0, COMPARE) if level_of(texts[0]) != COMPARE else f'({texts[0]})'}",
    "neg": lambda at, texts: f"-{at(0, POWER)}",
    "item": lambda at, texts: f"{at(0, ATOM)}[{texts[1]}]",
    "from": lambda at, texts: f"{at(0, ATOM)}[{texts[1]}:]",
    "upto": lambda at, texts: f"{at(0, ATOM)}[:{texts[1]}]",
    "backwards": lambda at, texts: f"{at(0, ATOM)}[::-1]",
    "all": lambda at, texts: (
        f"all({f'row[{texts[1]}] > 0 for row' if texts[1:] else 'count > 0 for count'} in {texts[0]})"
    ),
    "list": lambda at, texts: f"[{', '.join(texts)}]",
    "tuple": lambda at, texts: f"({', '.join(texts)}{',' * (len(texts) == 1)})",
}


def is_word(text: str) -> bool:
    """A name, an attribute or a number."""
    return text.replace(".", "_").replace("_", "a").isalnum()


def text_of(part: Part, size: Callable[[Dim], str], names: Mapping[str, str]) -> str:
    if isinstance(part, Dim):
        return size(part)
    if isinstance(part, Formula):
        return str(part) if size is str and not names else written(part.sign, part.parts, size, names)
    plain = int(part) if isinstance(part, int) and not isinstance(part, bool) else part
    return getattr(part, "reckoned", "") or repr(plain)
