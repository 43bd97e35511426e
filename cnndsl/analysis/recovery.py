"""After a mistake: the rest of a definition is still looked at, so that one run tells every mistake there is.

What the faulty statement would have given is poisoned: whoever needs it is silent. One mistake, one message.
"""

from __future__ import annotations

from ..graph import Apply, Known, Value
from ..problems import CnnError, Problem, leaves_out
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterator, Mapping
from .gathering import POISONED, called_from, is_poisoned, note, told
from .initialise import check_alone
from .resolve import bound_names
from .sites import within
from .statements import Statements
from .things import NoFlow, Origin, Thing

STILL = (t.ParamOf, t.Order, t.Init, t.Version)  # statements that leave the flow alone


class Behind:
    """The statements from a place in a body on, and those beyond. They are seldom read, and not copied before."""

    def __init__(self, body: Any, place: int, beyond: Any) -> None:
        self.body, self.place, self.beyond = body, place, beyond

    @classmethod
    def of(cls, body: Any, place: int, beyond: Any) -> Any:
        """The same; beyond the last statement what is beyond."""
        return cls(body, place, beyond) if place < len(body) else beyond

    def __iter__(self) -> Iterator[Any]:
        yield from self.body[self.place :]
        yield from self.beyond


class Recovering(Statements):
    """Runs a body to its end, whatever fails on the way."""

    inits: list[t.Init]

    def run_whole(self, body: Any) -> None:
        """The body of a definition; where it is faulty, its init sections are looked at all the same."""
        try:
            self.run_all(body, ())
        except CnnError as error:
            failed: list[Problem] = []
            note(failed, error)
            for node in self.inits:
                try:
                    check_alone(self, node, tuple(self.steps))
                except CnnError as other:
                    note(failed, other)
            raise CnnError(told(failed)) from None

    def look_inside(self, origin: Origin, given: Mapping[str, Thing], span: Span) -> None:
        """The mistakes of a block's body, whatever flows in; raises CnnError."""
        session, outer, item = self.session, self.session.stands_for, origin.item
        assert isinstance(item, t.Definition)
        session.enter(span, item.name.id)
        try:
            self.look_alone(origin, given)
        except CnnError as error:
            raise called_from(error, span, item.name.id) from None
        finally:
            session.stands_for = outer
            session.leave()

    def look_alone(self, origin: Origin, given: Mapping[str, Thing]) -> None:
        """The mistakes of a body of whose inputs no more is known than it declares; raises CnnError."""
        from .whatever import wrong_within

        assert isinstance(origin.item, t.Definition)
        failed: list[Problem] = []
        try:
            self.definition_visit(origin, origin.item, given).run_without_inputs(origin.item)
        except CnnError as error:
            note(failed, error)
        failed += wrong_within(self, origin, given)
        if failed:
            raise CnnError(told(failed))

    def definition_visit(self, origin: Origin, item: t.Definition, given: Mapping[str, Thing]) -> Any:
        raise NotImplementedError

    def run_without_inputs(self, item: t.Definition, *told_before: Problem) -> None:
        """The mistakes of a body of whose inputs nothing is known, beside theirs: raises CnnError with all of them."""
        failed = list(told_before)
        self.flow = NoFlow(POISONED, (item.name.span,))
        for statement in item.body:
            if isinstance(statement, t.Input):
                self.poison_names(statement)
        try:
            self.run_whole([statement for statement in item.body if not isinstance(statement, t.Input)])
        except CnnError as other:
            note(failed, other)
        if failed:
            raise CnnError(told(failed)) from None

    def run_all(self, body: Any, beyond: Any = None) -> None:
        """The statements of a body; raises CnnError with all their mistakes.

        `beyond` is what runs behind it, to the end of the definition; None where that is no list of statements.
        """
        failed: list[Problem] = []
        behind: list[Problem] = []
        for place, statement in enumerate(body):
            alone = isinstance(statement, t.Do) and isinstance(statement.value, t.If)
            self.rest = Behind.of(body, place + 1, beyond) if alone and beyond is not None else None
            kept = self.steps, self.flow, list(self.first_moves), self.loops, self.makes_modules
            try:
                self.run(body[place:] if isinstance(statement, t.Return) else [statement])
                if failed and isinstance(statement, t.Input) and is_poisoned(kept[1]):
                    self.flow = kept[1]  # what goes wrong without a flow was told
                if self.returned is not None and not isinstance(statement, t.Return):
                    self.run_declarations(statement, body[place + 1 :])
            except CnnError as error:
                note(failed, error)
                self.steps, self.flow, self.first_moves, self.loops, self.makes_modules = kept
                self.go_on(statement, error)
                if beyond == () and is_poisoned(self.flow) and not is_poisoned(kept[1]):
                    behind = self.wrong_behind(body[place + 1 :], kept[1])
            if self.returned is not None:
                break
        if failed:
            raise CnnError(told(failed + behind))

    def wrong_behind(self, rest: Any, before: Thing) -> list[Problem]:
        from .whatever import wrong_behind

        return wrong_behind(self, rest, before)

    def go_on(self, statement: Any, error: CnnError) -> None:
        """After a faulty statement: with what it must mean where that is clear, else with nothing."""
        if isinstance(statement, t.Assign) and error.problems[0].code == "shared-differs":
            path, (target, *others) = error.problems[0].facts["name"], statement.targets
            given = [step.target for step in self.steps if isinstance(step, Apply) and step.path == path]
            if isinstance(statement.value, t.Name) and isinstance(target, t.Name) and given and not others:
                self.names[target.id] = given[-1]  # `skip = conv1`: what conv1 gave
                return
        self.poison_numbers(statement, error)
        if isinstance(statement, t.Expect) and error.problems[0].code == "expectation-failed":
            self.poison_expected(statement)
        if not is_left_out(error) or not all(name in self.names for name in bound_names(statement)):
            self.poison(statement)  # `x = x.to(device)`, left out, leaves x

    def poison_numbers(self, statement: Any, error: CnnError) -> None:
        """A name that holds another kind of thing than is wanted is wrong wherever it stands, and told once."""
        told = [problem for problem in error.problems if problem.span and problem.code in OF_KIND]
        for node in within(statement) if told else ():
            held = self.names.get(node.id) if isinstance(node, t.Name) else None
            if any(is_of_kind(problem, node.span, held) for problem in told):
                self.names[node.id] = NoFlow(POISONED)

    def poison_expected(self, statement: t.Expect) -> None:
        """What does not hold of these, all that follows may take for granted."""
        for node in within(statement):
            if isinstance(node, t.Name) and node.id in self.names:
                self.names[node.id] = NoFlow(POISONED)

    def poison(self, statement: Any) -> None:
        """Nothing is known of what this statement names, nor of what flows after it."""
        self.poison_names(statement)
        if not isinstance(statement, STILL):
            self.flow, self.side_branch = NoFlow(POISONED, (statement.span,)), None


def is_left_out(error: CnnError) -> bool:
    return all(leaves_out(problem.facts.get("help")) for problem in error.problems)


SEVERAL = frozenset({"not-one-tensor", "not-an-operand", "misfit"})
OF_KIND = SEVERAL | {"no-attribute", "bad-argument"}


def is_of_kind(problem: Problem, place: Span, held: Any) -> bool:
    """Whether a problem is that what stands at a place is a number where a list is wanted, or a text for a number; or,
    anywhere, several tensors for one."""
    message, span = str(problem.facts.get("message")), problem.span
    if isinstance(held, Value):
        return isinstance(held.type, tuple) and problem.code in SEVERAL
    if isinstance(held, list):  # `skips.append(y)`
        return problem.code == "no-attribute" and span is not None and span.start == place.start
    if not isinstance(held, Known) or problem.code != "bad-argument":
        return False
    if span is None or not span.start <= place.start <= place.end <= span.end:
        return False
    is_text = isinstance(held.value, str) and (" must be an integer" in message or " must be a number" in message)
    return is_text or message.startswith("a list is needed")
