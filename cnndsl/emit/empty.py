"""Lists that uses of a definition lack only because a loop, or a condition, went otherwise there than in other uses.

Where a loop does not turn, or conditions in it go the other way, its lists are there too, and empty; lists that one
condition fills are made in the way that fills them. So all uses have the same steps. Merges nothing.
"""

from __future__ import annotations

from ..graph import Choice, DictModule, ListModule, Make
from ..loops import Entry, Layout, Loop, every
from ..records import replace
from ..typed import Any, Container, Iterator, Mapping, Sequence

Steps = tuple[Any, ...]


def completed(written: Sequence[Any]) -> list[Any]:
    """The bodies of the uses of a definition, each with the lists that the same loop fills in others."""
    if len(written) < 2:
        return list(written)
    bodies = decided([use.body for use in written])
    both = zip(written, bodies, strict=True)
    written = [use if use.body is body else replace(use, body=body) for use, body in both]
    if not all(isinstance(use, Layout) for use in written):
        return written
    fills: dict[int, dict[str, Make]] = {}
    for path, site, made in (found for use in written for found in filled(use.body)):
        fills.setdefault(site, {}).setdefault(path, made)
    return [
        use if has_all(use.body, fills) else replace(use, body=tuple(with_lists(use.body, fills))) for use in written
    ]


def has_all(body: Steps, fills: Mapping[int, Mapping[str, Make]]) -> bool:
    there = {step.path for step in body if isinstance(step, Make)}
    return all(fills.get(step.site, {}).keys() <= there for step in body if isinstance(step, Loop))


def filled(body: Steps) -> Iterator[tuple[str, int, Make]]:
    """The lists that one loop fills: where they are, and which loop that is."""
    yield from ((made.path, step.site, made) for made, step in filling(body) if isinstance(step, Loop))


def filling(body: Steps) -> Iterator[tuple[Make, Loop | Choice]]:
    """The lists that one loop or condition fills, and this."""
    for made in body:
        module: Any = made.module if isinstance(made, Make) else None
        layout = module.layout if isinstance(module, (ListModule, DictModule)) else ()
        if len(layout) == 1 and isinstance(layout[0], (Loop, Choice)):
            yield made, layout[0]


def with_lists(body: Steps, fills: Mapping[int, Mapping[str, Make]]) -> Iterator[Any]:
    """A body with the lists that its loops lack, each before those that others make after it."""
    there = {step.path for step in body if isinstance(step, Make)}
    loops = {step.site: step for step in body if isinstance(step, Loop)}
    lacked = {site: [path for path in fills.get(site, {}) if path not in there] for site in loops}
    site_of = {path: site for site in loops for path in fills.get(site, {})}
    for step in body:
        site = step.site if isinstance(step, Loop) else site_of.get(getattr(step, "path", ""))
        while site is not None and lacked[site] and is_before(lacked[site][0], step, list(fills[site])):
            yield emptied(fills[site][lacked[site].pop(0)], loops[site])
        yield step


def is_before(path: str, step: Make | Loop, order: Sequence[str]) -> bool:
    return isinstance(step, Loop) or order.index(path) < order.index(step.path)


def emptied(made: Make, loop: Loop) -> Make:
    """A list that other uses fill by this loop, in whose rounds the conditions went otherwise."""
    module: Any = made.module
    sites = {step.site for step in every(module.layout) if isinstance(step, (Choice, Loop))}
    return replace(made, module=replace(module, children=(), layout=(hollow(loop, sites),)))


def hollow(step: Any, sites: Container[int]) -> Any:
    """A loop or condition in which there is nothing but loops and conditions at those places."""

    def inside(body: Steps) -> Steps:
        return tuple(hollow(one, sites) for one in body if isinstance(one, (Choice, Loop)) and one.site in sites)

    if isinstance(step, Choice):
        return replace(step, body=inside(step.body), gives=())
    rounds = tuple(replace(made, body=inside(made.body), values=(), ends=(), takes=()) for made in step.rounds)
    return replace(step, rounds=rounds, starts=(), exits=(), places=())


def decided(bodies: Sequence[Steps]) -> list[Steps]:
    """Bodies in which the lists that some of them lack are made in the ways of the conditions that fill them."""
    made = [{step.path for step in body if isinstance(step, Make)} for body in bodies]
    if lacked := set[str]().union(*made).difference(set[str].intersection(*made)):
        sites: dict[str, set[int]] = {}
        for found, step in (one for body in bodies for one in filling(body)):
            sites.setdefault(found.path, set()).add(step.site)
        movable = {path for path in lacked if len(sites.get(path, ())) == 1}
        bodies = [with_ways(body, movable) for body in bodies] if movable else bodies
    ways: dict[tuple[int, bool], list[tuple[int, int]]] = {}
    for number, body in enumerate(bodies):
        for place, step in enumerate(body):
            if isinstance(step, Choice):
                ways.setdefault((step.site, step.taken), []).append((number, place))
    return inside_ways(bodies, [places for places in ways.values() if len(places) > 1])


def inside_ways(bodies: Sequence[Steps], ways: Sequence[Sequence[tuple[int, int]]]) -> list[Steps]:
    """Bodies with the same done inside of their conditions, where several go one way."""
    bodies = list(bodies)
    for places in ways:
        inner = [bodies[number][place].body for number, place in places]
        for (number, place), before, after in zip(places, inner, decided(inner), strict=True):
            if after is not before:
                body = bodies[number]
                bodies[number] = (*body[:place], replace(body[place], body=after), *body[place + 1 :])
    return bodies


def with_ways(body: Steps, lacked: set[str]) -> Steps:
    """A body whose lists of that names are made where the one condition that fills them is decided."""
    sites = {id(made): step.site for made, step in filling(body) if isinstance(step, Choice) and made.path in lacked}
    found: list[Any] = []
    for step in body:
        if isinstance(step, Choice):
            inside = []
            while found and sites.get(id(found[-1])) == step.site:
                inside.append(made_inside(found.pop()))
            step = replace(step, body=(*inside[::-1], *step.body)) if inside else step
        found.append(step)
    return tuple(found) if len(found) < len(body) else body


def made_inside(made: Make) -> Make:
    """A list as it is made in the way that fills it."""
    module: Any = made.module
    layout = module.layout[0].body
    return replace(
        made, module=replace(module, layout=() if all(isinstance(item, Entry) for item in layout) else layout)
    )
