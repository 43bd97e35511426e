"""What every layer of the catalogue is: a frozen class whose fields are torch's own signature."""

from __future__ import annotations

from ..lean import cache
from ..problems import advise
from ..records import dataclass, field
from ..shapes import (
    FLOATS,
    BadArgument,
    FreeArgument,
    Misfit,
    Need,
    Size,
    SizeDiffers,
    TensorType,
    WrongDtype,
    WrongRank,
    elements,
    shown,
)
from ..typed import TYPE_CHECKING, Any, ClassVar, Iterable, Iterator, Mapping

if TYPE_CHECKING:
    from random import Random

    from typing_extensions import dataclass_transform

    from ..reach import Move
    from ..tape import Tape
else:

    def dataclass_transform(**_: Any) -> Any:
        return lambda cls: cls


Output = Any  # TensorType | None | tuple["Output", ...]; nested as torch nests it


def worked_out(size: Any) -> str:
    """A size with its factors, if it is a product: `2304 = 64 * 6 * 6`."""
    factors = getattr(size, "factors", ())
    return f"{size} = {' * '.join(map(str, factors))}" if len(factors) > 1 else str(size)


def to_flag(value: Any, fields: Iterable[str] = ()) -> str | None:
    """How to write a flag that was written as a text, or a rate in its place: `LSTM(32, 2, 0.5)`."""
    if isinstance(value, float) and 0 < value < 1 and "dropout" in fields:
        return f"a rate is given by its name: `dropout={value}`"
    word = value.capitalize() if isinstance(value, str) else ""
    return f"write {word}" if word in ("True", "False") else None


class Missing:
    """The default of a field that has none."""

    def __repr__(self) -> str:
        return "<required>"


MISSING = Missing()


@dataclass(frozen=True)
class Field:
    """One parameter of torch's signature."""

    default: Any = MISSING
    axis: int | None = None  # read off this axis of an input, when the author leaves it out
    source: int = 0  # of which input
    keyword: bool = False  # torch takes it by keyword only


def required() -> Any:
    """A field that the author must give."""
    return Field()


def inferred(axis: int = 1, source: int = 0) -> Any:
    """A field that the compiler reads off `inputs[source].shape[axis]`; stated by keyword, it is validated."""
    return Field(axis=axis, source=source)


def keyword_only(default: Any) -> Any:
    """A field that no positional argument fills."""
    return Field(default, keyword=True)


