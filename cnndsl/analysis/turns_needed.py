"""Loops that must turn: who takes what they add up (`total = 0; for … { total = total + y }`), or what they gather, as
tensors asks for rounds, since the class knows nothing of the number 0, or of the empty list, that the file refuses.
"""

from __future__ import annotations

from ..dims import Dim
from ..dims.algebra import of_atom
from ..dims.calls import Formula, formula, size_of
from ..graph import Choice, Known, Operate, Value
from ..loops import Gathered, Loop, of_rounds
from ..typed import Any, Iterable, Sequence
from .arithmetic import binary
from .deciding import whole_of
from .wording import compared

ADDING = frozenset("+-*/")  # a tensor and the number 0 are as good operands of these as two tensors


def note(turning: Any, count: Known, exits: Sequence[Any]) -> None:
    """Notes what is a tensor behind a loop only if that, or another one, has turned: how often they do, together."""
    visit = turning.visit
    known, ends = visit.unsure, turning.rounds[-1].ends if turning.rounds else turning.starts
    for start, end, thing in zip(turning.starts, ends, exits, strict=True):
        before = known.get(start.number) if isinstance(start, Value) else ()
        if before is None or isinstance(start, list) or not isinstance(thing, Value):
            continue
        inside = known[end.number][len(before) :] if end.number in known else None
        if inside == ():
            continue  # it is what it was
        more = (count,) if inside is None else together(visit, count, inside)
        known.pop(thing.number, None)
        if any(term.spellings for term in more):  # else it has turned
            known[thing.number] = (*before, *more)


def together(visit: Any, count: Known, inside: Sequence[Known]) -> tuple[Known, ...]:
    """How often the loops in the rounds of another one turn, as that is said outside of it; else as each of them is."""
    plain = [outside(term) for term in inside]
    if plain[0].spellings and all(term.spellings == plain[0].spellings for term in plain):
        return (binary("*", outside(count), plain[0]),)
    lists = {whole_of(visit, term) for term in inside}
    name = lists.pop() if len(lists) == 1 else ""
    whole = Formula("name", (name, "list"))
    if name and size_of(formula("len", whole)) in count.spellings and count.value == len(inside):
        return (Known(sum(term.value for term in inside), (size_of(formula("sum", whole)),)),)
    return (count, *inside)


def look(visit: Any, step: Any, taken: Iterable[int]) -> None:
    """A step that takes such a value, unless it is one that adds it to a tensor, or a loop that goes on with it."""
    found = [number for number in taken if number in visit.unsure]
    if found and not isinstance(step, Loop) and not (isinstance(step, Operate) and adds(visit, step)):
        expect_tensors(visit, found, getattr(step, "span", None))


def look_at_result(visit: Any, thing: Any, span: Any) -> None:
    """What a definition gives: tensors, and lists of some."""
    if isinstance(thing, Gathered):
        expect_items(visit, thing, span)
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            look_at_result(visit, part, span)
    elif isinstance(thing, Value) and thing.number in visit.unsure:
        expect_tensors(visit, [thing.number], span)


def adds(visit: Any, step: Operate) -> bool:
    """Whether one operand is a tensor of the type that comes of it, whatever the other one is."""
    sure = (x for x in step.operands if isinstance(x, Value) and x.number not in visit.unsure)
    return step.operator in ADDING and any(value.type == step.target.type for value in sure)


def expect_tensors(visit: Any, numbers: Iterable[int], span: Any) -> None:
    for number in numbers:
        terms = visit.unsure[number]
        total, *others = map(outside, terms)
        for term in others:
            total = binary("+", total, term)
        if any(term.spellings and not outside(term).spellings for term in terms):
            visit.pin_unsaid(*terms)
        else:
            expect_some(visit, total, span)


def outside(count: Known) -> Known:
    """A number as it is said without names of rounds."""
    return Known(count.value, tuple(way for way in count.spellings if not of_rounds(way)))


def expect_some(visit: Any, count: Known, span: Any) -> None:
    """That there are no rounds is refused, where the class decides how many there are."""
    for part in factors(count):
        if spellings := compared(">", part, Known(0)):
            asked = Choice(span.start, Known(True, spellings), True, (), expected=str(spellings[0]))
            (visit.must_turn if visit.loops else visit.steps).append(asked)


def factors(count: Known) -> list[Known]:
    """The numbers of rounds of which this is the product: with two below 0, which is none, it would be above."""
    product = next((way for way in count.spellings if isinstance(way, Dim) and len(way.terms) == 1), None)
    atoms = dict.fromkeys(product.terms[0][0]) if product is not None and product.terms[0][1] > 0 else ()
    return [Known(1, (of_atom(atom),)) for atom in atoms] if len(atoms) > 1 else [count]


def expect_items(visit: Any, thing: Gathered, span: Any) -> None:
    """That a list has items: without any its sum is a number, and it is no result."""
    if thing.view or not (thing.more or thing.home.before):
        length = outside(thing.length)
        expect_some(visit, length if length.spellings else outside(thing.home.turns or length), span)
