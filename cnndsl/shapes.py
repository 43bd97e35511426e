"""What is known of a tensor, and how a shape rule states what it needs. Knows no layer and no place in a file."""

from __future__ import annotations

from math import gcd, prod

from .dims import Condition, Dim, Real, Size, at_least, divides, either, equal, negate, several
from .dims.bounds import lower_bound
from .lean import cache, lru_cache
from .records import dataclass
from .spelled import product, quotient
from .typed import Any, Callable, Iterator, NoReturn, Sequence, TypeAlias

__all__ = [
    "BadArgument",
    "BadIndex",
    "FreeArgument",
    "Indivisible",
    "Misfit",
    "Need",
    "NoOperand",
    "NoResult",
    "OneValue",
    "Size",
    "SizeDiffers",
    "TensorType",
    "TooLarge",
    "TooSmall",
    "WrongDtype",
    "WrongKind",
    "WrongRank",
    "product",
    "quotient",
    "said",
    "shown",
    "tensors",
]

MOST_ELEMENTS = 2**48  # of one tensor, for a batch of 1
LARGE = 2**16
INTEGERS = frozenset({"uint8", "int8", "int16", "int32", "int64"})
FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})


@dataclass(frozen=True)
class TensorType:
    """A tensor's shape, batch included, and its dtype under torch's name."""

    shape: tuple[Size, ...]
    dtype: str = "float32"

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        return self.dtype in FLOATS

    def with_shape(self, *shape: Size) -> TensorType:
        return TensorType(shape, self.dtype)

    def __str__(self) -> str:
        sizes = ", ".join(str(size) for size in self.shape)
        return f"[{sizes}]" if self.dtype == "float32" else f"[{sizes}] {self.dtype}"


@dataclass(frozen=True)
class Indices(TensorType):
    """The indices that a pool gives: `plane` are the sizes that they count in, of the first as much as they reach."""

    plane: tuple[Size, ...] = ()

    def with_shape(self, *shape: Size) -> TensorType:
        return Indices(shape, self.dtype, self.plane)


Message: TypeAlias = "str | Callable[[], str]"  # put into words only where it is said: most never are


class Helped:
    """A message of what is asked that knows what to do where it is not met."""

    def __init__(self, message: Message, help: object) -> None:
        self.message, self.help = message, help

    def __call__(self) -> str:
        return said(self.message)


def said(message: Message) -> str:
    return message if isinstance(message, str) else message()


def shown(value: Any) -> str:
    """A value in a message: as one writes it, a tensor by its type, all else in words of its own (`__str__`)."""
    if isinstance(value, TensorType):
        return f"the tensor {value}"
    if isinstance(value, Condition):
        return f"the condition `{value}`"
    if isinstance(value, (list, tuple)):
        if len(value) > 1 and all(isinstance(item, TensorType) for item in value):
            return f"the {len(value)} tensors {', '.join(map(str, value))}"
        items = ", ".join(map(shown, value))
        return f"[{items}]" if isinstance(value, list) else f"({items}{',' * (len(value) == 1)})"
    return repr(value) if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def tensors(kind: Any) -> Iterator[TensorType]:
    """Those of a nested type, in order."""
    if isinstance(kind, TensorType):
        yield kind
    for item in kind if isinstance(kind, tuple) else ():
        yield from tensors(item)


MANY_AXES = 16


