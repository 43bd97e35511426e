"""Compile-time values as Python: literals through a repr, sizes and texts in the names of the place where they stand.

Does not decide how a number is spelled; that is `generalise.py`, which leaves a Written where a name is meant.
"""

from __future__ import annotations

import math
from itertools import groupby

from ..dims import Condition, Dim, Size, symbol
from ..dims.algebra import from_terms
from ..dims.calls import AND, ATOM, COMPARE, NOT, OPPOSITE, PRODUCT, is_word, level_of, written
from ..dims.quotients import common_factor, divide_polynomial, is_part, replaced
from ..dims.text import Printer, is_call
from ..graph import Known
from ..lean import Counter, reduce
from ..patterns import re
from ..records import dataclass, field
from ..spelled import Reckoned, Spelled
from ..typed import Any, Iterable, Mapping, Sequence
from .class_arguments import Is, Kind, Together
from .layout import Brackets, Node, call, flat, list_of, tuple_of
from .names import is_plain, joined, rename

OPERAND = r"(?:[^<>=!()]|\((?:[][\w, .-]|\((?:[][\w, .-]|\([\w, ]+\))*\))*\))"  # a tuple, or calls
COMPARISON = rf"({OPERAND}+?) ([<>=!]=|[<>]|is not|is|not in|in) ({OPERAND}+)"

Names = Mapping[str, str]


class Called(dict[str, str]):
    """Names, and beside them sizes and lists (as texts) that have names; counts what these are used for."""

    def __init__(self, names: Names, sizes: dict[Dim, str], lists: Mapping[str, str] | None = None) -> None:
        super().__init__(names)
        self.sizes, self.lists, self.uses = sizes, lists or {}, Counter[str]()

    def of(self, size: Any) -> str:
        """The name of a size, or nothing."""
        found = self.sizes.get(size, "")
        self.uses[found] += 1
        return found

    def within(self, size: Dim) -> Size:
        """The size, with the names of others as its factors, `primary * (ratio - 1)`, or terms, `n - i - 1`. No name
        stands for a multiple of another one: `4 * width` remains that beside `double = 2 * width`."""
        whole: Size = size
        for other, name in self.sizes.items():
            if len(other.terms) == 1 and other.linear() is not None:
                continue
            if is_call(other):
                found = replaced(whole, other, symbol(name))
            else:
                factor, rest = (1, whole - other) if is_part(other, whole) else divide_polynomial(whole, other)
                found = factor * symbol(name) + rest
            if found != whole:
                self.uses[name] += 1
                whole = found
        return whole

    def of_list(self, node: Brackets) -> Node:
        """A list, by its name if it has one, whole or in part."""
        found = self.lists.get(flat(node), "") if self.lists else ""
        self.uses[found.partition("[")[0]] += 1
        return found or node

    def beside(self, more: Names) -> Called:
        """These names and more."""
        found = Called({**self, **more}, self.sizes, self.lists)
        found.uses = self.uses
        return found


class Unwritable(Exception):
    """The graph holds something that has no Python spelling here: a mistake of the compiler, not of the author."""


def negated(test: str) -> str:
    """The test for the contrary, as people write it."""
    if level_of(test) == COMPARE and (found := re.fullmatch(COMPARISON, test)):
        return f"{found[1]} {OPPOSITE[found[2]]} {found[3]}"
    if test.startswith("not ") and level_of(test) == NOT:
        return test[4:]
    if level_of(test) == ATOM and (of_all := re.fullmatch(r"all\((\S+) > 0 (for .*)\)", test)):
        return f"any({of_all[1]} < 1 {of_all[2]})"
    return f"not ({test})" if level_of(test) < NOT or " " in test else f"not {test}"


