"""The totals under a table, as lines of a given width: exact formulas where sizes are free. Adds nothing up."""

from __future__ import annotations

from ..dims import Dim, Size
from ..emit import wrapped
from ..typed import Iterator
from .summary import Summary, Training
from .words import exact, short

NAME = 13  # the width of the names in front


def totals(summary: Summary, width: int | None) -> Iterator[str]:
    """Parameters, operations and memory; without a width each formula in one line."""
    for name, text in told(summary):
        line = f"{name:<{NAME}}{text}"
        yield from [line] if width is None else wrapped.formula(line, width, NAME)


def told(summary: Summary) -> Iterator[tuple[str, str]]:
    training = summary.training
    buffers = f", {summary.buffers:,} numbers in buffers" if summary.buffers else ""
    yield "parameters", f"{summary.parameters:,}{buffers}"
    yield "state_dict", short(summary.saved, "B")
    yield "MACs", formula(summary, summary.macs, "")
    yield "FLOPs", formula(summary, summary.flops, "")
    yield "inference", peak(summary)
    yield "", "of tensors at once, beside the parameters"
    yield "training", formula(summary, training.total, "B")
    yield from (("", text) for text in parts(training, summary.met(training.activations), summary))
    if summary.unknown:
        yield "not counted", ", ".join(summary.unknown)


def formula(summary: Summary, size: Size, unit: str) -> str:
    """A total, exact where it is a formula; if only the batch is free, also for one sample."""
    size = summary.met(size)
    if isinstance(size, int):
        return short(size, unit)
    one = size.subs({summary.batch: 1}) if summary.batch else size
    told = f"  ({short(one, unit)} for {summary.batch}=1)" if isinstance(one, int) else ""
    return f"{exact(size)}{' B' * bool(unit)}{told}"


def peak(summary: Summary) -> str:
    """What inference needs: of several expressions that free sizes decide about, how to get the number."""
    if len(summary.peak) == 1:
        return formula(summary, summary.peak[0], "B")
    free = {name for size in summary.peak if isinstance(size, Dim) for name in size.symbols}
    if summary.batch and all(is_of_each(size, summary.batch) for size in summary.peak):
        free -= {summary.batch}
    given = ",".join(f"{name}=…" for name in sorted(free))
    return f"the largest of {len(summary.peak)} expressions: --at {given} gives the number"


def is_of_each(size: Size, batch: str) -> bool:
    """Whether each sample costs the same, so that the batch does not decide which of several sizes is the largest."""
    if not isinstance(size, Dim):
        return False
    having = ([atom for atom in atoms if batch in atom.symbols] for atoms, _ in size.terms)
    return all(len(found) == 1 and found[0].kind == "symbol" for found in having)


def parts(training: Training, activations: Size, summary: Summary) -> Iterator[str]:
    """What training is made of."""
    yield f"weights {short(training.weights, 'B')}, gradients {short(training.gradients, 'B')}, " + (
        f"{summary.options.optimizer} {short(training.optimizer, 'B')}, buffers {short(training.buffers, 'B')}"
    )
    yield "the rest is activations" if isinstance(activations, Dim) else f"activations {short(activations, 'B')}"
