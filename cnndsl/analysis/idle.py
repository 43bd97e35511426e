"""What does nothing: numbers, texts and `...` that stand alone as a statement, names of such that nothing reads, and
choices between one value and the same; and products that most likely do not what was meant. Loaded only where there are
any.
"""

from __future__ import annotations

from ..problems import Problem, advise
from ..syntax import tree as t
from ..typed import Any, Callable, Iterator
from .arithmetic import FUNCTIONS
from .lint import is_allowed, layers_by_word
from .resolve import sizes_of
from .sites import children, within

BOUNDED = frozenset({"sigmoid", "tanh", "softmax", "hardsigmoid", "hardtanh", "softsign", "normalize"})


def idle(item: Any, nodes: list[Any], alone: list[t.Do]) -> Iterator[Problem]:
    """A warning for each of these statements of an item; the last of a way, or of a round, may be what that gives."""
    ends = {id(body[-1]) for node in nodes if node is not item for body in bodies(node)}
    for statement in alone:
        if id(statement) in ends or is_allowed("unused", statement.span, item.span):
            continue
        facts: dict[str, object] = {"name": f"`{statement.span.told}`"}
        if isinstance(statement.value, t.Constant):
            facts["help"] = advise("dots-stand-for-nothing")
        elif isinstance(statement.value, t.Text):
            facts["help"] = meant(statement.value.span.text.strip("\"'"))
        yield Problem("unused", statement.span, facts, severity="warning")


def plain_values(item: Any, unread: list[t.Assign]) -> Iterator[Problem]:
    """A warning for each name of numbers, texts or a template that nothing reads; of tensors, unread.py tells."""
    given = getattr(item, "parameters", ()) if isinstance(item, t.Definition) else ()
    known = {parameter.name.id for parameter in given}
    known |= {name.id for node in within(item) if isinstance(node, t.Shape) for name in sizes_of(node)}
    tensors = {target(node) for node in unread if not is_known(node.value, known) and not target(node)[:1].isupper()}
    for node in unread:
        if target(node) not in tensors and not is_allowed("unused", node.span, item.span):
            yield Problem("unused", node.targets[0].span, {"name": f"`{target(node)}`"}, severity="warning")


def target(node: t.Assign) -> str:
    return node.targets[0].id


def is_known(node: Any, known: set[str]) -> bool:
    """Whether no tensor can be in this: it is of numbers, texts, sizes and parameters."""
    if isinstance(node, t.Name):
        return node.id in known
    if isinstance(node, t.Attribute):
        return node.name == "shape"
    if isinstance(node, t.Call) and not (isinstance(node.function, t.Name) and node.function.id in FUNCTIONS):
        return False
    if isinstance(node, t.Keyword | t.Pipeline | t.For | t.Label | t.Group):
        return False
    parts = node.arguments if isinstance(node, t.Call) else children(node)
    return all(is_known(part, known) for part in parts)


def bodies(node: Any) -> Iterator[tuple[Any, ...]]:
    """The statements in a node; what a choice between two values has are none."""
    for name in ("body", "otherwise"):
        if (body := getattr(node, name, None)) and isinstance(body, tuple):
            yield body


def meant(text: str) -> Any:
    """What to write for a text: the layer that is called so, or a comment."""
    layer = layers_by_word().get(text.lower().replace("_", ""))
    return advise("layer-without-quotes", name=layer) if layer else advise("comment-by-sign")


def copies_meant(node: t.Binary, is_chain: Callable[[Any], bool]) -> Iterator[dict[str, object]]:
    """The facts of a product of a whole number and of what layers with arguments give: `3 * Conv2d(8, 3)`. What lies
    between bounds is often stretched so: `2 * (Linear(1) -> sigmoid)`.
    """
    number: Any = node.left
    made: Any = node.right
    if not isinstance(number, t.Number):
        number, made = made, number
    stages = made.stages if isinstance(made, t.Pipeline) and not made.from_flow else (made,)
    is_counted = type(number.value) is int and number.value > 1
    if not (is_counted and isinstance(stages[0], t.Call) and is_chain(stages[0])):
        return
    words = [word_of(stage) for stage in stages]
    functions = [word for word, stage in zip(words, stages, strict=True) if not is_chain(stage)]
    layers = [layers_by_word().get(word.lower().replace("_", ""), "") for word in functions]
    if words[-1].lower().replace("_", "") in BOUNDED or not all(layers):
        return
    told = f"({made.span.told})" if len(stages) > 1 else made.span.told
    help = {"function": functions[0], "layer": layers[0]} if functions else {"copies": f"{told} * {number.value}"}
    yield {"number": str(number.value), **help}


def word_of(stage: Any) -> str:
    """The name of the layer or function that a stage applies."""
    stage = stage.value if isinstance(stage, t.Label) else stage
    return getattr(stage.function if isinstance(stage, t.Call) else stage, "id", "")


def choices(item: Any, nodes: list[Any], same: list[t.Ternary]) -> Iterator[Problem]:
    """A warning for each of these choices, whose ways give the same: `x if flag else x -> Conv2d(8, 1)`."""
    pipelines = [node for node in nodes if node.__class__ is t.Pipeline and not node.from_flow]
    for choice in same:
        if is_allowed("idle-choice", choice.span, item.span):
            continue
        facts: dict[str, object] = {"condition": choice.condition.span.told, "value": choice.value.span.told}
        if whole := next((one for one in pipelines if one.stages[0] is choice), None):
            rest = " -> ".join(stage.span.told for stage in whole.stages[1:])
            head = f"{facts['value']} if {facts['condition']} else"
            facts["help"] = advise("choice-made-first", meant=f"{head} ({facts['value']} -> {rest})")
        yield Problem("idle-choice", choice.span, facts, severity="warning")
