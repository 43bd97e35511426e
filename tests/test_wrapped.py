"""Docstrings are wrapped as `textwrap` wraps them, which is loaded only where it is needed."""

from __future__ import annotations

import random
import textwrap

from cnndsl.emit.docstrings import wrapped


def test_lines_are_those_of_textwrap() -> None:
    rng = random.Random(1)
    for _ in range(3000):
        lengths = [rng.randint(1, 14) for _ in range(rng.randint(0, 20))]
        line = " ".join("".join(rng.choice("ab.,;(—`_/é-") for _ in range(length)) for length in lengths)
        width, indent = rng.randint(12, 40), " " * rng.randint(0, 2)
        assert wrapped(line, width, indent) == textwrap.wrap(line, width, subsequent_indent=indent)
