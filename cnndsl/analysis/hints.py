"""What an error says beside itself to who meant something else: a tensor among a layer's arguments, a label for what it
gave, a function for its layer. Adds help and fixes to problems; finds none.
"""

from __future__ import annotations

from ..functions import lookup as function_named
from ..functions.base import Function
from ..graph import Known, Maker
from ..patterns import re
from ..problems import CnnError, Edit, Fix, Help, Problem, Related, advise, fail
from ..records import replace
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Collection, Mapping
from .lint import layers_by_word
from .signatures import annotations_of, layer_spans, takes_text
from .state import is_tensor
from .things import Label, Thing, describe, has_tensor


def helped(error: CnnError, code: str, span: Span, help: Help, fix: Fix | None = None, *others: Related) -> CnnError:
    """The error, with help and other places at its problem of this code and place."""

    def told(problem: Problem) -> Problem:
        if problem.code != code or problem.span != span:
            return problem
        return replace(problem, facts={**problem.facts, "help": help}, fix=fix, related=(*problem.related, *others))

    return CnnError([told(problem) for problem in error.problems])


def with_point(problem: Problem) -> Problem:
    """`Dropout(0,5)`: the problem of a number for a flag, which is what stands behind a decimal point."""
    place = problem.span
    if place is None or not str(problem.facts.get("message")).endswith(f"must be True or False, not {place.text}"):
        return problem
    before = re.search(r"(?<![\w.])(\d+),\Z", place.source.text[max(0, place.start - 9) : place.start])
    if before is None or not place.text.isdigit():
        return problem
    comma = Span(place.source, place.start - 1, place.start)
    facts = {**problem.facts, "decimal": f"{before[1]}.{place.text}"}
    return replace(problem, facts=facts, fix=Fix((Edit(comma, "."),), True))


def named_before(error: CnnError, node: t.For) -> CnnError:
    """`for y in [a, b -> conv]`: told once, and that the list wants a name."""
    if str(node.targets[0].span.text if isinstance(node.targets[0], t.Name) else "")[:1].isupper():
        return error
    told = error.problems[0]
    meant: Any = told.facts.get("help")
    if getattr(meant, "code", "") == "tensor-of-numbers":  # `for t in range(T)`
        size = meant.facts["size"]
        return CnnError([replace(told, facts={**told.facts, "help": advise("rounds-known", size=size)})])
    of_list = [problem for problem in error.problems if problem.code == "pipeline-as-template"]
    rest = [problem for problem in error.problems if problem not in of_list[1:]]
    help = advise("name-list-before")
    return CnnError([replace(p, facts={**p.facts, "help": help}) if p in of_list else p for p in rest])


SUBSCRIPT = re.compile(r"[ \t]*\[[ \t]*([^\[\]\n]*?)[ \t]*\]")


def in_round_brackets(error: CnnError, node: t.Name) -> CnnError:
    """`Conv2d[8, 3]`: the error of a layer that lacks its arguments, which stand in the wrong brackets."""
    told, inside = error.problems[0], SUBSCRIPT.match(node.span.source.text, node.span.end)
    if told.code != "missing-argument" or told.span != node.span or inside is None:
        return error
    meant = f"{node.id}({inside[1]})"
    help = advise("round-brackets", meant=meant)
    fix = Fix((Edit(Span(node.span.source, node.span.start, inside.end()), meant),), True)
    return helped(error, told.code, node.span, help, fix)


def as_operand(error: CnnError, node: Any, labels: Mapping[str, Label]) -> CnnError:
    """`h[:, -1]` where `h: LSTM(16)`: the label is the module, and was taken for what it gave."""
    told, label = error.problems[0], labels.get(node.id) if isinstance(node, t.Name) else None
    if label is None or told.span != node.span:
        return in_round_brackets(error, node) if isinstance(node, t.Name) else error
    others = ", _" if "several values" in str(told.facts.get("message")) else ""
    help = advise("module-not-result", name=node.id, meant=f"{others} = {label.span.told}")
    error = CnnError([replace(told, facts={**told.facts, "module": label.span}), *error.problems[1:]])
    return helped(error, told.code, node.span, help)


