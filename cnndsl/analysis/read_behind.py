"""What the rounds of a loop leave: sizes that each of them makes, or the last one by what its names hold there, and
tensors.

A tensor that each round names may be read behind the loop: `for w in widths { y = … }; d = y`.
Such a name goes round from what there is before the loop, which no round reads, and the class refuses that the loop
turns never: the file knows no such name then. Of loops in loops, and those under conditions, nothing is said here.
"""

from __future__ import annotations

from ..decided import Met
from ..dims import Dim
from ..graph import Instance, Known, Value
from ..loops import Local, Round, of_rounds
from ..shapes import TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Iterable, Iterator, Mapping, Sequence
from .lengths import at_last, behind_inner, builtin_len, gone_through, keeps
from .locality import given_by, names_in
from .resolve import targets
from .session import types_in
from .state import kind_of
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
    for place, way, inner in (
        at_last(rounds, count, visit.met) if len(leaves) == len(rounds[-1].after if rounds else ()) else ()
    ):
        if leaves[place].key not in session.once:
            lasting = (f"last({name})" for name in lists_measured(symbols_in(count)))
            inner |= {turns} if turns else set()
            session.once[leaves[place].key] = (*lasting, *(f"all({name})" for name in sorted(inner)))
            session.at_last[leaves[place].key] = way


def once(
    rounds: Sequence[Round], leaves: Sequence[Local], count: Known, name: str, met: Mapping[str, Met]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sizes behind a loop, turned `name` times, or for each item of a list, that are the same behind each round:
    all that counts is whether there is one, or nothing if they were the same before. `met` are what loops in it leave,
    which must turn then.
    """
    ways = [] if name else [gone_through(way) for way in count.spellings if isinstance(way, Dim)]
    lists = [str(whole) for whole in ways if whole is not None]
    for place, leaf in enumerate(leaves):
        if not rounds or any(place >= min(len(made.sizes), len(made.after)) for made in rounds):
            return
        left = [[behind_inner(way, met) for way in made.after[place].spellings] for made in rounds]
        told = [tuple(way for way, _ in some if way is not None and not is_item(way, lists)) for some in left]
        if any(some and not said for some, said in zip(left, told, strict=True)):
            continue
        after = [Known(made.after[place].value, some) for made, some in zip(rounds, told, strict=True)]
        is_same = is_one([rounds[0].sizes[place].value, *after])
        if is_same or ((name or lists) and is_one(after)):
            turns = {name}.union(*(inner for some in left for _, inner in some)) - {""}
            asked = *(f"last({whole})" for whole in lists), *(f"all({turn})" for turn in sorted(turns))
            yield leaf.key, () if is_same else asked


def is_item(way: Any, lists: Iterable[str]) -> bool:
    """Whether a size is written by an item of these lists, which another round does not have."""
    return any(name.startswith(f"{whole}[") for name in getattr(way, "symbols", ()) for whole in lists)


def made_alike(rounds: Sequence[Round], leaves: Sequence[Local], count: Known, turns: str) -> Iterator[tuple[str, Met]]:
    """The sizes behind a loop that each round makes the same of, by their names: how that is written outside.

    Who has no such loop, as what fills another list has none, says so what it goes on from.
    """
    own = {local.key for made in rounds for local in (*made.names, *made.sizes)}
    behind = frozenset(symbols_in(count))
    for place, leaf in enumerate(leaves):
        if not rounds or any(place >= min(len(made.sizes), len(made.after)) for made in rounds):
            return
        ways = [made.after[place].spellings for made in rounds]
        shared = (way for way in ways[0] if isinstance(way, Dim) and all(way in others for others in ways[1:]))
        if found := tuple(way for way in shared if own.isdisjoint(way.symbols)):
            yield leaf.key, Met(found, turns, behind)


def kept(rounds: Sequence[Round], leaves: Sequence[Local], met: Mapping[str, Met]) -> Iterator[tuple[str, Met]]:
    """The sizes behind a loop that no round changes, by their names: how that is written outside, and before the loops
    in front of it that kept them, too."""
    for place, leaf in enumerate(leaves):
        if rounds and all(place < min(len(made.sizes), len(made.after)) and keeps(made, place) for made in rounds):
            ways = tuple(before(way, met) for way in rounds[0].sizes[place].value.spellings if isinstance(way, Dim))
            yield from [(leaf.key, Met(ways))] * bool(ways)


def before(way: Dim, met: Mapping[str, Met]) -> Dim:
    """A way to write a size, over what loops kept as it was before them."""
    inner = {
        key: met[key].spellings[0] for key in way.symbols if key in met and not (met[key].turns or met[key].behind)
    }
    found = way.subs(inner) if inner else way
    return found if isinstance(found, Dim) else way


def is_one(sizes: Sequence[Known]) -> bool:
    """Whether sizes are one number, and there is one way to write them all that says no name of a round."""
    said = [{s for s in known.spellings if not of_rounds(s)} for known in sizes]
    plain = not any(known.spellings for known in sizes)
    return len({known.value for known in sizes}) == 1 and (plain or bool(set.intersection(*said)))


def lengths_given(visit: Any, instance: Instance, given: Mapping[str, Any], span: Span) -> dict[str, Known]:
    """How long the lists are that a block is given. What decides how often a loop turns that says a size of the result
    must not be 0: the class asks for that, of a block that a template names where it is this one."""
    lengths = {f"len({name})": builtin_len(thing) for name, thing in given.items() if isinstance(thing, list)}
    ended = instance.decided.ended if visit.session.for_code else ()
    named = bool(ended) and instance.definition in words_in(span.text)
    if ended and is_of_round(visit.session, instance):
        visit.pin(*(given[name] for name in sorted(ended & given.keys()) if not isinstance(given[name], list)))
    for name in given if ended else ():
        if f"last({name})" in ended:
            from .turns_needed import expect_some, outside

            expect_some(visit, outside(lengths.get(f"len({name})", given[name])), span, named)
        if f"all({name})" in ended:
            from .turns_needed import expect_turns

            expect_turns(visit, given[name], span)
    return lengths


def is_of_round(session: Any, instance: Instance) -> bool:
    """Whether a fixed size of the result is said by what a name holds in the last round of a loop alone."""
    sizes = (size for each in types_in(kind_of(instance.result)) for size in each.shape)
    ways = (way for size in sizes for way in getattr(size, "spellings", ()))
    return any(session.rounds.get(name) for way in ways for name in getattr(way, "symbols", ()))


def words_in(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split()


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
