"""Every tensor function of the catalogue against torch: signature, what is accepted, shape and dtype."""

from __future__ import annotations

import inspect
from random import Random
from typing import Any

import pytest

from cnndsl.dims import Dim, symbol
from cnndsl.functions import lookup, names
from cnndsl.functions.base import Function
from cnndsl.layers.base import Sample
from cnndsl.shapes import Misfit, Need, TensorType

from .function_oracle import LEFT_OUT, REFUSED, by_rule, by_torch, drawn, is_deliberate, show, torch_function


@pytest.mark.parametrize("name", names())
def test_conforms_to_torch(name: str, samples: int, seed: int) -> None:
    function = lookup(name)
    assert function
    accepted = 0
    for sample in drawn(name, samples, seed):
        ours, why = by_rule(function, sample)
        if function.lower and ours == REFUSED:
            continue  # what it is compiled to checks less; see test_rearrange_moves_the_right_elements
        theirs, reason = by_torch(function, sample)
        accepted += ours != REFUSED
        if is_deliberate(name, sample, ours, theirs, why, reason):
            continue
        assert ours == theirs, f"{name} {show(sample)}\n  ours:   {ours} {why}\n  torch's: {theirs} {reason}"
    assert accepted > samples // 20, f"only {accepted} of {samples} samples of {name} are good"


def is_inspectable(function: Function) -> bool:
    if function.lower or function.target.startswith("."):
        return False
    try:
        return bool(inspect.signature(torch_function(function)))
    except (TypeError, ValueError):
        return False


@pytest.mark.parametrize("name", [name for name in names() if is_inspectable(lookup(name))])  # type: ignore[arg-type]
def test_signature_is_torchs(name: str) -> None:
    function = lookup(name)
    assert function
    theirs = {
        name: parameter
        for name, parameter in inspect.signature(torch_function(function)).parameters.items()
        if name not in LEFT_OUT
    }
    if set(theirs) <= {"args", "kwargs"}:
        return  # a dispatcher, which tells nothing; the samples call it by keyword
    assert [parameter.name for parameter in function.parameters] == list(theirs)
    for parameter in function.parameters:
        default = theirs[parameter.name].default
        assert (parameter.is_required or parameter.variadic) == (default is inspect.Parameter.empty), parameter.name
        if not parameter.is_required and not parameter.variadic:
            assert parameter.default == default, parameter.name


def freed(value: Any, values: dict[str, int], rng: Random) -> Any:
    """The same argument with sizes of tensors named, so that each name stands for one number."""
    if isinstance(value, TensorType):
        return TensorType(tuple(freed_size(size, values, rng) for size in value.shape), value.dtype)
    if isinstance(value, (list, tuple)) and any(isinstance(item, TensorType) for item in value):
        return type(value)(freed(item, values, rng) for item in value)
    return value


def freed_size(size: Any, values: dict[str, int], rng: Random) -> Any:
    if size < 2 or rng.random() < 0.4:
        return size
    values[f"S{size}"] = size
    return symbol(f"S{size}")


def at(result: Any, values: dict[str, int]) -> Any:
    if isinstance(result, TensorType):
        return tuple(size.at(values) if isinstance(size, Dim) else size for size in result.shape), result.dtype
    return [at(item, values) for item in result]


# Rules that ask more of free sizes than of numbers, and why.
STRICTER = {"chunk": "the number of pieces must not depend on the size"}
NUMBER_NEEDED = (
    "must be a number",  # the number of pieces, …
    "squeeze would drop",  # the rank would depend on a size
    "any simple fraction",
)


@pytest.mark.parametrize("name", names())
def test_free_sizes_agree_with_numbers(name: str, samples: int, seed: int) -> None:
    """A rule on free sizes gives, at every number they may stand for, what it gives on that number."""
    function, rng = lookup(name), Random(seed)
    assert function
    for sample in drawn(name, samples, seed + 1):
        if by_rule(function, sample)[0] == REFUSED:
            continue
        values: dict[str, int] = {}
        inputs = [freed(value, values, rng) for value in sample.inputs]
        options = {key: freed(value, values, rng) for key, value in sample.arguments.items()}
        need = Need()
        try:
            result = function.infer(need, *inputs, **options)
        except Misfit as misfit:
            assert any(text in misfit.message for text in NUMBER_NEEDED), f"{show(sample)}: {misfit}"
            continue
        for shift in (0, 0, 1, 2, 5):
            there = {key: max(value + rng.randint(-shift, shift), 1) for key, value in values.items()}
            plain = Sample(
                {key: settled(value, there) for key, value in options.items()},
                tuple(settled(value, there) for value in inputs),
            )
            compare(function, plain, there, need, result)


def settled(value: Any, values: dict[str, int]) -> Any:
    """The argument at these numbers."""
    if isinstance(value, TensorType):
        return TensorType(*at(value, values))
    return type(value)(settled(item, values) for item in value) if isinstance(value, (list, tuple)) else value


def compare(function: Function, plain: Sample, values: dict[str, int], need: Need, result: Any) -> None:
    """Where the conditions hold the rule must accept the numbers and give the same; elsewhere it must refuse them."""
    broken = [message for condition, message in need.conditions if not condition.at(values)]
    numbers, why = by_rule(function, plain)
    if broken:
        excused = numbers == REFUSED or function.name in STRICTER or 1 in values.values()
        assert excused, f"{show(plain)} {broken}"
    else:
        assert numbers == at(result, values), f"{show(plain)} -> {result} {why}"


def test_a_call_that_does_not_fit_the_signature_is_a_type_error() -> None:
    function = lookup("softmax")
    assert function
    tensor = TensorType((2, 3))
    calls: list[Any] = [((), {}), ((tensor, 1, "float32"), {}), ((tensor,), {"axis": 1}), ((tensor, 1), {"dim": 1})]
    for arguments, options in calls:
        with pytest.raises(TypeError):
            function.infer(Need(), *arguments, **options)


def test_an_argument_of_another_kind_is_a_misfit_that_names_it() -> None:
    function = lookup("softmax")
    assert function
    with pytest.raises(Misfit, match="dim of softmax must be a whole number or None, not 'a'") as caught:
        function.infer(Need(), TensorType((2, 3)), dim="a")
    assert caught.value.field == "dim"


def test_every_function_says_what_it_does() -> None:
    for name in names():
        function = lookup(name)
        assert function
        assert function.doc.strip().endswith((".", ".)")), name
        assert function.target.startswith(("torch.", "nn.functional.", ".")) or function.lower, name


def test_an_unknown_argument_names_the_nearest() -> None:
    function = lookup("mean")
    assert function
    with pytest.raises(TypeError, match="mean has no argument dims"):
        function.infer(Need(), TensorType((2, 3)), dims=1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cat", "cat(tensors, dim=0)"),
        ("mean", "mean(input, dim=None, keepdim=False, *, dtype=None)"),
        ("zeros", "zeros(*size, dtype=None)"),
        ("rearrange", "rearrange(input, pattern, **sizes)"),
        ("gelu", "gelu(input, *, approximate='none')"),
    ],
)
def test_signature_reads_as_python_writes_it(name: str, text: str) -> None:
    function = lookup(name)
    assert function
    assert function.signature == text
