"""torch.nn.init's initialisers, named without the underscore. Each checks its arguments."""

from __future__ import annotations

from math import prod, sqrt

from ..layers.checks import one_of
from ..shapes import BadArgument, Need, TensorType, WrongDtype, WrongRank
from .base import Function, Output, Rule, Tensor, function
from .rules import LARGEST, require_fits, require_float, require_rank

INITIALISERS: dict[str, Function] = {}


def initialiser(name: str) -> Function | None:
    """The initialiser of this name, if there is one."""
    return INITIALISERS.get(name)


def names() -> tuple[str, ...]:
    return tuple(sorted(INITIALISERS))


def initialises(rule: Rule) -> Function:
    return function(f"nn.init.{rule.__name__}_", into=INITIALISERS)(rule)


def fans(need: Need, tensor: TensorType, what: str) -> None:
    """Fan in and fan out need two axes."""
    if tensor.rank < 2:
        raise WrongRank(f"{what} needs a tensor of rank 2 at least, not {tensor}", "tensor")


def require_width(tensor: TensorType, low: float, high: float, what: str, argument: str) -> None:
    """Torch draws between two numbers if both, and what is between them, are no more than a dtype holds."""
    most = LARGEST[tensor.dtype]
    if max(-low, high, high - low) > most:
        message = f"{what} would draw from {low:.5g} to {high:.5g}, and {tensor.dtype} holds numbers up to {most:.5g}"
        raise BadArgument(message, argument)


@initialises
def zeros(need: Need, tensor: Tensor) -> Output:
    """Zeros."""
    return tensor


@initialises
def ones(need: Need, tensor: Tensor) -> Output:
    """Ones."""
    return tensor


@initialises
def constant(need: Need, tensor: Tensor, val: float) -> Output:
    """One number."""
    if tensor.dtype in LARGEST:
        require_fits(tensor.dtype, val, "val")
    return tensor


@initialises
def uniform(need: Need, tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Output:
    """Uniform between `a` and `b`."""
    require_float(tensor, "uniform", "tensor")
    if a > b:
        raise BadArgument(f"uniform needs a <= b, but {a} > {b}", "a")
    require_width(tensor, a, b, "uniform", "b")
    return tensor


@initialises
def normal(need: Need, tensor: Tensor, mean: float = 0.0, std: float = 1.0) -> Output:
    """Normal, of this mean and standard deviation."""
    require_float(tensor, "normal", "tensor")
    require_deviation(std)
    return tensor


def require_deviation(std: float) -> None:
    if std < 0:
        raise BadArgument(f"the standard deviation must not be negative, but it is {std}", "std")


@initialises
def trunc_normal(
    need: Need, tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0
) -> Output:
    """Normal, drawn again until between `a` and `b`."""
    require_float(tensor, "trunc_normal", "tensor")
    if std <= 0:
        raise BadArgument(f"the standard deviation must be above 0, but it is {std}", "std")
    if a > b:
        raise BadArgument(f"trunc_normal needs a <= b, but {a} > {b}", "a")
    return tensor


def define_xavier(name: str, doc: str) -> None:
    @function(f"nn.init.{name}_", name=name, doc=doc, into=INITIALISERS)
    def rule(need: Need, tensor: Tensor, gain: float = 1.0) -> Output:
        fans(need, tensor, name)
        require_float(tensor, name, "tensor")
        if gain < 0:
            raise BadArgument(f"gain must not be negative, but it is {gain}", "gain")
        sizes = [size for size in tensor.shape if isinstance(size, int)]
        if name == "xavier_uniform" and len(sizes) == tensor.rank:
            bound = gain * sqrt(6 / max((sizes[0] + sizes[1]) * prod(sizes[2:]), 1))
            require_width(tensor, -bound, bound, name, "gain")
        return tensor


define_xavier("xavier_uniform", "Uniform, so that the variance stays from layer to layer (Glorot).")
define_xavier("xavier_normal", "Normal, so that the variance stays from layer to layer (Glorot).")

NONLINEARITIES: tuple[str, ...] = ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu")
NONLINEARITIES += tuple(f"conv{turned}{axes}d" for turned in ("", "_transpose") for axes in (1, 2, 3))


def define_kaiming(name: str, doc: str) -> None:
    @function(f"nn.init.{name}_", name=name, doc=doc, into=INITIALISERS)
    def rule(
        need: Need, tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
    ) -> Output:
        one_of(mode, ("fan_in", "fan_out"), "mode")
        one_of(nonlinearity, NONLINEARITIES, "nonlinearity")
        fans(need, tensor, name)
        require_float(tensor, name, "tensor")
        return tensor


define_kaiming("kaiming_uniform", "Uniform, for layers before rectifiers (He).")
define_kaiming("kaiming_normal", "Normal, for layers before rectifiers (He).")


@initialises
def orthogonal(need: Need, tensor: Tensor, gain: float = 1) -> Output:
    """A random matrix with orthogonal rows or columns; further axes count as columns."""
    fans(need, tensor, "orthogonal")
    if tensor.dtype not in ("float32", "float64"):
        raise WrongDtype(f"orthogonal needs float32 or float64, not {tensor.dtype}", "tensor")
    return tensor


@initialises
def eye(need: Need, tensor: Tensor) -> Output:
    """The identity matrix."""
    require_rank(tensor, (2,), "eye", "tensor")
    return tensor


@initialises
def dirac(need: Need, tensor: Tensor, groups: int = 1) -> Output:
    """The kernel that keeps its input, channel by channel."""
    require_rank(tensor, (3, 4, 5), "dirac", "tensor")
    if groups < 1:
        raise BadArgument(f"groups must be at least 1, but it is {groups}", "groups")
    need.multiple(tensor.shape[0], groups, f"{tensor.shape[0]} channels do not make {groups} groups", "groups")
    return tensor


@initialises
def sparse(need: Need, tensor: Tensor, sparsity: float, std: float = 0.01) -> Output:
    """Normal, with this share of each column set to zero."""
    require_rank(tensor, (2,), "sparse", "tensor")
    require_float(tensor, "sparse", "tensor")
    if not 0 <= sparsity <= 1:
        raise BadArgument(f"sparsity is a share, between 0 and 1, but it is {sparsity}", "sparsity")
    require_deviation(std)
    return tensor
