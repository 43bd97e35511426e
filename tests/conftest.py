"""Options and fixtures for all tests."""

from __future__ import annotations

import os

import pytest

from cnndsl import quiet

os.environ["CNNDSL_CACHE"] = "off"  # what the user keeps is no part of a test (tests/test_cache.py)
quiet.MUCH = 10**12  # the heap of a long test run is no text's: to look through it would count as its time


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--samples", type=int, default=40, help="random configurations for each layer and function")
    parser.addoption("--compiled", type=int, default=8, help="configurations of each to compile and run beside torch")
    parser.addoption("--update", action="store_true", help="write the expected texts anew")
    parser.addoption("--networks", type=int, default=50, help="random networks to compare with torch")
    parser.addoption("--seed", type=int, default=0, help="which random configurations")


@pytest.fixture(scope="session")
def samples(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--samples"))


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--seed"))


@pytest.fixture(scope="session")
def compiled(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--compiled"))
