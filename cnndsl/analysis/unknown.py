"""Names that nothing has: what each stands for where it is written, and what may have been meant.

One name that is used in several places of a definition is one mistake. Loaded only where there is such a name.
"""

from __future__ import annotations

from ..functions import lookup as function_named
from ..layers import lookup as layer_named
from ..layers.base import MISSING
from ..lean import cached_property, lru_cache
from ..patterns import re
from ..problems import Edit, Fix, Help, Problem, advise
from ..records import replace
from ..source import Source, Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .arithmetic import FUNCTIONS
from .by_form import of_name
from .causes import same_here
from .nearness import Names
from .program import Scope
from .resolve import PYTHON, used_names
from .signatures import annotations_of, keywords, words_for_texts
from .sites import children, is_capitalised, within
from .suggest import SUGGESTED, Role, fitted, is_hidden, is_own, name_facts
from .undeclared import as_imported, renamed_imports, undeclared_inputs

WHAT_COMES = frozenset({"x", "X", "image", "images", "img", "inp", "input", "inputs"})
LINEAR = frozenset({"Linear", "LazyLinear", "Dense"})
MADE = {"act": "ReLU", "activation": "ReLU", "bn": "BatchNorm2d", "conv": "Conv2d", "drop": "Dropout", "fc": "Linear"}
READY_MADE = re.compile(  # what torchvision has
    r"(alexnet|convnext|densenet|efficientnet|googlenet|inception|mnasnet|mobilenet|regnet|resnet|resnext|"
    r"shufflenet|squeezenet|swin|vgg|vit|wide_resnet)(_\w+|\d\w*)?"
)
LONGEST = 40  # of the parameters of a head that is told


def unknown(lost: list[t.Name], bound: set[str], scope: Scope, item: Any) -> Iterator[Problem]:
    """The problems of names that nothing has."""
    known, found, returned, inside = set[str](), dict[int, Role](), returned_calls(item), Inside(item)
    if scope.unknown < SUGGESTED:
        known, found = {*bound, *scope.items, *FUNCTIONS} - PYTHON, roles(item, bound, scope)
    sizes, nowhere, names = dimensions(item), set[str](), Names(known)
    forgotten, lost = undeclared_inputs(lost, item, scope, sizes)
    yield from forgotten
    renamed = renamed_imports(scope)
    yield from (as_imported(name, renamed[name.id]) for name in lost if name.id in renamed)
    lost = [name for name in lost if name.id not in renamed]
    places: dict[str, list[t.Name]] = {}
    for name in lost:
        places.setdefault(name.id, []).append(name)
    for name in lost:
        scope.unknown += 1
        if scope.unknown > SUGGESTED:  # to look for what may have been meant takes long, and most are not told
            if name.id not in nowhere:
                nowhere.add(name.id)
                yield as_it_is(places[name.id], None)
            continue
        role = found.get(name.span.start)
        facts = of_name(name.id, name.span, name_facts(name.id, names.around(name.id), role))
        facts = flattened(fitted(facts, sizes), name, item) if facts.get("nearest") else facts
        if is_hidden(facts, known, role):
            continue
        facts = facts if is_own(facts, known, role) else as_module(name, role) or facts
        if not facts["nearest"] and (problem := as_results(name, returned)):
            yield problem
        elif getattr(facts.get("help"), "code", "") == "label-where-made":  # the one module that all of them mean
            if name.id not in nowhere:
                nowhere.add(name.id)
                yield not_made(places[name.id], facts)
        elif facts["nearest"] or facts.get("help"):
            yield as_comment(name) or Problem("unknown-name", name.span, facts)
        elif problem := as_comment(name) or as_method(name):
            yield problem
        elif name.id not in nowhere:
            nowhere.add(name.id)
            yield undeclared(places[name.id], item, role, inside)


def not_made(places: list[t.Name], facts: dict[str, object]) -> Problem:
    """The problem of a module that is named behind `->` and nowhere made, with all these places."""
    others = [one.span for one in places[1:]]
    return Problem("unknown-name", places[0].span, {**facts, "places": frozenset(others)}, same_here(others))