@dataclass(frozen=True)
class Written:
    """A value written over the names of the class: a Dim, or Python text. A product may keep the `factors` it has."""

    spelling: Dim | Condition | str
    factors: tuple[Size, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Ways:
    """One value or another, as a condition of the class says."""

    then: Known
    condition: Known
    otherwise: Known


def quoted(text: str) -> str:
    """A string literal in ASCII, with the quotes that ruff format prefers."""
    body = ascii(text)[1:-1].replace("\\'", "'").replace('\\"', '"')
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + body.replace(quote, f"\\{quote}") + quote


def requoted(text: str) -> str:
    """An expression with its strings as `quoted` has them."""
    if "'" not in text:
        return text
    from ast import literal_eval  # which few files need

    return re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", lambda found: quoted(literal_eval(found[0])), text)


def number(value: float) -> str:
    if isinstance(value, Reckoned):
        return value.reckoned
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, Spelled) and value.factors and all(int(factor) >= 0 for factor in value.factors):
        factors = [factor for factor in value.factors if factor != 1]
        return " * ".join(str(int(factor)) for factor in factors) or str(int(value))
    if not isinstance(value, float):
        return str(int(value))
    text, short = repr(float(value)), f"{value:.0e}"  # 1e9 is not 1000000000.0
    return re.sub(r"e\+0*", "e", short if abs(value) >= 1e6 and float(short) == value else text)


def node_of(known: Any, names: Names) -> Node:
    """A Known (or what it holds) as an expression."""
    value = known.value if isinstance(known, Known) else known
    if isinstance(value, Written):
        return spelled(value.spelling, names, value.factors)
    if isinstance(value, (list, tuple)):
        items = [node_of(item, names) for item in value]
        if isinstance(value, list):
            return names.of_list(list_of(*items)) if isinstance(names, Called) else list_of(*items)
        return tuple_of(*items)
    if isinstance(value, Kind):
        return value.name
    if isinstance(value, Ways):
        then, condition, otherwise = (flat(node_of(k, names)) for k in (value.then, value.condition, value.otherwise))
        return either(then, condition, otherwise)
    if isinstance(value, Is):
        return f"{flat(node_of(value.subject, names))} is {value.kind.name}"
    if isinstance(value, Together):
        told = ((flat(node_of(known, names)), way) for known, way in value.parts)
        texts = (text if way else negated(text) for text, way in told)
        return " and ".join(f"({text})" if level_of(text) < AND else text for text in texts)
    if isinstance(value, str):
        return quoted(value)
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float)):
        return number(value)
    return symbolic(known, names)


def either(then: str, condition: str, otherwise: str) -> str:
    """One or the other; a condition that is True or False is that itself."""
    whole = {("True", "False"): condition, ("False", "True"): negated(condition)}
    text = f"{then} if {condition} else {otherwise}"
    return whole.get((then, otherwise), text) if level_of(condition) == COMPARE else text


def spelled(spelling: Any, names: Names, factors: Iterable[Size] = ()) -> str:
    """A size, condition or text over names; of a product, the factors that it is to be written with."""
    if isinstance(spelling, int):
        return str(int(spelling))
    if isinstance(spelling, str):
        return requoted(rename(spelling, names))
    if isinstance(names, Called) and (name := names.of(spelling)):
        return name
    if factors:
        return multiplied([spelled(factor, names) for factor in factors])
    if isinstance(spelling, Dim):
        spelling = joined(spelling, names)
        spelling = names.within(spelling) if isinstance(names, Called) and isinstance(spelling, Dim) else spelling
        if isinstance(spelling, int):
            return str(int(spelling))
    if items := {key: rename(key, names) for key in spelling.symbols if "[" in key}:
        names = names.beside(items) if isinstance(names, Called) else {**names, **items}
    is_size = isinstance(spelling, Dim)
    return requoted(polynomial(spelling, names) or Products(names).size(spelling) if is_size else spelling.text(names))


def multiplied(texts: Sequence[str]) -> str:
    """The product of these, in their order: `width // 2 * 7 * 7`, `64 * (size // 4) ** 2`."""
    found: list[str] = []
    for text, run in groupby(texts):
        count = len(list(run))
        if count > 1 and not text.isdecimal():
            found.append(power(text if level_of(text) == ATOM else f"({text})", count))
            continue
        fits = level_of(text) > PRODUCT or (level_of(text) == PRODUCT and not (found and ("//" in text or "%" in text)))
        found += [text if fits else f"({text})"] * count
    return " * ".join(found)


