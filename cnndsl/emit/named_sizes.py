"""Names in forward() for sizes of its inputs that it reads many times: `n, t, d = x.shape`.

They are the author's own, in lower case; where one of them is another thing's, all of that input stay `x.shape[0]`.
"""

from __future__ import annotations

from ..graph import Instance, Value
from ..shapes import TensorType
from ..typed import Container, Iterator, Mapping, Sequence
from .names import is_taken

ALONE, TOGETHER = 3, 4  # reads of one size, and of all sizes of an input, from which on they have names
BESIDE = 2  # reads of one size of another input, where some have names
Place = tuple[int, str]  # the number of an input, and one of its axes
Sizes = Mapping[Place, str]


def named_sizes(reads: Mapping[Place, int], inputs: Sequence[Value], member: Instance, taken: Container[str]) -> Sizes:
    """Which sizes have names, and which ones."""
    every = [{axis: n for (number, axis), n in reads.items() if number == value.number} for value in inputs]
    if not any(counts and (sum(counts.values()) >= TOGETHER or max(counts.values()) >= ALONE) for counts in every):
        return {}
    found: dict[Place, str] = {}
    for at, (value, counts) in enumerate(zip(inputs, every, strict=True)):
        words = {str(axis): name.lower() for name, (index, axis) in member.axes if index == at}
        names = {axis: words.get(axis, "") for axis in counts}
        used = {*found.values(), *(other.name for other in inputs)}
        is_clear = all(name and name not in used and not is_taken(name, taken) for name in names.values())
        if is_clear and max(counts.values(), default=0) >= (1 if sum(counts.values()) >= TOGETHER else BESIDE):
            found |= {(value.number, axis): name for axis, name in names.items()}
    return found


def lines_for(sizes: Sizes, inputs: Sequence[Value], variables: Mapping[int, str]) -> Iterator[str]:
    """The statements that give them their names."""
    for value in inputs:
        names = {int(axis): name for (number, axis), name in sizes.items() if number == value.number}
        if names and isinstance(value.type, TensorType):
            yield f"{' ' * 8}{taken_from(f'{variables[value.number]}.shape', names, value.type.rank)}"


def taken_from(shape: str, names: Mapping[int, str], rank: int) -> str:
    """`n, t = x.shape[:2]`."""
    first, *others = places = sorted(names)
    if not others:
        return f"{names[first]} = {shape}[{first}]"
    if places == list(range(rank)):
        return f"{', '.join(names[axis] for axis in places)} = {shape}"
    if places == list(range(len(places))):
        return f"{', '.join(names[axis] for axis in places)} = {shape}[:{len(places)}]"
    if places == list(range(first, rank)):
        return f"{', '.join(names[axis] for axis in places)} = {shape}[{first}:]"
    return f"{', '.join(names.get(axis, '_') for axis in range(rank))} = {shape}"
