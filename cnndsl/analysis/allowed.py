"""Codes in `# allow: code` that no warning has. Loaded only where something is allowed; lint.py asks what is."""

from __future__ import annotations

from ..patterns import re
from ..problems import Problem
from ..source import Source, Span
from ..typed import Iterator
from .lint import written_allowances
from .suggest import near

CODES = frozenset(
    """
    activation-twice after-side-branch batch-as-steps batch-tied batches-joined blind-position cancelled-bias
    channels-last constant-result cut-rows drops-all guessed-axis hidden-by-loop identity-of-the-flow idle-choice
    idle-dropout idle-flatten idle-pool idle-rule idle-squeeze if-without-else label-as-operand label-of-one
    linear-on-maps lone-position mask-of-ones no-batch-axis not-transposed number-for-label one-sample overwritten
    pair-of-states product-for-copies reshape-for-transpose size-for-scale small-inputs softmax-over-batch
    softmax-taken stride-over-kernel torch-order unused
    """.split()  # noqa: SIM905
)


def unknown_codes(source: Source) -> Iterator[Problem]:
    """A warning for each code that none has. Behind it, up to a comma, may stand why it is allowed."""
    for comment in written_allowances(source):
        for part in re.finditer(r"(?:\A|,)[ \t]*([\w-]+)", comment[1]):
            if part[1] not in CODES:
                start = comment.start(1) + part.start(1)
                place = Span(source, start, start + len(part[1]))
                facts: dict[str, object] = {"name": part[1], **near(part[1], CODES)}
                yield Problem("unknown-allowance", place, facts, severity="warning")
