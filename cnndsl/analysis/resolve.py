"""Names, before anything is elaborated: each must be known somewhere, also in definitions that no model uses.

Flow-insensitive: where a name is known *here* is elaboration's business. Unused parameters are told as well.
"""

from __future__ import annotations

from ..functions import lookup as function_named
from ..functions.initialisers import INITIALISERS
from ..layers import lookup as layer_named
from ..lean import Counter
from ..patterns import re
from ..problems import Edit, Fix, Problem, Related, advise
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator, Mapping
from .arithmetic import FUNCTIONS
from .lint import is_allowed
from .operands import given_twice, labels_as_operands
from .program import Scope, circle, readable
from .reuse_findings import seen
from .signatures import faulty_calls
from .sites import children, is_behind_arrow, is_capitalised, places_of, within

PYTHON = frozenset(
    {"self", "nn", "torch", "F", "keras", "tf", "math", "np", "numpy"}
)  # what a Python file would put before the dot
KERAS = frozenset({"keras", "tf", "layers", "L"})  # of Keras; what is not in PYTHON may be a name of the author's, too


def resolve(scope: Scope) -> Iterator[Problem]:
    """A problem for each name of a file that nothing has, and for each parameter that nothing uses."""
    scope.seen = known = seen(scope)
    if "allow:" in (text := scope.source.text) or ":\n" in text or ":\r\n" in text:
        from .own_lines import of_layout

        yield from of_layout(scope.source, readable(scope.file))
    for item in readable(scope.file):
        if isinstance(item, (t.Import, t.Extern, t.Faulty)):
            continue
        if known is None:
            yield from resolve_item(item, scope)
        else:
            yield from known.problems(item, scope, resolve_item)


def resolve_item(item: Any, scope: Scope) -> Iterator[Problem]:
    nodes = within(item)
    yield from of_itself(item, scope) if isinstance(item, t.Alias) else ()
    yield from given_twice(item, nodes)
    yield from labels_as_operands(item, nodes)
    bound = {name for node in nodes if node.__class__ in BINDING for name in bound_by(node)} | {"training", *PYTHON}
    used = used_names(item)
    small = [name for name in small_sizes(item, nodes) if name.id not in bound and name.id not in scope.items]
    if small and t.NAMELESS not in bound:
        yield small_size(small, used, bound)
        bound |= {part for name in small for part in (name.id, name.id[:1].upper() + name.id[1:])}
    if meant := [problem for problem in misnamed(nodes, used) if is_unknown(problem.facts["name"], bound, scope)]:
        yield from meant
        bound |= {str(problem.facts["name"]) for problem in meant}
    lost = [name for name in used if is_unknown(name.id, bound, scope)]
    if lost and (prefixes := prefixes_in(nodes)):
        lost = [name for name in lost if id(name) not in prefixes]
    if lost:
        from .elsewhere import with_calls

        yield from with_calls(lost, used, bound, scope, item, nodes)
    else:
        yield from faulty_calls(nodes, bound, scope)
    in_rules = {name for node in nodes if isinstance(node, t.InitRule) for name in label_texts(node)}
    read = used
    if shares_names(item, nodes):
        from .hiding import both_at_once, hidden_by_loops, outside_of_loops

        yield from (*both_at_once(item), *hidden_by_loops(item, nodes, used))
        read = outside_of_loops(item, nodes, used)
    reads = {name.id for name in read} | in_rules
    yield from unused_parameters(item, reads)
    yield from unused_inputs(item, used)
    yield from idling(item, nodes, reads)
    named = name_of_input(item)
    if named and named.id not in {name.id for name in used} and not is_allowed("unused", named.span, item.span):
        yield Problem("unused", named.span, {"name": f"`{named.id}`"}, severity="warning")


def idling(item: Any, nodes: list[Any], reads: set[str]) -> Iterator[Problem]:
    """A warning for each statement, each name of a number, and each choice, that does nothing."""
    given = [node for node in nodes if node.__class__ is t.Assign]
    named = [node for node in given if not node.targets[1:]]
    if unread := [node for node in named if (name := getattr(node.targets[0], "id", "_")) not in reads and name != "_"]:
        from .idle import plain_values

        yield from plain_values(item, unread)
    if two := [node for node in given if len(node.targets) == 2 and node.targets[1].__class__ is t.Name]:
        from .states import pairs_read

        yield from pairs_read(item, nodes, two)
    alone = [node for node in nodes if node.__class__ is t.Do and is_plain(node.value)]
    same = [node for node in nodes if node.__class__ is t.Ternary and node.value == node.otherwise]
    if alone or same:
        from .idle import choices, idle

        yield from idle(item, nodes, alone)
        yield from choices(item, nodes, same)


