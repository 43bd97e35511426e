"""Compile-time arithmetic with Python's meaning exactly, on Known values; keeps their spellings. Knows no tensor."""

from __future__ import annotations

import _operator as operator
import math
from math import prod

from ..dims import Condition, Dim, Formula, Real, at_least, both, differ, either, equal, maximum, minimum, negate
from ..graph import Cut, Known
from ..limits import MAX_LENGTH as MAX_LENGTH
from ..problems import fail
from ..records import replace
from ..shapes import BadArgument, FreeArgument, NoOperand, NoResult, TooLarge
from ..source import Span
from ..spelled import reckoned
from ..typed import Any, Callable
from .lengths import ZERO, bound, builtin_enumerate, builtin_len, builtin_reversed, builtin_zip, counter, is_told, items
from .things import Counted, Named, Thing, describe, raw, strip, weight
from .wording import as_held, asked, compared, extreme_of, no_result, no_result_of, refuse_reals, said, said_real

MAX_BITS = 1024  # of a whole number
HOLDING = frozenset({Real, list, tuple})  # what a Real can be in
NO_NUMBERS = frozenset({str, type(None), type(...), Condition})

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SIZE_COMPARISONS: dict[str, Callable[[Any, Any], Condition]] = {
    "==": equal,
    "!=": differ,
    "<": lambda a, b: at_least(b, a + 1),
    "<=": lambda a, b: at_least(b, a),
    ">": lambda a, b: at_least(a, b + 1),
    ">=": at_least,
}


def spelled(known: Known) -> tuple[Any, ...]:
    """Ways to write a whole number: its spellings, or itself."""
    return tuple(s for s in known.spellings if isinstance(s, Dim)) or (known.value,)


def binary(sign: str, left: Thing, right: Thing) -> Thing:
    """`left sign right` of two static things; raises Misfit."""
    if left.__class__ is not Known or right.__class__ is not Known:
        if isinstance(left, (list, tuple)) or isinstance(right, (list, tuple)):
            return sequence_binary(sign, left, right)
        raise NoOperand(f"`{sign}` cannot take {describe(left)} and {describe(right)}")
    value = compute(sign, left.value, right.value)
    if isinstance(value, Real):
        return Known(value, said_real(sign, left, right))
    form = (sign, left, right) if left.spellings or right.spellings or left.form or right.form else None
    if isinstance(value, (float, bool)) or not isinstance(value, (int, Dim)):
        ways = said(sign, value, left, right)
        return Known(value if form or ways else reckoned(sign, value, left.value, right.value), ways, form)
    if sign in ("**", "/"):
        return Known(value, powers(left, right) or said(sign, value, left, right), form)
    if form is None and value.__class__ is not Dim:
        return Known(value)
    found = [SIGNS[sign](a, b) for a in spelled(left) for b in spelled(right)]
    return Known(value, tuple([s for s in dict.fromkeys(found) if s.__class__ is Dim])[:4], form)


def powers(left: Known, right: Known) -> tuple[Any, ...]:
    """The spellings of a square or a cube, which are products."""
    if right.spellings or right.value not in (2, 3):
        return ()
    return tuple(prod([size] * right.value, start=1) for size in spelled(left) if isinstance(size, Dim))


def compute(sign: str, left: Any, right: Any) -> Any:
    """The value alone, refusing what Python would refuse and what would not fit in memory."""
    if sign not in SIGNS and sign not in ("**", "/"):
        raise NoOperand(f"`{sign}` multiplies tensors, not numbers")
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return bounded_text(left + right)
    if left.__class__ in NO_NUMBERS or right.__class__ in NO_NUMBERS:
        raise NoOperand(f"`{sign}` cannot take {describe(Known(left))} and {describe(Known(right))}")
    if isinstance(left, (Dim, Real)) or isinstance(right, (Dim, Real)):
        return symbolic(sign, left, right)
    if sign in ("/", "//", "%") and right == 0:
        raise NoResult(f"{left} {sign} {right} divides by zero")
    refuse_huge(sign, left, right)
    try:
        value = SIGNS[sign](left, right)
    except (OverflowError, ZeroDivisionError, ValueError) as error:
        raise no_result(sign, left, right, error) from None
    if isinstance(value, complex):
        raise no_result(sign, left, right)
    return value