@cache
def elements(shape: tuple[Size, ...]) -> Size:
    """How many elements a tensor of this shape has: a plain number, without its spellings, or an expression."""
    if len(shape) > MANY_AXES:  # by halves, for a product is as long as it has factors
        return elements(shape[: len(shape) // 2]) * elements(shape[len(shape) // 2 :])
    total: Size = 1
    for size in shape:
        total = total * (int(size) if isinstance(size, int) else size)
    return total


class Misfit(Exception):
    """Inputs or arguments that torch would refuse. `field` names the argument at fault, if it is one.

    The subclasses are what one tells apart in teaching: the code of each has a page of its own (`cnndsl explain`).
    """

    code = "misfit"

    def __init__(self, message: str, field: str | None = None, free: tuple[str, ...] = (), help: object = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.free = free  # the free sizes that are in the way of a number
        self.help = help  # what is said, or what the report says


class BadArgument(Misfit):
    """A value that an argument cannot have."""

    code = "bad-argument"


class WrongKind(BadArgument):
    """A value of another kind, whatever its shape."""


class BadIndex(Misfit):
    """An index that a tensor does not have."""

    code = "bad-index"


class WrongRank(Misfit):
    """More or fewer dimensions than wanted."""

    code = "wrong-rank"


class WrongDtype(Misfit):
    """Numbers of another kind than wanted."""

    code = "wrong-dtype"


class SizeDiffers(Misfit):
    """Two sizes that must be one."""

    code = "size-differs"


class TooSmall(Misfit):
    """Too little along an axis: a kernel does not fit, nothing is left."""

    code = "too-small"


class TooLarge(Misfit):
    """What no machine holds."""

    code = "too-large"


class Indivisible(Misfit):
    """A size that does not divide into so many parts."""

    code = "not-divisible"


class OneValue(Misfit):
    """A variance of one value."""

    code = "one-value"


class FreeArgument(Misfit):
    """A free size where a number is needed."""

    code = "free-argument"


def refuse_real(what: str, wanted: str, value: Real) -> NoReturn:
    help = "`a // b` gives a whole number" if value.how.sign == "/" else None
    raise FreeArgument(f"{what} must be {wanted}, but it is {value}, which is known only when it runs", what, help=help)


class NoOperand(Misfit):
    """What an operator is not defined on."""

    code = "not-an-operand"


class NoResult(Misfit):
    """A calculation that gives no number."""

    code = "no-such-number"


Asked = tuple[Condition, Message]


def asked_where(given: Condition, condition: Condition) -> Condition:
    """What code asks of all sizes that asks this one thing and runs only where `given` holds."""
    other = negate(given)
    ways = other.parts if other.kind == "or" else (other,)
    return either(*(way for way in ways if not condition.decide((way,))), condition)


def nothing_left(axis: int, size: Size) -> Message:
    return lambda: f"nothing is left of axis {axis}, which has the size {size}"


def least(size: Size) -> int:
    """No more than the least that a size comes to; bounds of a free one are looked for where that could be much."""
    return int(size) if isinstance(size, int) else least_of(size)


@lru_cache(maxsize=4096)
def least_of(size: Dim) -> int:
    if may_be_much(size):  # what is not 0 is no less than a number that divides it
        return max(int(lower_bound(size) or 1), gcd(*(factor for _, factor in size.terms)))
    return max(size.constant, 1)


def multiplied(sizes: Sequence[int], total: int) -> str:
    """`3 * 281474976710656 = 844,424,930,131,968`: how many elements sizes make, as far as they are more than 1."""
    factors = " * ".join(str(size) for size in sizes if size > 1)
    return f"{factors} = {total:,}" if " " in factors else f"{total:,}"


def may_be_much(size: Size) -> bool:
    """Whether a large number stands anywhere in a size."""
    if isinstance(size, int):
        return int(size) >= LARGE
    return any(
        factor >= LARGE or any(atom.parts and any(map(may_be_much, atom.parts)) for atom in atoms)
        for atoms, factor in size.terms
    )


class Need:
    """What shape rules ask of sizes: refused when never true, recorded when true for some sizes only.

    `conditions` collects the undecided ones, in order, each with the message that a violation deserves; `training`
    and `evaluation` those that one mode alone asks, as seen from code that runs in `mode`. Code that runs only where
    `given` holds asks nothing of other sizes.
    """

    def __init__(self, mode: str = "both", given: Condition | None = None) -> None:
        self.conditions: list[Asked] = []
        self.training: list[Asked] = []
        self.evaluation: list[Asked] = []
        self.mode = mode  # both | training | evaluation
        self.given = given
        self.pairs: list[tuple[Size, Size]] = []  # numbers that were equal: 1 would do for either, too
        self.fresh: list[Asked] = []  # of which the place is not yet known to whoever collects them

    def that(
        self,
        condition: Condition,
        message: Message,
        argument: str | None = None,
        help: object = None,
        refusal: type[Misfit] = Misfit,
    ) -> None:
        """Require a condition; raises `refusal(message, argument, help)` if no sizes can meet it."""
        verdict = condition.decide()
        if verdict is None and self.given is not None:
            verdict = condition.decide((self.given,))
        if verdict is None:
            told = Helped(message, help) if help else message
            asked = (condition if self.given is None else asked_where(self.given, condition)), told
            self.conditions.append(asked)
            self.fresh.append(asked)
        elif not verdict:
            raise refusal(said(message), argument, help=help)

    def worked_out(self, axis: str, text: Callable[[], str]) -> None:
        """How a rule works out the size of an axis, for who wants to show it; most do not."""

    def several(self, sizes: Sequence[Size], message: Message, argument: str | None = None) -> None:
        """Require that a shape of these sizes has more than one element."""
        self.that(several(tuple(sizes)), message, argument, refusal=OneValue)

    def several_in_training(self, sizes: Sequence[Size], layer: str, input: TensorType) -> None:
        """The same in training mode alone, where `layer` takes the variance of that many values of `input`."""
        if self.mode == "evaluation":
            return
        inner = Need(mode="training")
        try:
            inner.several(
                sizes, lambda: f"in training, {layer} needs more than one value for each channel, but {input} has one"
            )
        except Misfit as error:
            error.help = "leave the batch size free, `[N, ...]`, or use a norm that does without it: GroupNorm"
            raise
        self.adopt(inner)

    def adopt(self, inner: Need) -> None:
        """Takes over what code inside asks. What asks in the other mode than this code runs in never runs."""
        if self.given is not None:
            inner = inner.where(self.given)
        self.fresh += inner.fresh
        if inner.mode == self.mode:
            self.conditions += inner.conditions
            self.training += inner.training
            self.evaluation += inner.evaluation
        elif self.mode == "both":
            shelf = self.training if inner.mode == "training" else self.evaluation
            shelf += inner.conditions

    def where(self, given: Condition) -> Need:
        """The same of code that runs only where a condition holds."""

        def asked(shelf: list[Asked]) -> list[Asked]:
            left = (one for one in shelf if not one[0].decide((given,)))
            return [(asked_where(given, condition), message) for condition, message in left]

        made = Need(self.mode)
        made.conditions, made.training = asked(self.conditions), asked(self.training)
        made.evaluation, made.fresh = asked(self.evaluation), asked(self.fresh)
        return made

    def equal(
        self, left: Size, right: Size, message: Message, argument: str | None = None, help: object = None
    ) -> None:
        if left is not right and left != right:
            self.that(equal(left, right), message, argument, help, SizeDiffers)

    def at_least(
        self, size: Size, low: Size, message: Message, argument: str | None = None, *, refusal: type[Misfit] = TooSmall
    ) -> None:
        self.that(at_least(size, low), message, argument, refusal=refusal)

    def multiple(
        self, size: Size, factor: Size, message: Message, argument: str | None = None, help: object = None
    ) -> None:
        self.that(divides(factor, size), message, argument, help, Indivisible)

    @staticmethod
    def storable(kind: Any) -> Any:
        """The type of a result, nested as it is; torch counts elements in 64 bits."""
        for part in kind if isinstance(kind, tuple) else ():
            Need.storable(part)
        if isinstance(kind, TensorType):
            sizes = [least(size) for size in kind.shape]
            if (total := prod(sizes)) > MOST_ELEMENTS:
                more = "at least " * any(isinstance(size, Dim) for size in kind.shape) + multiplied(sizes, total)
                raise TooLarge(f"a tensor {kind} would have more than {MOST_ELEMENTS:,} elements: {more}")
        return kind

    def filled(self, kind: Any) -> Any:
        """The type of a result, nested as it is; each of its sizes must be at least 1, as all sizes are."""
        self.storable(kind)
        if isinstance(kind, tuple):
            return tuple(self.filled(part) for part in kind)
        for axis, size in enumerate(kind.shape if isinstance(kind, TensorType) else ()):
            if not isinstance(size, int):
                self.at_least(size, 1, nothing_left(axis, size))
            elif size < 1:
                raise TooSmall(said(nothing_left(axis, size)))
        return kind

    def number(self, size: Size, what: str, argument: str | None = None) -> int:
        """A size that must be a plain number, for example `in_features`."""
        if isinstance(size, int):
            return size
        free = tuple(sorted(size.symbols))
        raise FreeArgument(f"{what} must be a number, but it is {size}", argument, free)
