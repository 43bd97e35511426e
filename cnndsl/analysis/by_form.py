"""What is meant by the form of what is written: a parameter as torch declares it, the state that a recurrent layer
begins with, a size that the first round of a loop makes 0. Adds help; finds no problem. Loaded only for errors.
"""

from __future__ import annotations

from ..layers.synonyms import is_otherwise
from ..patterns import re
from ..problems import CnnError, Help, advise
from ..records import replace
from ..source import Span

PARAMETER = re.compile(
    r"[ \t]*(?:self\.)?(\w+)[ \t]*=[ \t]*(?:\w+\.)*[Pp]aram(?:eter)?\((?:torch\.)?(zeros|ones|randn|rand)\(([^()\n]*)\)"
    r"(?:[ \t]*\*[ \t]*(\d[\w.-]*))?"
)
FIRST = {"zeros": "zeros", "ones": "ones", "randn": "normal", "rand": "uniform"}
STATE = re.compile(r"(?:h|c|hx|hidden|state)_?0|init(?:ial)?_(?:state|hidden)")
PRODUCT = re.compile(r"(?:\w+[ \t]*\*[ \t]*(\w+)|(\w+)[ \t]*\*[ \t]*\w+)\Z")
CALLED = re.compile(r"\([^()\n]*\)")
NEAR = 2000  # characters around a place in which its loop is looked for
SPREAD = re.compile(r"[ \t]*\([ \t]*\*[ \t]*(\w+)[ \t]*\)")
APPENDED = r"\b%s\.append\([ \t]*([A-Z]\w*(?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\))?)[ \t]*\)"


def parameter(place: Span) -> Help | None:
    """`cls = nn.Parameter(torch.zeros(1, 1, 64))`."""
    found = PARAMETER.match(place.source.line(place.line))
    sizes = found[3].strip("[] \t,") if found else ""
    if found is None or not sizes:
        return None
    spread = f"(std={found[4]})" if found[4] and found[2] == "randn" else ""
    return advise("parameter-so", meant=f"param {found[1]}: [{sizes}] = {FIRST[found[2]]}{spread}")


def of_name(name: str, place: Span, facts: dict[str, object]) -> dict[str, object]:
    """The facts of a name that nothing has, with what its form says."""
    text = place.source.text
    is_given = text[place.end : place.end + 1] in (")", ",") and text[: place.start].rstrip()[-1:] in ("(", ",")
    if is_given and STATE.fullmatch(name):
        return {**facts, "nearest": None, "help": advise("states-begin-with-zeros")}
    help = parameter(place) if name.lower() in ("param", "parameter") else None
    help = in_sequence(place) if name == "Sequential" else help
    if facts.get("nearest") and (call := CALLED.match(text, place.end)) and is_otherwise(name, ["momentum"]):
        help = advise("kept-elsewhere", name=facts["nearest"]) if "momentum" in call[0] else None
    return {**facts, "help": help} if help else facts


def in_sequence(place: Span) -> Help | None:
    """What to say of `Sequential(*layers)`: a loop that adds layers to a list is the sequence itself."""
    text, spread = place.source.text, SPREAD.match(place.source.text, place.end)
    if spread is None:
        return None
    before = text[max(place.start - NEAR, 0) : place.start]
    added = list(re.finditer(APPENDED % spread[1], before))
    loops = list(re.finditer(r"\bfor\b[^{}\n]*(?=\{)", before[: added[0].start()])) if added else []
    chain = " -> ".join([one[1] for one in added])
    between = [before[loops[-1].end() : one.start()] for one in added] if loops else []
    if not added or not all(one.count("{") > one.count("}") for one in between):
        return advise("list-as-group", name=spread[1].capitalize())
    return advise("loop-is-sequence", meant=f"{loops[-1][0].strip()} {{ {chain} }}" if loops else chain)


def is_for_sequence(name: str, place: Span) -> bool:
    """Whether `layers.append(Conv2d(8, 3))` makes ready for `Sequential(*layers)`, which tells what is meant."""
    text = place.source.text
    is_layer = name.isidentifier() and re.match(r"[ \t]*\([ \t]*[A-Z]", text[place.end : place.end + 40])
    spread = rf"\bSequential[ \t]*\([ \t]*\*[ \t]*{name}[ \t]*\)"
    return bool(is_layer) and re.search(spread, text[place.end : place.end + NEAR]) is not None


def from_zero(error: CnnError) -> CnnError:
    """`Conv2d(16 * i, 3)` for `i in range(3)`: the error of a size that the first round makes 0."""
    told, *others = error.problems
    place = told.span
    if place is None or told.facts.get("help") or not str(told.facts.get("message")).endswith("but it is 0"):
        return error
    found = PRODUCT.fullmatch(place.text)
    before = place.source.text[max(place.start - NEAR, 0) : place.start]
    for name in filter(None, found.groups() if found else ()):
        if re.search(rf"\bfor[ \t]+{name}\b[^\n]*?\bin[ \t]+(?:range\([^,()\n]*\)|enumerate\([^,()\n]*\))", before):
            meant = re.sub(rf"\b{name}\b", f"({name} + 1)", place.text)
            return CnnError(
                [replace(told, facts={**told.facts, "help": advise("from-zero", name=name, meant=meant)}), *others]
            )
    return error
