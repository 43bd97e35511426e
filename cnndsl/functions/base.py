"""What every tensor function of the catalogue is: a shape rule whose Python signature is torch's own.

Holds the `function` decorator, the binding of arguments to a rule's parameters and the check of their kinds.
Knows no single function.
"""

from __future__ import annotations

from ..dims import Dim, Real
from ..dims.calls import UNKNOWN
from ..layers.base import MISSING, Sample
from ..layers.base import Output as Output
from ..lean import cached_property
from ..problems import advise
from ..records import dataclass, field
from ..shapes import BadArgument, Need, TensorType, WrongKind, refuse_real, shown
from ..typed import TYPE_CHECKING, Any, Callable, Iterator

if TYPE_CHECKING:
    from random import Random

# What the annotations of rules may say. Rules are annotated in strings, which `Function.bind` reads.
Tensor = TensorType
Tensors = tuple[TensorType, ...]
Scalar = Any  # bool, int, float or Dim
Ints = Any  # one whole number, or a list of them: reaches the rule as a tuple
IntList = Any  # a list of whole numbers
SizeList = Any  # a list of sizes
FloatList = Any  # a list of numbers
Window = Any  # one whole number or a list of them: reaches the rule as it is written
WindowOrNone = Any  # the same; None may stand for any of them
Dtype = str  # the name of a dtype; the generated source says `torch.<name>`

ABSENT: Any = None  # the default of an argument that torch lets be left out, but not be None

Call = tuple[str, tuple[Any, ...], dict[str, Any]]  # function name, further arguments, keywords
Rule = Callable[..., Output]

DTYPES = {name: name for name in ("bool", "uint8", "int8", "int16", "int32", "int64")}
DTYPES |= {name: name for name in ("float16", "bfloat16", "float32", "float64")}
DTYPES |= {
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "half": "float16",
    "float": "float32",
    "double": "float64",
}


@dataclass(frozen=True)
class Parameter:
    name: str
    default: Any = MISSING
    annotation: str = ""  # "Tensor", "Tensors", "int", "SizeList", …: as the rule's signature writes it
    keyword_only: bool = False
    variadic: bool = False  # `*sizes`
    extra: bool = False  # `**sizes`: any further keywords, each of this kind

    @property
    def is_tensor(self) -> bool:
        return self.annotation.startswith("Tensor")

    @property
    def is_required(self) -> bool:
        return self.default is MISSING and not self.variadic and not self.extra


