"""The state of one visit to a definition: its names, labels, steps and flow. Decides nothing of the language."""

from __future__ import annotations

from itertools import count

from ..dims import Condition, Dim, Real
from ..functions import lookup as function_named
from ..graph import Call, Choice, Known, Maker, Result, Step, Type, Value
from ..layers import lookup as layer_named
from ..loops import MARK, numbered
from ..problems import CnnError, Fix, Related, advise, fail
from ..records import dataclass, field
from ..shapes import Misfit, TensorType, TooLarge, WrongKind
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Collection, Iterable, Mapping
from .arithmetic import FUNCTIONS, MAX_LENGTH
from .lint import is_allowed, taken_by
from .program import Scope
from .session import Session
from .things import COUNTING, Label, NoFlow, Origin, Routine, Thing, each, lengths_alone, symbols_in
from .wording import Numbered


@dataclass(frozen=True)
class Callee:
    """The name of a function: compile-time, on tensors, or both (the arguments decide)."""

    name: str

    def __str__(self) -> str:
        return f"the function {self.name}"


@dataclass
class Place:
    """Where an expression stands: the value that makers there take, or a template position, where they take none."""

    flow: Thing
    template: bool = False
    used: bool = False
    taken: bool = False  # by a maker or a label that takes what flows
    arrived: bool = False  # the value came through `->`, and must be used

    def passed_by(self) -> None:
        """A module here was given its values by name; at the head of a pipeline that is as good as using the flow."""
        self.used = self.used or not self.arrived


TEMPLATE_REASON = NoFlow("module-not-here")
FREE = frozenset({Dim, Condition, Real})  # what depends on a symbolic size


def template_place() -> Place:
    return Place(TEMPLATE_REASON, template=True)


@dataclass(frozen=True)
class ByMode:
    """What is known of a value that is of another type in training."""

    kind: Type | None  # that type; None where another round of a loop made it
    error: CnnError  # for what takes it in either mode
    loops: int  # how many loops it was made in


