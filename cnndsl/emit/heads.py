"""The heads of loops, and the labels in them, over the names of the method where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph import Known
from .expressions import Written, node_of, quoted
from .layout import Node, Prefixed, call, flat, keyword
from .plans import Repeat

Names = Mapping[str, str]


def clause(loop: Repeat, names: Names) -> Node:
    """What stands between `for` and the end of a loop's head."""
    index = names[loop.index[0]] if loop.index else "_"
    if not loop.sources:
        return Prefixed(f"{index} in ", counted(loop, names))
    targets = [", ".join(names.get(n, n) for n in source.names) for source in loop.sources]
    iterables = [node_of(source.iterable, names) for source in loop.sources]
    node, text = iterables[0], targets[0]
    if len(iterables) > 1:
        text = ", ".join(f"({target})" if "," in target else target for target in targets)
        node = call("zip", *iterables, keyword("strict", "True"))
    if loop.index is not None:
        text = f"{index}, ({text})" if "," in text else f"{index}, {text}"
        node = call("enumerate", node, *([str(loop.index[1])] if loop.index[1] else []))
    return Prefixed(f"{text} in ", node)


def counted(loop: Repeat, names: Names) -> Node:
    start = loop.index[1] if loop.index else 0
    count = flat(node_of(loop.count, names))
    if not start:
        return call("range", count)
    plain = loop.count is not None and isinstance(loop.count.value, int)
    end = str(int(count) + start) if plain else f"{count} + {start}" if start > 0 else f"{count} - {-start}"
    return call("range", str(start), end)


def label_text(label: Sequence[Known], names: Names) -> str:
    """A label as Python: a text, or an f-string."""
    parts, formatted = [], False
    for part in label:
        node = flat(node_of(part, names)) if isinstance(part.value, Written) else str(part.value)
        formatted = formatted or isinstance(part.value, Written)
        parts.append(f"{{{node}}}" if isinstance(part.value, Written) else node)
    return f'f"{"".join(parts)}"' if formatted else quoted("".join(parts))
