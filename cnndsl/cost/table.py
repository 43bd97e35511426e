"""A summary as lines of text, of a given width: as many columns as fit, blocks that repeat in one line, then totals."""

from __future__ import annotations

from _operator import attrgetter
from itertools import chain

from ..dims import Dim, Size
from ..emit.sizes import met_type
from ..lean import partial
from ..patterns import re
from ..records import dataclass, replace
from ..typed import Any, Callable, Iterable, Iterator, Mapping, Sequence
from .summary import Summary
from .totals import totals
from .tree import NEVER, TRAINING, Row
from .words import short, type_short

GAP = "  "
FIELDS = ("field", "jump", "centre")
FIRST, OUTPUT = 30, 20  # the least width of columns that are cut when there is no room
FLOAT = re.compile(r"(?<![\w.])\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)(?![\w.])")
CUT = ("output", "layer")  # those, and which gets the room that is left first
ALWAYS_SHOWN = ("layer", "output", "parameters")


@dataclass(frozen=True)
class Line:
    """A row of the table, or several that are alike."""

    row: Row
    depth: int
    times: int
    folded: bool  # whether what is inside it is left out


def lines(rows: Iterable[Row], depth: int | None, level: int = 0) -> Iterator[Line]:
    """The rows to print: blocks in one another down to a depth, neighbours that are alike as one."""
    found = list(rows)
    start = 0
    while start < len(found):
        end = start + 1
        while end < len(found) and found[start].kind == "block" and alike(found[start], found[end]):
            end += 1
        row = blended(found[start:end])
        inside = depth is None or level + 1 < depth
        yield Line(row, level, end - start, not inside)
        if inside:
            yield from lines(row.rows, depth, level + 1)
        start = end


def alike(one: Row, other: Row) -> bool:
    """Whether two blocks are of one kind but for floats in their arguments, and cost the same."""
    if one.layer != other.layer and FLOAT.sub("…", one.layer) != FLOAT.sub("…", other.layer):
        return False
    is_like = len(one.rows) == len(other.rows) and likeness(one) == likeness(other)
    return is_like and all(map(alike_inside, one.rows, other.rows))


def alike_inside(one: Row, other: Row) -> bool:
    return one.name == other.name and alike(one, other)


likeness = attrgetter("runs", "parameters", "macs", "flops", "kept", "output")


def reads_the_same(one: Row, other: Row) -> bool:
    """Whether two rows that are alike do not even differ in floats."""
    return one.layer == other.layer and all(map(reads_the_same, one.rows, other.rows))


def blended(rows: Sequence[Row]) -> Row:
    """One row for several that are alike: `…` for what they differ in, which are floats as a rate of dropout."""
    if all(reads_the_same(rows[0], row) for row in rows[1:]):
        return rows[0]
    floats = [
        one[0] if len(set(one)) == 1 else "…" for one in zip(*(FLOAT.findall(row.layer) for row in rows), strict=True)
    ]
    taken = iter(floats)
    inside = tuple(map(blended, zip(*(row.rows for row in rows), strict=True)))
    return replace(rows[0], layer=FLOAT.sub(lambda _: next(taken), rows[0].layer), rows=inside)


class Cells:
    """What stands in the columns. `values` are numbers for free sizes."""

    def __init__(self, summary: Summary, values: Mapping[str, int]) -> None:
        self.summary, self.values = summary, values
        self.types: dict[Any, str] = {}
        self.shorts: dict[tuple[Dim, str], str] = {}

    def put(self, size: Size | None) -> Size | None:
        """A size with the numbers put in, and simplified by what the free sizes fulfil."""
        if not isinstance(size, Dim):
            return size
        return self.summary.met(size.subs(self.values) if self.values else size)

    def short(self, size: Size | None, unit: str = "") -> str:
        """A cell; empty for what costs nothing."""
        if not isinstance(size, Dim):
            return short(size, unit) if size != 0 else ""
        if (size, unit) not in self.shorts:
            self.shorts[size, unit] = short(self.put(size), unit, self.summary.met)
        return self.shorts[size, unit]

    def layer(self, line: Line) -> str:
        row, indent = line.row, "  " * line.depth
        if row.kind == "function":
            return indent + row.layer
        name = row.name
        if line.times > 1:
            last = f"-{int(name) + line.times - 1}" if name.isdigit() else ""
            name = f"{name}{last} ×{line.times}"
        return f"{indent}{name}: {row.layer}" if row.layer else f"{indent}{name}"

    def output(self, line: Line) -> str:
        row = line.row
        if row.runs == NEVER:
            return "(not used)"
        if row.output is None:
            return "-"
        if row.output not in self.types:
            met = met_type(row.output, self.summary.requirements)
            self.types[row.output] = type_short(met, self.summary.met)
        return self.types[row.output] + (" (training)" if row.runs == TRAINING else "")

    def parameters(self, line: Line) -> str:
        count = line.row.parameters
        return "?" if count is None else f"{count:,}" if count else ""

    def macs(self, line: Line) -> str:
        return self.short(line.row.macs)

    def flops(self, line: Line) -> str:
        return self.short(line.row.flops)

    def bytes(self, line: Line) -> str:
        return self.short(line.row.bytes, "B")

    def kept(self, line: Line) -> str:
        return self.short(line.row.kept, "B")

    def field(self, line: Line) -> str:
        found = self.summary.fields.get(id(line.row.leaf))
        return found.size_text if found else ""

    def jump(self, line: Line) -> str:
        found = self.summary.fields.get(id(line.row.leaf))
        return found.jump_text if found else ""

    def centre(self, line: Line) -> str:
        found = self.summary.fields.get(id(line.row.leaf))
        return found.centre_text if found else ""


