"""Comparisons, `and`, `or` and choices among compile-time values: what they give, and how that is written."""

from __future__ import annotations

from itertools import pairwise

from ..dims import Condition, Dim, Real, symbol
from ..dims.calls import Formula
from ..graph import Apply, Choice, Known, Maker, Value
from ..loops import values_in
from ..problems import CnnError, Edit, Fix, Help, Problem, advise, fail
from ..records import twin
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from . import arithmetic, deciding, in_common
from .gathering import POISONED
from .resizing import SOME
from .session import COMPARED
from .state import Callee, Place, State, is_tensor, template_place
from .things import Named, NoFlow, Routine, Thing, Whole, describe, has_tensor, raw, strip
from .wording import asked, chosen, has_spelling, known_early, part_of, said

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})  # of tensors


class Choosing(State):
    """Evaluates conditions, and what hangs on them."""

    def evaluate(self, node: Any, place: Place) -> Thing:
        raise NotImplementedError

    def ruled(self, node: Any, rule: Any, things: tuple[Thing, ...] = ()) -> Any:
        raise NotImplementedError

    def tensor_binary(self, node: t.Binary, left: Thing, right: Thing) -> Value:
        raise NotImplementedError

    def note_number(self, side: Any, thing: Thing) -> None:
        """Warns of a number beside a tensor whose name is also that of a module made before: `return pool - x`."""
        label = self.labels.get(side.id) if isinstance(side, t.Name) and isinstance(thing, Known) else None
        if label is None:
            return
        for step in self.steps:
            if isinstance(step, Apply) and step.path == side.id:
                self.excused |= {value.number for value in values_in(step.target)}
        self.warn("number-for-label", side.span, None, name=side.id, value=str(raw(thing)))

    def eval_Compare(self, node: t.Compare, place: Place) -> Thing:  # noqa: N802
        try:
            return self.compared(node, place)
        except CnnError as error:
            raise arrow_meant(error, node) or error from None

    def compared(self, node: t.Compare, place: Place) -> Thing:
        left = self.evaluate(node.first, place)
        result: Thing = None
        for sign, right_node in node.rest:
            right = self.evaluate(right_node, place)
            self.session.weigh(node.span, left, right, many=COMPARED)
            if is_tensor(left) or is_tensor(right):
                if sign not in COMPARISONS:
                    side, thing = (node.first, left) if is_tensor(left) else (right_node, right)
                    raise fail("not-an-operand", side.span, what=describe(thing), operator=sign)
                if len(node.rest) > 1:
                    raise fail("chained-tensors", node.span)
                return self.tensor_binary(t.Binary(sign, node.first, right_node, node.span), left, right)
            pair = self.ruled(node, lambda sign=sign, a=left, b=right: arithmetic.compare(sign, a, b))
            self.note_read(None, left, right)
            if not (isinstance(left, Maker) and right == Known(None)):  # whatever its numbers are, it is not None
                self.pin_lost(pair, left, right)
            result = pair if result is None else self.both("and", result, pair)
            left = right
        return result

    def tested(self, node: Any, sign: str | None = None) -> Thing:
        """What stands as a condition; of its `and` and `or` no more is asked than whether they hold."""
        is_connected = isinstance(node, t.Binary) and node.operator in ("and", "or")
        thing = self.connect(node) if is_connected else self.evaluate(node, template_place())
        if isinstance(thing, (Named, Whole)) and thing.name and not has_tensor(thing):
            return Known(bool(thing), (part_of(thing),))
        return self.condition(thing, node.span, sign)

    def connect(self, node: t.Binary, place: Place | None = None) -> Thing:
        """`and` and `or`: short-circuit, and give one of their sides, as Python's do; in a condition, without a place.

        Which list or template one gives is settled, where it is not in a condition.
        """

        def side(part: Any) -> Thing:
            if place is None:
                return self.tested(part, node.operator)
            held = self.condition(thing := self.evaluate(part, place), part.span, node.operator)
            if not isinstance(thing, Known) or not isinstance(thing.value, Dim):
                return held
            if part is node.left and self.is_free(held):
                raise fail("ternary-on-free-size", part.span, condition=part.span.text)
            return thing

        left = side(node.left)
        if isinstance(left, Known) and isinstance(left.value, Dim):  # never 0
            return left if node.operator == "or" else side(node.right)
        if self.is_free(left) or arithmetic.truth(left) is not (node.operator == "or"):
            right = side(node.right)
            if isinstance(right, Known) and isinstance(right.value, Dim) and not self.is_free(left):
                self.pin_unsaid(left)
                return right
            found = self.both(node.operator, left, right)
        elif not has_spelling(left):
            return left
        else:
            value = left.value if isinstance(left, Known) else left
            right = self.other(node.right)
            found = self.kept(Known(value, said(node.operator, value, left, right)), left)
        if place is None or not isinstance(found.value, (list, tuple, Maker)):
            return found
        self.pin_unsaid(left)
        return next(thing for thing in (left, right) if getattr(thing, "value", thing) is found.value)

    def try_static(self, node: Any, place: Place) -> Known | None:
        """A value, if it can be evaluated."""
        try:
            thing = self.evaluate(node, place)
        except CnnError:
            return None
        return thing if isinstance(thing, Known) else None

    def other(self, node: Any) -> Thing:
        """What is not needed, for its spelling: evaluated on the side, so that it leaves no trace."""
        pinned, warnings, steps = set(self.pinned), list(self.session.warnings), self.session.steps
        self.session.beside += 1
        found = self.try_static(node, template_place())
        self.session.beside -= 1
        self.pinned, self.session.warnings, self.session.steps = pinned, warnings, steps
        return found

    def both(self, sign: str, left: Thing, right: Thing) -> Known:
        if self.is_free(left) or self.is_free(right):
            return Known(arithmetic.connect(sign, left, right).value, asked(sign, left, right))
        value = right if (sign == "and") is arithmetic.truth(left) else left
        found = value.value if isinstance(value, Known) else value
        return self.kept(Known(found, said(sign, found, left, right)), left, right)

    def condition(self, thing: Thing, span: Span, sign: str | None = None) -> Thing:
        """A thing that may stand as a condition; `sign` is the `and`, `or`, `not` that it stands at."""
        if has_tensor(thing):
            raise fail("tensor-condition", span, sign=sign)
        if isinstance(thing, Known) and isinstance(thing.value, Real):
            raise fail("not-a-condition", span, what=describe(thing))
        if isinstance(thing, Known) and isinstance(thing.value, Dim):  # a size is true unless it is 0
            return arithmetic.compare("!=", thing, Known(0))
        is_item = isinstance(thing, Maker) and span.text not in self.names  # what a name of its own may be None
        if is_item or isinstance(thing, (Callee, NoFlow, Routine)):
            raise fail("not-a-condition", span, what=describe(thing))
        return strip(thing) if isinstance(thing, Maker) and sign is None else thing  # whatever its numbers are

    def eval_Ternary(self, node: t.Ternary, place: Place) -> Thing:  # noqa: N802
        condition = self.tested(node.condition)
        if self.is_free(condition) and isinstance(condition.value, Condition):
            raise fail("ternary-on-free-size", node.condition.span, condition=node.condition.span.text)
        way, other = (node.value, node.otherwise)[:: 1 if arithmetic.truth(condition) else -1]
        found = self.arm_of(condition, node, way, place)
        return found if has_tensor(found) else self.either_way(condition, found, other)

    def arm_of(self, condition: Thing, node: t.Ternary, way: Any, place: Place) -> Thing:
        """What the arm gives; if that is a tensor, the graph holds the choice, as it does that of an `if`."""
        outer, self.steps = self.steps, []
        before, watch = twin(place), deciding.Watch(self, ())
        try:
            with deciding.in_way(self, condition, arithmetic.truth(condition)):
                found = self.evaluate(way, place)
            if has_tensor(found) or self.steps:
                found = self.met_tensor(condition, node, found, before, watch)
            gives = list[Any]()
            if self.session.for_code:
                found = deciding.noted(found, "", gives)
        finally:
            body, self.steps = self.steps, outer
        if body or has_tensor(found):
            taken, spellings = arithmetic.truth(condition), known_early(getattr(condition, "spellings", ()))
            choice = Choice(node.condition.span.start, Known(taken, spellings), taken, tuple(body), gives=tuple(gives))
            self.emit(choice)
        return found

    def met_tensor(self, condition: Thing, node: t.Ternary, found: Thing, place: Place, watch: deciding.Watch) -> Thing:
        """What is known of a tensor whichever arm gave it, where the class decides again."""
        if not deciding.is_open(self, condition):
            self.pin(condition, told=True)
            return found

        def run(side: Any, start: Place) -> Thing:
            side.steps = []
            return side.evaluate(node.otherwise if arithmetic.truth(condition) else node.value, start)

        other = deciding.tried(self, condition, place, run)
        watch.note(condition)
        if other is None:
            self.pin(*deciding.deciders(self, condition), told=True)
            return found
        return in_common.either(self, condition, found, other, {}, node.condition.span.start)

    def either_way(self, condition: Thing, found: Thing, other: Any) -> Thing:
        """What a condition chose, spelled as that choice; if it cannot be said, the condition is pinned."""
        if isinstance(found, Known) and has_spelling(condition):
            there = self.other_way(condition, other, found)
            if chose := chosen(condition, arithmetic.truth(condition), found, there):
                return chose
        self.pin_unsaid(condition)
        return found

    def other_way(self, condition: Thing, node: Any, found: Known) -> Thing:
        """What is not chosen. A name that is None, as the condition asks whether it is, stands for a number there."""
        name, outer = asked_for_none(condition), self.names
        nothing = [key for key, thing in outer.items() if thing == Known(None) and thing.spellings == (name,)]
        if not nothing or not isinstance(found.value, (int, float)) or isinstance(found.value, bool):
            return self.other(node)
        is_whole = isinstance(found.value, int)
        number = Known(SOME, (symbol(name),)) if is_whole else Known(0.5, (name,))
        self.names = {**outer, **dict.fromkeys(nothing, number)}
        try:
            thing = self.other(node)
        finally:
            self.names = outer
        if isinstance(thing, Known):
            self.would_be[name] = "int" if is_whole else "float"
        return thing


