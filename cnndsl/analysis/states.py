"""The pair of states that an LSTM gives, `_, h = LSTM(16)`, read as if it were a GRU's one state. Loaded only where two
results have names and a whole number is an index of the second.
"""

from __future__ import annotations

from ..lean import Counter
from ..problems import Problem, Related, advise
from ..syntax import tree as t
from ..typed import Any, Iterator
from .lint import is_allowed

JOINED = frozenset({"cat", "concat", "concatenate", "stack"})


def pairs_read(item: Any, nodes: list[Any], made: list[Any]) -> Iterator[Problem]:
    """A warning for each pair whose two states are joined, or whose last one goes on alone. `made` name two results."""
    times = Counter(node.targets[1].id for node in made)
    pairs = {node.targets[1].id: node for node in made if is_lstm(node.value) and times[node.targets[1].id] == 1}
    for place, pair, places in read(nodes) if pairs else ():
        if pair not in pairs or is_allowed("pair-of-states", place.span, item.span):
            continue
        facts: dict[str, object] = {"name": pair, "index": " and ".join(f"`{one}`" for one in places)}
        last = "is the second of these, not the state of the last layer"
        facts["told"] = "are these two, not the states of two directions" if places[1:] else last
        facts["help"] = advise("pair-taken-apart", targets=f"{pairs[pair].targets[0].id}, (h, c)", state="h[-1]")
        related = (Related("made-here", pairs[pair].span),)
        yield Problem("pair-of-states", place.span, facts, related, severity="warning")


def is_lstm(value: Any) -> bool:
    """Whether a pipeline ends in an LSTM."""
    last = value.stages[-1] if isinstance(value, t.Pipeline) else value
    last = last.value if isinstance(last, t.Label) else last
    while isinstance(last, t.Call):
        last = last.function
    return isinstance(last, t.Name) and last.id == "LSTM"


def read(nodes: list[Any]) -> Iterator[tuple[Any, str, list[str]]]:
    """Where items of one value are joined, or the last one begins a Linear; its name; how they are written."""
    for node in nodes:
        if isinstance(node, t.Call) and isinstance(node.function, t.Name) and node.function.id in JOINED:
            listed = node.arguments[0] if node.arguments else None
            items = [(*found, one.span.text) for one in getattr(listed, "items", ()) if (found := index_of(one))]
            for pair in dict.fromkeys(name for name, _, _ in items):
                both = [(index, text) for name, index, text in items if name == pair]
                if {index % 2 for index, _ in both} == {0, 1}:
                    yield node, pair, [text for _, text in both]
        elif isinstance(node, t.Pipeline) and (found := index_of(node.stages[0])) and found[1] == -1:
            follows = node.stages[1].value if isinstance(node.stages[1], t.Label) else node.stages[1]
            maker = follows.function if isinstance(follows, t.Call) else follows
            if isinstance(maker, t.Name) and maker.id == "Linear":
                yield node.stages[0], found[0], [node.stages[0].span.text]


def index_of(node: Any) -> tuple[str, int] | None:
    """The name of a value, and the whole number that is its one index."""
    if not isinstance(node, t.Index) or len(node.items) != 1 or not isinstance(node.value, t.Name):
        return None
    item = node.items[0]
    sign = -1 if isinstance(item, t.Unary) and item.operator == "-" else 1
    value = getattr(item.operand if isinstance(item, t.Unary) else item, "value", None)
    return (node.value.id, sign * value) if isinstance(value, int) else None
