"""What is asked of a value as if it was one of Python's: `x.relu`, `widths.length`, `x.conv1`;
and of lists, entries that they do not have.

Says how the same is written here. Loaded only for such a thing.
"""

from __future__ import annotations

from ..functions import lookup as function_named
from ..layers import lookup as layer_named
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Problem, advise, fail
from ..syntax import tree as t
from ..typed import Any, Container
from .gathering import POISONED
from .loose_items import put_whole
from .sites import within
from .state import is_tensor
from .suggest import method_facts
from .things import Thing, describe

SIZE = re.compile(r"\([ \t]*(?:dim[ \t]*=[ \t]*)?(-?\d+)[ \t]*\)")  # behind `x.size`
LENGTHS = frozenset({"length", "size", "shape", "count", "len"})  # what other languages call the length of a list


def no_attribute(source: Thing, node: t.Attribute, results: list[str], labels: Container[str]) -> CnnError:
    """The problem for an attribute that a thing does not have: a function's name, or a method of Python's tensors.

    `results` are the names of several results; `labels` those of the modules that are made so far.
    """
    if isinstance(source, (list, tuple)) and node.name in LENGTHS:
        return list_length(source, node)
    method = node.name if is_tensor(source) and function_named(node.name) is not None else None
    rank = getattr(getattr(source, "type", None), "rank", 0)
    facts = method_facts(node.name, node.value.span.text, rank) if method is None else {}
    if is_tensor(source) and (axis := SIZE.match(node.span.source.text, node.span.end)) and node.name == "size":
        facts = {"help": advise("write", meant=f"{node.value.span.text}.shape[{axis[1]}]")}
    if is_tensor(source) and node.name in labels:
        facts = {"help": advise("applied-by-arrow", name=node.name, meant=f"{node.value.span.text} -> {node.name}")}
    if is_tensor(source) and layer_named(node.name) is not None:  # `x.Conv2d(8, 3)`
        call = node.span.source.text[node.span.end : node.span.end + 1] == "("
        meant = f"{node.value.span.text} -> {node.name}{'(...)' if call else ''}"
        facts = {"help": advise("goes-on", meant=meant)}
    if isinstance(source, (list, tuple)):
        from .by_form import is_for_sequence

        if node.name == "append" and is_for_sequence(node.value.span.text, node.span):
            return fail(POISONED, node.span)
        facts = {"help": of_list(node)}
    if node.name == "training":
        facts = {"help": advise("mode-stands-alone")}
    if results:
        facts = {"help": advise("results-are", names=[f"`{name}`" for name in results])}
    tensor = node.value.id if isinstance(node.value, t.Name) else None
    named: dict[str, object] = {"name": node.name, "method": method, "tensor": tensor}
    what = {"what": describe(source)}
    return CnnError([Problem("no-attribute", node.span, {**what, **named, **facts})])


def of_list(node: t.Attribute) -> Any:
    """The help with a method that lists have in Python."""
    from ..layers.methods import LIST_METHODS

    name = node.value.span.text
    found = LIST_METHODS.get(node.name)
    return found.format(tensor=name, list=name) if found else advise("lists-have-no-methods", name=name)


def list_length(source: Thing, node: t.Attribute) -> CnnError:
    """The problem for `widths.length`."""
    meant = f"len({node.value.span.text})"
    facts: dict[str, object] = {"name": node.name, "what": describe(source)}
    facts["help"] = advise("length-by-len", meant=meant)
    is_call = re.match(r"[ \t]*[(\[]", node.span.source.text[node.span.end : node.span.end + 9])
    fix = None if is_call else Fix((Edit(node.span, meant),), True)
    return CnnError([Problem("no-attribute", node.span, facts, fix=fix)])


def no_entry(source: Thing, count: int, item: Thing, node: t.Index, body: Any) -> CnnError:
    """The problem for an entry that a list of so many does not have: `widths[width]` in a loop over `widths`."""
    facts: dict[str, object] = {"what": describe(source), "index": describe(item)}
    name = node.items[0]
    loops = (one for statement in body for one in within(statement) if isinstance(one, t.For))
    for loop in loops if isinstance(name, t.Name) else ():
        target = loop.targets[0] if len(loop.targets) == 1 else None
        if isinstance(target, t.Name) and target == name and loop.iterable == node.value and node in within(loop):
            facts["help"] = advise("entry-itself", name=target.id, of=node.value.span.text)
    is_short = isinstance(source, list) and any(isinstance(one, list) for one in source)
    if "help" not in facts and is_short and (put := put_whole(node.span)):
        facts["help"] = put
    if "help" not in facts and count > 1:
        facts["help"] = advise("entries-up-to", last=count - 1)
    return fail("bad-index", node.span, **facts)
