"""Loops of a definition that do not turn in some of its uses: the lists that they fill are there too, and empty.

So these uses have the steps of the others. Merges nothing.
"""

from __future__ import annotations

from ..graph import DictModule, ListModule, Make
from ..loops import Layout, Loop
from ..records import replace
from ..typed import Any, Iterator, Mapping, Sequence

Steps = tuple[Any, ...]


def completed(written: Sequence[Any]) -> list[Any]:
    """The bodies of the uses of a definition, each with the lists that the same loop fills in others."""
    idle = {step.site for use in written for step in use.body if isinstance(step, Loop) and not step.rounds}
    if not idle or not all(isinstance(use, Layout) for use in written):
        return list(written)
    fills: dict[int, dict[str, Make]] = {}
    for path, site, made in (found for use in written for found in filled(use.body)):
        if site in idle:
            fills.setdefault(site, {}).setdefault(path, made)
    return [replace(use, body=tuple(with_lists(use.body, fills))) for use in written]


def filled(body: Steps) -> Iterator[tuple[str, int, Make]]:
    """The lists that one loop fills: where they are, and which loop that is."""
    for step in body:
        module: Any = step.module if isinstance(step, Make) else None
        layout = module.layout if isinstance(module, (ListModule, DictModule)) else ()
        if len(layout) == 1 and isinstance(layout[0], Loop):
            yield step.path, layout[0].site, step


def with_lists(body: Steps, fills: Mapping[int, Mapping[str, Make]]) -> Iterator[Any]:
    there = {step.path for step in body if isinstance(step, Make)}
    for step in body:
        if isinstance(step, Loop) and not step.rounds:
            idle = replace(step, starts=(), exits=(), places=())
            for path, made in fills.get(step.site, {}).items():
                if path not in there:
                    module: Any = made.module
                    yield replace(made, module=replace(module, children=(), layout=(idle,)))
        yield step
