"""The heads of loops, and the labels in them, over the names of the method where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph import Known
from .expressions import Written, node_of, quoted
from .layout import WIDTH, Node, Prefixed, call, flat, keyword, statement
from .names import names_in
from .plans import Repeat

Names = Mapping[str, str]


def clause(loop: Repeat, names: Names, body: str | None = None) -> Node:
    """What stands between `for` and the end of a loop's head; what the text of its body does not read has no name."""
    read = names_in(body) if body is not None else set(names.values())
    index = names[loop.index[0]] if loop.index and names[loop.index[0]] in read else "_"
    if not loop.sources:
        return Prefixed(f"{index} in ", counted(loop, names))
    targets = [", ".join(called(name, names, read) for name in source.names) for source in loop.sources]
    if body is not None and not set(", ".join(targets)) - set("_, "):
        start = f"{loop.index[1]}, " if loop.index and loop.index[1] else ""
        length = f"len({flat(node_of(loop.sources[0].iterable, names))})"
        return f"{index} in range({start}{length}{f' + {start[:-2]}' if start else ''})"
    iterables = [node_of(source.iterable, names) for source in loop.sources]
    node, text = iterables[0], targets[0]
    if len(iterables) > 1:
        text = ", ".join(f"({target})" if "," in target else target for target in targets)
        node = call("zip", *iterables, keyword("strict", "True"))
    if loop.index is not None and index != "_":
        text = f"{index}, ({text})" if "," in text else f"{index}, {text}"
        node = call("enumerate", node, *([str(loop.index[1])] if loop.index[1] else []))
    return Prefixed(f"{text} in ", node)


def head(loop: Repeat, names: Names, indent: int, body: str | None = None) -> str:
    """`for … in …:`, its names one on a line where there are too many for one."""
    node = clause(loop, names, body)
    text = flat(node)
    targets, _, iterable = text.partition(" in ")
    if indent + len(targets) + 4 + len(" in (") <= WIDTH or "," not in targets:
        return statement("for ", node, indent, ":")
    first, _, rest = targets.partition("(") if "(" in targets else ("", "", targets)
    pad = " " * indent
    inner = "".join(f"{pad}    {name},\n" for name in rest.rstrip(")").split(", "))
    return f"{pad}for {first}(\n{inner}{pad}) in {iterable}:"


def called(name: str, names: Names, read: set[str]) -> str:
    found = names.get(name, name)
    return found if found in read else "_"


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