def name_of_input(item: Any) -> t.Name | None:
    """`identity`, where a body begins with `input x` and `identity = x`, which flows anyway, and goes on."""
    body: Any = getattr(item, "body", ())
    if len(body) < 3 or not isinstance(body[0], t.Input) or not isinstance(body[1], t.Assign):
        return None
    first, second = body[:2]
    is_it = isinstance(second.value, t.Name) and second.value.id == first.name.id and len(second.targets) == 1
    return second.targets[0] if is_it and isinstance(second.targets[0], t.Name) else None


def is_plain(node: Any) -> bool:
    """Whether this is a number, a text or `...`."""
    return isinstance(node, (t.Number, t.Text)) or (isinstance(node, t.Constant) and node.value is ...)


def prefixes_in(nodes: list[Any]) -> set[int]:
    """The names before the dot of `layers.Conv2D`, as Keras is written: elaboration tells of these."""
    dotted = (node for node in nodes if isinstance(node, t.Attribute) and node.name[:1].isupper())
    return {id(node.value) for node in dotted if isinstance(node.value, t.Name) and node.value.id in KERAS}


def of_itself(item: t.Alias, scope: Scope) -> Iterator[Problem]:
    """The problem of names that stand for one another and for nothing else: one, of the first that is written."""
    names = circle(item, scope)
    if names and min(names, key=lambda name: (name.span.source != scope.source, name.span.start)) == item.name:
        others = tuple(Related("declared-here", name.span) for name in names if name != item.name)
        yield Problem("alias-of-itself", item.name.span, {"name": item.name.id}, others)


def is_unknown(name: Any, bound: set[str], scope: Scope) -> bool:
    if name in bound or name in scope.items or name in FUNCTIONS or name in INITIALISERS:
        return False
    return layer_named(name) is None and function_named(name) is None


def misnamed(nodes: list[Any], used: list[t.Name]) -> Iterator[Problem]:
    """`y == Conv2d(8, 3)`, `x -> Conv2d(8, 3) -> y`: a name is given in another way than by `=`, and used after it."""
    places: dict[str, list[Span]] | None = None
    for node in nodes:
        if node.__class__ is not t.Do:
            continue
        stages = node.value.stages if isinstance(node.value, t.Pipeline) else ()
        first, last = (stages[0], stages[-1]) if stages else (node.value, None)
        if isinstance(first, t.Compare) and [sign for sign, _ in first.rest] == ["=="]:
            sign = Span(node.span.source, first.first.span.end, first.rest[0][1].span.start)
            name, help = first.first, "equals-names"
            edits: tuple[Edit, ...] = (Edit(sign, " = "),)
        elif len(stages) > 1 and isinstance(last, t.Name) and last.id[:1].islower():
            start, end = node.span.start, stages[-2].span.end
            cut = Edit(Span(node.span.source, end, last.span.end), "")
            edits = (Edit(Span(node.span.source, start, start), f"{last.id} = "), cut)
            name, help = last, "name-stands-first"
        else:
            continue
        places = places_of(used) if places is None else places
        found = places.pop(name.id, ()) if isinstance(name, t.Name) else ()  # one is told, of all of them
        after = [span for span in found if span.start > node.span.end]
        is_module = help == "name-stands-first" and all(map(is_behind_arrow, after))  # not what came of one
        if isinstance(name, t.Name) and after and not is_module:
            others = frozenset(span for span in found if span != name.span)
            told: dict[str, object] = {"nearest": None, "help": advise(help, name=name.id), "places": others}
            yield Problem("unknown-name", name.span, {"name": name.id, **told}, fix=Fix(edits, True))


DTYPE = re.compile(r"(?:u?int|b?float)\d+|bool")


def small_sizes(item: Any, nodes: Iterable[Any]) -> Iterator[t.Name]:
    """Names in small letters that stand alone as a size of an input, or of what is expected. `nodes`: the item's."""
    for node in nodes if isinstance(item, t.Definition) else ():
        shape = node.shape if node.__class__ is t.Input else node.what if node.__class__ is t.Expect else None
        if isinstance(shape, t.Shape):
            names = (size for size in shape.sizes if isinstance(size, t.Name) and size.id != "_")
            yield from (name for name in names if not is_capitalised(name))


