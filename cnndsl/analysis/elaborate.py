"""Scope → Graph: which models a file has that can be built as they stand, each elaborated for its own inputs."""

from __future__ import annotations

import sys

from ..dims import requirements
from ..graph import Graph, Instance, Known, Maker, Model, Promises
from ..limits import DEFAULT, Limits
from ..problems import CnnError, Problem, fail, foremost
from ..records import dataclass
from ..shapes import Need, TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator, Mapping, TypeGuard
from .comments import comment_above, comment_begins, comments, header_comment
from .definitions import Visit
from .gathering import POISONED, all_of, called_from, every
from .inputs import Pattern
from .lint import Collector
from .program import Scope, readable
from .resolve import resolve
from .session import Session, Use, common
from .signatures import check_head
from .suspect_sizes import Begun, warn_of_batch, warn_of_small
from .things import NoFlow, Origin, Thing, plain, to_known
from .variants import Variant, given_settings, is_closed, lacking, refuse_words, told_by

__all__ = ["Limits", "Outcome", "elaborate"]


SHARED = (
    "collector",
    "definitions",
    "helpers",
    "uses",
    "at",
    "blocks",
    "for_code",
    "torch_order",
    "factories",
    "told",
    "constants",
    "together",
    "looked",
    "combined",
)  # by all models of a file
MODEL = 11  # steps that a model takes beside those of its statements
ENOUGH = 500  # errors after which no other model is looked at, nor what no model uses


@dataclass(frozen=True)
class Outcome:
    """What elaboration found: the graph of what is sound, and the problems of the rest; models that lack values."""

    graph: Graph
    problems: tuple[Problem, ...]
    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()  # their names, and those of their parameters without one


def elaborate(
    scope: Scope,
    *,
    model: str | None = None,
    settings: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    at: Mapping[str, int] | None = None,
    for_code: bool = True,
    again: bool = False,
    torch_order: bool = False,
) -> Outcome:
    """Elaborates a file's models, or the one named, with some parameters set, and some sizes `at` numbers.

    Not `for_code`, the graph says all but how code could be written that keeps the author's parameters and loops. A
    file that is checked `again` and again is looked at where it has changed; places in what has not are those of then.
    """
    allow_depth()
    told = [*scope.problems, *resolve(scope)]
    models, kept, most = chosen(scope, model), None, limits or DEFAULT
    others = (item for item in scope.file.items if model is None or not is_model(item))  # of other models only names
    asked = [*others, *(models if model else ())]
    if again and not (told or at or for_code):
        from .reuse_blocks import blocks

        kept = blocks(scope, most)

    def run(kept: Any) -> tuple[Session, list[Model], list[Problem]]:
        how: dict[str, Any] = {"at": at or {}, "for_code": for_code, "torch_order": torch_order}
        how |= {"factories": factories(scope), "told": told_by(models), "combined": []} if for_code else {}
        session = Session(most, collector=Collector(), blocks=kept, together=scope.taken(most), **how)
        return session, *elaborated(scope, closed(scope, models, model, settings), asked, settings or {}, session, told)

    first, found, problems = run(kept)
    if kept is not None:
        kept.close(first, problems)
        if problems and kept.taken:
            first, found, problems = run(None)
    sound, shared = common(first, is_wrong(problems), found)
    graph = Graph(sound, *about(scope), *shared, *[tuple(tables(scope, first))])
    return Outcome(graph, unique(problems, scope), lacking(scope, models) if len(found) < len(models) else ())


def about(scope: Scope) -> tuple[str, str, dict[str, str]]:
    """What the generated file tells of its source."""
    return scope.source.path, header_comment(scope), comments(scope)


def tables(scope: Scope, session: Session) -> Iterator[tuple[str, Known, str]]:
    """The lists that a file gives names, `const ROWS = […]`, with the comments above them."""
    for name, (item, own) in scope.items.items() if session.for_code else ():
        if isinstance(item, t.Const) and name.isupper() and isinstance(found := session.constants.get(id(item)), list):
            yield name, to_known(found), "" if comment_begins(item.span) else comment_above(item, own)