def polynomial(size: Dim, names: Names) -> str | None:
    """Sums of products as people write them, `width * 4 + 1`; None for a size with quotients in it.

    What all terms of a sum have in common stands before it: `anchors * (classes + 5)`; a square is one:
    `(size * 2 - 1) ** 2`.
    """
    if root := square_root(size):
        return power(f"({polynomial(root, names)})", 2)
    if shared := shared_symbols(size):
        rest = divide_polynomial(size, from_terms({shared: 1}))[0]
        text = polynomial(rest, names) if isinstance(rest, Dim) else None
        return f"{common_part(shared, names)} * ({text})" if text else None
    parts: list[str] = []
    for atoms, factor in sorted(size.terms, key=lambda term: term[1] < 0):  # `width - n`, not `-n + width`
        if any(atom.kind != "symbol" for atom in atoms):
            return None
        texts = [product(atoms, names)] if atoms else []
        texts += [str(abs(factor))] if abs(factor) != 1 or not atoms else []
        sign = "-" if factor < 0 else "+"
        parts.append(f" {sign} {' * '.join(texts)}" if parts else f"{sign.strip('+')}{' * '.join(texts)}")
    return "".join(parts)


def square_root(size: Dim) -> Dim | None:
    """The sum of a name and a number that a size is the square of."""
    squared = sum(factor for atoms, factor in size.terms if len(atoms) == 2)
    if len(size.terms) != 3 or len(size.symbols) != 1 or min(squared, size.constant) < 1:
        return None
    roots = (math.isqrt(squared) * symbol(*size.symbols) + n * math.isqrt(size.constant) for n in (1, -1))
    return next((root for root in roots if isinstance(root, Dim) and root * root == size), None)


def common_part(atoms: tuple[Any, ...], names: Names) -> str:
    """What all terms of a sum have in common, quotients included: `width // 2`."""
    if all(atom.kind == "symbol" for atom in atoms):
        return product(atoms, names)
    return multiplied([spelled(from_terms({(atom,): 1}), names) for atom in in_order(atoms, names)])


def product(symbols: tuple[Any, ...], names: Names) -> str:
    atoms = dict.fromkeys(in_order(symbols, names))
    return " * ".join(power(names.get(atom.key, atom.key), symbols.count(atom)) for atom in atoms)


def shared_symbols(size: Dim) -> tuple[Any, ...]:
    """What every term of a sum has as a factor."""
    common = common_factor(size) if len(size.terms) > 1 else 1
    return common.terms[0][0] if isinstance(common, Dim) else ()


def in_order(atoms: tuple[Any, ...], names: Names) -> tuple[Any, ...]:
    """The factors of a product, as the names stand in the head of the class: `width * m`."""
    if len(atoms) < 2:
        return atoms
    places = {name: place for place, name in enumerate(names)}
    return tuple(sorted(atoms, key=lambda atom: places.get(atom.key, -1) if atom.kind == "symbol" else len(places)))


class Products(Printer):
    """Sizes with quotients as people write them: `planes * width // 64`."""

    def piece(self, atoms: tuple[Any, ...], factor: int) -> tuple[int, str, bool]:
        return super().piece(in_order(atoms, self.names), factor)

    def call(self, atom: Any) -> str:
        if atom.key.sign in ("min", "max") and is_run_time(atom.key):
            return self.extreme(atom.key.sign, atom.key.parts)
        return written(atom.key.sign, atom.key.parts, self.part, self.names)

    def extreme(self, kind: str, parts: Iterable[Size]) -> str:
        """Of sizes of tensors, in words that torch's tracers follow."""
        if not any(map(is_run_time, parts)):
            return super().extreme(kind, parts)
        return reduce(lambda text, part: f"sym_{kind}({text}, {part})", map(self.size, parts))

    def part(self, size: Dim) -> str:
        """A part of a formula, which may have a name of its own."""
        if not isinstance(self.names, Called):
            return self.size(size)
        return self.names.of(size) or self.size(self.names.within(size))

    def operand(self, size: Size, signs: int) -> str:
        terms = size.terms if signs and isinstance(size, Dim) and not is_call(size) else ()
        products = [factor > 0 and all(atom.kind != "//" for atom in atoms) for atoms, factor in terms]
        return self.size(size) if products == [True] else super().operand(size, signs)


