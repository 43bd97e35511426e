"""What an author may have meant: the nearest known name, torch's word for another library's, torch's argument order.

Suggests; decides nothing. What only mistakes need is loaded where it is needed.
"""

from __future__ import annotations

from ..functions import lookup as function_named
from ..functions import names as function_names
from ..functions.base import DTYPES
from ..layers import names as layer_names
from ..patterns import re
from ..problems import Leave, advise
from ..records import dataclass
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Callable, Collection, Iterable, Mapping
from .arithmetic import FUNCTIONS

SUGGESTED = 100  # unknown names of a file for which the nearest known one is looked up
LETTERS = 3  # of a name that is no other one with its letters in another order by chance
ALIKE = 0.86  # of two names whose difference is a slip: one letter of four


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
    from ..layers.synonyms import CASED, NAME_ADVICE, NAMES, WORDS, folded

    if role and role.is_text and name not in WORDS and not near(name, filter(role.can_be(name), known))["nearest"]:
        return {"name": name, "nearest": None, "help": advise("text-in-quotes", name=name)}
    if name in DTYPES and not (role and (role.is_stage or role.is_called)):
        return {"name": name, "nearest": None, "help": advise("text-in-quotes", name=name)}
    if role and role.is_flag and WORDS.get(name) == "None":
        return {"name": name, "nearest": "False"}
    if role and role.is_given and WORDS.get(name) == "None":
        return {"name": name, "nearest": None, "help": advise("without-none")}
    words = {*known, *layer_names(), *function_names()}
    is_maker = role is None or role.is_stage or role.is_called or role.is_template
    # `residual(64)` beside a block `Residual`: what the file names comes before what others call it
    same = own_by_case(name, known) if name[:1].isupper() or is_maker else []
    if not same and name in WORDS:
        return {"name": name, "nearest": WORDS[name]}
    if not same and name[:1].isupper():
        same = [word for word in words if folded(word) == folded(name) and word[:1].isupper()]
    if len(same) == 1 and (role is None or role.can_be(name)(same[0])):
        return {"name": name, "nearest": same[0]}
    alike = {word.lower() for word in words if word[:1].isupper() == name[:1].isupper()}  # `Add` is no slip for `add`
    if not {name.lower(), name.lower().replace("_", "")} & alike:
        key = folded(name)
        loss = (key.removesuffix("loss"), "loss") if key.endswith("loss") else ()
        found = (NAME_ADVICE[word] for word in (key, *loss) if word in NAME_ADVICE)
        if advice := CASED.get(name) or next(found, None):
            own = near(name, known if role is None else filter(role.can_be(name), known))
            is_value = role is None or not (role.is_stage or role.is_called)
            if is_value and own["nearest"] and ratio(name, str(own["nearest"])) >= ALIKE:
                return {"name": name, **own}
            return {"name": name, "nearest": None, "help": advice}
        if name.startswith("Lazy") and (plain := name.removeprefix("Lazy")) in layer_names():
            return {"name": name, "nearest": plain, "help": advise("lazy-layer", name=plain)}
        if meant := NAMES.get(folded(name)):
            label = advise("label-where-made", name=name, meant=meant)
            is_label = name[:1].islower() and meant[:1].isupper() and meant.isidentifier()
            return {"name": name, "nearest": meant, **({"help": label} if is_label else {})}
    return {"name": name, **near(name, words if role is None else filter(role.can_be(name), words))}


def own_by_case(name: str, known: Iterable[str]) -> list[str]:
    """What a file calls as this name but for case and underscores: its blocks, models and layers."""
    from ..layers.synonyms import folded

    return [word for word in known if word[:1].isupper() and word != name and folded(word) == folded(name)]


def is_own(facts: Mapping[str, object], known: Iterable[str], role: Role | None) -> bool:
    """Whether the name that is meant is one of the file: a label, or the same word in another case."""
    return facts.get("nearest") in (*own_by_case(str(facts["name"]), known), *(role.labels if role else ()))


def fitted(facts: dict[str, object], dimensions: Collection[int]) -> dict[str, object]:
    """The facts of a name that says no number of dimensions, `MaxPool`, in a definition that has these."""
    from ..layers.synonyms import NAMES, folded

    name, meant = str(facts["name"]), str(facts.get("nearest"))
    if "2d" not in meant or "2d" in name.lower() or NAMES.get(folded(name)) != meant:
        return facts
    found = [meant.replace("2d", f"{count}d") for count in sorted(dimensions)] or [meant, meant.replace("2d", "1d")]
    label = {"help": advise("label-where-made", name=name, meant=found[0])} if facts.get("help") else {}
    return {**facts, "nearest": found[0], "rival": found[1] if len(found) > 1 else None, **label}


