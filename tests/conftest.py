"""Options and fixtures for all tests."""

from __future__ import annotations

import gc
import os
from collections import Counter

import pytest

from cnndsl import quiet

os.environ["CNNDSL_CACHE"] = "off"  # what the user keeps is no part of a test (tests/test_cache.py)
quiet.MUCH = 10**12  # the heap of a long test run is no text's: to look through it would count as its time
gc.disable()  # while tests are collected, which drops nothing: looking for garbage takes half of that time


PARTS = {  # of tests that take long and are many alike, one in so many runs by default: `--whole` runs all
    "tests/test_nothing_breaks.py::test_any_text": 6,
    "tests/test_honest.py::test_what_only_flows_into_sizes_is_an_argument": 6,
    "tests/test_honest.py::test_all_parameters_of_a_tower_are_arguments": 8,
    "tests/test_honest.py::test_the_arguments_of_random_towers_hold": 4,
    "tests/test_honest.py::test_what_switches_stages_in_random_blocks_holds": 4,
    "tests/test_honest.py::test_the_arguments_of_random_blocks_hold": 4,
    "tests/test_honest.py::test_what_switches_stages_holds_for_all_together": 3,
    "tests/test_honest.py::test_what_a_block_takes_holds_for_other_values": 3,
    "tests/test_honest.py::test_the_arguments_of_the_examples_hold": 3,
    "tests/test_incremental.py::test_a_tree_is_the_same_as_if_it_were_read_alone": 4,
    "tests/test_incremental.py::test_a_report_is_the_same_as_if_it_were_the_first": 3,
    "tests/requirements/test_tracing.py": 5,
    "tests/costs/test_torchinfo.py": 3,
    "tests/costs/test_networks.py": 3,
    "tests/test_for_code.py": 8,
    "tests/test_compiled.py": 4,
    "tests/test_words.py": 2,
    "tests/test_fixed_cases.py": 6,
    "tests/test_emit.py::test_runs_as_the_oracle_does": 4,
    "tests/works/test_tools.py::test_works": 4,
    "tests/test_format.py": 3,
    "tests/test_pages.py": 4,
    "tests/test_programs.py": 2,
    "tests/test_reuse_layers.py::test_what_was_compiled_before_does_not_matter": 2,
    "tests/language/test_lists.py::test_what_lists_of_sizes_hang_on_stays_an_argument": 2,
    "tests/language/test_merging.py::test_one_block_is_as_good_as_many": 2,
    "tests/test_errors.py::test_what_a_mistake_leads_to_is_not_told_in_its_place": 3,
    "tests/language/test_gathered.py::test_what_lists_hold_stays_an_argument": 2,
    "tests/language/test_spellings.py::test_what_a_class_computes_is_what_load_computes": 2,
    "tests/test_zoo.py::test_what_a_model_requires_its_class_checks": 3,
    "tests/test_nothing_breaks.py::test_what_is_done_with_any_text": 2,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="run all of the tests of which else a part runs")
    parser.addoption("--samples", type=int, default=40, help="random configurations for each layer and function")
    parser.addoption("--compiled", type=int, default=3, help="configurations of each to compile and run beside torch")
    parser.addoption("--update", action="store_true", help="write the expected texts anew")
    parser.addoption("--networks", type=int, default=12, help="random networks to compare with torch")
    parser.addoption("--seed", type=int, default=0, help="which random configurations")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves a part of the tests in `PARTS`, those that are asked for one by one apart."""
    if (
        config.getoption("--whole")
        or config.getoption("--update")
        or any("::" in str(argument) for argument in config.args)
    ):
        return
    seen, left = Counter[str](), list[pytest.Item]()
    for item in items:
        name = item.nodeid.partition("[")[0]
        many = PARTS.get(name) or PARTS.get(name.partition("::")[0], 1)
        left += [item] if seen[name] % many == 0 else []
        seen[name] += 1
    stays = set(left)
    config.hook.pytest_deselected(items=[item for item in items if item not in stays])
    items[:] = left


def pytest_collection_finish() -> None:
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session")
def samples(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--samples"))


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--seed"))


@pytest.fixture(scope="session")
def compiled(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--compiled"))