def small_size(small: list[t.Name], used: list[t.Name], bound: set[str]) -> Problem:
    """A free size begins with a capital letter: here, and wherever the definition uses it."""
    capital = {name.id: name.id[:1].upper() + name.id[1:] for name in small}
    meant = {*capital.values()} - bound
    edits = [Edit(name.span, capital[name.id]) for name in used if name.id in capital]
    fix = Fix(tuple(edits), True) if not bound & set(capital.values()) else None
    facts: dict[str, object] = {
        "places": frozenset(name.span for name in used if name.id in capital or name.id in meant),
        "names": [f"`{name}`" for name in capital],
        "capitals": [f"`{name}`" for name in capital.values()],
        "given": f"({small[0].id}=...)",
    }
    if meant != {*capital.values()}:
        facts["others"] = [f"`{free_beside(name, bound)}`" for name in capital.values()]
    if dtype := next((name.id for name in small if DTYPE.fullmatch(name.id)), ""):
        facts, fix = {**facts, "help": advise("dtype-behind-shape", name=dtype)}, None
    return Problem("size-not-capitalised", small[0].span, facts, fix=fix)


def free_beside(name: str, bound: Any) -> str:
    """A name for one more size, where others have this one."""
    return next(one for one in (name, *(f"{name}{number}" for number in range(2, len(bound) + 3))) if one not in bound)


def shares_names(item: Any, nodes: list[Any]) -> bool:
    """Whether an input, or the variable of a loop, has the name of something else."""
    inputs = [name for node in nodes if node.__class__ is t.Input for name in bound_by(node)]
    anew = [name for node in nodes if node.__class__ is t.For for name in bound_by(node)]
    if not inputs and not anew:
        return False
    others = [name for node in nodes if node.__class__ in DECLARING for name in bound_by(node)]
    return not {*others}.isdisjoint((*inputs, *anew)) or not {*inputs}.isdisjoint(anew)


DECLARING = {t.Parameter, t.Label, t.Shape}


def unused_parameters(item: Any, used: set[str]) -> Iterator[Problem]:
    given = [node for node in getattr(item, "body", ()) if node.__class__ is t.Assign]
    anew = {target.id: node.span for node in given[::-1] for target in node.targets if target.__class__ is t.Name}
    for parameter in getattr(item, "parameters", ()):
        is_read = parameter.name.id in used
        if is_read and parameter.name.id in anew:
            from .hiding import is_read_before

            is_read = is_read_before(item, parameter.name)
        if not is_read and not is_allowed("unused", parameter.span, item.span):
            facts: dict[str, object] = {"name": f"`{parameter.name.id}`"}
            if given_here := anew.get(parameter.name.id):
                facts |= {"hidden": given_here.told, "line": given_here.line}
            related = (Related("another-here", given_here),) if given_here else ()
            yield Problem("unused", parameter.span, facts, related, "warning")


def unused_inputs(item: Any, used: list[t.Name]) -> Iterator[Problem]:
    """Of several inputs, those that are named nowhere else, nor are sizes that they alone have: none of them flows.

    In a block, an input may be there for the sizes that others are given.
    """
    inputs = [node for node in getattr(item, "body", ()) if node.__class__ is t.Input]
    if len(inputs) < 2:
        return
    read: dict[str, list[int]] = {}  # where each name is used
    for name in used:
        read.setdefault(name.id, []).append(name.span.start)
    sizes = [{size.id for size in sizes_of(node.shape)} for node in inputs]
    shared = Counter(size for some in sizes for size in some)
    for node, some in zip(inputs, sizes, strict=True):
        if node.name.id in read or is_allowed("unused", node.span, item.span):
            continue
        own = {size for size in some if shared[size] == 1}
        inside = range(node.span.start, node.span.end)
        is_for_sizes = own and item.kind != "model"
        if not is_for_sizes and all(start in inside for size in own for start in read.get(size, ())):
            yield Problem("unused", node.name.span, {"name": f"`{node.name.id}`"}, severity="warning")


def bound_names(node: Any) -> Iterator[str]:
    """Every name that a definition gives to something: parameters, values, sizes, labels, loop names."""
    return (name for part in within(node) if part.__class__ in BINDING for name in bound_by(part))