def asked_for_none(condition: Thing) -> str:
    """The name of which a condition asks whether it is None, be it with other questions behind that, of no template; ''
    if it asks anything else."""
    asked: Any = next(iter(getattr(condition, "spellings", ())), None)
    while isinstance(asked, Formula) and asked.sign == "and":
        asked = asked.parts[0]
    is_so = isinstance(asked, Formula) and asked.sign in ("is", "is not") and asked.parts[1] is None
    name = str(asked.parts[0]) if is_so else ""
    return "" if name[:1].isupper() else name


def arrow_meant(error: CnnError | None, node: t.Compare) -> CnnError | None:
    """The problem of `Conv2d(8, 3) > ReLU`, `>- ReLU` and `Conv2d(8, 3) <- x`; None where a side of `>` is wrong."""
    sides = [node.first, *(inner(side) for _, side in node.rest)]
    code = error.problems[0].code if error else ""
    is_compared = sides[1:] == [side for _, side in node.rest]  # no `>-`
    if code == POISONED and len(sides) == 2 and is_compared:
        return None
    if code == "unknown-name" and not any(isinstance(side, t.Call) for side in sides):  # `H > W`
        return None
    from .hints import is_made

    signs = {sign for sign, _ in node.rest}
    if signs == {"<"} and sides[1] is not node.rest[0][1] and is_made(sides[0]) and len(sides) == 2:
        meant = f"{sides[1].span.text} -> {sides[0].span.text}"
        return no_arrow(sides, (Edit(node.span, meant),), advise("flow-first", meant=meant))
    is_side = not is_made(sides[0]) and code != "size-differs"
    if (len(sides) == 2 and is_compared and is_side) or signs != {">"} or not all(map(is_made, sides[1:])):
        return None
    return no_arrow(sides, tuple(Edit(between(*two), " -> ") for two in pairwise(sides)), advise("joined"))


def no_arrow(sides: list[Any], edits: tuple[Edit, ...], help: Help) -> CnnError:
    around = between(*sides[:2])
    sign = around.text.strip()
    start = around.start + around.text.index(sign)
    place = Span(around.source, start, start + len(sign))
    return CnnError([Problem("syntax", place, {"found": sign, "expected": "", "help": help}, fix=Fix(edits, True))])


def between(one: Any, other: Any) -> Span:
    return Span(one.span.source, one.span.end, other.span.start)


def inner(node: Any) -> Any:
    """What stands behind `-`, which here is the end of an arrow."""
    return node.operand if isinstance(node, t.Unary) and node.operator == "-" else node
