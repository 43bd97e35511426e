"""What uses of a class have in common, and what its names stand for where it does not take them. Walks no steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..dims.calls import as_part
from ..graph import Instance
from .arguments import simple, size_of
from .expressions import plain_value
from .varying import Names


def constant_parameters(members: Sequence[Instance]) -> Names:
    """The parameters that have one value in all members."""
    values: dict[str, set[str]] = {}
    for parameter in (parameter for member in members for parameter in member.parameters):
        values.setdefault(parameter.name, set()).add(repr(plain_value(parameter.value)))
    return frozenset(name for name, found in values.items() if len(found) == 1)


def settled_numbers(members: Sequence[Instance], taken: set[str]) -> dict[str, int]:
    """The parameters and sizes that the class does not take, where they are one whole number in all members."""
    found: dict[str, set[Any]] = {}
    for member in members:
        sizes = ((name, size_of(member, name)) for name, _ in member.sizes)
        for name, value in (*((p.name, p.value.value) for p in member.parameters), *sizes):
            found.setdefault(name, set()).add(
                int(value) if type(value) is not bool and isinstance(value, int) else None
            )
    alike = {name: values.pop() for name, values in found.items() if len(values) == 1 and name not in taken}
    return {name: value for name, value in alike.items() if value is not None}


def settled_lists(members: Sequence[Instance], kept: Sequence[str]) -> dict[str, Any]:
    """The lists that are no arguments of the class, and the same in all members: spellings say what is in them."""
    same = constant_parameters(members).difference(kept)
    lists = [p for p in members[0].parameters if p.name in same and isinstance(p.value.value, (list, tuple))]
    return {p.name: as_part(p.value.value) for p in lists if simple(p.value)}
