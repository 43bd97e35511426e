"""What the last round of a loop leaves: sizes that are said by what its names hold there, and tensors.

A tensor that each round names may be read behind the loop: `for w in widths { y = … }; d = y`.
Such a name goes round from what there is before the loop, which no round reads, and the class refuses that the loop
turns never: the file knows no such name then. Of loops in loops, and those under conditions, nothing is said here.
"""

from __future__ import annotations

from ..graph import Instance, Known, Value
from ..loops import Local, Round
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Mapping, Sequence
from .lengths import at_last, builtin_len
from .locality import given_by, names_in
from .resolve import targets
from .things import lists_measured, symbols_in


def begin(visit: Any, node: t.For) -> list[str]:
    """Gives the names of such tensors what they begin as."""
    behind = following(visit.body, node)
    start = next((thing for thing in (visit.flow, *visit.input_values) if is_tensor(thing)), None)
    if not behind or start is None:
        return []
    new = given_by(node) - {*targets(node.targets)} - visit.names.keys()
    found = sorted(name for name in new if is_read(name, behind))
    visit.names.update(dict.fromkeys(found, start))
    return found


def note_last(visit: Any, rounds: Sequence[Round], leaves: Sequence[Local], count: Known, turns: str) -> None:
    """Notes the sizes behind a loop that are what its last round makes, however often it turns, as long as it does."""
    session = visit.session
    for place, way in (
        at_last(rounds, count, visit.met) if len(leaves) == len(rounds[-1].after if rounds else ()) else ()
    ):
        if leaves[place].key not in session.once:
            lasting = (f"last({name})" for name in lists_measured(symbols_in(count)))
            session.once[leaves[place].key] = (*lasting, *([f"all({turns})"] if turns else ()))
            session.at_last[leaves[place].key] = way


def lengths_given(visit: Any, instance: Instance, given: Mapping[str, Any], span: Span) -> dict[str, Known]:
    """How long the lists are that a block is given. What decides how often a loop turns whose last round says a size of
    the result must not be 0; of a block that a template names, which is another one elsewhere, that is not asked."""
    lengths = {f"len({name})": builtin_len(thing) for name, thing in given.items() if isinstance(thing, list)}
    for name in given if visit.session.at_last and instance.definition in span.text else ():
        if f"last({name})" in instance.decided.ended:
            from .turns_needed import expect_some, outside

            expect_some(visit, outside(lengths.get(f"len({name})", given[name])), span)
    return lengths


def is_tensor(thing: Any) -> bool:
    return isinstance(thing, Value) and isinstance(thing.type, TensorType)


def following(body: Any, node: t.For) -> list[Any]:
    """The statements behind one of a body."""
    place = next((n for n, statement in enumerate(body) if statement is node), len(body))
    return [*body[place + 1 :]]


def is_read(name: str, statements: Iterable[Any]) -> bool:
    """Whether a name is read before it is given anew."""
    for statement in statements:
        if isinstance(statement, t.For) and name in given_by(statement):
            continue
        value = statement.value if isinstance(statement, t.Assign) else statement
        if any(part.id == name for part in names_in([value])):
            return True
        if isinstance(statement, t.Assign) and name in targets(statement.targets):
            return False
    return False


def end(turning: Any, count: Known) -> None:
    """Behind the loop: it must have turned; if it does not, there are no such names."""
    if not turning.rounds:
        for name in turning.begun:
            turning.visit.names.pop(name)
    elif any(is_tensor(turning.held(name)) for name in turning.begun):
        from .turns_needed import expect_some, outside

        expect_some(turning.visit, outside(count), turning.node.span)
