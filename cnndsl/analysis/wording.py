"""How compile-time values are written over the names of a class: what a result says of the things it came from, and
numbers that the author gave a name, `inner = planes * width // 64`; and why a calculation has no result.

A result that cannot be said has no spelling; who computes it pins the parameters behind it.
"""

from __future__ import annotations

from ..dims import Condition, Dim, Real, symbol
from ..dims.bounds import lower_bound, upper_bound
from ..dims.calls import IRRATIONAL, Formula, Routine, decided, formula, joined, kind_of, name, size_of
from ..graph import Cut, Known
from ..loops import MARK
from ..shapes import NoOperand, NoResult, TooLarge, shown
from ..syntax import tree as t
from ..typed import Any, Callable, Iterator, Mapping, Sequence
from .things import Counted, Named, Thing, Whole, named

SAID = frozenset(  # functions of numbers whose calls are told as they are written
    {"min", "max", "abs", "len", "sum", "int", "float", "round", "floor", "ceil", "sqrt", "log2", "log", "exp"}
)
LONGEST = 240  # characters that anybody would read
MOST = 4000  # characters of a size at run time; written over what rounds count, it may double in each


class Unsaid(Exception):
    """A thing that has no text: a tensor, a template, a list whose length depends on something."""


def part_of(thing: Thing) -> Any:
    """A thing as a part of a formula: its spelling, or its value; raises Unsaid."""
    if isinstance(thing, Known):
        if thing.spellings:
            first = thing.spellings[0]
            return first if isinstance(first, (Dim, Formula)) else name(first, kind(thing.value))
        if thing.value is None or isinstance(thing.value, (bool, int, float, str)):
            return thing.value
        if isinstance(thing.value, (list, tuple)):
            return part_of(thing.value)
    if isinstance(thing, Routine):
        return thing
    if isinstance(thing, (Named, Whole)) and thing.name:
        return thing.name if isinstance(thing.name, Formula) else name(thing.name, kind(thing))
    if isinstance(thing, (list, tuple)) and not isinstance(thing, Counted):
        return Formula("list" if isinstance(thing, list) else "tuple", tuple(map(part_of, thing)))
    raise Unsaid


def kind(value: Any, of_rows: bool = False) -> str:
    """What kind of value something is, as a type checker would say; of a row, what each of its places holds."""
    value = value.value if isinstance(value, Known) else value
    if isinstance(value, (list, tuple)):
        kinds = [kind(item, of_rows=True) for item in value]
        inner = "|".join(kinds) if of_rows and len({*kinds}) > 1 else joined(*kinds)
        return f"{'list' if isinstance(value, list) else 'tuple'} of {inner}"
    return next((k.__name__ for k in (bool, int, float, str) if isinstance(value, k)), "None")


def has_spelling(thing: Thing) -> bool:
    """Whether names of the class are behind a thing, and it says so."""
    if isinstance(thing, Known) and not isinstance(thing.value, (list, tuple)):
        return bool(thing.spellings)
    if isinstance(thing, Known):
        return has_spelling(thing.value)
    if isinstance(thing, (list, tuple)):
        return (isinstance(thing, (Named, Whole)) and bool(thing.name)) or any(map(has_spelling, thing))
    return False


def said(sign: str, value: Any, *things: Thing) -> tuple[Any, ...]:
    """The spelling of `value`, which is this operator or function of these things; () for none. A value that is known
    is nothing that `forward` works out: over sizes that it reads off tensors there is none."""
    return () if isinstance(value, (Dim, Condition, Real)) else known_early(composed(sign, value, *things))


def chosen(condition: Thing, way: bool, here: Known, there: Thing) -> Known | None:
    """What a condition that goes one way chose, spelled as that choice; None if that cannot be said."""
    if not has_spelling(condition):
        return None
    if is_nought(here) and isinstance(there, Known) and isinstance(there.value, float):
        from .ratios import as_fraction  # most files have none

        here = as_fraction(here)  # `p if deep else 0`
    ways = (here, there)[:: 1 if way else -1]
    spellings = said("if", here.value, ways[0], condition, ways[1])
    return Known(here.value, spellings) if spellings else None