def as_layer(function: Function, node: Any) -> CnnError | None:
    """`conv2d(8, 3)`: the function takes its weights as tensors; the layer that has weights of its own is meant."""
    meant = layers_by_word().get(function.name.replace("_", ""))
    if not isinstance(node, t.Call) or meant is None:
        return None
    name = node.function.span
    written = re.sub(r"\s+", " ", Span(name.source, name.end, node.span.end).text)
    facts: dict[str, object] = {
        "name": function.name,
        "message": f"{function.name} is a function, which takes its weights as tensors",
        "help": advise("layer-with-weights", meant=f"{meant}{written}"),
    }
    return CnnError([Problem("bad-call", node.span, facts, fix=Fix((Edit(name, meant),), True))])


def quoted(name: str, span: Span) -> tuple[Help, Fix]:
    """Help and repair for a plain word where a text is wanted: `mode=bilinear`."""
    return advise("text-in-quotes", name=name), Fix((Edit(span, f'"{name}"'),), True)


def as_argument(name: str, node: Any, is_text: bool, names: Collection[str] = ()) -> CnnError:
    """The problem for a function among arguments: as a text, for the size or the template of its name."""
    if (size := name.upper()) in names:
        facts: dict[str, object] = {"name": name, "help": advise("size-is-called", name=size)}
        return CnnError([Problem("function-as-argument", node.span, facts, fix=Fix((Edit(node.span, size),), True))])
    layer = layers_by_word().get(name.replace("_", ""))
    help, fix = quoted(name, node.span) if is_text else (advise("pass-template", name=layer) if layer else None, None)
    return CnnError([Problem("function-as-argument", node.span, {"name": name, "help": help}, fix=fix)])


def as_option(name: str, argument: t.Keyword, node: t.Call) -> CnnError:
    """The problem for a function among what a function is given by keyword."""
    function = node.function.function if isinstance(node.function, t.Call) else node.function
    called = function_named(function.id) if isinstance(function, t.Name) else None
    return as_argument(name, argument.value, takes_text(called, argument.name))


def no_list(name: str, things: tuple[Thing, ...], node: Any) -> CnnError:
    """The problem for `len`, `zip` or `enumerate` of one tensor."""
    tensor = next(thing for thing in things if is_tensor(thing))
    where = next((a.span for a, thing in zip(node.arguments, things, strict=False) if thing is tensor), node.span)
    help = advise("size-of-axis", name=where.text) if name == "len" else None
    return fail("not-a-list", where, what=describe(tensor), help=help)


def as_template(value: Thing, usual: str = "ReLU") -> Help:
    """`Block(8, "relu")`: the help with what is given for a template."""
    word = getattr(value, "value", None) or getattr(value, "name", None)
    layer = layers_by_word().get(word.lower().replace("_", "")) if isinstance(word, str) else None
    return advise("pass-template", name=layer or usual)


MADE = re.compile(r"[A-Z]\w*(?:\([^()]*\))?")


def value_as_stage(node: t.Name, value: Thing, made: Span | None) -> CnnError:
    """The problem for a value where a module is wanted; `made` is where it came about."""
    import re

    related = (Related("given-here", made, {"name": node.id}),) if made else ()
    tensor = node.id if has_tensor(value) else None
    facts: dict[str, object] = {"name": node.id, "what": describe(value), "tensor": tensor}
    if node.id[:1].isupper() and isinstance(value, Known) and isinstance(value.value, (bool, int, float, str)):
        facts["help"] = as_template(value)
    elif made and MADE.fullmatch(made.text) and made.source.text[: made.start].rstrip()[-1:] in ("[", ",", "("):
        facts["help"] = advise("templates-capitalised", name=node.id[:1].upper() + node.id[1:])
    elif (
        tensor and made and not re.search(rf"\b{tensor}[ \t]*=[ \t]*[A-Z]\w*", made.source.line(made.line))
    ):  # no module
        facts["help"] = advise("to-add-it", name=tensor)
    elif tensor and made:
        facts["module"] = made
    return fail("value-as-stage", node.span, *related, **facts)