BINDING = {t.Parameter, t.Assign, t.For, t.InitFor, t.Input, t.ParamOf, t.Label, t.Faulty, t.Shape}


def bound_by(node: Any) -> Iterator[str]:
    """The names that one node gives to something."""
    match node:
        case t.Parameter():
            yield node.name.id
        case t.Assign():
            yield from targets(node.targets)
        case t.For() | t.InitFor():
            yield from targets(node.targets)
        case t.Input() | t.ParamOf():
            yield node.name.id
        case t.Label(target=t.Name(id=name)):
            yield name
        case t.Faulty():
            yield from (name.id for name in (*node.names, *node.guesses))
        case t.Shape():
            yield from (name.id for name in sizes_of(node))


def targets(nodes: Any) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, tuple):
            yield from targets(node)
        else:
            yield node.id


def sizes_of(shape: t.Shape | None) -> Iterator[t.Name]:
    for size in shape.sizes if shape is not None else ():
        yield from sizes_in(size)


def sizes_in(node: Any) -> Iterator[Any]:
    """The capitalised names in a written size, `...S` included."""
    if isinstance(node, t.Rest) and node.name:
        yield t.Name(node.name, node.span)
    elif isinstance(node, t.Name):
        if is_capitalised(node) or node.id == "_":
            yield node
    else:
        for child in children(node):
            yield from sizes_in(child)


def used_names(node: Any) -> list[t.Name]:
    """Every name that stands for something in an expression, as they are written."""
    found, left = [], [node]
    while left:
        node = left.pop()
        kind = node.__class__
        if kind is t.Name:
            found.append(node)
        elif kind is t.Rest and node.name is not None:
            found.append(t.Name(node.name, node.span))
        else:
            left += reversed(using(node)) if kind in SELECTIVE else children(node)[::-1]
    return found


SELECTIVE = {t.Assign, t.For, t.Label, t.Parameter, t.Input, t.ParamOf, t.Definition, t.Def, t.Alias, t.Const}
SELECTIVE |= {t.Order, t.InitRule, t.InitFor}


def using(node: Any) -> list[Any]:
    """The parts of a node that may use names, where not all do: some give names, some hold texts."""
    match node:
        case t.Assign():
            return [node.value]
        case t.For() | t.InitFor():
            return [node.iterable, *node.body]
        case t.Label(target=target, value=value):
            return [value] if isinstance(target, t.Name) else [target, value]
        case t.Parameter():
            return [node.default] if node.default is not None else []
        case t.Input():
            return [part for part in (node.shape, node.where) if part is not None]
        case t.ParamOf():
            return [part for part in (node.shape, node.value) if part is not None]
        case t.Definition() | t.Def():
            return [*node.parameters, *node.body]
        case t.Alias():
            return [*node.parameters, node.value]
        case t.Const():
            return [node.value]
    return []


def label_texts(rule: t.InitRule) -> Iterator[str]:
    """Names used where only elaboration can judge them: in rules of an init section."""
    for selector in rule.selectors:
        yield from selector.path[:1]
        if selector.pattern is not None:
            yield from (name.id for name in names_of(selector.pattern))
    yield from (name.id for name in names_of(rule.initialiser))


def names_of(node: Any) -> Iterator[t.Name]:
    if isinstance(node, t.Name):
        yield node
    for child in children(node):
        yield from names_of(child)


def python_path(node: t.Attribute, bound: Mapping[str, Any]) -> tuple[str, str] | None:
    """Prefix and name of `nn.Conv2d` or `torch.nn.functional.relu`, if the first word is one of Python's."""
    words, inner = [node.name], node.value
    while isinstance(inner, t.Attribute):
        words.append(inner.name)
        inner = inner.value
    last = words[0]
    prefixes = PYTHON | KERAS if last[:1].isupper() else PYTHON
    if not isinstance(inner, t.Name) or inner.id not in prefixes or (inner.id in bound and inner.id != "self"):
        return None
    from ..functions import names as function_names
    from ..layers import names as layer_names
    from ..layers.synonyms import DRAWN
    from .suggest import name_facts

    known = inner.id == "self" or last in layer_names() or last in function_names()
    meant = last if known else DRAWN.get(".".join(words[1::-1])) or str(name_facts(last, ())["nearest"] or last)
    return ".".join([inner.id, *reversed(words[1:])]), meant