def is_run_time(part: Any) -> bool:
    """Whether a size is that of a tensor, which only forward() knows."""
    return any(name[0] == "%" for name in getattr(part, "symbols", ()))


def power(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}**{exponent}" if is_word(name) else f"{name} ** {exponent}"


def symbolic(known: Any, names: Names) -> Node:
    """A size that only forward() knows: one of its spellings must stand on names that exist there."""
    if known is Ellipsis or getattr(known, "value", None) is Ellipsis:
        return "..."
    spellings = known.spellings if isinstance(known, Known) else ()
    for spelling in (*spellings, getattr(known, "value", known)):
        if isinstance(spelling, (Dim, Condition)) and spelling.symbols <= names.keys():
            return spelling.text(names)
    raise Unwritable(f"{known} cannot be written over {', '.join(sorted(names)) or 'no names'}")


def shape_of(sizes: tuple[Known, ...], names: Names) -> Brackets:
    return tuple_of(*(node_of(size, names) for size in sizes))


def annotation(values: list[Any]) -> str:
    """The type of a constructor argument that has had these values."""
    lists = [plain for plain in map(plain_value, values) if isinstance(plain, list)]
    if len(lists) > 1:  # the rows of all of them are of one type
        values = [row for row in values if not isinstance(plain_value(row), list)] + [
            [r for rows in lists for r in rows]
        ]
    kinds = dict.fromkeys(kind_of(value) for value in values)
    if "float" in kinds:
        kinds.pop("int", None)
    none = kinds.pop("None", "") is None
    classes = [name[5:-1] for name in kinds if name.startswith("type[")]
    plain = [name for name in kinds if not name.startswith("type[")]
    united = [f"type[{' | '.join(classes)}]"] if classes else []
    return " | ".join([*united, *plain, *(["None"] if none else [])]) or "None"


def kind_of(value: Any) -> str:
    value = value.value if isinstance(value, Known) else value
    if isinstance(value, (list, tuple)):
        if isinstance(value, list):
            return f"Sequence[{united(value) or 'int'}]"
        return f"tuple[{', '.join(map(kind_of, value))}]" if value else "tuple[()]"
    if isinstance(value, Kind):
        return "Callable[..., nn.Sequential]" if value.is_function else f"type[{value.name}]"
    if isinstance(value, (Dim, Written, Ways)):  # a size that forward() alone knows
        return "int"
    return (
        "None" if value is None else next(kind.__name__ for kind in (bool, int, float, str) if isinstance(value, kind))
    )


def united(rows: list[Any]) -> str:
    """One type for all items of a list; tuples of one length by their places."""
    items = [item.value if isinstance(item, Known) else item for item in rows]
    if items and all(isinstance(item, tuple) and len(item) == len(items[0]) for item in items):
        return f"tuple[{', '.join(in_rows(list(column)) for column in zip(*items, strict=True))}]"
    return in_rows(items) if items else ""


def in_rows(column: list[Any]) -> str:
    """The type of one place of many rows. Which of several it is, a type checker could not follow the code in."""
    kinds = {kind_of(item) for item in column}
    return "Any" if "str" in kinds and len(kinds) > 1 else annotation(column)


def dtype(value: Known) -> str:
    return f"torch.{str(value.value).removeprefix('torch.')}"


def plain_value(value: Any) -> Any:
    """A Known without its spellings, nested ones too: what two instances must share to share a literal."""
    value = value.value if value.__class__ is Known else value
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain_value, value))
    return value


def bare(known: Any) -> Known:
    """A Known without its spellings, those of what is in it included."""
    value = known.value if isinstance(known, Known) else known
    return Known(type(value)(map(bare, value)) if isinstance(value, (list, tuple)) else value)


__all__ = [
    "Unwritable",
    "Written",
    "annotation",
    "bare",
    "call",
    "node_of",
    "number",
    "plain_value",
    "quoted",
    "shape_of",
]


def member(name: str, owner: str = "self") -> str:
    return f"{owner}.{name}" if is_plain(name) else f"getattr({owner}, {quoted(name)})"