def is_hidden(facts: Mapping[str, object], names: Collection[str], role: Role | None = None) -> bool:
    """Whether a name that nothing has nearly may be the one that a faulty statement or item would have given."""
    is_called = role is not None and (role.is_called or role.is_stage)
    is_size = t.SIZELESS in names and str(facts["name"])[:1].isupper() and not is_called
    if not (t.NAMELESS in names or is_size) or (facts.get("help") and facts.get("nearest")):
        return False

    written, meant = str(facts["name"]), str(facts.get("nearest") or "")
    name, nearest = written.lower(), meant.lower()
    if is_called and written[:1].isupper() and meant[:1].islower() and meant in names:
        return True  # `encoder: Encoder(8)`: a label makes nothing
    is_own = meant in names or name != nearest
    if is_own and len(name) > LETTERS and sorted(name) == sorted(nearest) and (name != nearest or meant.islower()):
        return False  # `Classes` beside `classes`, `widht` beside `width`
    if len(written) == 1:
        return True
    if meant in names and (written[1:] == meant[1:] or written[:-1] == meant[:-1] or f"{meant}s" == written):
        return True  # `tower` beside `Tower`, `c4` beside `c3`, `depths` beside `depth`
    return nearest.startswith(name) or ratio(name, nearest) < ALIKE


def ratio(name: str, other: str) -> float:
    """How much of two names is alike."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, name, other).ratio()


@dataclass(frozen=True)
class Role:
    """What a name stands for where it is written: a `stage` or a function `called` with so many arguments, or a value.

    `values` are the names of tensors, numbers and lists; `templates` those of blocks, models and functions of the file.
    """

    is_stage: bool = False
    is_head: bool = False  # what a pipeline begins with: a value, or what takes the flow
    is_number: bool = False  # among the arguments of a module, or in a condition
    is_flag: bool = False  # an argument that is True or False
    is_text: bool = False  # an argument that is a text
    is_given: bool = False  # an argument of a layer that is never None
    is_called: bool = False
    is_labelled: bool = False  # what makes the module of a label
    is_template: bool = False  # the default of a parameter of type layer
    arguments: int = 0
    values: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    def can_be(self, name: str) -> Callable[[str], bool]:
        """Whether another name could stand here instead."""
        if self.is_stage:
            return self.is_for_one_tensor
        if self.is_called and not self.is_labelled:
            return lambda word: word not in self.values or word in self.labels
        if name[:1].isupper() or self.is_template:
            return lambda word: word[:1].isupper()
        if self.is_head:
            return lambda word: word in self.values or (word[:1].isupper() and word.lower() == name.replace("_", ""))
        return lambda word: word in self.values and word not in self.labels

    def is_for_one_tensor(self, word: str) -> bool:
        function = function_named(word)
        if word in self.labels or function is None:
            return word not in FUNCTIONS
        wanted = [parameter for parameter in function.parameters if parameter.is_required]
        tensors = [parameter for parameter in wanted if parameter.annotation == "Tensor"]
        return not function.factory and len(tensors) < 2 and (len(wanted) <= 1 + self.arguments)


def method_facts(name: str, tensor: str, rank: int) -> dict[str, object]:
    """The facts that help with a method that tensors have in Python, of one that has so many dimensions."""
    from ..layers.methods import METHODS

    found = METHODS.get(name)
    if found is None or " " in found:
        axes = f"{max(rank, 2) - 2}, {max(rank, 2) - 1}"
        return {"help": found if found is None or isinstance(found, Leave) else found.format(tensor=tensor, axes=axes)}
    return {"help": advise("write", meant=f'cast({tensor}, "{found}")'), "dtype": found}


def argument_facts(name: str, known: Mapping[str, Any], value: Any = None) -> dict[str, object]:
    """The facts that help with an argument that a layer does not have; `value` is what it is given."""
    from ..layers.synonyms import ARGUMENT_ADVICE, activation_help, argument_meant, folded

    meant = argument_meant(name, known)
    if meant is None and folded(name) == "activation":
        help: object
        help, stage = activation_help(last_word(value))
        if stage and value and (follows := is_next(stage.partition("(")[0], value.span)):
            help, stage = advise("leave-what-follows", name=follows), ""
        return {"name": name, "nearest": None, "help": help, "stage": stage}
    if folded(name) == "axis" and meant == "normalized_shape" and value and value.span.text.strip("([, ])") != "-1":
        return {"name": name, "nearest": None, "help": advise("last-axes")}
    if meant is None and folded(name) in ARGUMENT_ADVICE:
        return {"name": name, "nearest": None, "help": ARGUMENT_ADVICE[folded(name)]}
    if meant is not None and getattr(known[meant], "axis", None) is not None:
        return {"name": name, "nearest": meant, "help": advise("leave-what-is-read-off", name=meant)}
    return {"name": name, **({"nearest": meant} if meant else near(name, known))}


NEXT = re.compile(r"(?:[^()\n#]|\([^()\n#]*\))*\)\s*(?:->\s*)?(?:\w+\s*:\s*)?(\w+)\b(?!\s*[=:,])")


def is_next(name: str, span: Span) -> str | None:
    """The word for it, if that is the stage behind the call in which an argument stands."""
    found = NEXT.match(span.source.text, span.end)
    return found[1] if found and found[1].lower() == name.lower() else None


def last_word(node: Any) -> str:
    """`relu` of `"relu"`, `relu`, `nn.relu` and `relu()`; nothing of anything else."""
    node = node.function if isinstance(node, t.Call) and not node.arguments else node
    if isinstance(node, t.Constant):
        return str(node.value)
    return (node.plain or "") if isinstance(node, t.Text) else getattr(node, "id", getattr(node, "name", ""))