def tensor_first(node: t.Pipeline, failed: list[Problem], labels: Collection[str]) -> list[Problem]:
    """`net -> b` for `b -> net`, where `net` was applied before: what the two of them meet is one mistake."""
    if node.from_flow or len(node.stages) != 2 or not failed[-1].facts.get("tensor"):
        return failed
    label, value = node.stages
    if not isinstance(label, t.Name) or label.id not in labels:
        return failed
    meant = f"{value.span.text} -> {label.id}"
    facts = {**failed[-1].facts, "help": advise("tensor-first", meant=meant)}
    return [replace(failed[-1], facts=facts, fix=Fix((Edit(node.span, meant),), False))]


def ignoring(stage: Any) -> CnnError:
    """The problem for a stage that takes nothing."""
    from .several import without_callee

    if isinstance(stage, t.Unary) and stage.operator == "-":
        return one_sided(stage, True)
    return fail("stage-ignores-flow", stage.span, text=stage.span.text, help=without_callee(stage))


def one_sided(node: t.Unary, is_stage: bool) -> CnnError:
    """`-> + x`: the problem for a sign that stands between two values, with nothing on its left."""
    function = {"+": "add", "-": "sub"}[node.operator]
    facts: dict[str, object] = {"text": node.span.text, "operator": node.operator, "what": "one value alone"}
    if not is_stage:
        return fail("not-an-operand", node.span, **facts, help=advise("sign-left-out"))
    meant = f"{function}({node.operand.span.text})"
    facts["help"] = advise("function-behind-arrow", meant=meant)
    return CnnError([Problem("stage-ignores-flow", node.span, facts, fix=Fix((Edit(node.span, meant),), True))])


def lost_arrow(node: Any, left: Thing | None) -> tuple[Help, Fix] | None:
    """`Linear(1) - Sigmoid`: help and repair, where the sign between two modules has lost its head; `3 * Block`.

    `left` is what stands left of the sign, if that is no tensor.
    """
    if not isinstance(node, t.Binary) or node.operator not in ("*", "-", "**"):
        return None
    if node.operator == "**":
        return copies(node) if are_made(node.left) and isinstance(node.right, (t.Number, t.Name)) else None
    if node.operator == "*":
        return repetition(node, isinstance(left, Known) and isinstance(left.value, int))
    if not all(map(is_made, (node.left, node.right))):
        return None
    sign = Span(node.span.source, node.left.span.end, node.right.span.start)
    help = advise("joined", meant=f"{node.left.span.text} -> {node.right.span.text}")
    return help, Fix((Edit(sign, " -> "),), True)


def copies(node: t.Binary) -> tuple[Help, Fix]:
    """`layers: Conv2d(8, 3) ** 3`."""
    sign = Span(node.span.source, node.left.span.end, node.right.span.start)
    meant = f"{node.span.text[: sign.start - node.span.start]}{sign.text.replace('**', '*')}{node.right.span.text}"
    return advise("copies-by-star", meant=meant), Fix((Edit(sign, sign.text.replace("**", "*")),), False)


def repetition(node: t.Binary, is_count: bool) -> tuple[Help, Fix] | None:
    """`3 * Block`, `[A, B] * 3`; `is_count`: a whole number stands left of the sign."""
    if is_count and are_made(node.right):
        parts = ((part, part.span.text) for part in (node.right, node.left))
        alone = (t.Name, t.Number, t.Call)
        meant = " * ".join(text if isinstance(part, alone) else f"({text})" for part, text in parts)
        return advise("number-behind", meant=meant), Fix((Edit(node.span, meant),), True)
    items = node.left.items if isinstance(node.left, t.List) else ()
    if not items or not all(map(are_made, items)):
        return None
    chain = " -> ".join(item.span.text for item in items)
    is_one = len(items) == 1 and is_made(items[0])
    meant = f"{chain if is_one else f'({chain})'} * {node.right.span.text}"
    return advise("repeated-without-list", meant=meant), Fix((Edit(node.span, meant),), len(items) == 1)


