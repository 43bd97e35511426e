"""Numbers that are computed again, as Python text: `width * 24 * 24`, `4 * (i + 1)`. Decides on no spelling."""

from __future__ import annotations

from itertools import combinations

from ..dims import Dim, Formula, Size
from ..dims.calls import COMPARE, NOT, SIGNS, level_of
from ..graph import Known
from ..lean import suppress
from ..loops import MARK
from ..patterns import re
from ..spelled import product
from ..typed import Any, Callable, Sequence
from .class_arguments import Kind
from .expressions import Written, negated, node_of, plain_value
from .layout import flat
from .rendering import LEVELS

PARTS = {"+": ("offset", "offset"), "-": ("offset", "offset"), "*": ("factor", "factor")}  # what sides are called
PARTS |= {"/": ("dividend", "divisor"), "//": ("dividend", "divisor"), "%": ("dividend", "divisor")}
PARTS |= {"**": ("base", "exponent")}


def is_formula(known: Known) -> bool:
    """Whether a number may be computed again: a fraction, or a whole number from two others."""
    return bool(known.form) and (isinstance(known.value, float) or not any(side.form for side in known.form[1:]))


def own_name(items: Sequence[Known]) -> str | None:
    """The author's name for these numbers, if each is one and all have the same."""
    names = [{str(s) for s in item.spellings if str(s).isidentifier() and MARK not in str(s)} for item in items]
    return min(set.intersection(*names), default=None)


def text_of(known: Known) -> str:
    return flat(node_of(known, {}))


def question(condition: Known) -> tuple[str, bool]:
    """What a condition asks of the arguments, and whether it is that or the contrary; '' if it is none of text."""
    text = text_of(condition) if isinstance(condition.value, Written) else ""
    contrary = negated(text)
    return (contrary, False) if len(contrary) < len(text) else (text, True)


def composed(sign: str, left: Known, right: Known) -> str:
    """`left sign right` as Python."""
    level = LEVELS[sign] if sign in LEVELS else SIGNS[sign]
    texts = [text_of(side) for side in (left, right)]
    needs = (level + (sign == "**"), level + (sign != "**"))
    shown = [f"({text})" if level_of(text) < need else text for text, need in zip(texts, needs, strict=True)]
    tight = sign == "**" and all(re.fullmatch(r"-?[\w.]+", text) for text in shown)
    return sign.join(shown) if tight else f" {sign} ".join(shown)


def factors_of(sizes: Sequence[Any], whole: Any, factor: Callable[[Sequence[int]], Size | None]) -> tuple[Size, ...]:
    """The factors of a product as it came about, each as `factor` writes it for all of `sizes`; () if it cannot."""
    columns = [getattr(size, "factors", ()) for size in sizes]
    if not columns[0] or len(set(map(len, columns))) > 1:
        return ()
    found = tuple(size for size in map(factor, zip(*columns, strict=True)) if size is not None and size != 1)
    return found if len(found) > 1 and product(found) == whole else ()


def picks_of_literal(part: Any) -> bool:
    """Whether a formula picks an item of a list that would stand there item by item: a table says it better."""
    if not isinstance(part, Formula) or part.sign == "name":
        return False
    whole = part.parts[0] if part.sign == "item" else None
    return getattr(whole, "sign", "") in ("list", "tuple") or any(map(picks_of_literal, part.parts))


def of_fractions(sets: Sequence[Sequence[Any]]) -> list[Any]:
    """The ways to write what some have made of a fraction and others of a whole number, of each of which `sets` has
    the ways: `int(in_channels * ratio)`, though that is `in_channels * ratio` for a whole one."""
    sizes = [[way for way in ways if way.__class__ is Dim] for ways in sets]
    names = {way.symbols for way in sizes[0]}
    if any(names.isdisjoint([way.symbols for way in ways]) for ways in sizes):
        return []
    from ..dims.whole import if_whole

    said: dict[Dim, Any] = {}
    for way in (way for ways in sizes for way in ways if way.symbols in names):
        with suppress(ArithmeticError):
            said[way] = if_whole(way)
    return [way for way, whole in said.items() if all(way in ways or whole in ways for ways in sets)]


