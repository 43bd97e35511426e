"""Which stages write over what they take, and whether that needs to be looked at: mostly it is what a convolution, a
batch norm or a sum gave to them alone, which nothing needs any more. overwriting.py looks at the rest.
"""

from __future__ import annotations

from ..graph import Apply, BlockModule, Call, Known, LayerModule, Operate, SequentialModule, Value
from ..layers.conv import Convolution
from ..typed import Any, Iterable, Iterator, Mapping

INPLACE = "inplace"
BATCH_NORMS = frozenset({"BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"})


def may_fail(steps: Iterable[Any], nodes: Iterable[Any], uses: Mapping[int, int], blocks: Mapping[int, Any]) -> bool:
    """Whether one of these steps writes over what may be needed. `nodes` are their layers, `uses` says how often each
    value is used, and `blocks` are those of which it is known what they write over, by the identity of their steps.
    """
    writing = [step for step in steps if is_writing(step, blocks)]
    if not writing:
        return False
    if any(
        isinstance(step, Call) or len(step.inputs) != 1 or is_writing_block(step.module, blocks) for step in writing
    ):
        return True
    forgotten = set(forgotten_by(steps, nodes))
    sources = [node.source for node in nodes if getattr(node.layer, INPLACE, False) is True]
    return not all(source in forgotten and (isinstance(source, tuple) or uses[source] == 1) for source in sources)


def forgotten_by(steps: Iterable[Any], nodes: Iterable[Any]) -> Iterator[Any]:
    """The values that lie in memory of their own, and that the gradient of what gave them does without."""
    for node in nodes:
        if is_forgetful(node.layer):
            yield node.target
    for step in steps:
        if isinstance(step, Operate) and step.operator in ("+", "-") and isinstance(step.target, Value):
            yield step.target.number


def is_forgetful(layer: Any) -> bool:
    return isinstance(layer, Convolution) or type(layer).__name__ in BATCH_NORMS


def is_writing(step: Any, blocks: Mapping[int, Any]) -> bool:
    """Whether a stage writes over what it takes, a block as far as it was looked at."""
    if isinstance(step, Call):
        by_name = any(name == INPLACE and is_true(value) for name, value in step.keywords)
        return by_name or any(map(is_true, step.arguments[1:]))
    return isinstance(step, Apply) and is_writing_module(step.module, blocks)


def is_true(value: Any) -> bool:
    return isinstance(value, Known) and value.value is True


def is_writing_module(module: Any, blocks: Mapping[int, Any]) -> bool:
    if isinstance(module, LayerModule):
        return getattr(module.layer, INPLACE, False) is True
    if isinstance(module, SequentialModule):
        return any(is_writing_module(child.module, blocks) for child in module.children)
    return is_writing_block(module, blocks)


def is_writing_block(module: Any, blocks: Mapping[int, Any]) -> bool:
    """Whether a module is a block that writes over what it takes, or holds one that does."""
    if isinstance(module, SequentialModule):
        return any(is_writing_block(child.module, blocks) for child in module.children)
    visit = blocks.get(id(module.instance.body)) if isinstance(module, BlockModule) else None
    return visit is not None and bool(visit.written)
