"""Random networks: the requirements hold exactly where torch runs the compiled module, and the shapes are torch's.

`pytest tests/requirements --networks 1000` is the long run; `-s` prints the mix.
"""

from __future__ import annotations

from random import Random

import pytest

from .compare import Found, compare, mix
from .networks import network


@pytest.fixture(scope="module")
def networks(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--networks"))


@pytest.fixture(scope="module")
def found(networks: int, seed: int) -> list[Found]:
    return [one(f"{seed}.{number}") for number in range(networks)]


def one(seed: str) -> Found:
    rng = Random(seed)
    return compare(network(rng), rng)


def test_requirements_and_shapes_are_torchs(found: list[Found]) -> None:
    wrong = [f"{one.text}{one.kind}: {one.wrong[:5]}" for one in found if one.wrong]
    assert not wrong, "\n\n".join(wrong)
    assert sum(one.tried for one in found) > 700 * len(found)


def test_mix(found: list[Found], networks: int) -> None:
    """Networks of all kinds, most of which run somewhere."""
    kinds = mix(found)
    print(f"\n{networks} networks: {kinds}; {sum(one.tried for one in found):,} sizes tried, ", end="")
    print(f"{sum(one.ran for one in found):,} ran; {sum(one.stricter for one in found)} refused on purpose")
    assert kinds["never"] <= networks / 4
    assert kinds["residues"] >= networks / 4
    assert kinds["bounds"] >= networks / 4
    assert all(kind in ("residues", "bounds", "never", "all", "undecided") for kind in kinds)
    assert kinds.get("undecided", 0) <= networks / 20
