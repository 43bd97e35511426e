"""What an arm reads that only some uses come to: the class follows its arguments there, or refuses them."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from .honest.arms import ARMS, OTHERS, PLACES, SEEN, net_of, wrong_in

KINDS = (
    *("a layer", "a norm", "None or a layer", "a layer or None", "other arguments", "a number in a template"),
    *("several uses", "a block", "a group block", "an optional number", "a text that decides", "a number", "a flag"),
)
WAYS = (
    *("a block", "repeated", "in a loop", "in a long loop", "in a group", "two levels", "a default between"),
    *("a group block", "in a template", "an alias", "two decisions"),
)
EVERY = [*product(KINDS, WAYS, ARMS, OTHERS, SEEN, PLACES)]
SOME = Random(26).sample(EVERY, 24)


@pytest.mark.parametrize("names", SOME, ids=" ".join)
def test_what_reaches_an_arm(names: tuple[str, ...]) -> None:
    assert not list(wrong_in(net_of(*names)))
