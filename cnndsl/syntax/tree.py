"""The tree: what a file says, nothing more. Spans ride along and take no part in equality."""

from __future__ import annotations

from ..records import dataclass, field, may_defer
from ..source import Span
from ..typed import Any, TypeAlias


def spanned() -> Any:
    return field(compare=False, repr=False)


@dataclass(frozen=True)
class Number:
    value: int | float
    text: str  # as written: 1e-5, 0x10
    span: Span = spanned()


@dataclass(frozen=True)
class Text:
    """A string; interpolated parts are expressions."""

    parts: tuple[str | Expr, ...]
    span: Span = spanned()

    @property
    def plain(self) -> str | None:
        """The string, if nothing is interpolated."""
        if all(isinstance(part, str) for part in self.parts):
            return "".join(str(part) for part in self.parts)
        return None


@dataclass(frozen=True)
class Constant:  # True, False, None or `...`
    value: Any
    span: Span = spanned()


@dataclass(frozen=True)
class Name:
    id: str
    span: Span = spanned()


@dataclass(frozen=True)
class Keyword:  # `name=value` in a call
    name: str
    value: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Call:
    function: Expr
    arguments: tuple[Expr | Keyword | Spread, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Spread:  # `*value` in a call or list
    value: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Slice:
    start: Expr | None
    stop: Expr | None
    step: Expr | None
    span: Span = spanned()


@dataclass(frozen=True)
class Index:
    value: Expr
    items: tuple[Expr | Slice, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Attribute:
    value: Expr
    name: str
    span: Span = spanned()


@dataclass(frozen=True)
class Unary:
    operator: str  # - + not
    operand: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Binary:
    operator: str  # + - * / // % ** @ and or
    left: Expr
    right: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Compare:
    """A chain, as in Python: `1 <= n < 8`."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Ternary:
    value: Expr
    condition: Expr
    otherwise: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Tuple:
    items: tuple[Expr | Spread, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class List:
    """`[…]`: values, branches (pipelines, labelled or not), and `for`/`if` that give more of them."""

    items: tuple[Expr | Spread | For, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Label:
    """`conv1: Conv2d(…)`. The target is a plain name or a computed text."""

    target: Name | Text
    value: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Group:
    """A `{ … }` body after a label, or `Sequential { … }`."""

    body: tuple[Statement, ...]
    labelled: bool  # False: written `Sequential { … }`
    span: Span = spanned()


@dataclass(frozen=True)
class Pipeline:
    """`stage -> stage`; `from_flow` when it begins with `->`."""

    stages: tuple[Expr, ...]
    from_flow: bool
    span: Span = spanned()


@dataclass(frozen=True)
class If:
    """`if c { … } else { … }`, a statement or a stage. `else if` nests in `otherwise`."""

    condition: Expr
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] | None
    span: Span = spanned()


@dataclass(frozen=True)
class For:
    targets: tuple[ForTarget, ...]
    iterable: Expr
    body: tuple[Statement, ...]
    span: Span = spanned()


ForTarget: TypeAlias = "Name | tuple[ForTarget, ...]"

Expr = (Number | Text | Constant | Name | Call | Index | Attribute | Unary | Binary | Compare | Ternary | Tuple | List
        | Label | Group | Pipeline | If)  # fmt: skip


# Statements


@dataclass(frozen=True)
class Do:  # a pipeline that stands alone and moves the flow
    value: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Assign:
    targets: tuple[Name, ...]
    value: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Shape:
    """`[N, 3, ...S] int64`. Each size is an expression; `rest` is the place and name of `...S`."""

    sizes: tuple[Expr | Rest, ...]
    dtype: str | None
    span: Span = spanned()


@dataclass(frozen=True)
class Rest:
    """`...` or `...S` in a shape."""

    name: str | None
    span: Span = spanned()


@dataclass(frozen=True)
class Input:
    name: Name
    starred: bool
    shape: Shape | None
    where: Expr | None
    span: Span = spanned()


@dataclass(frozen=True)
class Expect:
    """`expect [N, C, 7, 7]` or `expect condition`."""

    what: Shape | Expr
    span: Span = spanned()


@dataclass(frozen=True)
class ReturnItem:
    name: str | None
    value: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Return:
    items: tuple[ReturnItem, ...]
    is_dict: bool
    span: Span = spanned()


@dataclass(frozen=True)
class Order:
    labels: tuple[Name | Text, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class ParamOf:
    """`param name: shape = value` or `buffer(persistent=False) name: shape = value`."""

    kind: str  # param | buffer
    name: Name
    shape: Shape | None
    value: Expr | None
    options: tuple[Keyword, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Selector:
    """`Conv2d.weight` (types and a path below them) or `"head.*"` (a pattern on parameter names)."""

    path: tuple[str, ...]
    pattern: Text | None
    span: Span = spanned()


@dataclass(frozen=True)
class InitRule:
    selectors: tuple[Selector, ...]
    initialiser: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class InitIf:
    condition: Expr
    body: tuple[InitRule | InitIf | InitFor, ...]
    otherwise: tuple[InitRule | InitIf | InitFor, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class InitFor:
    targets: tuple[ForTarget, ...]
    iterable: Expr
    body: tuple[InitRule | InitIf | InitFor, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Init:
    rules: tuple[InitRule | InitIf | InitFor, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Version:
    number: int
    span: Span = spanned()


NAMELESS, SIZELESS = "", "["  # the names of what may have any name, and of a size that may, for it cannot be read


@dataclass(frozen=True)
class Faulty:  # a statement or item that cannot be read, and what it may have named; no sound file has one
    names: tuple[Name, ...]
    guesses: tuple[Name, ...]  # what it may have named if nothing else did
    body: tuple[Statement | Definition, ...]  # what can be read of the bodies, or the definition, whose head is faulty
    span: Span = spanned()


Statement = Do | Assign | For | Input | Expect | Return | Order | ParamOf | Init | Version | Faulty


@dataclass(frozen=True)
class Parameter:
    name: Name
    type: str | None
    default: Expr | None
    span: Span = spanned()


@may_defer
@dataclass(frozen=True)
class Definition:
    """`model Name(params) { … }`, `block Name(params) { … }`."""

    kind: str  # model | block
    name: Name
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Alias:
    """`model A(params) = B(…)`, `block Row(out) = ConvBN(out, 1)`, `block C(…) = { … }` (a Group)."""

    kind: str  # model | block
    name: Name
    parameters: tuple[Parameter, ...]
    value: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Const:
    name: Name
    value: Expr
    span: Span = spanned()


@dataclass(frozen=True)
class Def:
    name: Name
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    span: Span = spanned()


@dataclass(frozen=True)
class Import:
    path: Text
    names: tuple[tuple[Name, Name], ...]  # (theirs, ours)
    span: Span = spanned()


@dataclass(frozen=True)
class Extern:
    """`extern block Mish2(alpha: float): [N, ...S] -> [N, ...S] from "mypkg.layers:Mish2"`."""

    name: Name
    parameters: tuple[Parameter, ...]
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    target: Text
    span: Span = spanned()


Item = Definition | Alias | Const | Def | Import | Extern | Faulty


@dataclass(frozen=True)
class File:
    items: tuple[Item, ...]
    span: Span = spanned()
