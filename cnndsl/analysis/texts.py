"""A text where a number stands: the stage that it names, `Conv2d(64, 3, "relu")`, or the argument that takes it,
`interpolate(x, 2, "bilinear")`. Loaded only where there is such a text.
"""

from __future__ import annotations

from ..functions.base import Function
from ..graph import Known, Maker
from ..layers.base import Layer
from ..problems import CnnError, Edit, Fix, Related, advise
from ..records import replace
from ..syntax import tree as t
from ..typed import Any, Container, Mapping
from .layered import probe, refusal
from .loose_items import is_taken
from .signatures import annotations_of, others_of
from .suggest import last_word
from .things import Thing

INNER = {"activation": "tanh", "recurrent_activation": "sigmoid"}  # Keras' words for what recurrent layers fix
TEXTS = {"str", "Dtype"}  # how a function's parameters are annotated that take one


def text_facts(text: str, cls: type[Layer], others: Container[str]) -> dict[str, object]:
    """The facts that help with a text where a layer takes a number; it is none of `others`."""
    from ..layers.synonyms import activation_help

    if text.replace(".", "", 1).isdigit():
        return {"help": advise("without-quotes")}
    if found := next((name for name in texts_of(cls) if name not in others and is_taken_as(text, name, cls)), None):
        meant = f'{found}="{text}"'
        return {"help": advise("write", meant=meant), "named": meant}
    help, stage = activation_help(text)
    if stage and cls.kind == "recurrent":
        code = "leave-fixed-activation" if text in INNER.values() else "activation-fixed"
        return {"help": advise(code, name=cls.__name__)}
    return {"help": help, "stage": stage} if stage and cls.kind in ("linear", "convolution") else {}


def texts_of(cls: type[Layer]) -> list[str]:
    """The arguments of a layer that are texts, and nothing else."""
    target: Any = cls
    wanted = annotations_of(target)
    return [name for name in cls.fields if wanted.get(name) == "str"]


def is_taken_as(text: str, name: str, cls: type[Layer]) -> bool:
    """Whether a layer takes a text as the argument of this name."""
    declared = cls.fields.items()
    needed = {field: 1 for field, one in declared if one.axis is None and repr(one.default) == "<required>"}
    given = {**needed, **cls.inner(), name: text}
    return None in (refusal(cls, given, probe(cls, last)) for last in (False, True))


def inner_activation(name: str, value: Any, cls: type[Layer]) -> dict[str, object]:
    """`LSTM(64, activation="tanh")`, as in Keras: the facts that help."""
    if name == "activation" and "nonlinearity" in cls.fields:
        return {"nearest": "nonlinearity"}
    code = "leave-fixed-activation" if last_word(value).lower() == INNER[name] else "activation-fixed"
    return {"help": advise(code, name=cls.__name__)}


def elsewhere(error: CnnError, maker: Maker, cls: type[Layer]) -> CnnError:
    """The error of a layer that takes no text at a place, with what the text is."""
    told = error.problems[0]
    key = next((key for key, span in maker.spans.items() if span == told.span), None)
    thing = maker.positional[key] if isinstance(key, int) else maker.keywords.get(str(key))
    text = thing.value if isinstance(thing, Known) else None
    if told.code != "bad-argument" or not isinstance(text, str) or told.facts.get("help"):
        return error
    facts = text_facts(text, cls, others_of(maker, cls, key))
    return CnnError([replace(told, facts={**told.facts, **facts}), *error.problems[1:]])


def by_name(error: CnnError, function: Function, node: t.Call, things: Any, named: Mapping[str, Thing]) -> CnnError:
    """The error of a call whose last argument is a text that another parameter takes, with that one's name."""
    told, last = error.problems[0], node.arguments[-1] if node.arguments else None
    thing = things[-1] if things else None
    is_text = isinstance(thing, Known) and isinstance(thing.value, str)
    if told.code not in ("bad-argument", "bad-call") or not is_text or told.facts.get("help") or last is None:
        return error
    others = [one for one in node.arguments if not isinstance(one, t.Keyword)]
    for parameter in function.parameters[:0] if isinstance(others[-1], t.Spread) else function.parameters:
        name, place = parameter.name, others[-1].span
        is_free = name not in named and TEXTS & {*parameter.annotation.split(" | ")}
        if is_free and is_taken(function, [*things[:-1]], {**named, name: thing}):
            meant = f"{name}={place.text}"
            facts = {**told.facts, "help": advise("write", meant=meant)}
            related = told.related if place == told.span else (*told.related, Related("applied-here", node.span))
            fix = Fix((Edit(place, meant),), True)
            return CnnError([replace(told, span=place, related=related, facts=facts, fix=fix), *error.problems[1:]])
    return error