class Inside:
    """What stands in an item, looked for once."""

    def __init__(self, item: Any) -> None:
        self.item = item

    @cached_property
    def compared(self) -> dict[int, tuple[str, t.Compare]]:
        """Where names stand in front of `==` as arguments of layers: the layer, and the comparison."""
        found = {}
        for node in within(self.item):
            if isinstance(node, t.Call) and isinstance(node.function, t.Name):
                for given in node.arguments:
                    if isinstance(given, t.Compare):
                        found[given.first.span.start] = (node.function.id, given)
        return found

    @cached_property
    def listed(self) -> set[int]:
        """Where names stand in lists, or are compared."""
        lists = (node for node in within(self.item) if isinstance(node, (t.List, t.Tuple, t.Compare)))
        return {inner.span.start for node in lists for inner in children(node) if isinstance(inner, t.Name)}


def undeclared(names: list[t.Name], item: Any, role: Role | None, inside: Inside) -> Problem:
    """The one problem of a name like no other, which stands in several places."""
    first = names[0]
    meant, fix = compared(first, inside) or (declared(first, item, role), None)
    if meant is None and first.id in WHAT_COMES and (stages := stages_before(first, item)):
        meant, fix = what_flows(names, stages, item)
    elif meant is None and first.id in WHAT_COMES and (entry := entering(item)):
        meant = advise("input-is-called", name=entry)
        fix = Fix(tuple(Edit(name.span, entry) for name in names), False)
    elif meant is None and isinstance(item, t.Definition) and first.id in WHAT_COMES:
        meant = advise("input-declared-first", name=first.id)
    elif meant is None and role and is_text_elsewhere(first, inside):
        meant = advise("text-in-quotes", name=first.id)
    elif meant is None and role and not (role.is_called or role.is_stage):
        meant = named(first.id)
    return as_it_is(names, meant, fix)


def as_it_is(names: list[t.Name], meant: Help | None, fix: Fix | None = None) -> Problem:
    first, places = names[0], [name.span for name in names[1:]]
    facts: dict[str, object] = {"name": first.id, "nearest": None, "places": frozenset(places), "help": meant}
    return Problem("unknown-name", first.span, facts, same_here(places), fix=fix)


def compared(name: t.Name, inside: Inside) -> tuple[Help, Fix] | None:
    """`Conv2d(8, kernel_size==3)`: the help with an argument's name in front of `==`, and its repair."""
    function, given = inside.compared.get(name.span.start, ("", None))
    layer = layer_named(function)
    if given is None or layer is None or name.id not in layer.fields or [sign for sign, _ in given.rest] != ["=="]:
        return None
    value = given.rest[0][1].span
    edit = Edit(Span(value.source, name.span.end, value.start), "=")
    return advise("argument-by-equals", meant=f"{name.id}={value.text}"), Fix((edit,), True)


def stages_before(name: t.Name, item: Any) -> list[Any]:
    """The statements of a body in front of a name of which one is a stage, so that what flows is no input."""
    body = (node for node in getattr(item, "body", ()) if not isinstance(node, t.Expect))
    before = [node for node in body if node.span.end <= name.span.start]
    return before if any(isinstance(node, t.Do) for node in before) else []


def what_flows(names: list[t.Name], before: list[Any], item: Any) -> tuple[Help, Fix | None]:
    """The help with a name that is meant for what flows, of which nothing is made in between, and its repair."""
    first, stage = names[0], before[-1]
    later = [node for node in stages_before(names[-1], item)[len(before) :] if isinstance(node, t.Do)]
    if later or not isinstance(stage, t.Do):
        return advise("value-named", name=first.id), None
    text = " ".join(stage.span.text.split())
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 10]}..."
    edit = Edit(Span(stage.span.source, stage.span.start, stage.span.start), f"{first.id} = ")
    return advise("flow-named", made=f"{first.id} = {text}"), Fix((edit,), False)


@lru_cache(maxsize=8)
def quoted(source: Source) -> frozenset[str]:
    """The words that are texts of a file."""
    return frozenset(word for _, word in re.findall(r"([\"'])(\w+)\1", source.text))


