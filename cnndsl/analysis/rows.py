"""Whether a reshape makes rows that cut across axes: `view(-1, 16)` of [N, 16, 5, 5]; and a batch in its shape."""

from __future__ import annotations

from math import prod

from ..dims import Dim
from ..graph import Call
from ..loops import every
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Help, Problem, advise
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Sequence
from .sites import is_behind_arrow
from .things import raw

RESHAPES = frozenset({"view", "reshape"})


def warn_of_rows(visit: Any, name: str, before: Any, after: Any, span: Span) -> None:
    if name not in RESHAPES or not isinstance(before, TensorType):
        return
    if facts := cut_rows(before, after):
        visit.warn("cut-rows", span, **facts)
    elif before.rank + after.rank == 7 and 3 <= after.rank <= 4 and before.shape[0] == after.shape[0]:
        from .heads import warn_of_order

        warn_of_order(visit, name, before, after, span)


def cut_rows(before: TensorType, after: TensorType) -> dict[str, object] | None:
    """The facts about a reshape that makes several rows of each sample, none of which is a whole part of it.

    Rows that are parts are meant by who takes the positions of a sequence, or the maps of an image, one by one.
    """
    if before.rank < 3 or not isinstance(before.shape[0], Dim):
        return None
    axes, row = plain(before), plain(after)
    if len(axes) < before.rank - 1 or len(row) < after.rank - 1:
        return None
    sample, length = prod(axes), prod(row)
    if length >= sample or sample % length or is_part(length, axes):
        return None
    counts = {"sample": sample, "length": length, "rows": sample // length}
    return {"shape": str(before), "axes": " * ".join(map(str, axes)), **counts}


def unlike(steps: Iterable[Any], place: Span) -> Help | None:
    """`reshape(-1, 1, 28, 28)` of [N, 728], at a place: how many numbers a sample has, and how many each is to have."""
    step = next((one for one in every(steps) if isinstance(one, Call) and one.span == place), None)
    if step is None or step.function not in RESHAPES:
        return None
    before, after = getattr(step.arguments[0], "type", None), getattr(step.target, "type", None)
    if not isinstance(before, TensorType) or not isinstance(after, TensorType) or min(before.rank, after.rank) < 2:
        return None
    has, takes = plain(before), plain(after)
    if len(has) < before.rank - 1 or len(takes) < after.rank - 1:
        return None
    rows = f"{' * '.join(map(str, takes))} = {prod(takes)}" if takes[1:] else str(takes[0])
    return advise("rows-unlike", has=prod(has), rows=rows, flat="-> flatten(1)" if len(takes) == 1 else None)


def one_row(error: CnnError, name: str, things: Sequence[Any]) -> CnnError:
    """`view(N, 16 * 5 * 5)` of [N, 16, 14, 14]: the error, with what one row of each sample is made by."""
    told, kind = error.problems[0], getattr(things[0], "type", None) if things else None
    wanted = things[1] if len(things) == 2 else things[1:]
    if told.code != "size-differs" or name not in RESHAPES or not isinstance(kind, TensorType) or kind.rank < 3:
        return error
    if not isinstance(wanted, (list, tuple)) or len(wanted) != 2 or raw(wanted[0]) != kind.shape[0]:
        return error
    help = advise("one-row", row=" * ".join(map(str, kind.shape[1:])))
    return CnnError([replace(told, facts={**told.facts, "help": help}), *error.problems[1:]])


def list_beside_list(node: Any, what: str) -> CnnError | None:
    """`[[6, 24] [6, 32]]`: the problem of a list that is no index of the one before it."""
    if not isinstance(node.value, t.List):
        return None
    place = Span(node.span.source, node.value.span.end, node.value.span.end)
    facts: dict[str, object] = {"what": what, "help": advise("comma-between-lists")}
    return CnnError([Problem("index-too-many", node.span, facts, fix=Fix((Edit(place, ","),), True))])


def plain(kind: TensorType) -> list[int]:
    """The sizes behind axis 0 that are numbers."""
    return [int(size) for size in kind.shape[1:] if isinstance(size, int) and size > 0]


def is_part(length: int, axes: list[int]) -> bool:
    """Whether so many elements in a row are some of the last axes, or an even share of one of them with all behind."""
    behind = 1
    for size in reversed(axes):
        if length % behind == 0 and size % (length // behind) == 0:
            return True
        behind *= size
    return False


SIZES = r"\s*(?:shape\s*=\s*)?[\[(]?\s*(?=(\w+\b)[\s\w*,]*[\])])"
SHAPED = re.compile(rf"(?:Reshape|reshape|view)\({SIZES}")
OF_TENSOR = re.compile(rf"(?:reshape|view)\([a-z_]\w*,{SIZES}")
CALLED = re.compile(r"\w+\((?:[^()\n]|\([^()\n]*\))*\)")


def batch_in_shape(span: Span, size: str) -> tuple[Help, Fix] | None:
    """`Reshape((3, 32, 32))` and `view(64, 3072)`: help and repair, for a batch that has to be of this size."""
    is_stage = is_behind_arrow(span)
    found = None if is_stage else OF_TENSOR.search(span.text)
    found = found or SHAPED.search(span.text)
    if found is None or size not in ("1", found[1]):
        return None
    start, end = found.end(), found.end() if size == "1" else found.end(1)
    new = "-1, " if size == "1" else "-1"
    text = span.text[:start] + new + span.text[end:]
    call = CALLED.match(text, found.start())
    edit = Edit(Span(span.source, span.start + start, span.start + end), new)
    written = call[0] if call else new
    return advise("whole-shape", meant=written), Fix((edit,), False)