def is_nought(known: Known) -> bool:
    return known.value.__class__ is int and known.value == 0


def asked(sign: str, *things: Thing) -> tuple[Any, ...]:
    """The spelling of a condition on free sizes, which `forward` asks."""
    return composed(sign, True, *things)


def composed(sign: str, value: Any, *things: Thing) -> tuple[Any, ...]:
    if not (sign in IRRATIONAL or any(map(has_spelling, things))):
        return ()
    try:
        found = formula(sign, *map(part_of, things))
    except (Unsaid, ArithmeticError):
        return ()
    if len(found if isinstance(found, Formula) else str(found)) > LONGEST:
        return ()
    if isinstance(value, int) and not isinstance(value, bool):
        found = size_of(found) if kind_of(found) == "int" or is_optional(found) else None
        return (found,) if isinstance(found, Dim) else ()
    return (found,) if isinstance(found, Formula) else ()


def is_optional(found: Any) -> bool:
    """Whether it is a whole number or None, as a condition says."""
    kinds = {kind_of(part) for part in found.parts[::2]} if getattr(found, "sign", "") == "if" else set()
    return kinds == {"int", "None"}


def said_real(sign: str, *things: Thing) -> tuple[Any, ...]:
    """How forward() works out a number that is no size of free sizes; raises TooLarge if nobody could read that."""
    try:
        found = formula(sign, *map(part_of, things))
    except Unsaid:
        raise NoResult("what sizes this is made of cannot be said where it stands") from None
    if len(str(found)) > LONGEST:
        raise TooLarge(f"written down, this number has {len(str(found)):,} characters; {LONGEST} are allowed")
    return (found,)


def compared(sign: str, left: Thing, right: Thing) -> tuple[Any, ...]:
    """The spelling of a comparison, with None as Python's people have it."""
    none = isinstance(right, Known) and right.value is None
    left = as_held(left) if none else left
    return said({"==": "is", "!=": "is not"}.get(sign, sign) if none else sign, True, left, right)


def as_held(side: Thing) -> Thing:
    """A template that a parameter holds, as this: where that is None, it is spelled by its name, too."""
    held = getattr(side, "held", "")
    return Known(None, (name(held, "None"),)) if held else side


def known_early(ways: tuple[Any, ...]) -> tuple[Any, ...]:
    """The spellings that a constructor can say: not those over sizes that `forward` reads off tensors."""
    return tuple(way for way in ways if not any(name[0] == "%" for name in getattr(way, "symbols", ())))


def said_slice(source: Thing, cut: Cut) -> Thing:
    """`depths[:n]`, `depths[n:]` or `depths[::-1]` of a list that has a name, spelled so; None where that cannot be
    said."""
    if not isinstance(source, (Named, Whole)) or not source.name:
        return None
    start, stop, step = (end if isinstance(end, Known) else Known("") for end in (cut.start, cut.stop, cut.step))
    ends = [(sign, end) for sign, end in (("upto", stop), ("from", start)) if end.value is not None]
    if step.value == -1 and not ends:
        return backwards(source)
    if step.value not in (None, 1) or len(ends) != 1:
        return None
    sign, end = ends[0]
    if not isinstance(end.value, int) or isinstance(end.value, bool):
        return None
    found = source[: end.value] if sign == "upto" else source[end.value :]
    return named(Formula(sign, (part_of(source), part_of(end))), found, type(source))


def said_row(source: Thing, item: Thing, row: Thing) -> Thing:
    """`table[-1]` or `table[i]` of a list of rows that has a name, spelled so, and each of its numbers by its place;
    None where that cannot be said."""
    if not isinstance(source, (Named, Whole)) or not source.name:
        return None
    found = named(Formula("item", (part_of(source), part_of(item))), (), Named if isinstance(row, list) else Whole)
    numbers = [Known(one.value, said("item", one.value, found, Known(at))) for at, one in enumerate(row) if is_one(one)]
    return (
        named(found.name, numbers, type(found))
        if len(numbers) == len(row) and all(map(has_spelling, numbers))
        else None
    )


