"""Lists that uses of a definition lack only because a loop or a condition went otherwise there than in other uses.

Where a loop does not turn, or what it decides went otherwise in all of its rounds, its lists are there too, and empty;
where a condition goes the other way, they are made in the way that fills them. So all uses have the same steps. Merges
nothing.
"""

from __future__ import annotations

from ..graph import Choice, DictModule, ListModule, Make
from ..loops import Entry, Layout, Loop, every
from ..records import replace
from ..typed import Any, Iterator, Mapping, Sequence

Steps = tuple[Any, ...]
Filled = dict[str, tuple[Make, set[int]]]  # lists by name: how one is made, and the loops and conditions that fill it


def completed(written: Sequence[Any]) -> list[Any]:
    """The bodies of the uses of a definition, each with the lists that the same loop fills in others."""
    if len(written) < 2:
        return list(written)
    bodies = decided([use.body for use in written])
    both = zip(written, bodies, strict=True)
    written = [use if use.body is body else replace(use, body=body) for use, body in both]
    made = {frozenset(step.path for step in use.body if isinstance(step, Make)) for use in written}
    if len(made) == 1 or not all(isinstance(use, Layout) for use in written):
        return written
    fills: dict[int, Filled] = {}
    for use in written:
        note_filled(use.body, fills)
    return [replace(use, body=tuple(with_lists(use.body, fills))) for use in written] if fills else written


def has_idle(written: Sequence[Any]) -> bool:
    """Whether a loop turns that puts nothing into a list."""
    made = (step.module for use in written for step in use.body if isinstance(step, Make))
    lists = (module for module in made if isinstance(module, (ListModule, DictModule)) and not module.children)
    return any(isinstance(step, Loop) and step.rounds for module in lists for step in module.layout[:1])


def note_filled(body: Steps, fills: dict[int, Filled]) -> None:
    """Notes the lists that each loop fills, in the order in which they are made, and by which steps inside."""
    before: dict[int, str] = {}
    for path, site, made in filled(body):
        lists = fills.setdefault(site, {})
        if path not in lists:
            order = [*lists]
            place = order.index(before[site]) + 1 if site in before else 0
            order.insert(place, path)
            known, lists[path] = {**lists}, (made, set())
            fills[site] = lists = {name: known.get(name) or lists[path] for name in order}
        module: Any = made.module
        lists[path][1].update(step.site for step in every(module.layout) if isinstance(step, (Loop, Choice)))
        before[site] = path


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


def with_lists(body: Steps, fills: Mapping[int, Filled]) -> Iterator[Any]:
    """The steps of a body, with the lists that its loops fill in other uses: each where it is made there."""
    there = {step.path for step in body if isinstance(step, Make)}
    empty: dict[Any, list[Make]] = {}  # by the list, or the loop, before which they stand
    for loop in (step for step in body if isinstance(step, Loop) and step.site in fills):
        lists = fills[loop.site]
        for path in (path for path in lists if path not in there):
            order = [*lists]
            behind = (name for name in order[order.index(path) :] if name in there)
            empty.setdefault(next(behind, loop.site), []).append(unfilled(*lists[path], loop))
    for step in body:
        key: Any = step.path if isinstance(step, Make) else step.site if isinstance(step, Loop) else None
        yield from empty.get(key, ())
        yield step


def unfilled(made: Make, sites: set[int], loop: Loop) -> Make:
    """A list into which a loop puts nothing, as its conditions went otherwise or it does not turn."""
    module: Any = made.module
    rounds = (replace(turn, body=emptied(turn.body, sites), values=(), ends=(), takes=()) for turn in loop.rounds)
    idle = replace(loop, rounds=tuple(rounds), starts=(), exits=(), places=())
    return replace(made, module=replace(module, children=(), layout=(idle,)))


def emptied(body: Steps, sites: set[int]) -> Steps:
    """What is left of steps that put nothing into a list: the conditions and loops that do so in other uses."""
    found: list[Any] = []
    for step in (step for step in body if isinstance(step, (Loop, Choice)) and step.site in sites):
        if isinstance(step, Choice):
            found.append(replace(step, body=emptied(step.body, sites)))
        else:
            rounds = (replace(t, body=emptied(t.body, sites), values=(), ends=(), takes=()) for t in step.rounds)
            found.append(replace(step, rounds=tuple(rounds), starts=(), exits=(), places=()))
    return tuple(found)


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