def bracketed(size: Any) -> str:
    text = str(size)
    return text if re.fullmatch(r"[\w.%\[\]]+", text) else f"({text})"


# Tests of what arguments are, as text


def both(first: str, second: str) -> str:
    """Two tests that must hold; what both ask is asked once."""
    found = [parts_of(in_brackets(test)) for test in (first, second) if test]
    return " and ".join(dict.fromkeys(part for some in found for part in some))


def either(tests: Sequence[str]) -> str:
    """One test or another; what all of them ask is asked once, alternatives of one name are `in`."""
    distinct = [" and ".join(parts) for parts in whichever([parts_of(test) for test in dict.fromkeys(tests)])]
    found = [parts_of(test) for test in distinct]
    if len(distinct) > 1 and (shared := [part for part in found[0] if all(part in others for others in found)]):
        rest = [" and ".join(part for part in some if part not in shared) for some in found]
        return " and ".join([*shared, *([] if "" in rest else [in_brackets(either(rest))])])
    parts = [test.split(" == ") for test in distinct]
    if len(distinct) > 1 and all(
        len(part) == 2 and part[0] == parts[0][0] and " and " not in part[1] for part in parts
    ):
        return f"{parts[0][0]} in ({', '.join(part[1] for part in parts)})"
    return " or ".join(f"({test})" if " and " in test and len(distinct) > 1 else test for test in distinct)


def whichever(found: list[list[str]]) -> list[list[str]]:
    """Of tests that are the same but for a flag, whichever it is, one that does not ask for it."""
    for one, other in combinations(found, 2):
        differing = sorted({*one} ^ {*other}, key=len)
        rest = [part for part in one if part not in differing]
        if rest and len(differing) == 2 and differing[1] == f"not {differing[0]}":
            others = [parts for parts in found if parts not in (one, other)]
            return whichever(others if rest in others else [*others, rest])
    return found


def of_all(tests: Sequence[str]) -> str:
    """What must hold, all of it."""
    found = [*map(plainly, tests)]
    return " and ".join(f"({test})" if " or " in test and len(found) > 1 else test for test in found)


def plainly(test: str) -> str:
    """What must hold, as people write it: `a in (1, 2)` for `not (a != 1 and a != 2)`."""
    found = turned(test)
    return either(found.split(" or ")) if found != test else test


def turned(test: str) -> str:
    """`not (a == b and c > d)`, where nothing stands beside it, as people write it."""
    inner = test[5:-1] if test.startswith("not (") and level_of(test) == NOT else ""
    for word, other in ((" and ", " or "), (" or ", " and ")):
        parts = inner.split(word)
        if len(parts) > 1 and all(level_of(part) == COMPARE and part.count("(") == part.count(")") for part in parts):
            found = [negated(part) for part in parts]
            return test if any(part.startswith("not ") for part in found) else other.join(found)
    return test


def parts_of(test: str) -> list[str]:
    """The tests that one is made of, all of which must hold."""
    return [test] if any(sign in test for sign in (" or ", '"', "'")) else test.split(" and ")


def in_brackets(test: str) -> str:
    return f"({test})" if " or " in test else test


def is_value(name: str, value: Known) -> str:
    plain = plain_value(value)
    text = flat(node_of(plain, {}))
    return (
        f"{name} is {text}"
        if isinstance(plain, Kind)
        else tested(f"list({name})" if isinstance(plain, list) else name, [text])
    )


def tested(what: str, values: Sequence[str]) -> str:
    if len(values) > 1:
        return f"{what} in ({', '.join(values)})"
    flags = {"True": what, "False": f"not {what}", "None": f"{what} is None"}
    return flags.get(values[0], f"{what} == {values[0]}")


def apart(text: str) -> tuple[str, str]:
    """A paragraph without the arguments for which it is true, and the test of these."""
    heading, _, rest = text.partition(":\n")
    what, _, test = heading.partition(" where ")
    return f"{what}:\n{rest}", test