def is_one(thing: Thing) -> bool:
    return isinstance(thing, Known) and isinstance(thing.value, (bool, int, float, str))


def backwards(source: Named | Whole) -> Thing:
    """A list that has a name from its last item on, spelled so."""
    return named(Formula("backwards", (part_of(source),)), source[::-1], type(source))


def refuse_reals(sign: str, *sides: Any) -> None:
    from ..dims.reals import real_in

    if (number := real_in(sides)) is not None:
        raise NoOperand(f"`{sign}` compares sizes, which are whole numbers, and `{number}` is none")


def extreme_of(sign: str, sizes: Callable[..., Any], values: list[Any], ways: list[tuple[Any, ...]]) -> Known:
    """The extreme of sizes, and its spelling. Sizes at run time are at least 1, so that some of them never matter; of
    the names of a class nothing is known: over these it stays as it is."""
    best = [next((way for way in some if is_run_time(way)), some[0]) for some in ways]
    found = sizes(*best) if all(map(is_run_time, best)) else size_of(formula(sign, *best))
    if len(str(found)) > MOST:
        raise TooLarge(f"written down, this `{sign}` of sizes has {len(str(found)):,} characters; {MOST:,} are allowed")
    value, spellings = sizes(*values), (found,) if isinstance(found, Dim) else ()
    return Known(value, spellings if isinstance(value, Dim) else known_early(spellings))


def is_run_time(size: Any) -> bool:
    return all(name[0] == "%" for name in getattr(size, "symbols", ()))


LEVELS = {"+": 1, "-": 1, "*": 2, "//": 2, "%": 2}
ATOM = 3

Numbered = tuple[str, Known, str]  # the name, its value with its spellings, the right side; "" where that says more


def numbered(node: t.Assign, thing: Thing, names: Mapping[str, Thing], before: list[Numbered]) -> Numbered | None:
    """What an assignment names, if it is a size that the class can compute. `names` are those before it."""
    target = node.targets[0] if len(node.targets) == 1 else None
    if isinstance(target, t.Name) and type(thing) is list and is_computed_list(thing):
        return target.id, Known(list(thing)), ""
    if not isinstance(target, t.Name) or not isinstance(thing, Known) or not computed(thing):
        return None
    still = {name: known for name, known, _ in before if names.get(name) is known}
    usable = {name: other for name, other in names.items() if name in still or is_plain(other)}
    return target.id, thing, written(node.value, usable) or ""


def is_computed_list(items: list[Thing]) -> bool:
    """Whether some of several whole numbers are spelled, and none by a name of a round."""
    known = [item for item in items if isinstance(item, Known) and type(item.value) is int]
    sizes = [size for item in known for size in item.spellings if isinstance(size, Dim)]
    return len(items) == len(known) > 1 and bool(sizes) and not any(is_inner(name) for s in sizes for name in s.symbols)


def is_inner(name: str) -> bool:
    """Whether a name is one of a round, or of a size at run time."""
    return MARK in name or name[0] == "%"


def computed(known: Known) -> bool:
    """Whether a value is a whole number that is spelled over names of the class, other than by one of them."""
    is_whole = isinstance(known.value, int) and not isinstance(known.value, bool)
    sizes = [s for s in known.spellings if isinstance(s, Dim)]
    kept = not any(is_inner(name) for size in sizes for name in size.symbols)
    return is_whole and kept and bool(sizes) and not any(name_of(size) for size in sizes)


def name_of(size: Any) -> str | None:
    """The name that a size is, if it is no more than that."""
    (name, *others) = size.symbols or [""]
    return name if not others and size == symbol(name) else None


