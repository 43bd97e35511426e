"""What generalise.py makes of the graph: one Plan per generated class, with every number's spelling settled."""

from __future__ import annotations

from ..dims import Dim
from ..dims.calls import Formula
from ..graph import (
    Branch,
    Child,
    Choice,
    DictModule,
    InitRule,
    Instance,
    Join,
    Known,
    LayerModule,
    ListModule,
    Make,
    Parameter,
    Result,
    SequentialModule,
    Single,
    Value,
)
from ..loops import BODIES, Entry, every
from ..records import dataclass, field, replace
from ..typed import Any, Iterable, Iterator, Literal, Mapping, Sequence
from .expressions import Written, annotation

LITERALS = {"padding_mode": 'Literal["zeros", "reflect", "replicate", "circular"]'}  # texts of which torch lists all


class Ran:
    """The modules that a step of a merged class runs, one for each use. What walks over steps does not go into it."""

    def __init__(self, modules: Sequence[Any]) -> None:
        self.modules = modules


@dataclass(frozen=True)
class Slot:
    """A constructor argument: an input size, a parameter of the author's, or a number that differed between uses."""

    kind: Literal["size", "parameter", "slot"]
    key: str
    name: str = field(compare=False)
    values: tuple[Any, ...] = field(compare=False)  # that it has had
    default: Known | None = field(default=None, compare=False)
    stated: str = field(default="", compare=False)  # the author's own annotation
    whole: frozenset[Any] = field(default=frozenset(), compare=False)  # which lists in it are tuples: see arguments.py
    behind: frozenset[str] = field(default=frozenset(), compare=False)  # the names of its class that a "slot" hangs on
    rule: Known | None = field(default=None, compare=False)  # how a default is worked out of others: see defaults.py

    @property
    def type(self) -> str:
        """The annotation. Classes have their names when all has been named."""
        return self.stated or annotation(list(self.values))


def stated_type(parameter: Parameter, values: Iterable[Known]) -> str:
    """The author's own annotation, or what is known of a number that is None, which satisfies it, too."""
    stated = parameter.type if parameter.type in ("int", "float", "bool", "str") else None
    return f"{stated} | None" if stated and any(known.value is None for known in values) else stated or ""


@dataclass(frozen=True)
class Named:
    """A number that the author gave a name: its spellings, and Python text over names of the class, if there is one.

    Or a list of numbers: its `items`.
    """

    name: str
    spellings: tuple[Dim, ...]
    text: str
    items: tuple[Any, ...] = ()


@dataclass(eq=False)
class Plan:
    """One class: what its instances share, and for each of them (by identity) the values of `slots`."""

    definition: str
    kind: str
    members: list[Instance]
    slots: tuple[Slot, ...]
    body: tuple[Any, ...]
    inputs: tuple[Value, ...]
    starred: bool
    result: Result | None  # None: each way through the body returns its own
    init: tuple[InitRule | Decision, ...]
    version: int | None
    comment: str
    extras: dict[int, dict[str, Known]]
    folded: tuple[str, ...] = ()  # conditions that went the same way in every use
    hidden: frozenset[str] = frozenset()  # names that are no arguments, as all uses agree on what hangs on them
    lost: frozenset[str] = frozenset()  # names that decided something which the class does not spell by them
    name: str = ""
    locals: dict[str, str] = field(default_factory=dict)  # names of its loops, and what they are called
    named: tuple[Named, ...] = ()  # the author's names for numbers
    numbers: tuple[Mapping[int, int], ...] = ()  # for each member, what its values are called in the body
    came_to: tuple[Mapping[str, Any], ...] = ()  # for each, how sizes behind its loops are written
    refused: tuple[tuple[Known, bool], ...] = ()  # conditions, and how they went in every use: else it is refused
    tables: Mapping[str, str] = field(default_factory=dict)  # the names of lists, by their texts: see constants.py

    @property
    def lengths(self) -> frozenset[str]:
        """The lists that the constructor takes at one length alone."""
        asked = (getattr(condition.value, "spelling", None) for condition, way in self.refused if not way)
        sides = (one.parts for one in asked if isinstance(one, Formula) and one.sign == "!=")
        lists = (size.parts[0] for size, _ in sides if isinstance(size, Formula) and size.sign == "len")
        return frozenset(str(one) for one in lists if one.sign == "name")

    @property
    def renames(self) -> dict[str, str]:
        """The author's names of the arguments, and how the constructor calls them."""
        return {slot.key: slot.name for slot in self.slots}


