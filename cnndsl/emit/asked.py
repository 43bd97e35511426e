"""Tests of what arguments are, as Python text: of one value, of several, of two tests together, of one or another."""

from __future__ import annotations

from ..graph import Known
from ..typed import Sequence
from .class_arguments import Kind
from .expressions import node_of, plain_value
from .layout import flat


def both(first: str, second: str) -> str:
    """Two tests that must hold; what both ask is asked once."""
    found = [parts_of(bracketed(test)) for test in (first, second) if test]
    return " and ".join(dict.fromkeys(part for some in found for part in some))


def either(tests: Sequence[str]) -> str:
    """One test or another; what all of them ask is asked once, alternatives of one name are `in`."""
    distinct = list(dict.fromkeys(tests))
    found = [parts_of(test) for test in distinct]
    if len(distinct) > 1 and (shared := [part for part in found[0] if all(part in others for others in found)]):
        rest = [" and ".join(part for part in some if part not in shared) for some in found]
        return " and ".join([*shared, *([] if "" in rest else [bracketed(either(rest))])])
    parts = [test.split(" == ") for test in distinct]
    if len(distinct) > 1 and all(
        len(part) == 2 and part[0] == parts[0][0] and " and " not in part[1] for part in parts
    ):
        return f"{parts[0][0]} in ({', '.join(part[1] for part in parts)})"
    return " or ".join(f"({test})" if " and " in test and len(distinct) > 1 else test for test in distinct)


def parts_of(test: str) -> list[str]:
    """The tests that one is made of, all of which must hold."""
    return [test] if any(sign in test for sign in (" or ", '"', "'")) else test.split(" and ")


def bracketed(test: str) -> str:
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