@dataclass(frozen=True)
class Weight:
    """A parameter or buffer: its `state_dict` name, shape and dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    kind: str = "parameter"  # parameter | buffer | unsaved (a buffer that is not in the state_dict)

    def under(self, prefix: str) -> Weight:
        """The same weight, seen from a module that holds its owner as `prefix`."""
        return Weight(f"{prefix}.{self.name}", self.shape, self.dtype, self.kind)


@dataclass(frozen=True)
class Sample:
    """One configuration to compare with torch: arguments by name (inferred ones left out), inputs, forward options."""

    arguments: Mapping[str, Any]
    inputs: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(required, inferred, keyword_only))
class Layer:
    """Base of the catalogue. A subclass is named as torch names the module; its annotated attributes are
    torch's parameters in torch's order. Instances are immutable, equal by value, and always complete.

    Not a dataclass: 150 of those cost 60 ms to define, this costs 2.
    """

    fields: ClassVar[dict[str, Field]] = {}
    listed: ClassVar[bool] = False  # not inherited: a class that is only a base says False
    kind: ClassVar[str] = ""  # heading in the catalogue: convolution, pooling, …
    formula: ClassVar[str] = "[*] -> [*]"  # the shape rule, for people
    cost: ClassVar[str] = "0"  # the rule of macs(), for people
    example: ClassVar[str] = ""  # as an author writes it; empty: the bare name
    inputs: ClassVar[tuple[str, ...]] = ("input",)  # what forward() needs, by torch's names
    optional: ClassVar[tuple[str, ...]] = ()  # further inputs, which may be left out or None
    ranks: ClassVar[tuple[int, ...]] = ()  # of the first input; empty: any
    dtypes: ClassVar[frozenset[str]] = FLOATS  # of the first input
    nick: ClassVar[str] = ""  # what a person names such a module: conv, bn, pool; empty: snake_case of the name
    path: ClassVar[str] = ""  # where the generated source finds the class; empty: `nn.<class name>`
    options: ClassVar[tuple[str, ...]] = ()  # keywords that forward() takes, beside its inputs
    keeps: ClassVar[str] = ""  # what autograd keeps of a call: "input" (the first), "inputs", "output"
    enlarges: ClassVar[bool] = False  # it is there to make sizes larger
    local: ClassVar[bool] = False  # each place of the output is made from the same place of the input
    per_input: ClassVar[int] = 0  # operations on each element of the first input, beside the multiply-accumulates
    per_output: ClassVar[int] = 0  # and on each of the output
    effects: ClassVar[bool] = False  # it may draw random numbers or change what it holds, whoever needs what it gives
    support: ClassVar[str] = ""  # source text of a class or function that the generated file must carry

    def __init_subclass__(cls) -> None:
        own = {
            name: value if isinstance(value := vars(cls)[name], Field) else Field(value)
            for name, annotation in vars(cls).get("__annotations__", {}).items()
            if not annotation.startswith("ClassVar")
        }
        if own:
            together = {**cls.fields, **own}.items()
            cls.fields = dict(sorted(together, key=lambda item: item[1].keyword))

    def __init__(self, **values: Any) -> None:
        held = self.__dict__
        held.update(self.usual())
        held.update(values)
        if len(held) != len(self.fields):
            raise TypeError(f"{type(self).__name__} has no {', '.join(held.keys() - self.fields)}")
        if MISSING in held.values():
            raise TypeError(f"{type(self).__name__} needs {next(name for name in held if held[name] is MISSING)}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), repr(self.__dict__)))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({values})"

    def may_write_over(self) -> bool:
        """Whether `inplace=True` is possible, with the same results and gradients bit for bit."""
        return False

    @classmethod
    def is_listed(cls) -> bool:
        """Whether the class is a layer of the catalogue, and no mere base."""
        return bool(vars(cls).get("listed", True))

    @classmethod
    @cache
    def usual(cls) -> dict[str, Any]:
        """What each field is that is not given."""
        return {name: declared.default for name, declared in cls.fields.items()}

    @classmethod
    @cache
    def flags(cls) -> tuple[str, ...]:
        return tuple([name for name, default in cls.usual().items() if isinstance(default, bool)])

    @classmethod
    @cache
    def inferred_fields(cls) -> tuple[str, ...]:
        return tuple(name for name, declared in cls.fields.items() if declared.axis is not None)

    @classmethod
    @cache
    def authored_fields(cls) -> tuple[str, ...]:
        """The parameters that positional arguments of a `.cnn` file fill, in order."""
        return tuple(name for name, declared in cls.fields.items() if declared.axis is None and not declared.keyword)

    @classmethod
    def inner(cls) -> Mapping[str, Any]:
        """Layers for the arguments that must be some, for who looks at the others."""
        return {}

    @classmethod
    def shape_rule(cls) -> str:
        return cls.formula

    @classmethod
    def page(cls) -> str:
        """The documentation of the class, empty for what torch.nn does not have."""
        if cls.path:
            return ""
        return f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{cls.__name__}.html"

    @classmethod
    def build(cls, given: Mapping[str, Any], inputs: tuple[Any, ...], need: Need) -> Layer:
        """The layer that `given` arguments make for these inputs; raises Misfit."""
        layer = cls(**{**cls.deduce(inputs, need, given), **given})
        layer.check_flags()
        return layer

    def check_flags(self) -> None:
        """`Linear(512, 10)`, as torch has it, must not pass for `bias=10`."""
        for name in self.flags():
            if not isinstance(value := getattr(self, name), bool):
                raise BadArgument(
                    f"{name} must be True or False, not {shown(value)}", name, help=to_flag(value, self.fields)
                )

    @classmethod
    def deduce(cls, inputs: tuple[Any, ...], need: Need, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inferred fields, read off the inputs; a stated one that differs is a Misfit.

        Override where the axis depends on the arguments or the rank (call `cls.settle` to validate).
        """
        found: dict[str, Any] = {}
        for name in cls.inferred_fields():
            tensor, axis = inputs[cls.fields[name].source], cls.fields[name].axis
            cls.check(tensor)
            if axis is None or not -tensor.rank <= axis < tensor.rank:
                help = (
                    "a `mean` or `sum` without axes takes the batch too: `-> mean([2, 3])`" if not tensor.rank else None
                )
                raise WrongRank(f"{cls.__name__} cannot take an input of shape {tensor}", help=help)
            found[name] = cls.settle(name, tensor.shape[axis], need, given, inputs)
        return found

    @classmethod
    def check(cls, tensor: Any) -> None:
        """Refuse what can be no input: no tensor, a wrong rank, a wrong dtype."""
        if not isinstance(tensor, TensorType):
            what, help = ("several values", advise("name-and-go-on")) if isinstance(tensor, tuple) else (tensor, None)
            raise Misfit(f"{cls.__name__} takes a tensor, not {what}", help=help)
        if cls.ranks and tensor.rank not in cls.ranks:
            takes = " or ".join(str(rank) for rank in cls.ranks)
            message = f"{cls.__name__} takes an input of {takes} dimensions, but {tensor} has {tensor.rank}"
            raise WrongRank(message, help=cls.other_rank(tensor))
        if tensor.dtype not in cls.dtypes:
            message = f"{cls.__name__} does not take {tensor.dtype}, only {', '.join(sorted(cls.dtypes))}"
            from .unfit import other_dtype

            raise WrongDtype(message, help=other_dtype(cls, tensor))

    @classmethod
    def other_rank(cls, tensor: TensorType) -> str | None:
        """What takes a tensor of this rank, for who wrote this layer."""
        from .unfit import other_rank

        return other_rank(cls, tensor)

    @classmethod
    def for_free(cls, field: str) -> str | None:
        """What to write for an argument that is a number, and is given a free size."""
        return None

    @classmethod
    def elsewhere(cls, stated: Any, inputs: tuple[Any, ...]) -> str | None:
        """Where the stated channels are, if not on their axis: text is [N, T, D], a convolution wants [N, D, T]."""
        shape = inputs[0].shape if inputs and isinstance(inputs[0], TensorType) else ()
        if len(cls.ranks) < 2 or len(shape) != max(cls.ranks) or not isinstance(stated, int) or stated != shape[-1]:
            return None
        order = ", ".join(map(str, (0, len(shape) - 1, *range(1, len(shape) - 1))))
        return f"the channels are axis 1, and {stated} is the size of the last: `-> permute({order})` before"

    @classmethod
    def settle(cls, name: str, actual: Any, need: Need, given: Mapping[str, Any], inputs: tuple[Any, ...] = ()) -> int:
        """The number an inferred field has, checked against what the author stated."""
        try:
            size = need.number(actual, f"{name} of {cls.__name__}", name)
        except FreeArgument as error:
            from .unfit import flattened, other_axes

            error.help = other_axes(cls, actual, inputs) or flattened(inputs)
            raise
        if name in given and given[name] != size:
            help = cls.elsewhere(given[name], inputs) or (
                f"write {name}={int(size)}, or leave it out: it is read off the input"
            )
            raise SizeDiffers(
                f"{name} is stated as {given[name]}, but the input has {worked_out(size)}", name, help=help
            )
        return size

    def guessed(self, *inputs: Any) -> int | None:
        """The axis that torch chooses where the author has not said it, though much depends on it."""
        return None

    def slipped(self) -> bool:
        """Whether the arguments make more sense in torch's order, which begins with what is inferred here."""
        return False

    def infer(self, need: Need, *inputs: Any, **options: Any) -> Output:
        """The output's type. `inputs` are TensorTypes (None and tuples where torch takes them). Raises Misfit."""
        raise NotImplementedError

    def weights(self) -> tuple[Weight, ...]:
        """Parameters, then buffers, by `state_dict` name, in order."""
        return ()

    def macs(self, inputs: tuple[Any, ...], output: Output) -> Any:
        """Multiply-accumulates of one forward call: a number or an expression."""
        return 0

    def operations(self, inputs: tuple[Any, ...], output: Output) -> Size:
        """Floating-point operations of one forward call that are no multiply-accumulates; see docs/costs.md."""
        total: Size = elements(inputs[0].shape) * self.per_input if self.per_input else 0
        return total + elements(output.shape) * self.per_output if self.per_output else total

    def is_trained(self) -> bool:
        return any(weight.kind == "parameter" for weight in self.weights())

    def moves(self, kind: TensorType, output: TensorType) -> Move:
        """Where each axis of an input of this type is in the output, and from which places each place is made."""
        from ..reach import standing, unknown

        return standing if self.local else unknown

    def extras(self, inputs: tuple[Any, ...], output: Output) -> tuple[TensorType, ...]:
        """What the call makes only in order to keep it: indices, statistics, …"""
        return ()

    def trace(self, tape: Tape, inputs: tuple[Any, ...], output: Output, options: Mapping[str, Any]) -> Any:
        """Write one forward call down; gives the output. Inputs and options are Held where they are tensors.

        Here: one operator, element by element, that keeps what `keeps` and `extras` say.
        """
        held = tuple(tape.tensors(inputs))
        kept: list[Any] = list(held[: 1 if "inputs" not in self.keeps else None]) if "input" in self.keeps else []
        kept += self.extras(tuple(one.type for one in held), output)
        return tape.each(output, held, kept, output_kept="output" in self.keeps, trained=self.is_trained())

    @classmethod
    def samples(cls, rng: Random) -> Iterator[Sample]:
        """Endless random configurations, good and bad, for the conformance test."""
        while True:
            yield cls.sample(rng)

    @classmethod
    def sample(cls, rng: Random) -> Sample:
        """One random configuration."""
        raise NotImplementedError


@dataclass(frozen=True)
class Template:
    """A layer still to be built, as an argument of another layer: its class and what the author gave."""

    layer: type[Layer]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"the template {self.layer.__name__}"

    def build(self, inputs: tuple[Any, ...], need: Need) -> Layer:
        return self.layer.build(self.arguments, inputs, need)