@dataclass(frozen=True)
class Construct(Single):
    """A call of a generated class: the BlockModule of a merged body."""

    plan: Plan
    arguments: tuple[tuple[Slot, Known], ...]


@dataclass(frozen=True)
class TapsConstruct(Single):
    """A call of the subclass that cuts a whole model after its last tap."""

    whole: Construct
    taps: Plan  # its body is the cut instance's
    dropped: tuple[str, ...]
    names: tuple[str, ...]  # of the taps


@dataclass(frozen=True)
class PartConstruct(Single):
    """One child of a whole model; with taps, a group cut to `length` children."""

    whole: Construct
    path: str
    taps: tuple[str, ...]
    length: int


@dataclass(eq=False)
class Decision:
    """A compile-time `if` that the constructor of the merged class makes again."""

    condition: Known
    then: tuple[Any, ...]
    otherwise: tuple[Any, ...]
    joins: list[Join]
    site: int = -1  # of the Choice in the body of a definition
    then_result: Result | None = None  # where results of several kinds are returned in the ways
    otherwise_result: Result | None = None


@dataclass(eq=False)
class Demand(Decision):
    """What an `expect` asks of sizes that loops of the constructor come to: it stands behind these. `by` are the names
    of the class that they hang on."""

    text: str = ""  # the author's
    by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Source:
    """What a loop runs over, and the names that an item of it is bound to."""

    names: tuple[str, ...]
    iterable: Known
    shortest: bool = False  # whether the loop ends with the shortest of several, of which this is one


def said(known: Known) -> str:
    return str(known.value.spelling) if isinstance(known.value, Written) else ""


@dataclass(frozen=True)
class Carry:
    """A size that each round of a loop hands on: set before the loop, and at the end of each round."""

    name: str
    start: Known
    update: Known

    @property
    def stays(self) -> bool:
        """Whether it is in each round what it was before the loop."""
        is_same = repr(self.start.value) == repr(self.update.value) or said(self.start) == said(self.update) != ""
        return is_same or said(self.update) == self.name


@dataclass(frozen=True)
class Flow:
    """A value of forward() that each round of a loop takes from the one before: the first one, and how a round ends."""

    target: Value
    start: Value
    end: Value


@dataclass(frozen=True)
class Take:
    """What each round of a loop takes of a list that is gathered, or of a part of it."""

    target: Value
    source: Value
    view: str = ""


@dataclass(eq=False)
class Repeat:
    """A loop, in a group or in the body of a class. `index` is a variable that counts, and from where."""

    index: tuple[str, int] | None
    count: Known | None
    sources: tuple[Source, ...]
    body: tuple[Any, ...]
    carried: tuple[Carry, ...]
    flows: tuple[Flow, ...] = ()
    site: int = -1  # of the Loop in the body of a definition
    in_list: bool = False  # whether it fills a list
    takes: tuple[Take, ...] = ()
    turns: str | None = None  # what says how often it turns; None: it surely turns


BODIES.update({Decision: BODIES[Branch], Demand: BODIES[Branch], Repeat: BODIES[Choice]})


class Formatted(str):
    """The path of a module that a loop makes: its label, in parts of which some differ from round to round."""

    label: tuple[Known, ...] = ()
    paths: frozenset[str] = frozenset()  # what it was in the rounds at hand

    def may_be(self, name: str) -> bool:
        """Whether the label is this name in some round, be it one of other arguments: a number is any number."""
        ends = {0}  # where what is read so far may end
        for value in (part.value for part in self.label):
            if isinstance(value, Written):
                ends = {e for at in ends for e in range(at + 1, len(name) + 1) if name[at:e].isdecimal()}
            else:
                ends = {at + len(str(value)) for at in ends if name.startswith(str(value), at)}
        return name in self.paths or len(name) in ends


@dataclass(eq=False)
class Next:
    """The path of what a loop takes from a list: the next one. With `each`, its rounds take all from `start` on."""

    name: str
    each: bool = False
    start: int = 0
    named: bool = False  # whether it is a dict


@dataclass(eq=False)
class Either:
    """A module that is of one class or of another. `by` is the argument that is the class, if they are built alike."""

    condition: Known
    then: Any
    otherwise: Any
    by: Known | None = None

    @property
    def children(self) -> tuple[Child, ...]:
        return Child("0", self.then), Child("1", self.otherwise)


