"""Our dataclasses are the standard library's in all that the package uses of them: every class is compared."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
import subprocess
import sys
from typing import Any

import pytest

import cnndsl
from cnndsl import records
from cnndsl.problems import Problem
from cnndsl.source import Source, Span

MODULES = [found.name for found in pkgutil.walk_packages(cnndsl.__path__, "cnndsl.") if "__main__" not in found.name]


def classes() -> list[type]:
    """Every record of the package."""
    modules = [importlib.import_module(name) for name in MODULES if name != "cnndsl.live"]
    found = (value for module in modules for value in vars(module).values() if isinstance(value, type))
    return sorted({cls for cls in found if "__record_fields__" in vars(cls)}, key=lambda cls: cls.__qualname__)


def standard(cls: Any) -> Any:
    """The standard library's class with the same fields and methods."""
    made = [(each.name, Any, options(each)) for each in cls.__record_fields__]
    own = {name: value for name, value in vars(cls).items() if is_written(name, value)}
    frozen = cls.__setattr__ is records.refuse
    eq = "__eq__" in vars(cls)
    return dataclasses.make_dataclass(cls.__name__, made, namespace=own, frozen=frozen, eq=eq)


def is_written(name: str, value: Any) -> bool:
    """Whether a special method is in the source, not made by `dataclass`."""
    is_made = getattr(value, "__module__", "") == "cnndsl.records"
    return name in ("__eq__", "__hash__", "__repr__", "__str__") and value is not None and not is_made


def options(each: Any) -> Any:
    given = {"compare": each.compare, "repr": each.repr, "hash": each.hash}
    if each.default_factory is not records.MISSING:
        return dataclasses.field(default_factory=each.default_factory, **given)
    if each.default is not records.MISSING:
        return dataclasses.field(default_factory=lambda: each.default, **given)
    return dataclasses.field(**given)


def made(cls: Any, *values: Any, **named: Any) -> Any:
    try:
        return cls(*values, **named)
    except TypeError:
        return None


def seen(one: Any, other: Any) -> Any:
    """What can be asked of two records."""
    if one is None or other is None:
        return one, other
    return repr(one).split(".")[-1], one == other, one != other, one == 1, hashed(one) == hashed(other)


def hashed(record: Any) -> Any:
    try:
        return hash(record)
    except (TypeError, AttributeError):  # its own __hash__ looks into fields that are texts here
        return "unhashable"


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("cls", [cls for cls in classes() if cls is not Source], ids=lambda cls: cls.__qualname__)
def test_a_record_is_what_the_standard_library_makes_of_it(
    cls: Any, many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At first, and once so many have been made that its `__init__` is compiled."""
    finish = getattr(cls, "__post_init__", None)
    start = (
        records.compiled(cls, cls.__record_fields__, finish)
        if many
        else records.initialiser(cls, cls.__record_fields__)
    )
    if cls.__init__.__module__ == records.__name__:  # and not its own
        monkeypatch.setattr(cls, "__init__", start)
    twin, names = standard(cls), [each.name for each in cls.__record_fields__]
    values = [f"value {name}" for name in names]
    for count in range(len(names) + 2):
        given = [*values, "too many"][:count]
        assert (made(cls, *given) is None) == (made(twin, *given) is None), count
    for at, name in enumerate(names):
        other = [*values[:at], "other", *values[at + 1 :]]
        pairs = [
            (kind(*values), kind(*values[:at], **dict(zip(names[at:], other[at:], strict=True))))
            for kind in (cls, twin)
        ]
        if "__eq__" in vars(cls) and not is_written("__eq__", cls.__eq__):
            assert seen(*pairs[0]) == seen(*pairs[1]), name
        assert vars(records.replace(pairs[0][0], **{name: 1})) == vars(dataclasses.replace(pairs[1][0], **{name: 1}))
    assert made(cls, *values, unknown=1) is None


def test_enough_records_are_compared() -> None:
    assert len(classes()) > 90


def test_a_frozen_record_stays_as_it_is() -> None:
    problem = Problem("code", None)
    with pytest.raises(AttributeError, match="immutable"):
        problem.code = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable"):
        del problem.code
    assert problem.facts is not Problem("code", None).facts


def test_a_record_is_copied_and_pickled() -> None:
    span = Span(Source("x", "\ufeffab"), 0, 1)
    assert span.text == "a"
    for again in (copy.copy(span), copy.deepcopy(span), pickle.loads(pickle.dumps(span))):
        assert again == span and again.source.text == "ab"


def test_a_base_gives_its_fields_first() -> None:
    @records.dataclass
    class Base:
        first: int
        second: int = 2

    @records.dataclass
    class Derived(Base):
        third: int = 3

    assert Derived(1) == Derived(1, 2, 3) and Derived(1) != Base(1)
    assert [each.name for each in records.fields(Derived(1))] == ["first", "second", "third"]  # type: ignore[arg-type]


@pytest.mark.parametrize("command", ["check", "compile"])
def test_a_good_file_loads_nothing_slow(command: str) -> None:
    code = (
        "import sys; from cnndsl.cli import main; status = main([sys.argv[1], 'examples/resnet18.cnn']); "
        "slow = {'dataclasses', 'inspect', 'lark', 'difflib', 'random', 'fractions', 'tokenize'} & set(sys.modules); "
        "assert not slow, slow; sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code, command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