COLUMNS: dict[str, tuple[str, Callable[[Cells, Line], str]]] = {
    "layer": ("layer", Cells.layer),
    "output": ("output", Cells.output),
    "parameters": ("parameters", Cells.parameters),
    "macs": ("MACs", Cells.macs),
    "kept": ("kept", Cells.kept),
    "flops": ("FLOPs", Cells.flops),
    "bytes": ("output bytes", Cells.bytes),
    "field": ("field", Cells.field),
    "jump": ("jump", Cells.jump),
    "centre": ("centre", Cells.centre),
}


def table(summary: Summary, width: int | None = 80, depth: int | None = None) -> str:
    """The head, the columns that fit, and the totals. Without a width, all columns in full."""
    values = {summary.batch: 1} if summary.batch else {}
    cells = Cells(summary, values)
    shown = list(lines(summary.rows, depth))
    columns, fitted = fit(
        ((name, head, map(partial(cell, cells), shown)) for name, (head, cell) in COLUMNS.items()), width
    )
    body = [aligned({name: columns[name][i] for name in fitted}, fitted) for i in range(len(shown) + 1)]
    alike = ["    ×n: so many alike, with the numbers of each"] if any(line.times > 1 for line in shown) else []
    rule = GAP.join("-" * size for size in fitted.values())
    return "\n".join(
        [str(summary.facts), *note(summary), *alike, "", body[0], rule, *body[1:], "", *totals(summary, width)]
    )


def fit(
    made: Iterable[tuple[str, str, Iterable[str]]], width: int | None
) -> tuple[dict[str, list[str]], dict[str, int]]:
    """The columns and their widths, first come first served, as long as there is room. What the others leave is for
    the outputs, then for the layers: these are cut, and that not too much. Parameters are always there, fields are for
    those who have room for everything."""
    columns: dict[str, list[str]] = {}
    widths: dict[str, int] = {}
    least: dict[str, int] = {}
    for name, head, cells in made:
        room = None if width is None or name in ALWAYS_SHOWN else 0 if name in FIELDS else width - taken(least)
        column = narrower(room, chain([head], cells))
        if column is None:
            break
        columns[name], widths[name] = column, max(map(len, column))
        least[name] = shortest(name, column[1:], widths[name])
    if width is not None:
        for name in CUT:
            least[name] = widths[name] = max(1, min(widths[name], least[name] + width + len(GAP) - taken(least)))
    return columns, widths


def narrower(room: int | None, cells: Iterable[str]) -> list[str] | None:
    """A column, unless one of its cells is too wide: then those behind it are not made."""
    column = []
    for cell in cells:
        if room is not None and len(cell) > room:
            return None
        column.append(cell)
    return column


def shortest(name: str, cells: list[str], size: int) -> int:
    """The least width of a column. An output of one tensor is shown whole, as long as there is room for it."""
    if name == "output":
        return min(size, max([OUTPUT, *(len(cell) for cell in cells if not cell.startswith("("))]))
    return min(size, FIRST) if name == "layer" else size


def taken(widths: Mapping[str, int]) -> int:
    """What these columns take, with a gap after each."""
    return sum(size + len(GAP) for size in widths.values())


def aligned(cells: Mapping[str, str], widths: Mapping[str, int]) -> str:
    parts = []
    for name, size in widths.items():
        text = cells[name] if len(cells[name]) <= size else cells[name][: size - 1] + "…"
        parts.append(f"{text:<{size}}" if name in ("layer", "output") else f"{text:>{size}}")
    return GAP.join(parts).rstrip()


def note(summary: Summary) -> list[str]:
    """What the numbers stand for."""
    free = sorted({name for row in summary.rows for size in (row.macs, row.kept) for name in symbols(size)})
    rest = [name for name in free if name != summary.batch]
    found = [f"    in the columns {summary.batch}=1"] if summary.batch in free else []
    found += (
        [f"    {', '.join(rest)} free: --at {','.join(f'{name}=…' for name in rest)} gives numbers"] if rest else []
    )
    return found


def symbols(size: Size | None) -> Iterable[str]:
    return size.symbols if isinstance(size, Dim) else ()
