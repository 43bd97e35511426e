"""Names whose first letter is of the wrong size for what they hold, a template or a tensor: which name each should
have, and where that is to be written.

Asked only where there is such a name.
"""

from __future__ import annotations

from keyword import iskeyword

from ..functions import lookup as function_named
from ..layers import lookup as layer_named
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Problem, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Collection
from .arithmetic import FUNCTIONS
from .program import Scope
from .resolve import bound_names
from .sites import is_capitalised, is_long, is_template, within


def small_template(parameter: t.Parameter, item: Any, scope: Scope, place: Span) -> CnnError:
    """The problem for a template that is given at a place for such a parameter of an item."""
    name, default = parameter.name.id, parameter.default
    meant = capitalised(name)
    meant += "Layer" * is_taken(meant, item, scope)
    is_default = default is not None and place == default.span
    related = () if is_default else (Related("template-here", place),)
    is_keyword = place.text.partition("=")[0].rstrip() == name
    help = advise("call-it", meant=meant, caller=item.name.id if is_keyword else None)
    fix = renaming(name, meant, item, scope)
    facts: dict[str, object] = {"name": name, "help": help}
    return CnnError([Problem("template-not-capitalised", parameter.name.span, facts, related, fix=fix)])


def as_block(item: t.Def) -> t.Definition | None:
    """The block that a `def` in a capital letter stands for, if it makes modules."""
    stages: list[Any] = []
    for node in within(item):
        if isinstance(node, t.Label):
            stages.append(node.value)
        elif isinstance(node, t.Pipeline):
            stages += node.stages
        elif isinstance(node, t.Do):
            stages.append(node.value)
    made = (stage.function if isinstance(stage, t.Call) else stage for stage in stages)
    if not any(isinstance(one, t.Name) and is_capitalised(one) for one in made):
        return None
    return t.Definition("block", item.name, item.parameters, item.body, item.span)


def block_for_def(item: t.Def) -> CnnError:
    """`def Double(out) { Conv2d(out, 3) -> ReLU }`: the problem for what makes modules and is no function."""
    word = Span(item.span.source, item.span.start, item.span.start + len("def"))
    fix = Fix((Edit(word, "block"),), True) if word.text == "def" else None
    message = f"`{item.name.id}` makes modules, and a `def` gives values"
    facts: dict[str, object] = {"message": message, "help": advise("block-for-def", name=item.name.id)}
    return CnnError([Problem("def-capitalised", item.name.span, facts, fix=fix)])


def capitalised(name: str) -> str:
    """`norm_layer` as the name of a template: `NormLayer`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_")) or name


def is_taken(name: str, item: Any, scope: Scope) -> bool:
    return name in scope.items or layer_named(name) is not None or name in bound_names(item)


def capital_value(target: t.Name, scope: Scope, names: Collection[str]) -> CnnError:
    """The problem for a tensor that is given a template's name; `names` has those that meant something before."""
    item = next((one for one in scope.file.items if one.span.source == target.span.source and holds(one, target)), None)
    nodes = within(item) if item and not is_long([item]) else []
    rows = (flat(node.targets) for node in nodes if isinstance(node, t.Assign) and holds(node, target))
    row = next(([*filter(is_capitalised, row)] for row in rows if any(one is target for one in row)), [target])
    meant = {one.id: snake(one.id) for one in row}
    used = [node for node in nodes if isinstance(node, t.Name)]
    taken = {node.id for node in used} | scope.items.keys() | {*FUNCTIONS}
    facts: dict[str, object] = {"name": target.id}
    if not nodes or meant.keys() & {*names} or any(is_word(word) or word in taken for word in meant.values()):
        return CnnError([Problem("value-capitalised", target.span, facts)])
    facts["small"] = [f"`{word}`" for word in meant.values()]
    edits = dict.fromkeys(Edit(node.span, meant[node.id]) for node in used if node.id in meant)
    return CnnError([Problem("value-capitalised", target.span, facts, fix=Fix(tuple(edits), True))])


def no_template(node: t.Assign, scope: Scope, names: Collection[str]) -> None:
    """Raises CnnError for a label; for `All = cat([a, b], 1) -> Linear(64)`, which begins with a function or with a
    value and is a tensor; and for a tensor where only numbers and templates have names.
    """
    if isinstance(node.value, t.Label):
        raise label_named(node.targets[0], node.value)
    assert isinstance(node.value, t.Pipeline)
    first, target = node.value.stages[0], node.targets[0]
    head = first.function if isinstance(first, t.Call) else first
    is_value = isinstance(head, t.Name) and not is_capitalised(head) and not node.value.from_flow
    if is_value and len(node.targets) == 1 and isinstance(target, t.Name) and is_capitalised(target):
        raise capital_value(target, scope, names)
    if not is_template(node):
        raise fail("tensor-not-known", node.value.span, what="what stages give", help=advise("stages-in-one"))


def label_named(target: Any, node: t.Label) -> CnnError:
    """The problem for `Value = v_proj: Linear(64)`, where a template may be meant, or what the module gives."""
    name = snake(target.span.text)
    name = "y" if name == node.target.span.text else name
    help = advise("label-or-value", meant=f"{name} = {node.span.told}")
    return fail("label-in-template", node.span, help=help)


def holds(item: Any, node: Any) -> bool:
    return bool(item.span.start <= node.span.start < item.span.end)


def flat(targets: Any) -> list[t.Name]:
    return [name for one in targets for name in (flat(one) if isinstance(one, tuple) else (one,))]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def is_word(name: str) -> bool:
    return iskeyword(name) or function_named(name) is not None


def renaming(name: str, meant: str, item: Any, scope: Scope) -> Fix | None:
    """The edits that give a parameter another name wherever it stands, if all these places are in this file."""
    is_bound = [*bound_names(item)].count(name) > 1
    if is_bound or is_taken(meant, item, scope) or not meant.isidentifier() or scope.source != item.span.source:
        return None
    places = [node.span for node in within(item) if isinstance(node, t.Name) and node.id == name]
    calls = [node for other in scope.file.items for node in within(other) if isinstance(node, t.Call)]
    for call in calls:
        called = call.function.id if isinstance(call.function, t.Name) else ""
        for argument in call.arguments:
            if not isinstance(argument, t.Keyword) or argument.name != name:
                continue
            if called == item.name.id:
                start = argument.span.start
                places.append(Span(scope.source, start, start + len(name)))
            elif not is_known(called, scope):  # another name for it, perhaps
                return None
    return Fix(tuple(Edit(place, meant) for place in dict.fromkeys(places)), True)


def everywhere(name: str, meant: str, scope: Scope) -> Fix | None:
    """The edits that give an item of a file another name, if nothing else in the file is called so."""
    places = [node.span for item in scope.file.items for node in within(item) if isinstance(node, t.Name)]
    named = [place for place in places if place.text == name]
    if len(named) != len(re.findall(rf"\b{name}\b", scope.source.text)):  # in a comment, in a part that is faulty
        return None
    is_bound = any(name in bound_names(item) for item in scope.file.items)
    return None if is_bound else Fix(tuple(Edit(place, meant) for place in named), True)


def is_known(called: str, scope: Scope) -> bool:
    """Whether what is called has arguments of its own, and hands none on."""
    item = scope.items.get(called, (None,))[0]
    if item is not None:
        return isinstance(item, (t.Definition, t.Extern, t.Def))
    return layer_named(called) is not None or function_named(called) is not None or called in FUNCTIONS