@dataclass(eq=False)
class Group:
    """An nn.Sequential, list or dict with loops or decisions in it: Entries, Repeats and Decisions."""

    items: tuple[Any, ...]
    definition: str | None = None
    is_list: bool = False
    is_dict: bool = False

    def simplest(self) -> Group | SequentialModule | ListModule | DictModule:
        """An nn.Sequential as a list of children, if it is no more than that."""
        if not all(isinstance(item, Entry) for item in self.items):
            return self
        if any(isinstance(part.value, Written) for item in self.items for part in item.label):
            return self
        if self.is_list or self.is_dict:
            return ListModule(self.children) if self.is_list else DictModule(self.children)
        return SequentialModule(self.children, self.definition)

    @property
    def children(self) -> tuple[Child, ...]:
        """All modules in it, each once."""
        entries = enumerate(entries_of(self.items))
        return tuple(Child(label_text(entry) or str(n), entry.module) for n, entry in entries)


def entries_of(items: tuple[Any, ...]) -> Iterator[Entry]:
    for item in items:
        if isinstance(item, Entry):
            yield item
        elif isinstance(item, Repeat):
            yield from entries_of(item.body)
        else:
            yield from entries_of((*item.then, *item.otherwise))


def label_text(entry: Entry) -> str:
    return "".join(str(part.value) for part in entry.label)


def laid_out(module: SequentialModule | ListModule | DictModule) -> tuple[Any, ...]:
    """A group as it is written."""
    return module.layout or tuple(
        Entry(() if child.name == str(n) else (Known(child.name),), child.module)
        for n, child in enumerate(module.children)
    )


def made_in(body: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The modules that a body makes, by path."""
    return ((step.path, step.module) for step in every(body) if isinstance(step, Make))


def contained(module: Any) -> Iterator[Any]:
    """A module, and those that it holds as a container, at any depth, outer ones first."""
    yield module
    for child in module.children:
        yield from contained(child.module)


def modules_in(body: Sequence[Any]) -> Iterator[Any]:
    """The modules that a body makes, and those in its containers."""
    for _, module in made_in(body):
        yield from contained(module)


def role(plan: Plan, slot: Slot) -> str:
    """What an argument is to who gives it: a function's is what the layers in it have it for."""
    modules = modules_in(plan.body) if plan.kind == "group" else ()
    return next((found for module in modules for found in roles(module, slot)), slot.name)


def roles(module: Any, slot: Slot) -> Iterator[str]:
    """What a layer has an argument for that is given to it as it is."""
    for argument in module.arguments if isinstance(module, LayerModule) else ():
        if isinstance(argument.value.value, Written) and str(argument.value.value.spelling) == slot.key:
            yield argument.name
    for inner, value in module.arguments if isinstance(module, Construct) else ():
        if isinstance(value.value, Written) and str(value.value.spelling) == slot.key:
            yield role(module.plan, inner)


def as_taken(plan: Plan, slot: Slot) -> Slot:
    """An argument that is None in all uses, or a text, with the type that it has where it is handed on."""
    if slot.type == "None":
        calls = (module.arguments for module in modules_in(plan.body) if isinstance(module, Construct))
        handed = (inner.type for given in calls for inner, known in given if said(known) == slot.key)
        return replace(slot, stated=next((kind for kind in handed if kind != "None" and "[" not in kind), ""))
    kinds = (kind for module in modules_in(plan.body) for kind in texts_taken(module, slot.key))
    kind = next(kinds, "") if slot.type in ("str", "str | None") else ""
    return replace(slot, stated=slot.type.replace("str", kind)) if kind else slot


def texts_taken(module: Any, key: str) -> Iterator[str]:
    """The types that torch has for a text that a module is given by this name, where it lists all there are."""
    if isinstance(module, LayerModule):
        found = (argument.name for argument in module.arguments if said(argument.value) == key)
        yield from (LITERALS[name] for name in found if name in LITERALS)
    for inner, value in module.arguments if isinstance(module, Construct) else ():
        if said(value) == key and inner.type.startswith("Literal["):
            yield inner.type.removesuffix(" | None")


Body = tuple[Any, ...]  # Steps of the graph (other than Choice) and Decisions