@dataclass(frozen=True)
class Function:
    """A function on tensors.

    `target` is what the generated source calls: "torch.cat", "nn.functional.relu", or ".view" for a
    method of the first argument. `training` functions get `training=self.training` unless the author says otherwise.
    A `lower` function is no call of torch's: it is compiled to a chain of other functions, each applied to the last.
    A `factory` makes a tensor from none: the generated source owes it a `device=`. One with `effects` draws random
    numbers or changes running statistics, whoever needs what it gives, as `training` functions do.
    """

    name: str
    target: str
    rule: Rule  # rule(need, *arguments) -> Output; raises Misfit
    doc: str
    training: bool = False
    lower: Callable[..., list[Call]] | None = None  # lower(*arguments) -> calls
    support: str = ""  # source text that the generated file must carry
    samples: Callable[[Random], Iterator[Sample]] | None = field(default=None, compare=False)
    factory: bool = False
    together: tuple[tuple[str, str], ...] = ()  # (a, b): a may be given only with b
    effects: bool = False
    axes: int = 0  # of windows that torch's type stubs want as lists of so many numbers

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What the rule takes after `need`; read off it when it is first asked for: most never are."""
        return parameters_of(self.rule)

    def examples(self, rng: Random) -> Iterator[Sample]:
        """Endless random arguments, good and bad."""
        from .samples import generic

        return (self.samples or generic(self))(rng)

    def infer(self, need: Need, *arguments: Any, **keywords: Any) -> Output:
        """The result's type. Raises Misfit if torch would refuse, TypeError if arguments do not fit the signature."""
        positional, named = self.bind(arguments, keywords)
        return self.rule(need, *positional, **named)

    def infer_called(self, need: Need, *arguments: Any, **keywords: Any) -> Output:
        """The same of a call in forward(), which says `training=self.training` where the author says nothing."""
        names = [parameter.name for parameter in self.parameters]
        if not self.training or "training" in (*keywords, *names[: len(arguments)]):
            return self.infer(need, *arguments, **keywords)
        if need.mode != "training":
            output = self.infer(need, *arguments, **keywords, training=False)
        if need.mode != "evaluation":
            inner = Need(mode="training")
            output = self.infer(inner, *arguments, **keywords, training=True)
            need.adopt(inner)
        return output

    def bind(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The rule's own arguments: everything but keyword-only and variadic ones by position, each of its kind."""
        left, named, positional = list(arguments), dict(keywords), []
        result: dict[str, Any] = {}
        for parameter in self.parameters:
            if parameter.extra:
                result |= {name: conform(self.name, parameter, named.pop(name), name) for name in list(named)}
            elif parameter.variadic:
                positional += take_rest(self.name, parameter, left, named)
            elif left and not parameter.keyword_only:
                if parameter.name in named:
                    raise TypeError(f"{self.name} got {parameter.name} twice")
                positional.append(conform(self.name, parameter, left.pop(0)))
            elif parameter.name in named:
                if parameter.annotation == "Tensor | int" and is_tensor(named[parameter.name]):
                    raise BadArgument(f"a second tensor of {self.name} is given by position", parameter.name)
                result[parameter.name] = conform(self.name, parameter, named.pop(parameter.name))
            elif parameter.is_required:
                raise TypeError(f"{self.name} needs {parameter.name}")
        if left:
            raise TypeError(f"{self.name} takes no more than {len(arguments) - len(left)} positional arguments")
        for name in named:
            raise TypeError(f"{self.name} has no argument {name}")
        self.check_together(len(positional), result)
        return positional, result

    def meant(self, name: str) -> str:
        """The parameter that may be meant by a name that none has."""
        from difflib import get_close_matches

        from ..layers.synonyms import argument_meant

        known = [parameter.name for parameter in self.parameters]
        return argument_meant(name, known) or "".join(get_close_matches(name, known, 1, 0.5))

    @property
    def signature(self) -> str:
        """The parameters as Python writes them: `cat(tensors, dim=0)`."""
        words: list[str] = []
        for parameter in self.parameters:
            if parameter.keyword_only and not parameter.extra and not any(word.startswith("*") for word in words):
                words.append("*")
            stars = "**" if parameter.extra else "*" if parameter.variadic else ""
            default = "" if parameter.default is MISSING else f"={parameter.default!r}"
            words.append(f"{stars}{parameter.name}{default}")
        return f"{self.name}({', '.join(words)})"

    def check_together(self, count: int, named: dict[str, Any]) -> None:
        given = {parameter.name for parameter in self.parameters[:count]} | set(named)
        for name, other in self.together:
            if name in given and other not in given:
                raise BadArgument(f"{self.name} takes {name} only together with {other}", name)


def take_rest(function: str, parameter: Parameter, left: list[Any], named: dict[str, Any]) -> list[Any]:
    """The values of `*parameter`: written out, as one list, or by keyword as one list."""
    given: Any = left[:] or ([named.pop(parameter.name)] if parameter.name in named else [])
    left.clear()
    if not given:
        raise TypeError(f"{function} needs {parameter.name}")
    if len(given) == 1 and isinstance(given[0], (list, tuple)):
        given = given[0]
    return [conform(function, parameter, value) for value in given]


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_whole_or_none(value: object) -> bool:
    return value is None or is_whole(value)


def is_size(value: object) -> bool:
    return is_whole(value) or isinstance(value, Dim)


def is_number(value: object) -> bool:
    return is_size(value) or isinstance(value, float)


def list_of(test: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, (list, tuple)) and all(map(test, value))


def one_or_list_of(test: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: test(value) or list_of(test)(value)


def as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def as_is(value: Any) -> Any:
    return value


def is_dtype(value: object) -> bool:
    return isinstance(value, str) and value.removeprefix("torch.") in DTYPES


def dtype_name(value: str) -> str:
    return DTYPES[value.removeprefix("torch.")]


def is_tensor(value: object) -> bool:
    return isinstance(value, TensorType)


# Annotation → (does a value fit, how the rule receives it, what to call it).
KINDS: dict[str, tuple[Callable[[Any], bool], Callable[[Any], Any], str]] = {
    "Tensor": (is_tensor, as_is, "a tensor"),
    "Tensors": (list_of(is_tensor), as_tuple, "a list of tensors"),
    "Scalar": (lambda value: isinstance(value, (bool, int, float, Dim)), as_is, "a number"),
    "float": (is_number, as_is, "a number"),
    "int": (is_whole, as_is, "a whole number"),
    "Size": (is_size, as_is, "a size"),
    "Ints": (one_or_list_of(is_whole), as_tuple, "a whole number or a list of them"),
    "IntList": (list_of(is_whole), as_tuple, "a list of whole numbers"),
    "SizeList": (list_of(is_size), as_tuple, "a list of sizes"),
    "Window": (one_or_list_of(is_whole), as_is, "a whole number or a list of them"),
    "FloatList": (list_of(is_number), as_tuple, "a list of numbers"),
    "WindowOrNone": (one_or_list_of(is_whole_or_none), as_is, "a whole number, None or a list of them"),
    "bool": (lambda value: isinstance(value, bool), as_is, "True or False"),
    "str": (lambda value: isinstance(value, str), as_is, "a string"),
    "Dtype": (is_dtype, dtype_name, "a dtype"),
    "None": (lambda value: value is None, as_is, "None"),
}


def conform(function: str, parameter: Parameter, value: Any, name: str = "") -> Any:
    """A value as its parameter's annotation wants it; raises Misfit for a value of another kind."""
    kinds = [KINDS[word] for word in parameter.annotation.split(" | ")]
    if isinstance(value, Real):
        is_taken = parameter.annotation == "Tensor | Scalar" or parameter.name == "fill_value"
        value = UNKNOWN if is_taken else refuse_real(f"{name or parameter.name} of {function}", kinds[0][2], value)
    for fits, convert, _ in kinds:
        if fits(value):
            return convert(value)
    wanted = " or ".join(word for _, _, word in kinds)
    name = name or parameter.name
    help: object = None
    if parameter.annotation == "Tensor" and isinstance(value, tuple) and any(map(is_tensor, value)):
        help = advise("name-and-go-on")
    if (
        isinstance(value, float)
        and value.is_integer()
        and ("Size" in parameter.annotation or parameter.annotation == "int")
    ):
        help = "fractions stay fractions, as in Python; `a // b`, or `int(...)` around it, gives a whole number"
    if isinstance(value, str) and value.isdigit() and any(fits(int(value)) for fits, _, _ in kinds):
        help = "write it without quotes"
    if function == name == "pad" and is_whole(value):
        one, both = (", ".join([str(value)] * count) for count in (2, 4))
        help = f"before and after the last axis, `[{one}]`, then the one before it, `[{both}]`"
    if any(isinstance(one, Dim) for one in as_tuple(value)):
        help = for_free(function, name)
    raise WrongKind(f"{name} of {function} must be {wanted}, not {shown(value)}", name, help=help)


def for_free(function: str, name: str) -> str | None:
    """What to write for a free size among the arguments of a function that is a layer, too."""
    from ..layers import lookup, names

    layer = next((lookup(one) for one in names() if one.lower() == function.replace("_", "")), None)
    return layer.for_free(name) if layer else None


REGISTRY: dict[str, Function] = {}


def function(
    target: str,
    *,
    draw: Callable[[Random], Sample] | None = None,
    name: str = "",
    doc: str = "",
    training: bool = False,
    factory: bool = False,
    together: tuple[tuple[str, str], ...] = (),
    effects: bool = False,
    axes: int = 0,
    into: dict[str, Function] = REGISTRY,
    lower: Callable[..., list[Call]] | None = None,
) -> Callable[[Rule], Function]:
    """Make a Function of a rule and enter it in the catalogue. A trailing `_` of its name is dropped."""

    def register(rule: Rule) -> Function:
        made = Function(
            name or rule.__name__.rstrip("_"),
            target,
            rule,
            doc or rule.__doc__ or "",
            training=training,
            lower=lower,
            samples=draw and endless(draw),
            factory=factory,
            together=together,
            effects=effects or training,
            axes=axes,
        )
        if made.name in into:
            raise ValueError(f"two functions are named {made.name}")
        into[made.name] = made
        return made

    return register


def endless(draw: Callable[[Random], Sample]) -> Callable[[Random], Iterator[Sample]]:
    def samples(rng: Random) -> Iterator[Sample]:
        while True:
            yield draw(rng)

    return samples


class Draws:
    """The draws of a file beside this one, which is loaded when one of them runs: no network needs them."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Callable[[Random], Sample]:
        def draw(rng: Random) -> Sample:
            from importlib import import_module

            found: Sample = getattr(import_module(f".{self.file}", __package__), name)(rng)
            return found

        return draw


def parameters_of(rule: Rule) -> tuple[Parameter, ...]:
    """A rule's parameters after `need`, read off its code object (`inspect` is slow to import)."""
    code: Any = rule.__code__
    defaults: tuple[Any, ...] = rule.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    by_name = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
    by_name |= rule.__kwdefaults__ or {}
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]

    def parameter(name: str, **how: bool) -> Parameter:
        return Parameter(name, by_name.get(name, MISSING), rule.__annotations__[name], **how)

    made = [parameter(name) for name in positional[1:]]
    stars = iter(code.co_varnames[code.co_argcount + code.co_kwonlyargcount :])
    if code.co_flags & 4:
        made.append(parameter(next(stars), variadic=True))
    made += (parameter(name, keyword_only=True) for name in keyword_only)
    if code.co_flags & 8:
        made.append(parameter(next(stars), extra=True, keyword_only=True))
    return tuple(made)
