"""What is wrong with how a thing is written, whatever it means: a name that one list gives twice (parameters, inputs,
targets), what is no number of copies, a label that stands where a value is meant, `x + conv`, which applies `conv` once
more, and names that a label cannot have, an nn.Module's own attributes (a test asks torch) and Python's keywords.
"""

from __future__ import annotations

from keyword import iskeyword

from ..problems import CnnError, Edit, Fix, Problem, Related, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator
from .lint import is_allowed
from .things import Thing, describe

BINDING = (t.Assign, t.For)
Given = Iterable[tuple[str, Span]]


def given_twice(item: Any, nodes: Iterable[Any]) -> Iterator[Problem]:
    """A problem for each name that is given a second time where only one can be meant. `nodes`: all of the item's."""
    parameters = item.parameters if isinstance(item, (t.Definition, t.Alias, t.Def)) else ()
    yield from repeated("parameter", ((p.name.id, p.name.span) for p in parameters))
    if isinstance(item, t.Definition):
        inputs = [node.name for node in item.body if isinstance(node, t.Input)]
        yield from repeated("input", ((name.id, name.span) for name in inputs))
    for node in nodes:
        if node.__class__ in BINDING:
            yield from repeated("name", ((name.id, name.span) for name in targets(node.targets)))


def targets(node: Any) -> Iterator[t.Name]:
    """The names that an assignment or a loop binds, less `_`, which stands for what is not needed."""
    if isinstance(node, tuple):
        for part in node:
            yield from targets(part)
    elif isinstance(node, t.Name) and node.id != "_":
        yield node


def repeated(kind: str, given: Given) -> Iterator[Problem]:
    first: dict[str, Span] = {}
    for name, span in given:
        if first.setdefault(name, span) is not span:
            yield Problem("name-twice", span, {"kind": kind, "name": name}, (Related("first-here", first[name]),))


def labels_as_operands(item: Any, nodes: list[Any]) -> Iterator[Problem]:
    """A warning for each label of a definition that is an operand, an argument of a function, or a whole result."""
    labels = {node.target.id for node in nodes if node.__class__ is t.Label and isinstance(node.target, t.Name)}
    if not labels:
        return
    bound = (name.id for node in nodes if node.__class__ in BINDING for name in targets(node.targets))
    labels -= {*(p.name.id for p in getattr(item, "parameters", ())), *bound}  # the place decides which is meant
    for node in nodes if labels else ():
        for name in operands(node) if node.__class__ in TAKING else ():
            if (
                isinstance(name, t.Name)
                and name.id in labels
                and not is_allowed("label-as-operand", name.span, item.span)
            ):
                yield Problem("label-as-operand", name.span, {"name": name.id}, severity="warning")


TAKING = {t.Binary, t.Return, t.Assign, t.Call}


def operands(node: Any) -> Iterator[Any]:
    if isinstance(node, t.Binary):
        yield from (node.left, node.right)
    elif isinstance(node, t.Return):
        yield from (result.value for result in node.items)
    elif isinstance(node, t.Assign):
        yield node.value
    elif isinstance(node, t.Call) and isinstance(node.function, t.Name) and node.function.id.islower():
        for argument in node.arguments:
            yield from argument.items if isinstance(argument, (t.List, t.Tuple)) else (argument,)


MODULE_ATTRIBUTES = frozenset(
    """
    T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl
    _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks
    _forward_pre_hooks_with_kwargs _get_backward_hooks _get_backward_pre_hooks _get_name
    _is_full_backward_hook _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks
    _maybe_warn_non_full_backward_hook _modules _named_members _non_persistent_buffers_set _parameters
    _register_load_state_dict_pre_hook _register_state_dict_hook _replicate_for_data_parallel
    _save_to_state_dict _slow_forward _state_dict_hooks _state_dict_pre_hooks _version _wrapped_call_impl
    add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
    extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
    modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook
    requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu
    zero_grad
    """.split()  # noqa: SIM905
)


HOLDERS = {  # what each has beside the attributes of every module
    "Module": frozenset(),
    "ModuleDict": frozenset(("clear", "items", "keys", "pop", "update", "values")),
    "Sequential": frozenset(("_get_item_by_idx", "append", "extend", "insert", "pop")),
}


def why_reserved(name: str, holder: str = "Module") -> str | None:
    """The problem code that refuses a name for a child of an nn.Module, nn.ModuleDict or nn.Sequential; or None."""
    if name in HOLDERS[holder]:
        return "label-is-attribute"
    if iskeyword(name) and holder != "ModuleDict":
        return "label-is-keyword"
    if name in MODULE_ATTRIBUTES:
        return "label-is-attribute"
    if (name == "self" and holder != "ModuleDict") or (name.startswith("__") and name.endswith("__")):
        return "label-is-reserved"
    return None


def is_extern_path(path: str) -> bool:
    """`package.module:Class`, all of it identifiers."""
    module, _, name = path.partition(":")
    parts = [*module.split("."), name]
    return all(part.isidentifier() and part.isascii() and not iskeyword(part) for part in parts)


def times(node: t.Binary, count: Thing) -> CnnError:
    """The problem for what does not say how many times a module is repeated: `depth / 2` is a fraction."""
    right, value = node.right, getattr(count, "value", None)
    facts: dict[str, object] = {"what": describe(count)}
    if isinstance(value, float) and is_factor(right, value):
        return scaled(node, facts, isinstance(right, t.Number))
    if not isinstance(value, float) or not isinstance(right, t.Binary) or right.operator != "/":
        return fail("bad-repeat", right.span, **facts)
    left, under = right.left.span, right.right.span
    sign = Span(left.source, left.end, under.start)
    place = sign.text.find("/")
    facts["help"] = advise("whole-quotient", meant=f"{left.text} // {under.text}")
    edit = Edit(Span(sign.source, sign.start + place, sign.start + place + 1), "//")
    fix = Fix((edit,), value.is_integer()) if sign.text.strip() == "/" else None
    return CnnError([Problem("bad-repeat", right.span, facts, fix=fix)])


def is_factor(node: Any, value: float) -> bool:
    """Whether a number can only be meant to scale what comes out: a fraction, a root."""
    if isinstance(node, t.Number):
        return 0 < value < 1
    is_root = isinstance(node, t.Call) and isinstance(node.function, t.Name) and node.function.id == "sqrt"
    return is_root or (isinstance(node, t.Binary) and node.operator == "**")


def scaled(node: t.Binary, facts: dict[str, object], is_sure: bool) -> CnnError:
    """`(A -> B) * 0.1`: the problem of a repetition where what a pipeline gives is to be scaled."""
    source, stage = node.span.source, f" -> mul({node.right.span.text})"
    between = source.text[node.left.span.end : node.right.span.start].split()
    start, end = node.left.span.start, node.left.span.end
    if between == [")", "*"] or between == [")*"]:
        after = source.text.index(")", end) + 1
        edits = (Edit(Span(source, end, end), stage), Edit(Span(source, after, node.right.span.end), ""))
    elif between == ["*"]:
        edits = (Edit(Span(source, start, start), "("), Edit(Span(source, end, node.right.span.end), f"{stage})"))
    else:
        return fail("bad-repeat", node.right.span, **facts)
    help = advise("scaled-by-a-stage", stage=stage.strip())
    return CnnError([Problem("bad-repeat", node.right.span, {**facts, "help": help}, fix=Fix(edits, is_sure))])
