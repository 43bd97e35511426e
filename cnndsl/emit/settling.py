"""What the models of a class decided by parameters for the templates that they hold. Loaded where several models are
one class.
"""

from __future__ import annotations

from ..graph import Choice, Instance, Known, Maker
from ..loops import every
from ..typed import Sequence
from .varying import NONE, names_of

Told = dict[str, dict[int, Known]]  # by the name of a template: of each model, by its place, what a parameter is


def settled_by_templates(members: Sequence[Instance]) -> dict[str, Told]:
    """The parameters that some models decided something by, and that are one number in all that hold one template: a
    class of them all may refuse others for this one. Where several templates tell these models from the others, it is
    each of them."""
    pinned = [member.decided.pinned if member.kind == "model" else NONE for member in members]
    found: dict[str, Told] = {}
    if len(members) == 1 or not any(pinned):
        return found
    given = [{p.name: p.value for p in member.parameters} for member in members]
    texts = {q: [repr(target_of(some[q]) or some[q]) for some in given] for q in given[0]}
    deciding = NONE.union(*(names_of(s.condition) for m in members for s in every(m.body) if isinstance(s, Choice)))
    for name in (name for name, some in texts.items() if len(set(some)) > 1):
        where = {n for n, some in enumerate(pinned) if name in some}
        others = [q for q in texts if q != name and len(set(texts[q])) > 1 and tells(texts[q], where)]
        templates = [q for q in others if all(target_of(given[n][q]) for n in where)]
        is_told = all(q in templates or q not in deciding for q in others)
        is_told = is_told and all(isinstance(given[n][name].value, (bool, int, float, str)) for n in where)
        if where and templates and is_told and all(is_one_for_each(texts[q], texts[name], where) for q in templates):
            found[name] = {q: {n: given[n][name] for n in where} for q in templates}
    return found


def tells(texts: Sequence[str], where: set[int]) -> bool:
    """Whether what these are at some places they are nowhere else."""
    return {texts[n] for n in where}.isdisjoint(text for n, text in enumerate(texts) if n not in where)


def is_one_for_each(texts: Sequence[str], values: Sequence[str], where: set[int]) -> bool:
    """Whether there is one value for each text, at these places."""
    return len({texts[n] for n in where}) == len({(texts[n], values[n]) for n in where})


def target_of(known: Known) -> str:
    """What a template makes; '' of what is none."""
    return repr(known.value.target) if isinstance(known.value, Maker) else ""
