"""Two networks side by side, as text of 80 columns and as JSON. Compares nothing."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap

from ..compare.layers import Change, Difference, Total
from ..compare.matching import Match
from ..cost.tree import Row
from ..cost.words import exact
from ..emit.wrapped import formula
from ..typed import Any, Iterable, Iterator, Mapping
from .cells import safe

WIDTH = 80
SIGNS = {"added": "+", "removed": "-", "resized": "~", "replaced": "~", "renamed": ">", "moved": "^"}
LISTED = 8  # names in a row, before the others are only counted


def text(found: Difference, names: tuple[str, str]) -> str:
    """What `cnndsl diff` prints."""
    head = f"{names[0]} -> {names[1]}"
    if found.same:
        return f"{safe(head)}: the same network"
    parts = [[safe(head)], list(changes(found.changes)), list(totals(found.totals)), list(checkpoint(found.checkpoint))]
    return "\n\n".join("\n".join(part) for part in parts if part)


# Layers


def changes(found: Iterable[Change]) -> Iterator[str]:
    """A line for each change, and one for what it costs; neighbours that moved to another block share a line."""
    for key, group in groupby(found, key=block_of):
        together = list(group)
        if key is None or len(together) == 1:
            for change in together:
                yield from lines(change)
        else:
            yield from wrapped(f"> {key[0]}.* -> {key[1]}.* ({len(together)} layers)")


def block_of(change: Change) -> Any:
    """The two blocks of a layer that kept its name in another one."""
    if change.kind != "renamed" or not change.was or not change.now:
        return None
    was, now = change.was.path.split("."), change.now.path.split(".")
    while was and now and was[-1] == now[-1]:
        was, now = was[:-1], now[:-1]
    moved = change.was.kind == "function" or len(was) < len(change.was.path.split("."))
    return (".".join(was), ".".join(now)) if was and now and moved else None


def lines(change: Change) -> Iterator[str]:
    sign, was, now = SIGNS[change.kind], change.was, change.now
    if change.kind == "renamed" and was and now:
        yield from wrapped(f"> {place(was)} -> {place(now)}")
    elif was and now and change.kind != "moved":
        yield from wrapped(f"{sign} {titled(was)} -> {now.layer}")
    else:
        yield from wrapped(f"{sign} {titled(now or was)}" + (" (moved)" if change.kind == "moved" else ""))
    deltas = (("parameters", change.parameters), ("MACs", change.macs))
    told = [f"{name} {signed(delta)}" for name, delta in deltas if delta != 0]
    yield from wrapped(f"    {', '.join(told)}", "    ") if told else ()


def place(row: Row) -> str:
    """Where a row is: its path, or a function and the block it is called in."""
    if row.kind != "function":
        return row.path
    return f"{row.layer}()" + (f" in {row.path}" if row.path else "")


def titled(row: Row | None) -> str:
    return "" if row is None else place(row) if row.kind == "function" else f"{row.path}: {row.layer}"


# Totals


def totals(found: Iterable[Total]) -> Iterator[str]:
    rows = [(total.name, number(total.was), number(total.now), signed(total.change)) for total in found]
    table = [("", "before", "after", "change"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    if sum(widths) + 6 <= WIDTH:
        for row in table:
            cells = [f"{row[0]:<{widths[0]}}", *(f"{row[n]:>{widths[n]}}" for n in (1, 2, 3))]
            yield "  ".join(cells).rstrip()
        return
    for name, *told in rows:
        yield name
        for head, text in zip(table[0][1:], told, strict=True):
            yield from formula(f"    {head:<8}{text}", WIDTH, 12)


def number(size: Any) -> str:
    return f"{int(size):,}" if isinstance(size, int) else exact(size)


def signed(size: Any) -> str:
    text = f"{int(size):+,}" if isinstance(size, int) else exact(size)
    return text if text[0] in "+-" else f"+{text}"


# The checkpoint


def checkpoint(found: Match) -> Iterator[str]:
    """Whether the first network's weights load into the second, and the names that would make them."""
    if found.loads:
        yield "The weights of the first load into the second."
        return
    yield "The weights of the first do not load into the second:"
    for what, names in (("missing", found.missing), ("unexpected", found.unexpected), ("other shape", found.shapes)):
        yield from wrapped(f"  {what}: {listed(names)}", "    ") if names else ()
    if not found.renamed:
        return
    yield "With these names they do:" if found.loads_renamed else "These names keep what can be kept:"
    yield "rename = {"
    yield from (f"    {old!r}: {new!r}," for old, new in found.renamed.items())
    yield "}"
    if found.left_missing:
        yield from wrapped(f"  still missing: {listed(found.left_missing)}", "    ")
    if found.left_over:
        yield from wrapped(f"  to be left out: {listed(found.left_over)}", "    ")


def listed(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:LISTED]) + (f" and {len(found) - LISTED} more" if len(found) > LISTED else "")


def wrapped(line: str, indent: str = "      ") -> list[str]:
    return wrap(safe(line), WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


# JSON


def to_json(found: Difference, names: tuple[str, str]) -> dict[str, Any]:
    """What `cnndsl diff --json` prints. Sizes that are not known are text."""
    return {
        "a": names[0],
        "b": names[1],
        "same": found.same,
        "layers": [change_to_json(change) for change in found.changes],
        "totals": {total.name: total_to_json(total) for total in found.totals},
        "checkpoint": match_to_json(found.checkpoint),
    }


def change_to_json(change: Change) -> dict[str, Any]:
    return {
        "change": change.kind,
        "was": row_to_json(change.was),
        "now": row_to_json(change.now),
        "parameters": change.parameters,
        "macs": plain(change.macs),
    }


def row_to_json(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else {"path": row.path, "kind": row.kind, "layer": row.layer}


def total_to_json(total: Total) -> dict[str, Any]:
    return {"before": plain(total.was), "after": plain(total.now), "change": plain(total.change)}


def match_to_json(found: Match) -> Mapping[str, Any]:
    return {
        "loads": found.loads,
        "missing": list(found.missing),
        "unexpected": list(found.unexpected),
        "shapes": list(found.shapes),
        "rename": dict(found.renamed),
        "loads_renamed": found.loads or found.loads_renamed,
        "still_missing": list(found.left_missing),
        "left_out": list(found.left_over),
    }


def plain(size: Any) -> int | str:
    return int(size) if isinstance(size, int) else str(size)
