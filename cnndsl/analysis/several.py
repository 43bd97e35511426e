"""What an error says beside itself of results: too few or too many names for them, a label for one, several as one.

Pieces of which the last is smaller. Adds help and fixes to problems; finds none. Loaded only for errors.
"""

from __future__ import annotations

import re

from ..functions import lookup
from ..graph import BlockModule, Call, Known, Maker, Value
from ..loops import values_in
from ..problems import CnnError, Edit, Fix, Help, Problem, Related, advise, fail
from ..records import replace
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Collection, Iterator, Mapping
from .hints import are_made
from .resolve import targets
from .sites import is_long, within
from .things import Thing, describe, has_tensor

Made = Mapping[int, Any]  # by the number of a value, the step that made it
MOST_LEFT = 8  # results without a name that are shown


def wrong_count(targets: Any, kinds: tuple[Any, ...], node: Any, made: Any) -> CnnError:
    """The problem for too few or too many names: `y, h, c = LSTM(16)`, whose second result is a pair."""
    names = [target.id for target in targets if isinstance(target, t.Name)]
    if found := in_parts(node, len(targets), kinds, made):
        facts: dict[str, object] = {"wanted": len(targets), "given": len(kinds), "help": found[0]}
        return CnnError([Problem("wrong-count", node.span, facts, fix=found[1])])
    many = leaves(kinds)
    facts = {"wanted": len(targets), "given": len(kinds)}
    if len(names) != len(targets) or not 0 <= many - len(names) <= MOST_LEFT:
        return fail("wrong-count", node.span, *given_here(made), **facts)
    left = iter([*names, *"_" * many])
    pattern = ", ".join(shaped(kind, left) if many == len(names) or kind == kinds[0] else next(left) for kind in kinds)
    help = advise("results-taken", pattern=pattern)
    place = Span(node.span.source, targets[0].span.start, targets[-1].span.end)
    fix = Fix((Edit(place, pattern),), True) if many == len(names) else None
    return CnnError([Problem("wrong-count", node.span, {**facts, "help": help}, fix=fix)])


def one_result(targets: Any, kinds: tuple[Any, ...], node: Any) -> CnnError:
    """`y, (h, c) = GRU(16)`: the problem for names in brackets where there is one result."""
    pairs = list(zip(targets, kinds, strict=True))
    several, kind = next(pair for pair in pairs if isinstance(pair[0], tuple) and not isinstance(pair[1], tuple))
    taken = ", ".join(fitted(*pair) for pair in pairs)
    help = advise("results-taken", pattern=taken)
    return fail("not-several", node.span, what=str(kind), wanted=len(several), help=help)


def fitted(target: Any, kind: Any) -> str:
    """Names as they are written, but for one result the first of several."""
    if not isinstance(target, tuple):
        return str(target.id)
    if not isinstance(kind, tuple):
        return fitted(target[0], kind)
    return f"({', '.join(fitted(*pair) for pair in zip(target, kind, strict=False))})"