def between_modules(error: CnnError, node: t.Binary, left: Thing | None) -> CnnError:
    """`{ 2 * (A -> B) }`: the problem of an operation in a group, where a repetition or an arrow is meant."""
    told, meant = error.problems[0], lost_arrow(node, left)
    if meant is None or len(error.problems) > 1 or told.code not in ("pipeline-as-template", "not-an-operand"):
        return error
    what = told.facts.get("what") or "a pipeline"
    facts: dict[str, object] = {"what": what, "operator": node.operator, "help": meant[0]}
    return CnnError([Problem("not-an-operand", node.span, facts, fix=meant[1])])


def loosest(error: CnnError, node: t.Binary) -> CnnError:
    """`x -> A + x -> B`: the problem of an operation that was to join two pipelines, and joins `A` and `x`."""
    text, told = node.span.source.text, error.problems[0]
    is_between = text[: node.span.start].rstrip().endswith("->") and text[node.span.end :].lstrip().startswith("->")
    if not is_between or not is_made(node.left) or not isinstance(node.right, t.Name) or told.span is None:
        return error
    sign, left = node.operator, node.left.span.text
    help = advise("arrow-binds-loosest", meant=f"(a -> {left}) {sign} ({node.right.id} -> ...)")
    return helped(error, told.code, told.span, help)


def is_made(node: Any) -> bool:
    """Whether this makes a module."""
    name = node.function if isinstance(node, t.Call) else node
    return isinstance(name, t.Name) and name.id[:1].isupper()


def are_made(node: Any) -> bool:
    """Whether this makes modules, one or several in a row."""
    return all(map(is_made, node.stages)) if isinstance(node, t.Pipeline) and not node.from_flow else is_made(node)


def label_as_template(error: CnnError, node: Any, maker: Maker, labels: Mapping[str, Label]) -> CnnError:
    """`layer: TransformerEncoderLayer(8)`, then `TransformerEncoder(layer, 2)`: a layer of layers takes a template."""
    label = labels.get(node.id) if isinstance(node, t.Name) else None
    if label is None or not hasattr(maker.target, "element") or error.problems[0].code != "label-as-value":
        return error
    made = label.span.told.partition(":")[2].strip()
    name = node.id[:1].upper() + node.id[1:]
    help = advise("template-named", name=name, made=made)
    return helped(error, "label-as-value", node.span, help)


def labelled_argument(node: t.Label, known: Collection[str]) -> CnnError:
    """The problem for a label among arguments: `kernel_size: 3`."""
    target, value = node.target, node.value
    is_plain = isinstance(value, (t.Number, t.Constant, t.Text, t.Unary, t.List, t.Tuple))
    if not isinstance(target, t.Name) or not (is_plain or target.id in known):
        return fail("label-in-template", node.span)
    help = advise("argument-by-equals", meant=f"{target.id}={value.span.text}")
    edit = Edit(Span(node.span.source, target.span.end, value.span.start), "=")
    return CnnError([Problem("label-in-template", node.span, {"help": help}, fix=Fix((edit,), True))])


WANTED = {"int": "an integer", "float": "a number", "bool": "True or False", "str": "a text"}


