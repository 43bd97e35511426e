"""Models that no file has, and that a caller of a class may ask for: where models of one class require different things
of their inputs, each with the templates, texts and flags of the others. They show on which of these a requirement
hangs. Nothing is told of them; one that is refused is left out.
"""

from __future__ import annotations

from ..graph import Model
from ..lean import suppress
from ..problems import CnnError
from ..records import replace
from ..typed import Any, Iterator, Sequence
from .combining import quiet
from .definitions import Visit
from .elaborate import Builder
from .session import Use, needs

MOST = 24  # of them in a class
COUNTED = ("int", "float", "list", "tuple")  # what has so many values that a few of them show nothing


def asked(first: Any, models: Sequence[Model]) -> Iterator[Model]:
    """Such models, once those of the file have been visited in sessions beside the `first`."""
    uses = {id(use.instance): use for use in first.combined}
    groups: dict[int, list[tuple[Use, Model]]] = {}
    for model in models:
        use = uses[id(model.instance)]
        groups.setdefault(id(use.origin.item), []).append((use, model))
    for some in groups.values():
        if len({needs(model) for _, model in some}) > 1:
            yield from neighbours(first, some)
        else:
            yield from untied(first, some)


def neighbours(first: Any, known: Sequence[tuple[Use, Model]]) -> Iterator[Model]:
    """What differs from a known model, or from another one of these, in one argument, and requires something else."""
    left, seen = list(known), {use.row: needs(model) for use, model in known}
    columns = list(zip(known[0][0].given, zip(*[use.row for use, _ in known], strict=True), strict=True))
    places = [n for n, (_, column) in enumerate(columns) if not any(map(is_counted, column))]
    while left:
        use, model = left.pop(0)
        for place, other in ((place, other) for place in places for other, _ in known):
            row = (*use.row[:place], other.row[place], *use.row[place + 1 :])
            if row in seen or len(seen) >= len(known) + MOST:
                continue
            name = columns[place][0]
            given = {**use.given, name: other.given[name]}
            seen[row] = None
            try:
                made = model_of(first, use, given, model.fixed | {name})
            except (CnnError, RecursionError):
                continue
            seen[row] = needs(made)
            left.append((replace(use, given=given, row=row, instance=made.instance), made))
            if any(some not in (None, seen[row]) for one, some in seen.items() if is_near(one, row)):
                yield made


def untied(first: Any, known: Sequence[tuple[Use, Model]]) -> Iterator[Model]:
    """Where a template and another argument tell these models apart in the same way, the first one with the template
    of another: what hangs on which of the two would not be known else."""
    use, model = known[0]
    rows = [use.row for use, _ in known]
    columns = list(zip(*rows, strict=True))
    held = [n for n, column in enumerate(columns) if len({*column}) > 1 and not any(map(is_counted, column))]
    tied = [n for n in held if any(n != m and partition(columns[n]) == partition(columns[m]) for m in held)]
    for place in (n for n in tied if any(map(is_template, columns[n]))):
        name = list(use.given)[place]
        given = next(other.given[name] for other, _ in known if other.row[place] != use.row[place])
        with suppress(CnnError, RecursionError):
            yield model_of(first, use, {**use.given, name: given}, model.fixed | {name})


def partition(column: Sequence[Any]) -> list[int]:
    return [column.index(value) for value in column]


def is_template(value: Any) -> bool:
    return isinstance(value, tuple) and value[0] == "maker"


def is_counted(value: Any) -> bool:
    return isinstance(value, tuple) and str(value[0]) in COUNTED


def is_near(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether they differ in one argument."""
    return len([1 for a, b in zip(one, other, strict=True) if a != b]) == 1


def model_of(first: Any, use: Use, given: Any, fixed: frozenset[str]) -> Model:
    """The model of a use with other arguments; raises CnnError."""
    session, item = quiet(first), use.origin.item
    builder = Builder(session, use.origin.scope)
    instance, promises = builder.instance(Visit(session, use.origin.scope), use.origin, given, item)
    need, solved = session.need, []
    for more in (need.evaluation, need.training):
        solved.append(builder.solved((*need.conditions, *more), promises, item, instance.body))
    training = solved[1] if need.training or need.evaluation else None
    return Model("", instance, solved[0], training, promises, None, fixed)