def symbolic(sign: str, left: Any, right: Any) -> Any:
    is_inverse = sign == "**" and isinstance(right, int) and right < 0
    if sign == "/" or is_inverse or any(isinstance(side, (float, Real)) for side in (left, right)):
        from ..dims.reals import calculated, part

        if sign in ("//", "%"):
            number = left if isinstance(left, (float, Real)) else right
            raise NoOperand(f"`{sign}` divides sizes, which are whole numbers, and `{number}` is none")
        if (found := calculated(sign, left, right)) is None:
            raise NoResult(f"`{Formula(sign, (part(left), part(right)))}` is no number for some sizes")
        return found
    if sign in ("//", "%") and isinstance(right, int) and right == 0:
        raise NoResult(f"{left} {sign} 0 divides by zero")
    if sign == "**":
        if not isinstance(right, int) or not 0 <= right <= 16:
            raise NoResult(f"{left} ** {right} is not a whole size")
        return prod([left] * right, start=1)
    return SIGNS[sign](left, right)


def refuse_huge(sign: str, left: Any, right: Any) -> None:
    """Whole numbers beyond MAX_BITS are no sizes of a network; computing them could take for ever."""
    if sign not in ("**", "*") or not isinstance(left, int) or not isinstance(right, int):
        return
    bits = left.bit_length() * max(right, 0) if sign == "**" else left.bit_length() + right.bit_length()
    if bits > MAX_BITS:
        raise TooLarge(f"{shorten(left)} {sign} {shorten(right)} is too large a number")


def shorten(number: int) -> str:
    return str(number) if number.bit_length() < 100 else "(a huge number)"


