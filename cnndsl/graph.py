"""The typed graph: what each definition does when it is built with given arguments for given inputs (an Instance).
Known values in it remember how the author's names spell them, so that emit/ can merge instances. Computes nothing."""

from __future__ import annotations

from .decided import Behind, Decided
from .dims import Condition, Dim, Requirements
from .layers.base import Layer
from .limits import Taken
from .records import dataclass, field
from .source import Span
from .typed import Any, Literal, Mapping, TypeAlias

Type = Any  # TensorType | None | tuple[Type, ...]
Promises = Mapping[Condition, tuple[frozenset[str], Any]]  # of the inputs: by which parameters, how that is written
Target: TypeAlias = "Value | tuple[Target, ...] | None"  # None: not used, `_`


@dataclass(frozen=True)
class Known:
    """A compile-time value: an int (perhaps Spelled), float, bool, str, None, Dim, tuple or list of Known, or a Maker.
    `spellings` (Dim, Formula, text) are over its class's parameters and `sizes`; `%7.2` is axis 2 of Value 7."""

    value: Any
    spellings: tuple[Dim | str, ...] = field(default=(), compare=False)
    form: Any = field(default=None, compare=False, repr=False)  # sign, left, right: how it was computed


@dataclass(frozen=True)
class Value:
    """A tensor (or a nested tuple of them) in forward(), assigned once. `name` is the author's; `instead` what stands
    in its place where conditions at these sites go the other way; `behind` what it is behind decisions, last first."""

    number: int
    type: Type = field(compare=False)
    name: str | None = field(default=None, compare=False)
    instead: tuple[tuple[int, Value], ...] = field(default=(), compare=False, repr=False)
    behind: tuple[Behind, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Cut:
    """A slice in an index."""

    start: Operand
    stop: Operand
    step: Operand


Operand: TypeAlias = "Known | Value | Cut | tuple[Operand, ...] | list[Operand]"  # brackets as the author wrote them


class Single:
    """A module that is no container."""

    children: tuple[Child, ...] = ()
    layout: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Argument:
    """One constructor argument. `keyword` says that the author (or the signature) wants `name=value`."""

    name: str
    value: Known
    keyword: bool


@dataclass(frozen=True)
class LayerModule(Single):
    """A layer of the catalogue; `arguments` are what to print, inferred ones included, in torch's order."""

    layer: Layer
    arguments: tuple[Argument, ...]

    @property
    def name(self) -> str:
        return type(self.layer).__name__


@dataclass(frozen=True)
class BlockModule(Single):
    """A block or model of the file: arguments, and sizes of inputs that it may ask for, over the *enclosing* names."""

    instance: Instance
    arguments: tuple[Argument, ...]
    sizes: tuple[Argument, ...] = field(compare=False)  # what hangs on them differs in `instance`, too
    written: tuple[str, ...] = field(default=(), compare=False)  # the arguments that the author gave


@dataclass(frozen=True)
class Child:
    name: str
    module: Module
    output: Type = field(default=None, compare=False)  # what the child gave, in the flow of this visit
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class SequentialModule:
    """An nn.Sequential: a group, a repetition, or a `block … = { … }` (then `definition` is its name)."""

    children: tuple[Child, ...]
    definition: str | None = field(default=None, compare=False)
    layout: tuple[Any, ...] = field(default=(), compare=False, repr=False)  # as it is written, where that says more
    call: Any = field(default=None, compare=False, repr=False)  # a loops.Called, of a definition


@dataclass(frozen=True)
class ListModule:
    """An nn.ModuleList: labelled branches, or an unlabelled module in a loop. Children are named 0, 1, …"""

    children: tuple[Child, ...]
    layout: tuple[Any, ...] = field(default=(), compare=False, repr=False)  # the loops that make them


@dataclass(frozen=True)
class DictModule:
    """The container that a dotted label makes, when its children are not numbered from 0."""

    children: tuple[Child, ...]
    layout: tuple[Any, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class ExternModule(Single):
    """A Python class from outside: `package.module:Class`."""

    target: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class TapsModule(Single):
    """A whole model, built whole, cut after its last tap; forward gives the taps' values as a tuple."""

    whole: BlockModule
    taps: tuple[str, ...]
    cut: Instance  # the same instance with its body ended and its unused children left out
    dropped: tuple[str, ...]  # children to delete after building


@dataclass(frozen=True)
class PartModule(Single):
    """One child of a whole model: `MobileNetV3Large.features`; with taps, a group that ends after the last of them."""

    whole: BlockModule
    path: str
    module: Module
    taps: tuple[str, ...] = ()


Container: TypeAlias = "SequentialModule | ListModule | DictModule"
Module: TypeAlias = "LayerModule | BlockModule | Container | ExternModule | TapsModule | PartModule"


# Steps, in the order in which they are written


@dataclass(frozen=True)
class Make:
    """Builds a module in the constructor: `self.<path> = …`. The path is one attribute name (dots are containers')."""

    path: str
    module: Module
    span: Span | None = field(default=None, compare=False, repr=False)
    label: tuple[Known, ...] = field(default=(), compare=False, repr=False)  # the path in parts, as in loops.Entry


@dataclass(frozen=True)
class Own:
    """A parameter or buffer of the class itself. `value` is a number, an initialiser, or steps that compute it."""

    kind: Literal["param", "buffer"]
    name: str
    target: Value
    shape: tuple[Known, ...]
    value: Known | Initialiser | Built
    persistent: bool = True
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Initialiser:
    """One of torch.nn.init's, without the underscore. In an init rule an argument may be Fields text."""

    function: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Built:
    """A tensor computed once, in the constructor."""

    steps: tuple[Step, ...]
    result: Value


@dataclass(frozen=True)
class Apply:
    """Runs a module. `path` leads to it from self: `conv1`, `layers.0.conv`; `module` is it as seen on these inputs."""

    target: Target
    path: str
    inputs: tuple[Operand, ...]
    options: tuple[tuple[str, Operand], ...] = ()
    module: Module | None = field(default=None, compare=False, repr=False)
    span: Span | None = field(default=None, compare=False, repr=False)
    label: tuple[Known, ...] = field(default=(), compare=False, repr=False)  # in a layout: the path as rounds count it


@dataclass(frozen=True)
class Call:
    """Calls a tensor function of the catalogue, by its name there."""

    target: Target
    function: str
    arguments: tuple[Operand, ...]
    keywords: tuple[tuple[str, Operand], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Operate:
    """An operator: `+ - * / // % ** @ == != < <= > >=`, or unary `-` (one operand)."""

    target: Value
    operator: str
    operands: tuple[Operand, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Pick:
    """Torch's indexing of a tensor: items are Known (int, None, ...), Values and Cuts. Or one of several results."""

    target: Value
    source: Value
    items: tuple[Operand, ...]
    span: Span | None = field(default=None, compare=False, repr=False)
    name: str | None = None  # of a named result


@dataclass(frozen=True)
class Unpack:
    """Takes a tuple-typed Value apart. Right after the step that made it, emit joins the two."""

    target: Target
    source: Value


@dataclass(frozen=True)
class Choice:
    """A compile-time `if`: `condition` was `taken` or not. `body` is the arm that ran: the `else` when not taken."""

    site: int  # the same in all instances of the definition
    condition: Known
    taken: bool
    body: tuple[Any, ...]  # steps; in the layout of a group what a layout holds; rules of `init`
    expected: str = ""  # what an `expect` says, which refuses the contrary
    needed: bool = False  # whether the contrary fails by itself, in the first call: refused where that can be said
    template: bool = False  # whether it asks for a template, which is None in other uses
    holds: str = ""  # the name that holds the template of what it makes
    gives: tuple[tuple[Behind, Value], ...] = field(default=(), compare=False, repr=False)  # at the end of the arm


@dataclass(frozen=True)
class Join:
    """After a run-time branch, `target` is one way's value or the other's."""

    target: Value
    then: Value
    otherwise: Value


@dataclass(frozen=True)
class Branch:
    """An `if` that stays in forward(): on `self.training` (and a flag), or on a free size."""

    condition: Known  # value: "training", "training and <flag>" as text, or a dims Condition
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]
    joins: tuple[Join, ...]
    then_result: Result | None = None
    otherwise_result: Result | None = None
    site: int = field(default=-1, compare=False)  # where it begins in its file


Step: TypeAlias = "Make | Own | Apply | Call | Operate | Pick | Unpack | Choice | Branch"


@dataclass(frozen=True)
class Result:
    """What forward() returns."""

    kind: Literal["one", "tuple", "named", "dict"]
    items: tuple[tuple[str | None, Operand], ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Selector:
    """Which parameters an init rule means: those of modules of a type (of a layer, or a definition of the file), at a
    path below it, or names that fit a pattern."""

    type: str | None
    path: tuple[str, ...]
    pattern: str | None


@dataclass(frozen=True)
class InitRule:
    """In `initialiser`'s arguments a Known whose value is None may carry text over `fan_in`, `fan_out` and `module`."""

    selectors: tuple[Selector, ...]
    initialiser: Initialiser


@dataclass(frozen=True)
class Parameter:
    """A definition's own parameter, with the value it has in this instance."""

    name: str
    value: Known
    default: Known | None
    type: str | None
    behind: frozenset[str] = field(default=frozenset(), compare=False)  # the parameters that the default reads


@dataclass(frozen=True)
class Instance:
    """A definition, built with these parameters, run on these inputs. Equal instances are built by equal code."""

    definition: str
    kind: Literal["model", "block", "group"]
    parameters: tuple[Parameter, ...]
    inputs: tuple[Value, ...]
    starred: bool  # the inputs come as `*inputs`
    body: tuple[Step, ...]
    result: Result
    init: tuple[InitRule | Choice, ...] = ()
    version: int | None = None
    decided: Decided = field(default_factory=Decided, compare=False, repr=False)
    comment: str = field(default="", compare=False)  # the comment above the definition
    sizes: tuple[tuple[str, Any], ...] = field(default=(), compare=False)  # hidden name; (input, axis) or a template's
    span: Span | None = field(default=None, compare=False, repr=False)  # of the definition
    axes: tuple[tuple[str, tuple[int, int]], ...] = field(default=(), compare=False)  # named by the author
    layout: Any = field(default=None, compare=False, repr=False)  # a loops.Layout, where there are loops in the body
    named: tuple[tuple[str, Known, str], ...] = field(default=(), compare=False)  # numbers, and how they are written
    came_to: Mapping[str, Any] = field(default_factory=dict, compare=False)  # names of rounds that are written out
    sources: Any = field(default_factory=dict, compare=False, repr=False)  # of names of rounds: those of the class
    ends: Any = field(default_factory=dict, compare=False, repr=False)  # what they come to, whoever writes them out
    ran: frozenset[int] = field(default=frozenset(), compare=False, repr=False)  # where the statements begin that ran
    modes: tuple[Result, ...] = field(default=(), compare=False, repr=False)  # training, evaluation; if not of one type


@dataclass(frozen=True)
class Maker:
    """A template as a value: a layer, block, model or extern with some arguments bound."""

    name: str  # as the author wrote it
    target: Any = field(repr=False)  # what analysis resolved it to
    positional: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict, hash=False)
    spans: Mapping[Any, Span] = field(default_factory=dict, compare=False, repr=False)  # where each argument stands
    held: str = field(default="", compare=False, repr=False)  # the parameter that holds it, in the class at hand

    def __str__(self) -> str:
        return f"the template {self.name}"


@dataclass(frozen=True)
class Model:
    """A model that can be built as it stands, and for which inputs it works."""

    name: str
    instance: Instance
    requirements: Requirements
    training_requirements: Requirements | None = None
    promises: Promises = field(default_factory=dict, hash=False)
    span: Span | None = field(default=None, compare=False, repr=False)
    fixed: frozenset[str] = field(default=frozenset(), compare=False)  # the parameters that its aliases give
    own: tuple[Parameter, ...] = field(default=(), compare=False)  # a variant's, beside those of the definition
    given: Mapping[str, Known] = field(default_factory=dict, compare=False)  # of `fixed`: what `own` spell
    always: Any = field(default=None, compare=False)  # both requirements, as they are however often loops turn


@dataclass(frozen=True)
class Graph:
    """A file's models, in its order. `source_name` and `comment` go into the generated header."""

    models: tuple[Model, ...]
    source_name: str
    comment: str = ""
    comments: Mapping[str, str] = field(default_factory=dict, compare=False)  # above items that are no classes
    helpers: tuple[Any, ...] = field(default=(), compare=False)  # the functions (helpers.py) that spellings may call
    taken: Taken = field(default_factory=Taken, compare=False)
    combined: tuple[Instance, ...] = field(default=(), compare=False)  # uses that no model has, but callers may ask for
    beside: tuple[Model, ...] = field(default=(), compare=False)  # such models
    tables: tuple[tuple[str, Known, str], ...] = field(default=(), compare=False)  # lists with names, and what is said
