"""Loops that must turn: who takes what they add up (`total = 0; for … { total = total + y }`), or what they gather, as
tensors asks for rounds, since the class knows nothing of the number 0, or of the empty list, that the file refuses. So
does who goes on from a size that the loop of a block makes.
"""

from __future__ import annotations

from ..dims import Dim
from ..dims.algebra import of_atom
from ..dims.calls import Formula, formula, size_of
from ..graph import Choice, Known, Operate, Value
from ..loops import Gathered, Loop, of_rounds
from ..typed import Any, Container, Iterable, Sequence
from .arithmetic import binary
from .deciding import whole_of
from .things import Named, Whole
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


def expect_some(visit: Any, count: Known, span: Any, named: bool = True) -> None:
    """That there are no rounds is refused, where the class decides how many there are."""
    for length, least in map(measured, factors(count)):
        at_least = (">", length, Known(0)) if least == 1 else (">=", length, Known(least))
        if least > 0:
            expect(visit, compared(*at_least), span, named)


def expect(visit: Any, spellings: tuple[Any, ...], span: Any, named: bool) -> None:
    """That this does not hold is refused; what rounds ask for, once for all of them. What is not asked where it is
    `named` is told of the whole definition, since not all uses ask for it."""
    if not spellings:
        return
    asked = Choice(span.start, Known(True, spellings), True, (), expected=str(spellings[0]) if named else "")
    if named and not visit.loops:
        visit.steps.append(asked)
    elif all(other.condition.spellings != spellings for other in visit.must_turn):
        visit.must_turn.append(asked)


def expect_turns(visit: Any, thing: Any, span: Any) -> None:
    """That what a block is given, to turn a loop so often, is above 0, or all it holds; what cannot be said stays so.

    Of rounds, all that their list holds; what counts up from 0 is at least that.
    """
    if isinstance(thing, (list, tuple)) and not getattr(thing, "name", ""):
        for item in thing:
            expect_turns(visit, item, span)
    elif found := all_turn(visit, thing):
        expect(visit, (found,), span, False)
    elif isinstance(thing, Known) and thing.spellings and not is_above(thing.spellings[0], visit.session.places):
        is_plain = not of_rounds(thing.spellings[0])
        expect_some(visit, thing, span, False) if is_plain else visit.pin_unsaid(thing)


def all_turn(visit: Any, thing: Any) -> Formula | None:
    """That a list that has a name holds nothing below 1; or what rounds take in turn, where one of them takes this."""
    text = str(thing.spellings[0]) if isinstance(thing, Known) and any(map(of_rounds, thing.spellings[:1])) else ""
    text = str(visit.session.came_to.get(text, text or getattr(thing, "name", "")))
    name, *places = text.replace("]", "").split("[")
    found = visit.names.get(name) if text == name + "".join(f"[{place}]" for place in places) else None
    if not isinstance(found, (Named, Whole)) or found.name != name or not all(map(str.isdecimal, places[1:])):
        return None
    whole = Formula("name", (name, "list"))
    return Formula("all", (whole, *map(int, places[1:]))) if len(places) < 3 else None


def is_above(count: Any, places: Container[str]) -> bool:
    """Whether a number is above 0 wherever these are at least that."""
    terms = dict(getattr(count, "terms", ()))
    is_known = all(name in places for name in getattr(count, "symbols", ()))
    return is_known and () in terms and all(factor > 0 for factor in terms.values())


def factors(count: Known) -> list[Known]:
    """The numbers of rounds of which this is the product: with two below 0, which is none, it would be above."""
    product = next((way for way in count.spellings if isinstance(way, Dim) and len(way.terms) == 1), None)
    atoms = dict.fromkeys(product.terms[0][0]) if product is not None and product.terms[0][1] > 0 else ()
    return [Known(1, (of_atom(atom),)) for atom in atoms] if len(atoms) > 1 else [count]


def measured(count: Known) -> tuple[Known, int]:
    """What is at least how much, where there are rounds: a list, of which some are beyond a part (`len(xs[1:])`) or
    beside those of the rounds (`len(xs) - 1`)."""
    for way in (way for way in count.spellings if isinstance(way, Dim)):
        (atoms, factor), *others = way.terms
        part: Any = atoms[0].key if len(atoms) == factor == 1 and atoms[0].kind == "call" else None
        if getattr(part, "sign", "") == "len" and len(others) == (way.constant != 0):
            whole, beyond = uncut(part.parts[0])
            if whole is not part.parts[0] or way.constant:
                least = 1 - way.constant + beyond if way.constant <= 0 else 0
                return Known(count.value - way.constant + beyond, (size_of(formula("len", whole)),)), least
    return count, 1


def uncut(part: Any) -> tuple[Any, int]:
    """A list without its last slice, and how many items that leaves out."""
    end = part.parts[-1] if getattr(part, "sign", "") in ("from", "upto") else 0
    is_told = type(end) is int and end * (1 if part.sign == "from" else -1) > 0
    return (part.parts[0], abs(end)) if is_told else (part, 0)


def expect_items(visit: Any, thing: Gathered, span: Any) -> None:
    """That a list has items: without any its sum is a number, and it is no result."""
    if thing.view or not (thing.more or thing.home.before):
        length = outside(thing.length)
        expect_some(visit, length if length.spellings else outside(thing.home.turns or length), span)
