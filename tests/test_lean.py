"""The stand-ins of cnndsl/lean.py do what the standard library's do. That commands load no others: test_bundle.py."""

from __future__ import annotations

import collections
import contextlib
import functools
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from cnndsl import lean


@pytest.mark.parametrize("where", [lean, functools], ids=["lean", "functools"])
def test_what_is_kept(where: Any) -> None:
    asked: list[Any] = []

    class Place:
        @where.cached_property
        def size(self) -> int:
            """How large it is."""
            asked.append(self)
            return 7

    @where.lru_cache(maxsize=1, typed=True)
    def doubled(value: float) -> float:
        """Twice as much."""
        asked.append(value)
        return 2 * value

    place = Place()
    assert place.size == place.size == 7 and vars(place) == {"size": 7} and Place.size.__doc__ == "How large it is."
    assert (doubled(1), doubled(1), doubled(1.0), doubled(1)) == (2, 2, 2.0, 2)
    assert asked == [place, 1, 1.0, 1] and isinstance(asked[2], float)
    assert (doubled.__name__, doubled.__doc__, doubled.__module__) == ("doubled", "Twice as much.", __name__)
    assert doubled.__wrapped__(4) == 8 and where.cache(doubled.__wrapped__)(5) == 10
    assert where.reduce(lambda a, b: a + b, [1, 2, 3]) == 6 and where.partial(pow, 2)(5) == 32


@pytest.mark.parametrize("where", [lean, contextlib], ids=["lean", "contextlib"])
def test_what_is_done_around(where: Any) -> None:
    said: list[str] = []

    class Room:
        @where.contextmanager
        def inside(self, name: str) -> Iterator[str]:
            said.append(f"into {name}")
            try:
                yield name.upper()
            finally:
                said.append(f"out of {name}")

    with Room().inside("a") as found:
        said.append(found)
    with pytest.raises(KeyError), Room().inside("b"):
        raise KeyError
    with where.suppress(KeyError, ValueError):
        raise ValueError
    with pytest.raises(TypeError), where.suppress(KeyError):
        raise TypeError
    assert said == ["into a", "A", "out of a", "into b", "out of b"]


@pytest.mark.parametrize("where", [lean, collections], ids=["lean", "collections"])
def test_what_is_counted(where: Any) -> None:
    found = where.Counter("abca")
    found.update("ad")
    found.update(where.Counter("dd"))
    found.subtract("bb")
    found.subtract({"c": 3})
    found["e"] += 1
    assert found == {"a": 3, "b": -1, "c": -2, "d": 3, "e": 1} and found["f"] == 0 and "f" not in found
    assert where.Counter(found) == found and where.Counter(found) is not found


@pytest.mark.parametrize("where", [lean, collections], ids=["lean", "collections"])
def test_what_stands_before_others(where: ModuleType) -> None:
    below = where.ChainMap({"b": 2}, {"a": 1})
    found = where.ChainMap({}, below)
    assert found and not where.ChainMap({}, {})
    found["b"] = 3
    assert (found["a"], found["b"], below["b"]) == (1, 3, 2)
    assert (found.get("a"), found.get("c"), found.get("c", 0)) == (1, None, 0)
    assert "a" in found and "c" not in found
    with pytest.raises(KeyError):
        found["c"]


def test_stand_ins_refuse_what_they_do_not_do() -> None:
    with pytest.raises(NotImplementedError):
        list(lean.ChainMap({}, {"a": 1}))