def nested(error: CnnError, maker: Maker, given: Mapping[str, Any], span: Span, field: str) -> CnnError:
    """`ReLU(Linear(5))`: the problem of a layer among the arguments of another; it stands in front."""
    import re

    wanted = annotations_of(maker.target)
    fields = (name for name in given if isinstance(given[name], Maker) and wanted.get(name) in WANTED)
    found = field if isinstance(given.get(field), Maker) else next(fields, "")
    place = layer_spans(maker, maker.target).get(found)
    if place is None or error.problems[0].facts.get("help"):
        return error
    if found == field and "not the template" not in str(error.problems[0].facts.get("message")):
        return error  # it takes one, and that one is wrong
    if found == field and wanted.get(field) == "str":
        return error  # `activation=Tanh`: the word for it is wanted, and not that it stands in front
    if found != field:
        message = f"{found} must be {WANTED[wanted[found]]}, not {describe(given[found])}"
        error, field = fail("bad-argument", place, message=message, free=()), found
    own = place.text.removeprefix(f"{field}=").strip()
    others = [span.text for span in sorted(maker.spans.values(), key=lambda span: span.start) if span != place]
    outer = maker.name + (f"({', '.join(others)})" if others else "")
    told = error.problems[0]
    whole = re.compile(rf"(\w+\s*:\s*)?{maker.name}\(\s*{re.escape(place.text)}\s*\)").fullmatch(span.text)
    line = span.source.line_starts[span.line - 1]
    is_free = FREE[0].search(span.source.text[line : span.start]) and FREE[1].match(span.source.text, span.end)
    edit = Edit(span, f"{own} -> {(whole and whole[1]) or ''}{maker.name}")
    inner, kind = getattr(given[found].target, "kind", ""), getattr(maker.target, "kind", "")
    is_behind = inner == "activation" and kind in ("linear", "convolution")
    help = advise("joined", meant=f"{outer} -> {own}" if is_behind else f"{own} -> {outer}")
    return helped(error, told.code, told.span or place, help, Fix((edit,), True) if whole and is_free else None)


FREE = (
    re.compile(r"(?:^|->|[={:;])[ \t]*\Z"),
    re.compile(r"[ \t]*(?:->|[;}#\r\n]|\Z)"),
)  # around a stage


def function_in_group(span: Span, name: str) -> CnnError:
    """The problem for a function among modules; that of the same name may do the same."""
    layer = layers_by_word().get(name.replace("_", ""))
    help = advise("module-for-function", module=layer) if layer else None
    return fail("function-in-group", span, name=name, help=help)


def label_twice(path: str, span: Span, first: Span, names: Mapping[str, Thing]) -> CnnError:
    again = twice_in_a_loop(path, span, first, names)
    related = () if again else (Related("first-here", first),)
    is_copy = first != span and first.text == span.text
    return fail("label-twice", span, *related, name=path, same=path if is_copy else None, **again)


def twice_in_a_loop(path: str, span: Span, first: Span, names: Mapping[str, Thing]) -> dict[str, object]:
    """The facts that help with a label that each round of a loop gives anew."""
    if first != span:
        return {}
    counts = [name for name in re.findall(r"\{(\w+)[^{}]*\}", span.text.partition(":")[0]) if name in names]
    if counts:
        which = "which is" if len(counts) == 1 else "which are"
        return {"help": advise("counts-the-same", names=" and ".join(f"`{name}`" for name in counts), which=which)}
    stem = re.fullmatch(r"(.*[._-])([a-z]\w*)", path)
    if stem and isinstance(names.get(stem[2]), Known):  # the braces are forgotten
        return {"help": advise("label-counts", label=f"{stem[1]}{{{stem[2]}}}")}
    shared = path if path.isidentifier() else None
    i, head = counting(span, names)
    return {"help": advise("label-counts", label=f"{path}{{{i}}}", shared=shared, i=i, head=head)}


def counting(span: Span, names: Mapping[str, Thing]) -> tuple[str, str | None]:
    """What counts the rounds of the loop around a place, and how the loop is to be written, if it does not count."""
    before = span.source.text[: span.start]
    loops = re.finditer(r"\bfor[ \t]+([\w, ()]+?)[ \t]+in[ \t]+([^{}\n]+?)[ \t]*\{", before)
    around = [one for one in loops if before.count("{", one.end()) >= before.count("}", one.end())]
    if not around or around[-1][2].startswith(("range(", "enumerate(")):
        return around[-1][1].partition(",")[0] if around else "i", None
    targets, values = around[-1].groups()
    i = next((name for name in "ijkn" if name not in names), "i")
    return i, f"for {i}, {f'({targets})' if ',' in targets else targets} in enumerate({values})"
