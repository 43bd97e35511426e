"""What an author may have meant: the nearest known name, torch's word for another library's, torch's argument order.

Suggests; decides nothing. What only mistakes need is loaded where it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from ..dims import TooLong
from ..functions import lookup as function_named
from ..functions import names as function_names
from ..graph import Maker
from ..layers import names as layer_names
from ..layers.base import Layer
from ..problems import CnnError, Edit, Fix, Problem
from ..records import dataclass, replace
from ..shapes import Misfit, Need, TensorType
from ..source import Span
from ..syntax import tree as t
from ..typed import Any
from .arithmetic import FUNCTIONS
from .things import raw

SUGGESTED = 100  # unknown names of a file for which the nearest known one is looked up
ALIKE = 0.86  # of two names whose difference is a slip: one letter of four
PYTHON = frozenset({"self", "nn", "torch", "F", "keras", "tf"})  # what a Python file would put before the dot


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one; of names in two cases the one that is capitalised as this one is."""
    from .nearness import nearest_of

    return next(iter(nearest_of(name, known)), None)


def near(name: str, known: Iterable[str]) -> dict[str, object]:
    """The facts `nearest` and, where another name is as near, `rival`."""
    from .nearness import nearest_of

    found = nearest_of(name, known)
    return {"nearest": next(iter(found), None), **({"rival": found[1]} if len(found) > 1 else {})}


def name_facts(name: str, known: Iterable[str], role: Role | None = None) -> dict[str, object]:
    """The facts that help with a name that nothing has, at a place where only some things can stand."""
    from ..layers.synonyms import NAME_ADVICE, NAMES, WORDS, folded

    if role and role.is_flag and WORDS.get(name) == "None":
        return {"name": name, "nearest": "False"}
    if name in WORDS:
        return {"name": name, "nearest": WORDS[name]}
    words = {*known, *layer_names(), *function_names()}
    alike = {word.lower() for word in words if word[:1].isupper() == name[:1].isupper()}  # `Add` is no slip for `add`
    if not {name.lower(), name.lower().replace("_", "")} & alike:
        key = folded(name)
        if advice := NAME_ADVICE.get(key) or (NAME_ADVICE["loss"] if key.endswith("loss") else None):
            return {"name": name, "nearest": None, "help": advice}
        if meant := NAMES.get(folded(name)):
            label = f"did you mean `{meant}`? A label is given where a module is made: `{name}: {meant}(...)`"
            is_label = name[:1].islower() and meant[:1].isupper() and meant.isidentifier()
            return {"name": name, "nearest": meant, **({"help": label} if is_label else {})}
    return {"name": name, **near(name, words if role is None else filter(role.can_be(name), words))}


def is_hidden(facts: Mapping[str, object], names: Collection[str]) -> bool:
    """Whether a name that nothing has nearly may be the one that a faulty statement or item would have given."""
    if t.NAMELESS not in names or facts.get("help"):
        return False
    from difflib import SequenceMatcher

    name, nearest = str(facts["name"]).lower(), str(facts.get("nearest") or "").lower()
    return nearest.startswith(name) or SequenceMatcher(None, name, nearest).ratio() < ALIKE


@dataclass(frozen=True)
class Role:
    """What a name stands for where it is written: a `stage` or a function `called` with so many arguments, or a value.

    `values` are the names of tensors, numbers and lists; `templates` those of blocks, models and functions of the file.
    """

    is_stage: bool = False
    is_flag: bool = False  # an argument that is True or False
    is_called: bool = False
    arguments: int = 0
    values: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    def can_be(self, name: str) -> Callable[[str], bool]:
        """Whether another name could stand here instead."""
        if self.is_stage:
            return self.is_for_one_tensor
        if self.is_called:
            return lambda word: word not in self.values or word in self.labels
        if name[:1].isupper():  # a template
            return lambda word: word[:1].isupper()
        return lambda word: word in self.values and word not in self.labels

    def is_for_one_tensor(self, word: str) -> bool:
        function = function_named(word)
        if word in self.labels or function is None:
            return word not in FUNCTIONS
        wanted = [parameter for parameter in function.parameters if parameter.is_required]
        tensors = [parameter for parameter in wanted if parameter.annotation == "Tensor"]
        return not function.factory and len(tensors) < 2 and (len(wanted) <= 1 + self.arguments)


def method_facts(name: str, tensor: str) -> dict[str, object]:
    """The facts that help with a method that tensors have in Python."""
    from ..layers.synonyms import METHODS

    found = METHODS.get(name)
    if found is None or " " in found:
        return {"help": found and found.format(tensor=tensor)}
    return {"help": f'write `cast({tensor}, "{found}")`', "dtype": found}


def argument_facts(name: str, known: Mapping[str, Any]) -> dict[str, object]:
    """The facts that help with an argument that a layer does not have."""
    from ..layers.synonyms import ARGUMENT_ADVICE, argument_meant, folded

    meant = argument_meant(name, known)
    if meant is None and folded(name) in ARGUMENT_ADVICE:
        return {"name": name, "nearest": None, "help": ARGUMENT_ADVICE[folded(name)]}
    if meant is not None and getattr(known[meant], "axis", None) is not None:
        return {"name": name, "nearest": meant, "help": f"leave it out: `{meant}` is read off the input"}
    return {"name": name, **({"nearest": meant} if meant else near(name, known))}


