"""A summary as lines of text, of a given width: as many columns as fit, blocks that repeat in one line, then totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..dims import Dim, Size
from ..emit.sizes import met_type
from ..records import dataclass
from .summary import Summary, Training
from .tree import NEVER, TRAINING, Row
from .words import short, type_short

GAP = "  "
SUMS = 3  # of so many sums people look for the largest
FIELDS = ("field", "jump", "centre")
FIRST = 30  # the least width of the first column, which is cut when there is no room


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
        row = found[start]
        end = start + 1
        while end < len(found) and row.kind == "block" and alike(row, found[end]):
            end += 1
        inside = depth is None or level + 1 < depth
        yield Line(row, level, end - start, not inside)
        if inside:
            yield from lines(row.rows, depth, level + 1)
        start = end


def alike(one: Row, other: Row) -> bool:
    """Whether two blocks are of one kind, and cost the same."""
    return likeness(one) == likeness(other) and all(
        alike_inside(*pair) for pair in zip(one.rows, other.rows, strict=False)
    )


def alike_inside(one: Row, other: Row) -> bool:
    return one.name == other.name and alike(one, other)


def likeness(row: Row) -> tuple[object, ...]:
    return row.layer, row.output, row.parameters, row.macs, row.kept, len(row.rows), row.runs


class Cells:
    """What stands in the columns. `values` are numbers for free sizes."""

    def __init__(self, summary: Summary, values: Mapping[str, int]) -> None:
        self.summary, self.values = summary, values
        self.types: dict[Any, str] = {}

    def put(self, size: Size | None) -> Size | None:
        """A size with the numbers put in, and simplified by what the free sizes fulfil."""
        if not isinstance(size, Dim):
            return size
        return self.summary.met(size.subs(self.values) if self.values else size)

    def short(self, size: Size | None, unit: str = "") -> str:
        """A cell; empty for what costs nothing."""
        return "" if isinstance(size, int) and not size else short(self.put(size), unit, self.summary.met)

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
        ((name, head, [cell(cells, line) for line in shown]) for name, (head, cell) in COLUMNS.items()), width
    )
    body = [aligned({name: columns[name][i] for name in fitted}, fitted) for i in range(len(shown) + 1)]
    alike = ["    ×n: so many alike, with the numbers of each"] if any(line.times > 1 for line in shown) else []
    rule = GAP.join("-" * size for size in fitted.values())
    return "\n".join([str(summary.facts), *note(summary), *alike, "", body[0], rule, *body[1:], "", *totals(summary)])


def fit(made: Iterable[tuple[str, str, list[str]]], width: int | None) -> tuple[dict[str, list[str]], dict[str, int]]:
    """The columns and their widths, first come first served, as long as there is room; the first column is cut to what
    the others leave it, which is not too little. Fields are for those who have room for everything."""
    columns: dict[str, list[str]] = {}
    widths: dict[str, int] = {}
    for name, head, cells in made:
        size = max(map(len, (head, *cells)))
        if width is not None and (name in FIELDS or (room(widths, width) < size + len(GAP) and columns)):
            break
        columns[name], widths[name] = [head, *cells], size
    if width is not None:
        widths["layer"] = min(widths["layer"], least(widths) + room(widths, width))
    return columns, widths


def least(widths: Mapping[str, int]) -> int:
    return min(widths.get("layer", 0), FIRST)


def room(widths: Mapping[str, int], width: int) -> int:
    """What is left beside these columns, the first of them as narrow as it may be."""
    return width - least(widths) - sum(size + len(GAP) for name, size in widths.items() if name != "layer")


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


# Totals


def totals(summary: Summary) -> Iterator[str]:
    met = summary.met
    held, training = f"{summary.parameters:,}", summary.training
    buffers = f", {summary.buffers:,} numbers in buffers" if summary.buffers else ""
    yield f"parameters   {held}{buffers}"
    yield f"state_dict   {short(summary.saved, 'B')}"
    yield from formula(summary, "MACs", summary.macs, "")
    yield from formula(summary, "FLOPs", summary.flops, "")
    yield from peaks(summary)
    yield from formula(summary, "training", training.total, "B")
    yield from (f"{'':12} {text}" for text in parts(training, met(training.activations), summary))
    if summary.unknown:
        yield f"not counted  {', '.join(summary.unknown)}"


def formula(summary: Summary, name: str, size: Size, unit: str) -> Iterator[str]:
    """A total, exact where it is a formula; if only the batch is free, also for one sample."""
    size = summary.met(size)
    if isinstance(size, int):
        yield f"{name:<12} {short(size, unit)}"
        return
    one = size.subs({summary.batch: 1}) if summary.batch else size
    told = f"  ({short(one, unit)} for {summary.batch}=1)" if isinstance(one, int) else ""
    yield f"{name:<12} {size}{' B' * bool(unit)}{told}"


def peaks(summary: Summary) -> Iterator[str]:
    """What inference needs; the largest of several, where the free sizes decide."""
    if len(summary.peak) == 1:
        yield from formula(summary, "inference", summary.peak[0], "B")
        yield f"{'':12} of tensors at once, beside the parameters"
        return
    if len(summary.peak) > SUMS:
        yield f"{'inference':<12} the largest of {len(summary.peak)} sums; --at gives the number"
        return
    yield f"{'inference':<12} the largest of these, beside the parameters:"
    yield from (f"{'':12} {summary.met(size)} B" for size in summary.peak)


def parts(training: Training, activations: Size, summary: Summary) -> Iterator[str]:
    """What training is made of."""
    yield f"weights {short(training.weights, 'B')}, gradients {short(training.gradients, 'B')}, " + (
        f"{summary.options.optimizer} {short(training.optimizer, 'B')}, buffers {short(training.buffers, 'B')}"
    )
    yield "the rest is activations" if isinstance(activations, Dim) else f"activations {short(activations, 'B')}"