def is_text_elsewhere(name: t.Name, inside: Inside) -> bool:
    """Whether a name stands in a list, or is compared, and is a text elsewhere in the file: `[64, M, 128, "M"]`."""
    return name.id in quoted(name.span.source) and name.span.start in inside.listed


def declared(name: t.Name, item: Any, role: Role | None) -> Help | None:
    """How a definition would have the name: a block of its own, a parameter."""
    if role is None or not isinstance(item, (t.Definition, t.Alias)):
        return None
    if is_capitalised(name):
        return advise("own-layer", name=name.id) if role.is_called or role.is_stage else None
    if not role.is_number:
        return None
    told = ", ".join([*(parameter.span.text for parameter in item.parameters), f"{name.id}=..."])
    head = f"{item.kind} {item.name.id}({told if len(told) <= LONGEST else f'..., {name.id}=...'})"
    return advise("parameter-in-head", head=head, name=name.id)


def named(name: str) -> Help | None:
    """Where the name of a value is given, by how it is written."""
    if not name[:1].isupper():
        return advise("value-named", name=name)
    if len(name) == 1:
        return advise("size-named")
    return advise("constant-named", name=name) if name.isupper() else None


def entering(item: Any) -> str | None:
    """The one input of a definition."""
    inputs = [node.name.id for node in getattr(item, "body", ()) if isinstance(node, t.Input)]
    return inputs[0] if len(inputs) == 1 else None


def as_module(name: t.Name, role: Role | None) -> dict[str, object] | None:
    """`norm1(x)`, which nothing makes: the facts of a label that is used as if a constructor had made its module."""
    if name.id in ("concat", "concatenate") and name.span.source.text.startswith("([", name.span.end):
        return {"name": name.id, "nearest": "cat"}  # torch's own other names for it
    is_made = role and (role.is_called or role.is_stage or (role.is_head and is_capitalised(name)))
    if is_made and READY_MADE.fullmatch(name.id.lower()):
        help = advise("from-outside", name=name.id.lower(), block=name.id[:1].upper() + name.id[1:])
        return {"name": name.id, "nearest": None, "help": help}
    stem = re.fullmatch(r"([a-z_]+?)_?\d*", name.id)
    if stem and role and role.is_stage and not role.arguments and stem[1] in MADE:
        meant = labelled(name.span.source).get(stem[1], MADE[stem[1]])
        return {"name": name.id, "nearest": None, "help": advise("label-where-made", name=name.id, meant=meant)}
    stem = stem if stem and name.id[-1:].isdigit() else None
    if stem is None or role is None or not role.is_called:
        return None
    made = f"{name.id}: {labelled(name.span.source).get(stem[1], '...')}"
    return {"name": name.id, "nearest": None, "help": advise("made-where-applied", made=made)}


@lru_cache(maxsize=8)
def labelled(source: Source) -> dict[str, str]:
    """What the labels of a file first stand before, by their names without a number."""
    found: dict[str, str] = {}
    for label, made in re.findall(r"\b([a-z_]+?)_?\d*[ \t]*:[ \t]*([A-Z]\w*)", source.text):
        found.setdefault(label, made)
    return found


def dimensions(item: Any) -> set[int]:
    """How many dimensions a definition's maps have, by the shapes of its inputs and the names of its layers."""
    found = set()
    for node in within(item):
        shape = node.shape if isinstance(node, t.Input) else None
        if shape is not None and not any(isinstance(size, t.Rest) for size in shape.sizes):
            found.add(len(shape.sizes) - 2)
        if isinstance(node, t.Name) and (named := re.fullmatch(r"[A-Z]\w*([123])[dD]", node.id)):
            found.add(int(named[1]))
    return found & {1, 2, 3}


def flattened(facts: dict[str, object], name: t.Name, item: Any) -> dict[str, object]:
    """The same facts, where a Linear follows, which takes vectors: `GlobalAvgPool -> Linear(10)`."""
    if not str(facts["nearest"]).endswith("Pool2d(1)") or name.span.start not in before_linear(item):
        return facts
    return facts | {key: f"{facts[key]} -> Flatten" for key in ("nearest", "rival") if facts.get(key)}