def python_path(node: t.Attribute, bound: Mapping[str, Any]) -> tuple[str, str] | None:
    """Prefix and name of `nn.Conv2d` or `torch.nn.functional.relu`, if the first word is one of Python's."""
    words, inner = [node.name], node.value
    while isinstance(inner, t.Attribute):
        words.append(inner.name)
        inner = inner.value
    if not isinstance(inner, t.Name) or inner.id not in PYTHON or (inner.id in bound and inner.id != "self"):
        return None
    last = words[0]
    known = inner.id == "self" or last in layer_names() or last in function_names()
    return ".".join([inner.id, *reversed(words[1:])]), last if known else str(name_facts(last, ())["nearest"] or last)


def torch_reading(
    cls: type[Layer], positional: Any, keywords: Mapping[str, Any], types: Any, to_the_end: bool = True
) -> tuple[int, ...]:
    """Places of the positional arguments that torch takes and a `.cnn` file leaves out; empty if that does not fit.

    `Conv2d(3, 64, 3)` on three channels: the first is `in_channels`. The reading is tried before it is told.
    """
    order = [name for name, declared in cls.fields.items() if not declared.keyword]
    if not 0 < len(positional) <= len(order):
        return ()
    given = {**dict(zip(order, positional, strict=False)), **keywords}
    stated = tuple(place for place, name in enumerate(order[: len(positional)]) if cls.fields[name].axis is not None)
    try:
        layer = cls.build(given, types, Need())
        if to_the_end:
            layer.infer(Need(), *types)
    except (Misfit, TooLong, TypeError, LookupError, ValueError, AttributeError, ArithmeticError):
        return ()
    return stated


def as_stated(cls: type[Layer], positional: list[Any], types: Any) -> Any:
    """The input with the size that the first argument says in torch's order."""
    axis = next(iter(cls.fields.values())).axis if cls.fields else None
    if axis is None or len(types) != 1 or not isinstance(types[0], TensorType) or types[0].rank <= abs(axis):
        return types
    shape = list(types[0].shape)
    shape[axis] = positional[0] if positional else shape[axis]
    return (types[0].with_shape(*shape),)


def spans_axes(thing: Any) -> bool:
    """Whether a stated size is one of several axes, which the language would not read off the input by itself."""
    value = raw(thing)
    return isinstance(value, (list, tuple)) and len(value) > 1


def as_in_torch(error: CnnError, maker: Maker, cls: type[Layer], types: Any, is_habit: bool) -> CnnError:
    """The error, with help for who wrote torch's arguments in torch's order: `Conv2d(3, 64, 3)` on three channels.

    `is_habit`: it was so before, and worked, so that the sizes that come here are not those that are meant.
    """
    keywords = {name: raw(thing) for name, thing in maker.keywords.items()}
    positional = [raw(thing) for thing in maker.positional]
    stated = torch_reading(cls, positional, keywords, types) or (
        torch_reading(cls, positional, keywords, as_stated(cls, positional, types), False) if is_habit else ()
    )
    texts = [maker.spans[key].text for key in [*range(len(maker.positional)), *keywords] if key in maker.spans]
    if not stated and torch_reading(cls, positional, keywords, as_stated(cls, positional, types), False):
        help = other_size(cls, positional, types)
        told = [replace(p, facts={**p.facts, "help": help}) if is_reminded(p) else p for p in error.problems]
        return CnnError(told)
    if not stated or len(texts) < len(maker.positional) + len(keywords):
        return error
    names = " and ".join(f"`{name}`" for name in [*cls.fields] if name in cls.inferred_fields())
    named = {
        place: f"{name}={texts[place]}"
        for place, name in enumerate(cls.fields)
        if place in stated and spans_axes(maker.positional[place])
    }
    kept = [named.get(place, text) for place, text in enumerate(texts) if place in named or place not in stated]
    call = f"{maker.name}({', '.join(kept)})"
    hint = f"{names}: read off the input, and left out; did you mean `{call.removesuffix('()')}`?"
    fix = None if named else without(maker, stated, not is_habit)
    return CnnError([replace(p, facts={**p.facts, "help": hint, "order": "torch"}, fix=fix) for p in error.problems])


def is_reminded(problem: Problem) -> bool:
    """Whether it says that a size is left out, as an argument makes no sense where it stands."""
    return problem.code == "bad-argument" and "read off the input" in str(problem.facts["message"])


def other_size(cls: type[Layer], positional: list[Any], types: Any) -> str | None:
    """Help for who gives, in torch's order, a size that the input does not have."""
    name, declared = next(iter(cls.fields.items()))
    if declared.axis is None or not isinstance(positional[0], int):
        return None
    is_size = f"`{name}` is read off the input, where it is {types[0].shape[declared.axis]}, not {positional[0]}"
    return cls.elsewhere(positional[0], types) or is_size


def written(maker: Maker) -> str:
    """The arguments of a call as they are written."""
    return ", ".join(span.text for _, span in sorted(maker.spans.items(), key=lambda item: item[1].start))


def without(maker: Maker, places: tuple[int, ...], is_safe: bool) -> Fix | None:
    """Leaves positional arguments out of a call that is written in one place."""
    spans = sorted(maker.spans.values(), key=lambda span: span.start)
    if len({span.source for span in spans}) != 1 or len(spans) < len(maker.positional) + len(maker.keywords):
        return None
    edits: list[Edit] = []
    kept = [span for place, span in maker.spans.items() if place not in places]
    for place in places:
        span = maker.spans[place]
        after = next((other.start for other in spans if other.start > span.start), None)
        before = max((other.end for other in kept if other.end <= span.start), default=span.start)
        cut = Span(span.source, span.start, after) if after is not None else Span(span.source, before, span.end)
        edits.append(Edit(cut, ""))
    return Fix(tuple(edits), is_safe)
