"""Summaries for programs and documents: markdown, CSV, JSON. Sizes that are no numbers are exact text."""

from __future__ import annotations

import csv
import io
import json

from ..dims import Size
from ..emit.sizes import met_type
from ..emit.summary import type_text
from ..typed import Any, Iterator
from .field import Field
from .summary import Summary
from .table import Cells, lines
from .tree import Row

COLUMNS = (
    "path",
    "layer",
    "output",
    "parameters",
    "buffers",
    "macs",
    "flops",
    "bytes",
    "kept",
    "field",
    "jump",
    "centre",
)
HEADS = ("layer", "output", "parameters", "MACs", "FLOPs", "output bytes", "kept bytes", "field")


def plain(size: Size | None) -> int | str | None:
    """A number, or exact text over the free sizes."""
    return int(size) if isinstance(size, int) else None if size is None else str(size)


def as_json(summary: Summary) -> dict[str, Any]:
    """Everything, as JSON can say it. Bytes are of tensors; None is not known."""
    training = summary.training
    return {
        "model": summary.name,
        "inputs": {name: [plain(size) for size in shape] for name, shape in summary.facts.inputs.items()},
        "outputs": {name: [plain(size) for size in shape] for name, shape in summary.facts.outputs.items()},
        "requirements": list(summary.facts.requirements),
        "batch": summary.batch or summary.batch_size,
        "dtype": summary.options.dtype,
        "optimizer": summary.options.optimizer,
        "parameters": summary.parameters,
        "buffers": summary.buffers,
        "saved": summary.saved,
        "macs": plain(summary.met(summary.macs)),
        "flops": plain(summary.met(summary.flops)),
        "peak": [plain(summary.met(size)) for size in summary.peak],
        "training": {
            "weights": training.weights,
            "buffers": training.buffers,
            "gradients": training.gradients,
            "optimizer": training.optimizer,
            "activations": plain(summary.met(training.activations)),
            "total": plain(summary.met(training.total)),
        },
        "unknown": list(summary.unknown),
        "rows": [row_json(summary, row) for row in summary.rows],
    }


def row_json(summary: Summary, row: Row) -> dict[str, Any]:
    field = summary.fields.get(id(row.leaf))
    return {
        "path": row.path,
        "kind": row.kind,
        "layer": row.layer,
        "output": None if row.output is None else type_text(met_type(row.output, summary.requirements)),
        "parameters": row.parameters,
        "buffers": row.buffers,
        **{name: plain(sized(summary, getattr(row, name))) for name in ("macs", "flops", "bytes", "kept")},
        "runs": row.runs,
        **({"field": field_json(field)} if field else {}),
        **({"rows": [row_json(summary, inside) for inside in row.rows]} if row.rows else {}),
    }


def sized(summary: Summary, size: Size | None) -> Size | None:
    return None if size is None else summary.met(size)


def field_json(field: Field) -> list[Any]:
    """For each spatial axis; None is the whole axis."""
    return [
        None if reach is None else {"size": reach.size, "jump": float(reach.jump), "centre": float(reach.centre)}
        for reach in field.axes
    ]


def json_text(summaries: list[Summary]) -> str:
    return json.dumps([as_json(summary) for summary in summaries], indent=2)


def csv_text(summaries: list[Summary]) -> str:
    """A line for each row that holds no others."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("model", *COLUMNS))
    for summary in summaries:
        writer.writerows((summary.name, *cells) for cells in csv_rows(summary))
    return file.getvalue().rstrip("\n")


def csv_rows(summary: Summary) -> Iterator[tuple[Any, ...]]:
    for row in summary.layers:
        data, field = row_json(summary, row), summary.fields.get(id(row.leaf))
        told = (field.size_text, field.jump_text, field.centre_text) if field else ("", "", "")
        yield (*("" if data[name] is None else data[name] for name in COLUMNS[:9]), *told)


def markdown(summary: Summary, depth: int | None) -> str:
    """A table for a document, blocks that repeat as one."""
    cells = Cells(summary, {summary.batch: 1} if summary.batch else {})
    found = [f"**{summary.facts.line}**", "", row_text(HEADS)]
    found.append("|:--|:--|" + "--:|" * (len(HEADS) - 2))
    for line in lines(summary.rows, depth):
        indent = "&nbsp;" * (4 * line.depth)
        shown = (cells.output, cells.parameters, cells.macs, cells.flops, cells.bytes, cells.kept, cells.field)
        name = f"{indent}{cells.layer(line).strip()}"
        found.append(row_text((name, *(cell(line) for cell in shown))))
    return "\n".join(found)


def row_text(cells: Any) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