def before_linear(item: Any) -> Iterator[int]:
    """Where a name makes a stage, and a Linear is the next one, on its line or on the next."""
    for node in within(item):
        for body in (getattr(node, "body", ()), getattr(node, "otherwise", None)):
            before: t.Name | None = None
            stages = [stage for statement in body for stage in stages_of(statement)] if body.__class__ is tuple else ()
            for stage in stages:
                if before is not None and stage is not None and stage.id in LINEAR:
                    yield before.span.start
                before = stage


def stages_of(statement: Any) -> Iterator[t.Name | None]:
    """What makes each stage of a statement; None of what no name makes."""
    value = statement.items[0] if isinstance(statement, t.Return) and len(statement.items) == 1 else statement
    value = value.value if isinstance(value, (t.Do, t.Assign, t.ReturnItem)) else None
    for stage in value.stages if isinstance(value, t.Pipeline) else (value,):
        stage = stage.value if isinstance(stage, t.Label) else stage
        stage = stage.function if isinstance(stage, t.Call) else stage
        yield stage if isinstance(stage, t.Name) and is_capitalised(stage) else None


def as_comment(name: t.Name) -> Problem | None:
    """`Conv2d(8, 3) // first`: a comment of another language, where nothing has the name."""
    source, line = name.span.source, name.span.source.line(name.span.line)
    start = source.line_starts[name.span.line - 1]
    if len(line) > 300:
        return None
    found = re.fullmatch(r"[^#\"']*[)\w][ \t]+(//)[ \t]*([A-Za-z_]\w*)[\w \t]*(?:#.*)?", line.rstrip())
    if found is None or start + found.start(2) != name.span.start:
        return None
    edit = Edit(Span(source, start + found.start(1), start + found.end(1)), "#")
    facts: dict[str, object] = {"name": name.id, "nearest": None, "help": advise("comment-sign")}
    return Problem("unknown-name", name.span, facts, fix=Fix((edit,), True))


def as_method(name: t.Name) -> Problem | None:
    """A line `x.view(-1, 400)`, where nothing has the name: of what flows."""
    source, start = name.span.source, name.span.source.line_starts[name.span.line - 1]
    line = source.line(name.span.line)
    found = re.fullmatch(r"\s*(\w+\.(\w+)(\([^()#]*\)))[ \t]*(?:#.*)?", line) if len(line) < 300 else None
    if found is None or start + found.start(1) != name.span.start or function_named(found[2]) is None:
        return None
    meant = f"-> {found[2]}" + (found[3] if found[3].strip("() ") else "")
    facts: dict[str, object] = {"name": name.id, "nearest": None, "help": advise("flow-needs-no-name", meant=meant)}
    edit = Edit(Span(source, start + found.start(1), start + found.end(1)), meant)
    return Problem("unknown-name", name.span, facts, fix=Fix((edit,), True))


def returned_calls(item: Any) -> dict[int, t.Call]:
    """The calls that an item's `return`s give, by where the name of what is called stands."""
    calls = (node.items[0].value for node in within(item) if isinstance(node, t.Return))
    return {call.function.span.start: call for call in calls if isinstance(call, t.Call)}


def as_results(name: t.Name, returned: Mapping[int, t.Call]) -> Problem | None:
    """`return dict(a=x, b=y)`, `return Output(a=x, b=y)`: results of which each has a name."""
    call = returned.get(name.span.start)
    given = [*keywords(call)] if call else []
    if call is None or not given or len(given) < len(call.arguments):
        return None
    source, is_dict = name.span.source, name.id in ("dict", "OrderedDict")
    edits = [Edit(Span(source, name.span.start, given[0].span.start), "{" * is_dict)]
    for one in given if is_dict else ():
        edits.append(Edit(Span(source, one.span.start, one.value.span.start), f"{one.name}: "))
    edits.append(Edit(Span(source, given[-1].span.end, call.span.end), "}" * is_dict))
    shown = ", ".join(f"{one.name}{': ' if is_dict else '='}{one.value.span.text}" for one in given)
    help = advise("results-by-name", results=f"{{{shown}}}" if is_dict else shown)
    fix = None if any("#" in edit.span.text for edit in edits) else Fix(tuple(edits), is_dict)
    return Problem("unknown-name", name.span, {"name": name.id, "nearest": None, "help": help}, fix=fix)