def in_parts(node: Any, wanted: int, kinds: tuple[Any, ...], made: Any) -> tuple[Help, Fix | None] | None:
    """`a, b = split(x, 2)`, `chunk(x, 3)`: what gives as many parts as are wanted; `split` takes their size."""
    call = node.value.stages[-1] if isinstance(node.value, t.Pipeline) else node.value
    name = getattr(getattr(call, "function", None), "id", "")
    if name not in ("split", "chunk") or not isinstance(call, t.Call):
        return None
    number = next((one for one in call.arguments if isinstance(one, t.Number)), None)
    if number is None:
        return None
    if name == "split" and number.value == wanted:
        meant = call.span.text.replace(name, "chunk", 1)
        return advise("parts-by-chunk", count=wanted, meant=meant), Fix((Edit(call.function.span, "chunk"),), True)
    whole = size_of_parts(made, kinds)
    if whole and whole % wanted and name == "chunk" and number.value == len(kinds) < wanted:
        return advise("parts-named", given=len(kinds), wanted=wanted), None
    if not whole or whole % wanted:
        return None
    place, text = number.span.start - call.span.start, call.span.text
    size = wanted if name == "chunk" else whole // wanted
    meant = f"{text[:place]}{size}{text[place + len(number.span.text) :]}"
    return advise("parts-of-size", count=wanted, whole=whole, size=whole // wanted, meant=meant), None


def size_of_parts(made: Any, kinds: tuple[Any, ...]) -> int | None:
    """The size that a call has taken apart, where it is a number."""
    first = made.arguments[0] if isinstance(made, Call) and made.arguments else None
    whole, part = (getattr(kind, "shape", ()) for kind in (getattr(first, "type", None), next(iter(kinds), None)))
    sizes = [size for size, other in zip(whole, part, strict=False) if size != other]
    return sizes[0] if len(sizes) == 1 and isinstance(sizes[0], int) and len(whole) == len(part) else None


def unequal(error: CnnError, made: Made, value: Value) -> CnnError:
    """`q, k, v = chunk(x, 3, -1)` of 64: the error of what takes a piece, told where these are made, once for all."""
    from .provenance import maker_of, source_of

    told, step = error.problems[0], maker_of(made, value, None)[0]
    kinds = tuple(piece.type for piece in values_in(getattr(step, "target", None)))
    if told.code != "size-differs" or not isinstance(step, Call) or step.function != "chunk" or not told.span:
        return error
    whole, count = size_of_parts(step, kinds) if kinds else None, len(kinds)
    if len({*kinds}) < 2 or whole is None or not whole % count or step.span is None or len(error.problems) > 1:
        return error
    message = f"chunk cannot make {count} equal pieces of {whole}: {whole} % {count} = {whole % count}"
    taken = Related("taken-here", told.span, {"shape": str(value.type)})
    source = source_of(step)
    facts: dict[str, object] = {
        "message": message,
        "help": widened(made.get(source.number), count, whole) if source else None,
    }
    return CnnError([Problem("not-divisible", step.span, facts, (taken,))])


WIDTH = re.compile(r"(?:\w+:[ ]*)?(Linear\((?:out_features[ ]*=[ ]*)?)(\d+)(?=[,)])")


def widened(step: Any, count: int, whole: int) -> Help | None:
    """`Linear(64)`, of which three parts are made: three times as wide, each part is what was written."""
    found = WIDTH.match(step.span.text) if getattr(step, "span", None) else None
    if found is None or int(found[2]) != whole:
        return None
    meant = f"{found[1]}{count} * {whole}{step.span.text[found.end() :]}"
    return advise("parts-of-size", count=count, whole=f"{count} * {whole}", size=whole, meant=meant)


def leaves(kinds: Any) -> int:
    return sum(map(leaves, kinds)) if isinstance(kinds, tuple) else 1


def shaped(kind: Any, names: Iterator[str]) -> str:
    """The names for results that are nested as this type is."""
    return f"({', '.join(shaped(part, names) for part in kind)})" if isinstance(kind, tuple) else next(names)


def without_return(item: t.Def, call: Any) -> CnnError:
    """The problem of a function that gives nothing back: at its end, where each way comes to that."""
    last: Any = item.body[-1] if item.body else None
    facts: dict[str, object] = {"name": item.name.id}
    if not isinstance(last, (t.Do, t.Assign)) or isinstance(last.value, t.If):
        return fail("def-without-return", call.span, Related("declared-here", item.name.span), **facts)
    fix = None
    if isinstance(last, t.Do):
        facts["help"] = advise("returned", meant=" ".join(f"return {last.span.text}".split()))
        fix = Fix((Edit(Span(last.span.source, last.span.start, last.span.start), "return "),), True)
    called = Related("called-here", call.span)
    return CnnError([Problem("def-without-return", last.span, facts, (called,), fix=fix)])


def one_of_several(error: CnnError, value: Any) -> CnnError:
    """`y, h = LSTM(8)`, `h -> Linear(2)`: the error of what takes one tensor, where a name stands for several."""
    told = error.problems[0]
    if value.name is None or told.code != "misfit":
        return error
    several = ", ".join((value.name, *("_" for _ in value.type[1:])))
    left = leaves(value.type) - 1
    given = iter([value.name, *["{}"] * left])
    pattern = ", ".join(shaped(kind, given) for kind in value.type)
    lacking = (left, None, advise("taken-apart-as", name=value.name, pattern=pattern))
    help = advise("several-values", name=value.name, count=len(value.type), pattern=f"({several})")
    return CnnError([replace(told, facts={**told.facts, "help": help, "lacking": lacking}), *error.problems[1:]])


def no_operand(side: Any, thing: Thing, sign: str, other: Thing) -> CnnError:
    """The problem for what cannot be calculated with, beside another thing; several results want names."""
    kinds, help = getattr(thing, "type", None), None
    if isinstance(kinds, tuple):
        name = side.id if isinstance(side, t.Name) else None
        others = ", ".join("_" for _ in kinds[1:])
        help = advise("name-results", name=name, others=others)
    elif isinstance(thing, (list, tuple)) and thing and all(map(is_number, thing)):
        help = tensor_of(side.span.text, len(thing), other)
    is_listed = isinstance(thing, (list, tuple)) and has_tensor(thing)
    listed = side.id if is_listed and isinstance(side, t.Name) else None
    return fail("not-an-operand", side.span, what=describe(thing), operator=sign, help=help, listed=listed)


def is_number(thing: Thing) -> bool:
    return isinstance(thing, Known) and isinstance(thing.value, (int, float)) and not isinstance(thing.value, bool)


def tensor_of(numbers: str, count: int, other: Thing) -> Help | None:
    """What to write for a list of numbers beside a tensor: one a channel, or one a place of the last axis."""
    sizes = getattr(getattr(other, "type", None), "shape", ())
    axis = next((axis for axis in (1, -1) if len(sizes) > 1 and sizes[axis] == count), None)
    if axis is None or "\n" in numbers:
        return None
    ones = ", ".join("1" for _ in sizes[axis + 1 :]) if axis > 0 else ""
    return advise("tensor-one-by-one", meant=f"stack([for n in {numbers} {{ full([{ones}], n) }}])")


POOLS = r"(?:(?:Fractional|Adaptive)?MaxPool|(?:fractional_|adaptive_)?max_pool)[123]d"
POOLED = re.compile(rf"\b{POOLS}\((?:[^()\n#]|\([^()\n#]*\))*(?=\)[ \t]*(?:\(\w*\))?\Z)")


def one_value(targets: Any, kinds: Any, node: Any, made: Any) -> CnnError:
    """The problem for one value, which a step has `made`, where several are named: of a pooling, the indices, too."""
    if isinstance(kinds, TensorType) and kinds.rank > 1 and kinds.shape[0] == len(targets):
        return unbound(targets, kinds, node)
    text = node.span.text
    pooled = POOLED.search(text) if len(targets) == 2 and "return_indices" not in text else None
    help = advise("with-indices", call=pooled[0]) if pooled else of_each(targets, node, made)
    layer = getattr(getattr(made, "module", None), "layer", None)
    if not pooled and layer is not None and len(targets) == 2 and "return_indices" in layer.fields:
        help = advise("with-indices")
    place = node.span.start + pooled.end() if pooled else 0
    edit = Edit(Span(node.span.source, place, place), ", return_indices=True")
    facts: dict[str, object] = {"what": str(kinds), "wanted": len(targets), "help": help}
    if of_block := given_here(made):
        facts["help"] = returned(made.module.instance, targets)
    return CnnError([Problem("not-several", node.span, facts, of_block, fix=Fix((edit,), True) if pooled else None)])


def of_each(targets: Any, node: Any, made: Any) -> Help | None:
    """`h, c = zeros([N, 32])`: a new tensor for each name."""
    function = lookup(made.function) if isinstance(made, Call) else None
    if function is None or not function.factory or not isinstance(node.value, t.Call):
        return None
    names = [target.id for target in targets if isinstance(target, t.Name)]
    return advise("one-for-each", meant="; ".join(f"{name} = {node.value.span.text}" for name in names))


def given_here(made: Any) -> tuple[Related, ...]:
    """Where a block that is applied says what it gives: its `return`, or its last step."""
    module = getattr(made, "module", None)
    if not isinstance(module, BlockModule):
        return ()
    spans = [span for step in module.instance.body if (span := getattr(step, "span", None))]
    place = module.instance.result.span or (spans[-1] if spans else None)
    return (Related("result-here", place, {"name": module.instance.definition}),) if place else ()


def returned(instance: Any, targets: Any) -> Help | None:
    """A block without `return` gives what flows last."""
    if instance.result.span is not None:
        return None
    names = [target.id for target in targets if isinstance(target, t.Name)]
    known = {getattr(getattr(step, "target", None), "name", None) for step in instance.body}
    results = ", ".join(names if known.issuperset(names) and len(names) == len(targets) else "abcdefgh"[: len(targets)])
    return advise("returns-several", name=instance.definition, results=results)


def unbound(targets: Any, kind: TensorType, node: Any) -> CnnError:
    """The problem for a tensor with as many parts along its first axis as there are names, as torch unpacks it."""
    end = node.value.span.end
    is_plain = isinstance(node.value, (t.Pipeline, t.Call, t.Name))
    fix = Fix((Edit(Span(node.span.source, end, end), " -> unbind(0)"),), True) if is_plain else None
    facts: dict[str, object] = {"what": str(kind), "wanted": len(targets), "help": advise("first-axis-apart")}
    return CnnError([Problem("not-several", node.span, facts, fix=fix)])


ROWS = (t.List, t.Tuple, t.Number, t.Name)  # entries of a table that are one round each
LABEL = re.compile(r"([a-z_]\w*)[ \t]*:[ \t]*\Z")
MADE = re.compile(r"[ \t]*->[ \t]*([A-Z]\w*(?:\((?:[^()\n#]|\([^()\n#]*\))*\))?)")


def labelled_value(node: Any, what: str, labels: Collection[str]) -> CnnError:
    """`c: f -> Linear(10)`, `tower: x`: the problem for a label in front of a tensor; a module has one.

    `labels` are those of the modules that are made by now.
    """
    text, line = node.span.source.text, node.span.source.line_starts[node.span.line - 1]
    label, made = LABEL.search(text, line, node.span.start), MADE.match(text, node.span.end)
    if label is None or not (made or label[1] in labels):
        return fail("label-on-value", node.span, what=what)
    if made and re.search(
        rf"(?<![\w.\"'])(?<!-> ){label[1]}\b(?![ \t]*[:(=])", text[made.end() : node_end(node, text)]
    ):
        help = advise("value-by-equals", meant=f"{label[1]} = {node.span.text} -> {made[1]}")
        colon = Span(node.span.source, label.end(1), node.span.start)
        facts: dict[str, object] = {"what": what, "help": help}
        return CnnError([Problem("label-on-value", node.span, facts, fix=Fix((Edit(colon, " = "),), True))])
    meant = f"{node.span.text} -> {label[1]}" + (f": {made[1]}" if made else "")
    help = advise("label-before-module" if made else "module-applied", meant=meant)
    place = Span(node.span.source, label.start(), made.end() if made else node.span.end)
    return CnnError(
        [Problem("label-on-value", node.span, {"what": what, "help": help}, fix=Fix((Edit(place, meant),), True))]
    )


def without_callee(node: Any) -> Help | None:
    """`conv1: (8, 3)`: arguments of what has no name."""
    is_meant = isinstance(node, t.Tuple) and any(isinstance(item, t.Number) for item in node.items)
    return advise("callee-missing", meant=f"Name{node.span.text}") if is_meant else None


ITEM = re.compile(r"^(?:model|block|def|const|from|extern)\b", re.M)


def node_end(node: Any, text: str) -> int:
    """Where the item that this stands in ends."""
    following = ITEM.search(text, node.span.end)
    return following.start() if following else len(text)


def in_row(error: CnnError, node: t.For, number: int, scope: Any) -> CnnError:
    """The error of a round that is given too few or too many values, with the row of the table that it is given."""
    table: Any = node.iterable
    if isinstance(table, t.Name):
        table = getattr(scope.items.get(table.id, (None,))[0], "value", None)
    told, rows = error.problems[0], table.items if isinstance(table, (t.List, t.Tuple)) else ()
    before = rows[: number + 1]
    if told.span != node.span or len(before) <= number or not all(isinstance(row, ROWS) for row in before):
        return error
    return CnnError([replace(told, related=(*told.related, Related("see-here", rows[number].span)))])


def not_callable(call: t.Call, thing: Thing, body: Any) -> CnnError:
    """The problem for what is called and is no module; a tensor may have been meant for what it was given by."""
    facts, function, fix = dict[str, object](what=describe(thing)), call.function, None
    if isinstance(thing, (list, tuple)) and len(call.arguments) == 1 and not isinstance(call.arguments[0], t.Keyword):
        meant = f"{function.span.text}[{call.arguments[0].span.text}]"
        facts["help"], fix = advise("entry-by-index", meant=meant), Fix((Edit(call.span, meant),), True)
    if isinstance(function, t.Name) and has_tensor(thing):
        name = function.id
        nodes = [] if is_long(body) else [node for statement in body for node in within(statement)]
        before = (node for node in nodes if node.span.start < function.span.start and binds(node, name))
        bound = max(before, key=lambda node: node.span.start, default=None)
        if isinstance(bound, t.Input):
            facts["help"] = advise("input-of-that-name", name=name)
        elif isinstance(bound, t.For):
            facts["help"] = advise("loop-of-values", name=name)
        else:
            facts["tensor"] = name
            calls = (node for node in nodes if isinstance(node, t.Call))
            later = (one.function for one in calls if one.function == function and one.span.start > call.span.start)
            facts["places"] = frozenset(one.span for one in later)
    return CnnError([Problem("not-callable", function.span, facts, fix=fix)])


def binds(node: Any, name: str) -> bool:
    """Whether a node gives something this name."""
    if isinstance(node, t.Input):
        return node.name.id == name
    return isinstance(node, (t.Assign, t.For)) and name in targets(node.targets)


def not_module_input(visit: Any, maker: Any, thing: Thing, span: Span) -> CnnError:
    """The problem for what is no tensor and reaches a module: a list, where that takes several tensors."""
    from .forward_keywords import inputs_of

    facts: dict[str, object] = {"what": describe(thing)}
    if isinstance(thing, list) and isinstance(maker, Maker) and len(inputs_of(maker.target)) > 1:
        facts["help"] = advise("several-tensors")
    elif isinstance(thing, list) and (found := written_as_list(visit, thing)):
        facts |= {"help": found[0], "module": found[1]}
        return fail("not-module-input", span, Related("list-here", found[1]), **facts)
    elif isinstance(thing, list) and (name := next((name for name, one in visit.names.items() if one is thing), "")):
        facts["help"] = advise("join-named", meant=f"cat({name}, 1)")
    elif isinstance(thing, Known) and ")(" in span.text:
        facts["help"] = advise("tensors-in-second")
    return CnnError([Problem("not-module-input", span, facts)])


def written_as_list(visit: Any, thing: list[Thing]) -> tuple[Help, Span] | None:
    """The help with `layer1: [A, B]`, whose layers were to follow one another, and where that stands."""
    places: list[Any] = [getattr(visit.made.get(getattr(item, "number", None)), "span", None) for item in thing]
    if len(places) < 2 or None in places or is_long(visit.body):
        return None
    inside = (node for part in visit.body if places[0].is_within(part.span) for node in within(part))
    labels: dict[int, t.Label] = {}
    for node in inside:
        if isinstance(node, t.Label):
            labels[node.value.span.start] = node
        if not isinstance(node, t.List) or len(node.items) != len(thing) or not all(map(are_made, node.items)):
            continue
        if all(place.is_within(item.span) for place, item in zip(places, node.items, strict=True)):
            chain, label = " -> ".join(item.span.told for item in node.items), labels.get(node.span.start)
            meant = f"{label.target.span.text}: {{ {chain} }}" if label else chain
            return advise("branches-in-a-row", meant=meant), node.span
    return None


def wrong_round(targets: Any, item: Thing, node: Any) -> CnnError:
    """The problem of a round of a loop with more or fewer names than values; `for i, c in widths` counts its rounds."""
    if isinstance(item, (list, tuple)):
        names, left = (name.id for name in targets if isinstance(name, t.Name)), len(item) - len(targets)
        pattern = ", ".join([*names, *["{}"] * left])
        lacking = (left, node.span, advise("taken-in-rounds", pattern=pattern)) if left > 0 else None
        return fail("wrong-count", node.span, wanted=len(targets), given=len(item), lacking=lacking)
    facts: dict[str, object] = {"message": f"{len(targets)} values are wanted in each round, but there is one"}
    is_counted = isinstance(node, t.For) and len(targets) == 2
    if is_counted:
        facts["help"] = advise("counts-rounds", meant=f"enumerate({node.iterable.span.text})")
    return fail("wrong-count", node.span, **facts)