@dataclass
class State:
    """One visit. `steps` is where the graph grows; a `def` shares it with its caller."""

    session: Session
    scope: Scope
    names: dict[str, Thing] = field(default_factory=dict)
    flow: Thing = field(default_factory=lambda: NoFlow("no-input"))
    steps: list[Step] = field(default_factory=list)
    labels: dict[str, Label] = field(default_factory=dict)
    written_labels: Mapping[str, Span] = field(default_factory=dict)
    sites: Mapping[int, str] = field(default_factory=dict)
    rounds: dict[int, int] = field(default_factory=dict)  # how often a site in a loop has made a module
    loops: int = 0  # loops around the statement at hand
    turning: Any = None  # the innermost one, where code is written
    numbers: Any = field(default_factory=count)
    latest: int = -1
    pinned: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)  # those of them that no class could be given other values for
    unsaid: set[str] = field(default_factory=set)  # those behind numbers that have no spelling
    kinds: set[str] = field(default_factory=set)  # those on which it hangs of what kind a model's results are
    asks: bool = False  # a block's: its class makes its decisions again
    shaped: set[str] = field(default_factory=set)  # what free sizes and requirements hang on; `len(x)`: its length
    optional: list[Any] = field(default_factory=list)  # what is required on a condition
    body: tuple[Any, ...] = ()  # of the definition
    need: Any = None  # where a block's requirements are collected
    shaped_from: int | None = None  # the number from which on values have such sizes
    met: dict[str, Any] = field(default_factory=dict)  # sizes that a decision or a loop left: as they are here
    makes_modules: bool = True
    excused: set[int] = field(default_factory=set)  # values whose disuse was told already
    one_armed: set[str] = field(default_factory=set)  # names given in one way of an `if` that stays in forward()
    poisoned: dict[str, Any] = field(default_factory=dict)  # labels whose statement failed, with that
    item_span: Span | None = None  # of the definition, whose first line may allow a warning
    made: dict[int, Any] = field(default_factory=dict)  # by the number of a value, the step or the input it comes from
    renamed: dict[int, Value] = field(default_factory=dict)  # what stands for values of loops that only rename
    unclear: list[Thing] = field(default_factory=list)  # what loops ran over that left no clear flow
    apart: tuple[Any, ...] = ()  # the decisions behind which tensors are of one rank or of another
    doubtful: dict[Any, Any] = field(default_factory=dict)  # what decided of which kind a flow is that nobody took yet
    by_mode: dict[int, ByMode] = field(default_factory=dict)  # the values that are of another type in training
    ranges: dict[int, Any] = field(default_factory=dict)  # of tensors of indices that are no data: see index_ranges.py
    introduced: dict[str, Span] = field(default_factory=dict)  # where shapes give names to sizes
    unsure: dict[int, tuple[Known, ...]] = field(default_factory=dict)  # tensors only if loops turned so often
    asking: list[Step] = field(default_factory=list)  # what the class asks for before the next step
    must_turn: list[Choice] = field(default_factory=list)  # where loops around ask for that, or blocks do
    mode: str = "both"  # in which this code runs: both | training | evaluation
    taken: set[int] = field(default_factory=set)  # the numbers of the values that a step takes
    first_moves: list[bool | None] = field(default_factory=list)  # per open body: has its first move used the flow?
    is_still: bool = False  # whether the last statement moved nothing; of an `if` in forward(), that of one of its ways
    valued: set[int] = field(default_factory=set)  # the nodes at the ends of the ways of an `if` that is a value
    many: set[str] = field(default_factory=set)  # what decides how many results there are
    firsts: set[tuple[str, int]] = field(default_factory=set)  # axes that first rounds leave as later ones, by places
    demanded: set[Any] = field(default_factory=set)  # sizes of gathered lists that something is spelled by
    single: tuple[Any, ...] = ()  # names for sizes of single items of them, each with the home of the list
    named: list[Numbered] = field(default_factory=list)  # outside of loops and conditions
    ran: set[int] = field(default_factory=set)  # where the statements begin that ran
    would_be: dict[str, str] = field(default_factory=dict)  # of parameters that are None here: which numbers else
    elsewhere: dict[Any, dict[str, Thing]] = field(default_factory=dict)  # names in the ways that are not gone
    would_read: set[int] = field(default_factory=set)  # the values that ways take which are not gone
    told: frozenset[str] = frozenset()  # the parameters of a model that variants give
    templates: frozenset[str] = frozenset()  # the parameters that are templates, or None, where code is written

    # Names

    def find(self, name: t.Name) -> Thing:
        """What a name stands for; raises CnnError."""
        if name.id in self.names:
            thing = self.names[name.id]
            if isinstance(thing, NoFlow):
                raise absent(thing, name.span, name=name.id)
            return thing
        if name.id in self.written_labels:
            return self.label(name)
        if name.id in self.scope.items:
            return self.item(name)
        if (layer := layer_named(name.id)) is not None:
            return Maker(name.id, layer)
        if name.id in FUNCTIONS or function_named(name.id) is not None:
            return Callee(name.id)
        raise self.unknown(name)

    def label(self, name: t.Name) -> Label:
        """The module that a label names; raises CnnError before it is made."""
        if name.id in self.labels:
            return self.labels[name.id]
        if name.id in self.poisoned:
            raise fail("poisoned", name.span)
        from .sharing import before_made

        raise before_made(name, self.written_labels[name.id], self.scope)

    def item(self, name: t.Name) -> Thing:
        item, home = self.scope.items[name.id]
        if isinstance(item, t.Const):
            return self.constant(item, home, name.span)
        if isinstance(item, t.Def):
            return Routine(item, home)
        if isinstance(item, t.Faulty):
            raise fail("poisoned", name.span)
        assert not isinstance(item, t.Import)
        return Maker(name.id, Origin(item, home))

    def constant(self, item: t.Const, home: Scope, span: Span) -> Thing:
        raise NotImplementedError

    def unknown(self, name: t.Name) -> CnnError:
        """The problem for a name that nothing has; names the nearest."""
        from .suggest import SUGGESTED, Role, is_hidden, name_facts

        if self.scope.unknown > SUGGESTED:
            return fail("unknown-name", name.span, name=name.id)
        if name.id in self.one_armed:
            return fail("unknown-name", name.span, name=name.id, help=advise("named-one-way"))
        if name.id == "training":
            return fail("unknown-name", name.span, name=name.id, help=advise("mode-is-condition"))
        known = {t.NAMELESS} & self.one_armed | {*self.names, *self.written_labels, *self.scope.items, *FUNCTIONS}
        facts = self.scope.facts.get(key := (name.id, frozenset(known))) or name_facts(name.id, known)
        self.scope.facts[key] = facts  # asked again where a body is run once more
        from .untaken import not_given

        if is_hidden(facts, known, Role(is_called=facts.get("nearest") in {*self.written_labels} - {*self.names})):
            return fail("poisoned", name.span, **facts)
        return not_given(self, name, facts) or fail("unknown-name", name.span, **facts)

    # Values and steps

    def new(self, kind: Type, name: str | None = None) -> Value:
        self.latest = next(self.numbers)
        self.session.hold(kind)
        return Value(self.latest, kind, name)

    def emit(self, step: Step) -> None:
        if self.session.need.pairs:
            from .steady import equal_numbers

            equal_numbers(self, getattr(step, "span", None))
        if self.asking:
            self.steps += self.asking
            self.asking = []
        self.steps.append(step)
        self.made.update(numbered(step))
        self.taken.update(taken := taken_by(step))
        if self.by_mode:
            self.refuse_by_mode(taken)
        if self.unsure:
            from .turns_needed import look

            look(self, step, taken)
        if self.ranges or (step.__class__ is Call and step.function in COUNTING):
            from .index_ranges import follow

            follow(self, step)

    def refuse_by_mode(self, numbers: Iterable[int], mode: str = "") -> None:
        """Raises CnnError if one of these values is of another type in training, where either mode may run."""
        mode = mode or self.mode
        for number in numbers if mode != "evaluation" else ():
            known = self.by_mode.get(number)
            if known is not None and (mode == "both" or known.kind is None):
                raise known.error

    def pin(self, *things: Thing, told: bool = False, rounds: bool = True) -> None:
        """A decision was taken on these: the parameters behind them are no longer free.

        `told` says that the graph tells what was decided, so that a class can decide it again, or refuse the contrary;
        not `rounds`, that it holds in one round of a loop, whichever others there may be.
        """
        for thing in things:
            names = self.session.behind(lengths_alone(thing), rounds)
            self.pinned |= names
            if not told:
                self.settled |= names

    def pin_as(self, other: State) -> None:
        """What another visit decided by the names of this one's class."""
        self.pinned |= other.pinned
        self.settled |= other.settled
        self.unsaid |= other.unsaid
        self.note_shaped(other.shaped)

    def shape(self, *things: Thing) -> None:
        """A free size, or what is required of one, hangs on these; where they hold in one round, on their count."""
        for thing in things:
            self.note_shaped(self.session.behind(lengths_alone(thing)))

    def note_shaped(self, names: Collection[str]) -> None:
        if names and self.shaped_from is None:
            self.shaped_from = self.latest + 1
        self.shaped.update(names)

    def shape_as(self, names: Collection[str]) -> None:
        """The same as before, for these names and what is behind them now."""
        self.note_shaped(names)
        self.shape(*(Known(0, (name,)) for name in names if MARK in name))

    def pin_bound(self, before: Mapping[str, Thing], thing: Thing, but: Iterable[str] = ()) -> None:
        """Pins what is behind a decision if numbers or lists have got names since: what they are hangs on it."""
        fresh = (name for name, now in self.names.items() if now is not before.get(name) and name not in but)
        if any(not isinstance(self.names[name], Value) for name in fresh):
            self.pin_unsaid(thing)

    def pin_unsaid(self, *things: Thing) -> None:
        """A number hangs on these, and has no spelling that tells how."""
        if names := self.session.behind(frozenset().union(*map(lengths_alone, things))):
            self.pinned |= names
            self.unsaid |= names

    def pin_lost(self, result: Thing, *operands: Thing) -> None:
        """A number that lost its spelling is a literal from here on: the parameters behind it are no longer free."""
        if not (isinstance(result, Known) and result.spellings):
            self.pin_unsaid(*operands)

    def note_read(self, result: Thing, *operands: Thing) -> None:
        """What free sizes come to hangs on what they hang on, unless it is a free size, spelled over them."""
        if not isinstance(result, (list, tuple)) and not self.is_free(result):
            self.session.reads |= any(map(self.may_be_shaped, filter(self.is_free, each(operands))))

    def settle_free(self, *things: Thing) -> None:
        """Pins what is behind free sizes that are told over others, by numbers that hang on it."""
        self.pin(*filter(self.is_free, each(things)))
        self.note_read(None, *things)

    def may_be_shaped(self, thing: Thing) -> bool:
        """Whether a free size may hang on names of a class: in a model, it does not before something shapes some."""
        first = self.shaped_from if getattr(self, "is_model", False) else 0
        names = (name for way in thing.spellings for name in getattr(way, "symbols", ()) if name[0] == "%")
        return first is not None and max((int(n[1:].partition(".")[0]) for n in names), default=first) >= first

    def is_unpinned(self, thing: Thing) -> bool:
        """Whether a parameter is behind this that is still free."""
        return not self.session.behind(symbols_in(thing)) <= self.pinned

    def kept(self, result: Known, *operands: Thing) -> Known:
        """The result; where it does not say what it came from, that is pinned."""
        self.pin_lost(result, *operands)
        return result

    def misfit(
        self, error: Misfit, span: Span, spans: Mapping[Any, Span] | None = None, types: tuple[Type, ...] = ()
    ) -> CnnError:
        """A shape rule's refusal, placed at the argument at fault if there is one, else at `span`."""
        from .meeting import placed

        return placed(error, (spans or {}).get(error.field, span), span, types)

    def misfit_of(self, error: Misfit, span: Span, things: tuple[Thing, ...]) -> CnnError:
        """The refusal of what takes these things, with where their shapes come from."""
        if isinstance(error, WrongKind) and all(map(is_tensor, things)):  # whose shapes do not matter
            return self.misfit(error, span)
        from .meeting import refusal

        return refusal(self, error, span, things)

    def with_trace(self, error: CnnError, things: tuple[Thing, ...]) -> CnnError:
        """The error with the steps that led to these things."""
        from .provenance import traced

        return traced(error, self, things)

    def with_origin(self, error: CnnError, thing: Thing, span: Span) -> CnnError:
        """The error with the place where the shape of a tensor arose."""
        from .inside import with_origin

        return with_origin(error, self.made, thing, span) if isinstance(thing, Value) else error

    def take(self, place: Place, span: Span) -> Thing:
        """The flow that reaches this place, for a maker or label; raises CnnError where there is none."""
        if isinstance(place.flow, NoFlow):
            raise absent(place.flow, span)
        self.settle_flow(place.flow)
        place.used = place.taken = True
        return place.flow

    def settle_flow(self, flow: Thing) -> None:
        """Somebody takes what flows: what decided of which kind it is has decided something."""
        flow = flow.value if isinstance(flow, NoFlow) else flow
        for mark in flow.behind if self.doubtful and isinstance(flow, Value) else ():
            if mark in self.doubtful:
                decided, apart = self.doubtful[mark]
                self.pin_as(decided)
                self.apart = (*self.apart, *apart)

    def warn(self, code: str, span: Span, fix: Fix | None = None, **facts: object) -> None:
        """A warning, unless the line or the definition allows it."""
        if not is_allowed(code, span, self.item_span):
            self.session.warn(code, span, fix, **facts)

    def grown(self, made: Any, span: Span, *of: Thing) -> Any:
        """A list or string just made, `of` others: it costs steps by its length, and must not grow beyond bounds."""
        self.session.weigh(span, *of)
        if isinstance(made, (list, tuple, str)):
            self.session.tick(span, len(made) // 16)
            try:
                held = len(made) if isinstance(made, str) or len(made) > MAX_LENGTH else self.session.held(made)
                if held > MAX_LENGTH:
                    raise TooLarge(f"this becomes too long; at most {MAX_LENGTH:,} entries are allowed")
            except TooLarge as error:
                raise fail("too-large", span, message=str(error)) from None
            self.session.tick(span, held // 16 - len(made) // 16)
        return made

    def is_free(self, thing: Thing) -> bool:
        """Whether a compile-time thing depends on a symbolic size."""
        return thing.__class__ is Known and thing.value.__class__ in FREE


def absent(thing: NoFlow, span: Span, **facts: object) -> CnnError:
    """The problem for what needs a value where there is none."""
    note = {key: text for key, text in (("note", thing.note), ("help", thing.help)) if text}
    return fail(thing.reason, span, *(Related("see-here", s) for s in thing.spans), **facts, **note)


def types_of(things: tuple[Thing, ...]) -> tuple[Any, ...]:
    """The types of values, nested as they are."""
    return tuple(type_of(thing) for thing in things)


def type_of(thing: Thing) -> Any:
    if isinstance(thing, Value):
        return thing.type
    if isinstance(thing, (list, tuple)):
        return tuple(type_of(item) for item in thing)
    return thing.value if isinstance(thing, Known) else thing


def kind_of(result: Result) -> Type:
    """The type of what is given."""
    kinds = tuple(type_of(thing) for _, thing in result.items)
    return kinds[0] if result.kind == "one" else kinds


def is_tensor(thing: Thing) -> bool:
    return isinstance(thing, Value) and isinstance(thing.type, TensorType)
