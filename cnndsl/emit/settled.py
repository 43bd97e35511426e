"""What uses of a class have in common, and what its names stand for where it does not take them. Walks no steps."""

from __future__ import annotations

from collections.abc import Sequence

from ..dims.calls import as_part
from ..graph import Instance
from ..typed import Any
from .arguments import simple, size_of
from .expressions import plain_value
from .varying import Names


def constant_parameters(members: Sequence[Instance]) -> Names:
    """The parameters that have one value in all members."""
    values: dict[str, set[str]] = {}
    for parameter in (parameter for member in members for parameter in member.parameters):
        values.setdefault(parameter.name, set()).add(repr(plain_value(parameter.value)))
    return frozenset(name for name, found in values.items() if len(found) == 1)


def settled_numbers(members: Sequence[Instance], taken: set[str]) -> dict[str, Any]:
    """The parameters and sizes that the class does not take, where they are one number or flag in all members."""
    found: dict[str, dict[str, Any]] = {}
    for member in members:
        sizes = ((name, size_of(member, name)) for name, _ in member.sizes)
        for name, value in (*((p.name, p.value.value) for p in member.parameters), *sizes):
            plain = int(value) if isinstance(value, int) and not isinstance(value, bool) else value
            found.setdefault(name, {})[repr(plain)] = plain
    alike = {name: next(iter(values.values())) for name, values in found.items() if len(values) == 1}
    return {n: value for n, value in alike.items() if n not in taken and isinstance(value, (bool, int, float))}


def settled_lists(members: Sequence[Instance], kept: Sequence[str]) -> dict[str, Any]:
    """The lists that are no arguments of the class, and the same in all members: spellings say what is in them."""
    same = constant_parameters(members).difference(kept)
    lists = [p for p in members[0].parameters if p.name in same and isinstance(p.value.value, (list, tuple))]
    return {p.name: as_part(p.value.value) for p in lists if simple(p.value)}


def without_lengths(names: Names) -> Names:
    """The names; a class may take a list of which only `len(widths)` is settled, and refuse other lengths."""
    return frozenset(name for name in names if not name.startswith("len("))