def written(node: Any, names: Mapping[str, Thing], level: int = 0) -> str | None:
    """An expression over parameters, sizes of inputs, numbers and other such names as Python; else None."""
    match node:
        case t.Number(value=int() as number):
            return str(number)
        case t.Name(id=name):
            return name_in(name, names.get(name))
        case t.Binary(operator=sign, left=left, right=right) if sign in LEVELS:
            own = LEVELS[sign]
            sides = written(left, names, own), written(right, names, own + 1)
            text = f"{sides[0]} {sign} {sides[1]}"
            return None if None in sides else f"({text})" if own < level else text
    return None


def is_plain(thing: Thing) -> bool:
    """Whether a thing is a number, or spelled by one name of the class."""
    if not isinstance(thing, Known) or isinstance(thing.value, bool) or not isinstance(thing.value, int):
        return False
    return not thing.spellings or any(isinstance(s, Dim) and name_of(s) for s in thing.spellings)


def name_in(name: str, thing: Thing) -> str | None:
    """How Python calls what the author calls so."""
    if not isinstance(thing, Known):
        return None
    if not thing.spellings:
        return str(int(thing.value))
    return next((found for s in thing.spellings if isinstance(s, Dim) and (found := name_of(s))), name)


def names_in_product(size: Any) -> Iterator[str]:
    """The names in sizes that are products: they stand for sizes themselves, at least 1."""
    for spelling in getattr(size, "spellings", ()):
        if len(spelling.terms) == 1:
            yield from spelling.symbols


def side_of(bound: Thing, sizes: set[str]) -> Iterator[Known]:
    """The condition that a bound keeps its side, if names are behind it that may take it to the other one."""
    spelling = bound.spellings[0] if isinstance(bound, Known) and bound.spellings else None
    if not isinstance(spelling, Dim) or any(MARK in name or name[0] == "%" for name in spelling.symbols):
        return
    front = bound.value >= 0
    end = lower_bound(spelling) if front else upper_bound(spelling)
    if spelling.symbols <= sizes and end is not None and (end >= 0) is front:
        return
    lead = spelling.terms[0][1]
    turned = -spelling if lead < 0 else spelling
    sign = (">=" if front else "<") if lead > 0 else ("<=" if front else ">")
    rest = turned - turned.constant  # `n >= 2`, for `n - 2`
    if isinstance(rest, Dim) and (ways := said(sign, True, Known(0, (rest,)), Known(-turned.constant))):
        yield Known(True, ways)


def no_result(sign: str, left: Any, right: Any, error: Exception | None = None) -> NoResult:
    """The refusal of `left sign right`, which Python refuses; without an error, what gives a complex number."""
    base = f"({left})" if sign == "**" and left < 0 else str(left)
    return NoResult(f"{base} {sign} {right} {no_result_since(error)}")


def no_result_of(name: str, values: Sequence[Any], error: Exception) -> NoResult:
    """The refusal of a function of numbers."""
    texts = [value for value in values if isinstance(value, str)]
    why = f"{shown(texts[0])} is no number" if texts else no_result_since(error)
    is_about = f"{name}({', '.join(map(shown, values))})"
    return NoResult(f"{is_about} has no result: {why}" if texts else f"{is_about} {why}")


def no_result_since(error: Exception | None) -> str:
    if isinstance(error, ZeroDivisionError):
        return "divides by zero"
    if isinstance(error, OverflowError):
        return "is too large a number"
    return "is no real number" if error is None or "domain" in str(error) else "has no result"


def same_in_all_ways(left: Any, right: Any) -> bool:
    """Whether two sizes are one, whichever way a condition goes that they are chosen by."""
    return any(all(decided(left, test, w) == decided(right, test, w) for w in (True, False)) for test in tests_in(left))


def tests_in(part: Any) -> Iterator[str]:
    """The conditions that a size is chosen by."""
    for atom in (atom for atoms, _ in getattr(part, "terms", ()) for atom in atoms if atom.kind == "call"):
        yield from [str(atom.key.parts[1])] if atom.key.sign == "if" else ()