def bounded_text(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise TooLarge("the string becomes too long")
    return text


def sequence_binary(sign: str, left: Thing, right: Thing) -> Thing:
    """`[1] + [2]` and `[1] * 3`."""
    if sign == "+" and any(isinstance(left, kind) and isinstance(right, kind) for kind in (list, tuple)):
        if len(left) + len(right) > MAX_LENGTH:
            raise TooLarge("the list becomes too long")
        return left + right
    if sign == "*":
        items, count = (left, right) if isinstance(left, (list, tuple)) else (right, left)
        if isinstance(count, Known) and isinstance(count.value, int):
            if weight(items, {})[0] * max(count.value, 0) > MAX_LENGTH:
                raise TooLarge(f"a list of {len(items)} * {shorten(count.value)} entries is too long")
            return items * count.value
    raise NoOperand(f"`{sign}` cannot take {describe(left)} and {describe(right)}")


def unary(sign: str, thing: Thing) -> Known:
    if not isinstance(thing, Known) or not isinstance(thing.value, (int, float, Dim, Real)):
        raise NoOperand(f"`{sign}` cannot take {describe(thing)}")
    if sign == "+":
        return thing
    if isinstance(thing.value, Real):
        from ..dims.reals import negative

        return Known(negative(thing.value), said_real("neg", thing))
    if isinstance(thing.value, float):
        return Known(-thing.value, said("neg", thing.value, thing))
    return Known(-thing.value, tuple(-s for s in thing.spellings if isinstance(s, Dim)))


def compare(sign: str, left: Thing, right: Thing) -> Known:
    """A comparison: a bool, or a Condition on free sizes. Its spelling is Python text."""
    if sign in ("in", "not in"):
        if isinstance(left, Known) and isinstance(left.value, Dim):
            raise NoOperand(f"`{sign}` cannot be asked of a free size; compare {left.value} by `==`, `>=` or `%`")
        found = contains(left, right) == (sign == "in")
        return Known(found, said(sign, found, left, right))
    if sign in ("is", "is not"):
        if not any(isinstance(side, Known) and side.value is None for side in (left, right)):
            raise NoOperand(f"`{sign}` compares with None only; use `{'==' if sign == 'is' else '!='}`")
        same = isinstance(left, Known) and isinstance(right, Known) and left.value is None and right.value is None
        return Known(same == (sign == "is"), said(sign, True, *map(as_held, (left, right))))
    a, b = value_of(left), value_of(right)
    if a.__class__ in HOLDING or b.__class__ in HOLDING:
        refuse_reals(sign, a, b)
    if isinstance(a, Dim) or isinstance(b, Dim):
        verdict = compare_sizes(sign, a, b)  # decided for all sizes, it is nothing that `forward` would have to ask
        return Known(verdict, asked(sign, left, right) if isinstance(verdict, Condition) else ())
    try:
        return Known(bool(COMPARISONS[sign](a, b)), compared(sign, left, right))
    except TypeError:
        raise NoOperand(f"`{sign}` cannot compare {describe(left)} and {describe(right)}") from None


def compare_sizes(sign: str, left: Any, right: Any) -> Condition | bool:
    if not all(isinstance(side, (int, Dim)) for side in (left, right)):
        if sign in ("==", "!="):
            return sign == "!="
        raise NoOperand(f"`{sign}` cannot compare {left} and {right}")
    condition = SIZE_COMPARISONS[sign](left, right)
    verdict = condition.decide()
    return condition if verdict is None else verdict


def value_of(thing: Thing) -> Any:
    """A thing for `==` with Python's meaning: lists by their values."""
    if isinstance(thing, Known):
        return thing.value
    if isinstance(thing, list):
        return [value_of(item) for item in thing]
    if isinstance(thing, tuple):
        return tuple(value_of(item) for item in thing)
    return thing


def contains(item: Thing, whole: Thing) -> bool:
    if isinstance(whole, Known) and isinstance(whole.value, str):
        if isinstance(item, Known) and isinstance(item.value, str):
            return item.value in whole.value
    elif isinstance(whole, (list, tuple)):
        return value_of(item) in value_of(whole)
    raise NoOperand(f"`in` cannot look for {describe(item)} in {describe(whole)}")


def negation(thing: Thing) -> Known:
    if isinstance(thing, Known) and isinstance(thing.value, Condition):
        return Known(negate(thing.value), asked("not", thing))
    value = not truth(thing)
    return Known(value, said("not", value, thing))


def truth(thing: Thing) -> bool:
    """Python's truth of a static thing; templates are true."""
    if isinstance(thing, Known):
        if isinstance(thing.value, Dim):
            return True
        return bool(thing.value)
    return bool(thing) if isinstance(thing, (list, tuple)) else True


def connect(sign: str, left: Known, right: Known) -> Known:
    """`and`/`or` of two conditions of which at least one is on a free size."""
    conditions = [side.value for side in (left, right) if isinstance(side.value, Condition)]
    plain = [truth(side) for side in (left, right) if not isinstance(side.value, Condition)]
    if plain and plain[0] is (sign == "or"):
        return Known(plain[0])
    return Known((both if sign == "and" else either)(*conditions))


def python_index(item: Thing) -> Any:
    if isinstance(item, Cut):
        ends = (item.start, item.stop, item.step)
        return slice(*(end.value if isinstance(end, Known) else end for end in ends))
    if isinstance(item, Known) and isinstance(item.value, int):
        return int(item.value)
    raise TypeError


# Functions


def builtin_range(*ends: Known) -> list[Thing]:
    numbers = [bound(end) for end in ends]
    if not 1 <= len(numbers) <= 3:
        raise BadArgument("range takes 1 to 3 numbers")
    if len(numbers) == 3 and numbers[2] == 0:
        raise BadArgument("range cannot take steps of 0", None)
    found = range(*numbers)
    if found[MAX_LENGTH:]:  # len() refuses what is longer than a machine can count
        raise TooLarge(f"range({', '.join(map(shorten, numbers))}) is too long; at most {MAX_LENGTH:,} are allowed")
    counted = Counted(Known(number) for number in found)
    counted.length = Known(len(found))
    if is_told(ends) or len(ends) == 2:
        long = ends[0] if len(ends) == 1 else binary("-", *(ends[1::-1] if found.step > 0 else ends[:2]))
        counted.length, counted.columns = replace(long, value=len(found)), counter(found.step)
    return counted


def builtin_sum(thing: Thing, start: Thing = ZERO) -> Thing:
    total = start
    for item in items(thing):
        total = binary("+", total, item)
    return strip(total) if isinstance(thing, (Named, Counted)) else total  # how long these are may be another matter


def extreme(chosen: Callable[..., Any], sizes: Callable[..., Any]) -> Callable[..., Thing]:
    def function(*things: Thing) -> Thing:
        found = items(things[0]) if len(things) == 1 else list(things)
        if not found:
            raise BadArgument(f"{chosen.__name__} of nothing")
        values = [item.value if isinstance(item, Known) else None for item in found]
        if any(isinstance(value, (Dim, Real)) for value in values):
            if not all(isinstance(value, (int, Dim)) for value in values):
                raise BadArgument(f"{chosen.__name__} cannot compare {', '.join(map(describe, found))}")
            return extreme_of(chosen.__name__, sizes, values, [*map(spelled, found)])
        try:
            return strip(chosen(found, key=value_of))  # which one it is was decided here
        except TypeError:
            raise BadArgument(f"{chosen.__name__} cannot compare {', '.join(map(describe, found))}") from None

    return function


def numeric(function: Callable[..., Any], name: str) -> Callable[..., Thing]:
    """A function of plain numbers; a free size is refused."""

    def call(*things: Thing) -> Known:
        values = [value_of(thing) for thing in things]
        if any(isinstance(value, (Dim, Real)) for value in values):
            if name == "sqrt" and len(things) == 1:
                root = binary("**", things[0], Known(0.5))
                assert isinstance(root, Known)
                return root
            what = "hangs on free sizes" if any(isinstance(value, Real) for value in values) else "is a free size"
            raise FreeArgument(f"{name} needs plain numbers, but {', '.join(map(str, values))} {what}")
        for thing, value in zip(things, values, strict=True):
            if not isinstance(value, (int, float, str)) and (value is not None or name != "str"):
                raise BadArgument(f"{name} takes a number, not {describe(thing)}")
        try:
            return Known(function(*values))
        except (TypeError, ValueError, ArithmeticError) as error:
            raise no_result_of(name, values, error) from None

    return call


def builtin_abs(thing: Thing) -> Thing:
    if isinstance(thing, Known) and isinstance(thing.value, Dim):
        return FUNCTIONS["max"](thing, binary("*", thing, Known(-1)))
    return numeric(abs, "abs")(thing)


def builtin_int(thing: Thing) -> Thing:
    if isinstance(thing, Known) and isinstance(thing.value, (int, Dim)) and not isinstance(thing.value, bool):
        return thing
    return numeric(int, "int")(thing)


FUNCTIONS: dict[str, Callable[..., Thing]] = {
    "len": builtin_len,
    "range": builtin_range,
    "zip": builtin_zip,
    "enumerate": builtin_enumerate,
    "reversed": builtin_reversed,
    "sum": builtin_sum,
    "min": extreme(min, minimum),
    "max": extreme(max, maximum),
    "abs": builtin_abs,
    "int": builtin_int,
    "float": numeric(float, "float"),
    "round": numeric(round, "round"),
    "floor": numeric(math.floor, "floor"),
    "ceil": numeric(math.ceil, "ceil"),
    "sqrt": numeric(math.sqrt, "sqrt"),
    "log2": numeric(math.log2, "log2"),
    "log": numeric(math.log, "log"),
    "exp": numeric(math.exp, "exp"),
    "str": numeric(str, "str"),
}


def raw_item(item: Thing) -> Any:
    """An index item as the rule takes it."""
    if isinstance(item, Cut):
        return slice(*(raw(end) for end in (item.start, item.stop, item.step)))
    return raw(item)


LARGEST = (2 - 2**-23) * 2.0**127  # of float32


def refuse_long(thing: Any, span: Span, floats: bool = False) -> None:
    """Refuses a whole number beside tensors that torch, which keeps them in 64 bits, cannot take; and with `floats`, as
    for what is written into a tensor or asked of each of its numbers, one that float32 does not hold.
    """
    if isinstance(thing, (list, tuple)):
        for part in thing:
            refuse_long(part, span, floats)
    elif (
        floats and isinstance(thing, Known) and isinstance(thing.value, float) and LARGEST < abs(thing.value) < math.inf
    ):
        raise fail("too-large", span, message=f"float32 holds numbers up to 3.4e38, and this is {thing.value:.3g}")
    elif isinstance(thing, Known) and type(thing.value) is int and not -(2**63) <= thing.value < 2**63:
        raise fail("too-large", span, message="a whole number beside tensors has at most 64 bits, and this has more")