def is_wrong(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def elaborated(
    scope: Scope, models: Any, asked: Any, settings: Mapping[str, Any], first: Session, told: list[Problem]
) -> tuple[list[Model], list[Problem]]:
    """The models that are sound, and the problems of the file, of the items `asked` for, beside those `told`."""
    problems, found = list(told), list[Model]()
    last: Session | None = None
    errors = sum(problem.severity == "error" for problem in told)  # many warnings are no reason to look at less
    for item in models:
        if errors > ENOUGH or first.is_spent:
            break
        session = beside(first, Need(mode="evaluation" if first.at else "both"))
        try:
            found.append(Builder(session, scope).model(item, given_settings(settings)))
        except CnnError as error:
            wrong = [*sound(through(item, error).problems, scope)]
            problems += wrong
            errors += len(wrong)
        except RecursionError:
            problems.append(Problem("too-deep", item.name.span, {"name": item.name.id, "limit": session.limits.depth}))
        problems += session.warnings
        last = session
    problems += last.collected() if last is not None else ()
    enough = first.is_spent or errors > ENOUGH
    problems += faulty_items(scope, asked, beside(first, Need())) if not enough else ()
    return found, problems


def through(item: Any, error: CnnError) -> CnnError:
    """The error with the variant that led to it, `model Big = Net(5)`, for what stands elsewhere."""
    if not isinstance(item, t.Alias):
        return error
    inside = [item.span.start <= p.span.start < item.span.end for p in error.problems if p.span]
    return error if all(inside) else called_from(error, item.value.span, item.name.id)


def sound(problems: tuple[Problem, ...], scope: Scope) -> Iterator[Problem]:
    """The problems less those behind a brace that is never closed: what follows it stands in a wrong body."""
    wrong = [
        (problem.span, item.span.end)
        for problem in scope.problems
        if problem.code == "unclosed-bracket" and problem.span
        for item in scope.file.items
        if is_inner(problem.span, item.span)
    ]
    for problem in problems:
        at = problem.span
        if not any(at and at.source == brace.source and brace.start < at.start < end for brace, end in wrong):
            yield problem


def is_inner(brace: Span, item: Span) -> bool:
    """Whether a brace stands in the body of an item."""
    return (
        brace.text == "{"
        and item.source == brace.source
        and item.start <= brace.start < item.end
        and "{" in item.source.text[item.start : brace.start]
    )


def beside(first: Session, need: Need) -> Session:
    """A session for another model of the file: what is known of the file, they share."""
    shared = {name: getattr(first, name) for name in SHARED}
    return Session(first.limits, need, **shared)


def faulty_items(scope: Scope, items: Iterable[t.Item], session: Session) -> Iterator[Problem]:
    """The mistakes of constants and of heads, and of bodies whatever is given to them, that no model uses."""
    for item in (one for one in items if session.steps <= session.limits.steps):
        visit = Visit(session, scope)
        try:
            if isinstance(item, t.Const) and id(item) not in session.constants:
                visit.constant(item, scope, item.name.span)
            elif getattr(item, "parameters", ()):
                check_head(visit, item, scope)
        except CnnError as error:  # a default may read a parameter of which nothing is known here
            yield from (problem for problem in error.problems if problem.code != POISONED)
        if id(item) not in session.looked and session.steps <= session.limits.steps:
            yield from wrong_in_unused(visit, item, scope)
    yield from session.warnings


def wrong_in_unused(visit: Visit, item: t.Item, scope: Scope) -> Iterator[Problem]:
    """The mistakes of a body, whatever is given to it."""
    unknown = dict.fromkeys((p.name.id for p in getattr(item, "parameters", ())), NoFlow(POISONED))
    try:
        if isinstance(item, t.Definition):
            origin = Origin(item, scope)
            visit.session.tick(item.name.span)
            all_of(lambda: check_declared(item), lambda: visit.look_alone(origin, unknown))
        elif isinstance(item, t.Alias) and isinstance(item.value, t.Group):
            visit.alias_visit(item, scope, unknown).group(item.value.body, (NoFlow(POISONED),), item.name.id)
    except CnnError as error:
        yield from (problem for problem in error.problems if problem.code != POISONED)


def allow_depth() -> None:
    """Blocks may nest MAX_DEPTH deep; each takes some 20 of Python's own frames."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 6000))


def unique(problems: list[Problem], scope: Scope) -> tuple[Problem, ...]:
    """One message for one mistake, though several models may meet it. Where there are errors, warnings wait."""
    seen, again = dict[Any, Problem](), list[Problem]()
    places: Any = [problem.facts["places"] for problem in problems if "places" in problem.facts]
    same = frozenset[Span]().union(*places)  # names and arguments of which the first is told
    for problem in problems:
        if problem.code in ("unknown-name", "argument-twice", "not-callable") and problem.span in same:
            continue
        place = (problem.span.source.path, problem.span.start, problem.span.end) if problem.span else None
        if seen.setdefault((problem.code, place), problem) is not problem and problem.severity == "error":
            again.append(problem)
    found = sorted(seen.values(), key=place_of)
    if found:
        from .leftout import without_left_out

        found = without_left_out(found, scope)
    if is_wrong(found):
        from .causes import one_each
        from .explaining import with_those_behind

        found = sorted(with_those_behind(one_each(found, scope, again)), key=place_of)
    return foremost(tuple(found))


def place_of(problem: Problem) -> tuple[str, int]:
    return (problem.span.source.path, problem.span.start) if problem.span else ("", -1)


def is_model(item: t.Item) -> TypeGuard[t.Definition | t.Alias]:
    return isinstance(item, (t.Definition, t.Alias)) and item.kind == "model"


def factories(scope: Scope) -> frozenset[str]:
    """What the functions that make models are called in the generated file: variants', and those that these share a
    class with."""
    models = [item for item in scope.file.items if is_model(item)]
    varied = any(isinstance(item, t.Alias) for item in models)
    return frozenset(item.name.id.lower() for item in models) if varied else frozenset()


def chosen(scope: Scope, model: str | None) -> list[Any]:
    """The models of a file, or the one named; raises CnnError for a name that is none."""
    found = [item for item in readable(scope.file) if is_model(item)]
    models = {item.name.id: item for item in found if item.name.id}  # one without its name has a faulty head
    if model is not None:
        if model not in models:
            whole = Span(scope.source, 0, 0)
            from .suggest import near

            raise fail("no-such-model", whole, name=model, known=sorted(models), **near(model, models))
        return [models[model]]
    return [item for item in found if models.get(item.name.id, item) is item]


def closed(scope: Scope, models: list[Any], model: str | None, settings: Mapping[str, Any] | None) -> Iterator[Any]:
    """The models that can be built as they stand, found one by one; one that is asked for is built in any case."""
    return (item for item in models if model is not None or is_closed(scope, item, set(settings or {})))


class Builder:
    """Elaborates one model of a file."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self.session = session
        self.scope = scope

    def model(self, item: Any, settings: Mapping[str, Thing]) -> Model:
        """A model by itself: its inputs are what it declares, their names symbolic sizes."""
        self.session.tick(item.name.span, MODEL)
        maker = Maker(item.name.id, Origin(item, self.scope), (), dict(settings))
        visit = Visit(self.session, self.scope)
        variant = Variant()
        origin, given = variant.definition(visit, maker, item.name.span)
        fixed = variant.fixed - settings.keys()
        refuse_words(origin.item, settings)
        instance, promises = self.instance(visit, origin, given, item)
        need = self.session.need
        evaluation = (*need.conditions, *need.evaluation)
        solved = self.solved(evaluation, promises, item, instance.body)
        warn_of_batch(self.session, evaluation, promises, instance, item)
        warn_of_small(self.session, evaluation, promises, instance, item, self.scope)
        training = (*need.conditions, *need.training)
        trained = None
        if need.training or need.evaluation:
            trained = self.solved(training, promises, item, instance.body, " in training")
        own = variant.own, variant.given
        return Model(item.name.id, instance, solved, trained, promises, item.name.span, fixed, *own)

    def solved(self, conditions: Any, promises: Promises, item: Any, steps: Any, mode: str = "") -> Any:
        """The requirements; raises CnnError if no input meets them."""
        found = requirements(dict.fromkeys(condition for condition, _ in conditions), promises)
        if not found.satisfiable:
            raise self.so_far(item, steps, promises).contradiction(conditions, mode)
        return found

    def so_far(self, item: Any, steps: Any, promises: Promises) -> Any:
        from .contradictions import SoFar

        return SoFar(self.session, self.scope, item, [*steps], promises)

    def instance(self, visit: Visit, origin: Origin, given: Any, item: Any) -> tuple[Instance, Promises]:
        definition = origin.item
        assert isinstance(definition, t.Definition)
        inner = visit.definition_visit(origin, definition, given)
        inner.is_model = True
        inner.told = self.session.told.get(definition.name.id, frozenset())
        inner.promises = {}
        for statement in definition.body:
            if isinstance(statement, t.Faulty):  # it may name what stands in a shape
                inner.poison_names(statement)
        try:
            types = self.inputs(inner, definition)
        except CnnError as error:
            inner.run_without_inputs(definition, *error.problems)
            raise
        inner.receive(types, definition, item.name.span)
        need = self.session.need
        try:
            instance, _ = inner.finished(definition, given)
        except CnnError as error:
            begun = Begun(tuple(inner.input_values), tuple(inner.steps))
            warn_of_batch(self.session, (*need.conditions, *need.evaluation), inner.promises, begun, item)
            raise self.so_far(definition, inner.steps, inner.promises).before(error, need.conditions) from None
        if self.session.combined is not None:
            row = tuple(map(plain, given.values()))
            self.session.combined.append(Use(origin, given, row, None, None, item.name.span, instance))
        return instance, inner.promises

    def inputs(self, visit: Visit, definition: t.Definition) -> tuple[TensorType, ...]:
        """The declared inputs' types; raises CnnError where a model does not declare them whole."""
        statements, pattern = declared_in(definition), Pattern(visit)

        def declared(statement: t.Input) -> TensorType:
            refuse_undeclared(statement, definition)
            assert statement.shape is not None
            return pattern.declare(statement.shape)

        return tuple(every(statements, declared))


def declared_in(definition: t.Definition) -> list[t.Input]:
    """The inputs of a model; raises CnnError where there are none."""
    statements = [s for s in definition.body if isinstance(s, t.Input)]
    if not statements:
        from .undeclared import without_input

        raise without_input(definition)
    return statements


def check_declared(item: t.Definition) -> None:
    """Raises CnnError for a model that does not say what goes in, whatever it is given."""
    if item.kind == "model":
        every(declared_in(item), lambda statement: refuse_undeclared(statement, item))


def refuse_undeclared(statement: t.Input, definition: t.Definition) -> None:
    """Raises CnnError for an input of a model that is not declared whole."""
    if statement.starred:
        raise fail("model-starred-input", statement.span)
    if statement.shape is None:
        told = any(isinstance(s, t.Faulty) and s.span.line == statement.span.line for s in definition.body)
        raise fail(POISONED if told else "model-input-without-shape", statement.span, name=statement.name.id)