def roles(item: Any, bound: set[str], scope: Scope) -> dict[int, Role]:
    """What each name of an item stands for, by its place; a name that is a statement may stand for anything."""
    nodes = within(item)
    constants = {name for name, (made, _) in scope.items.items() if isinstance(made, t.Const)}
    labels = frozenset(
        node.target.id for node in nodes if isinstance(node, t.Label) and isinstance(node.target, t.Name)
    )
    value = Role(values=frozenset({*bound, *constants, "True", "False", "None"}), labels=labels)
    number, called = replace(value, is_number=True), replace(value, is_called=True)
    stage, stages = replace(value, is_stage=True), dict[int, Role]()  # by how many arguments each is given
    numbers = {name.span.start for node in nodes for name in numbers_in(node)}
    found = {start: number if start in numbers else value for start in (n.span.start for n in used_names(item))}
    for node in nodes:
        if isinstance(node, t.Call):
            if not isinstance(node.function, t.Attribute):  # `x.relu()` calls no `x`
                found[node.function.span.start] = called
            found |= {start: replace(value, is_flag=True, is_number=True) for start in flags(node)}
            found |= {start: replace(value, is_number=True, is_given=True) for start in never_none(node)}
            found |= {start: replace(value, is_text=True) for start in words_for_texts(node, scope)}
    for node in getattr(item, "parameters", ()):
        if node.type == "layer" and isinstance(node.default, t.Name):
            found[node.default.span.start] = replace(value, is_template=True)
    for node in nodes:
        if isinstance(node, (t.Do, t.Label, t.Alias)) and isinstance(node.value, t.Name):
            found.pop(node.value.span.start, None)
        made = node.value if isinstance(node, t.Label) else None
        made = made.function if isinstance(made, t.Call) else made
        if isinstance(made, t.Name) and is_capitalised(made):
            found[made.span.start] = replace(called, is_labelled=True)
        if isinstance(node, t.Pipeline) and not node.from_flow and isinstance(node.stages[0], t.Name):
            found[node.stages[0].span.start] = replace(value, is_head=True)
        for one in node.stages[not node.from_flow :] if isinstance(node, t.Pipeline) else ():
            if isinstance(one, t.Name):
                found[one.span.start] = stage
            elif isinstance(one, t.Call) and isinstance(one.function, t.Name):
                if (count := len(one.arguments)) not in stages:
                    stages[count] = replace(stage, arguments=count)
                found[one.span.start] = stages[count]
    return found


def flags(node: t.Call) -> Iterator[int]:
    """Where a layer's arguments stand that are True or False, if a name stands there."""
    layer = layer_named(node.function.id) if isinstance(node.function, t.Name) else None
    for argument in node.arguments if layer else ():
        if isinstance(argument, t.Keyword) and isinstance(argument.value, t.Name):
            declared = layer.fields.get(argument.name) if layer else None
            if declared and isinstance(declared.default, bool):
                yield argument.value.span.start


def never_none(node: t.Call) -> Iterator[int]:
    """Where a layer's arguments stand that have another default than None and are no flags, if a name stands there."""
    layer = layer_named(node.function.id) if isinstance(node.function, t.Name) else None
    made: Any = layer
    kinds = annotations_of(made) if layer else {}
    for argument in node.arguments if layer else ():
        if isinstance(argument, t.Keyword) and isinstance(argument.value, t.Name):
            declared = layer.fields.get(argument.name) if layer else None
            kind = kinds.get(argument.name, "None")
            has_other = declared and declared.default not in (None, MISSING) and not isinstance(declared.default, bool)
            if has_other and "None" not in kind:
                yield argument.value.span.start


def numbers_in(node: Any) -> Iterator[t.Name]:
    """The names that stand for numbers or flags in a node: among a module's arguments, in an `if`, in a `for`."""
    if isinstance(node, t.If):
        yield from used_names(node.condition)
    elif isinstance(node, t.For):
        yield from used_names(node.iterable)
    elif isinstance(node, t.Call) and isinstance(node.function, t.Name) and is_capitalised(node.function):
        for argument in node.arguments:
            yield from used_names(argument)
