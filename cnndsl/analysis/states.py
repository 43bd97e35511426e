"""The pair of states that an LSTM gives, `_, h = LSTM(16)`, read as if it were a GRU's one state. Loaded only where two
results have names and a whole number is an index of the second.
"""

from __future__ import annotations

from ..problems import Problem, Related, advise
from ..syntax import tree as t
from ..typed import Any, Iterator
from .lint import is_allowed
from .sites import within

JOINED = frozenset({"cat", "concat", "concatenate", "stack"})


def pairs_read(item: Any, made: list[Any]) -> Iterator[Problem]:
    """A warning for each pair whose two states are joined, or whose last one goes on alone. `made` name two results."""
    for node in made:
        pair = node.targets[1].id
        if not is_lstm(node.value) or len([one for one in made if one.targets[1].id == pair]) > 1:
            continue
        for place, places in read(item, pair):
            if not is_allowed("pair-of-states", place.span, item.span):
                first = node.targets[0].id
                facts: dict[str, object] = {"name": pair, "index": " and ".join(f"`{one}`" for one in places)}
                last = "is the second of these, not the state of the last layer"
                facts["told"] = "are these two, not the states of two directions" if places[1:] else last
                facts["help"] = advise("pair-taken-apart", targets=f"{first}, (h, c)", state="h[-1]")
                related = (Related("made-here", node.span),)
                yield Problem("pair-of-states", place.span, facts, related, severity="warning")


def is_lstm(value: Any) -> bool:
    """Whether a pipeline ends in an LSTM."""
    last = value.stages[-1] if isinstance(value, t.Pipeline) else value
    last = last.value if isinstance(last, t.Label) else last
    while isinstance(last, t.Call):
        last = last.function
    return isinstance(last, t.Name) and last.id == "LSTM"


def read(item: Any, pair: str) -> Iterator[tuple[Any, list[str]]]:
    """Where a pair's items are joined, or the last one begins what makes modules, and how these are written."""
    for node in within(item):
        if isinstance(node, t.Call) and isinstance(node.function, t.Name) and node.function.id in JOINED:
            listed = node.arguments[0] if node.arguments else None
            both = [one for one in getattr(listed, "items", ()) if index_of(one, pair) is not None]
            if {(index_of(one, pair) or 0) % 2 for one in both} == {0, 1}:
                yield node, [one.span.text for one in both]
        elif isinstance(node, t.Pipeline) and index_of(node.stages[0], pair) == -1:
            follows = node.stages[1].value if isinstance(node.stages[1], t.Label) else node.stages[1]
            maker = follows.function if isinstance(follows, t.Call) else follows
            if isinstance(maker, t.Name) and maker.id == "Linear":
                yield node.stages[0], [node.stages[0].span.text]


def index_of(node: Any, pair: str) -> int | None:
    """The whole number that is the one index of a pair."""
    if not isinstance(node, t.Index) or len(node.items) != 1 or getattr(node.value, "id", None) != pair:
        return None
    item = node.items[0]
    sign = -1 if isinstance(item, t.Unary) and item.operator == "-" else 1
    value = getattr(item.operand if isinstance(item, t.Unary) else item, "value", None)
    return sign * value if isinstance(value, int) else None
