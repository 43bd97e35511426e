"""Which edits would put a problem right: from its facts and the text at its place, as its prose is from its facts.

Safe is a fix where there is no doubt about what was meant: torch's word for another library's, the one name that a
single slip of the pen leads to, a sign of another language. A fix that changes what is built, or that is a guess among
several, is unsafe. Writes nothing.
"""

from __future__ import annotations

import re

from ..layers import lookup as layer_named
from ..layers.base import MISSING
from ..layers.synonyms import ARGUMENTS, folded
from ..problems import Edit, Fix, Problem, leaves_out
from ..source import Span
from ..typed import Callable, Iterator
from .edits import QUOTED, arguments, is_advised, is_sure, part, replaced, together, word
from .foreign import from_python
from .moving import made_where_applied
from .naming import activation, arguments_of, torchs
from .readable import readable
from .signs import in_ascii

HEAD = re.compile(r"(?:[^#]*->|[^#]*[{;]|[ \t]*\w+[ \t]*[:=])?[ \t]*[A-Z]\w*")
STAGE = re.compile(rf"({HEAD.pattern})\((?:[^()\[\]#]|\([^()\[\]#]*\))*")


def fix(problem: Problem, steps: int = 4) -> Fix | None:
    """The repair of a problem, if one can be named. `steps`: how many one line may take to be one that can be read."""
    made = problem.fix
    if made is None and problem.span is not None and problem.code in FIXES:
        made = FIXES[problem.code](problem, problem.span)
    return readable(problem, made, lambda other: fix(other, steps - 1)) if made and steps else made


# Names


def renamed(problem: Problem, span: Span) -> Fix | None:
    """The name at fault gives way to the nearest one."""
    name = next((found for fact in ("name", "label", "pattern", "path") if (found := word(problem, fact))), "")
    meant = word(problem, "nearest")
    at = span.text.find(name) if name else -1
    if at < 0 or not meant:
        return None
    return replaced(part(span, at, at + len(name)), meant, is_sure(name, meant) and not word(problem, "rival"))


def unknown_name(problem: Problem, span: Span) -> Fix | None:
    name, meant = word(problem, "name"), word(problem, "nearest")
    place = span.start + len(name)
    if name == "Sequential" and not meant:
        return sequence(span, place)
    if is_advised(problem, "text-in-quotes"):
        return replaced(span, f'"{name}"')
    if folded(name) == "activation":
        return activation(Span(span.source, span.start, place))
    if not meant or not span.text.startswith(name):
        return None
    here = Span(span.source, span.start, place)
    made = torchs(here, name, meant, is_sure(name, meant) and not word(problem, "rival"))
    found = [as_activation(one, one.span, place) if "stage" in one.facts else fix(one) for one in arguments_of(problem)]
    return together(made, found) if made else None


def sequence(span: Span, place: int) -> Fix | None:
    """`Sequential(A, B)`, `Sequential([A, B])`: a group in braces."""
    text = span.source.text
    call = arguments(text, place)
    if call is None or text[call[1] : call[1] + 1] == "(" or any(re.match(r"\*|\w+\s*=(?!=)", one) for one in call[0]):
        return None
    is_list = len(call[0]) == 1 and call[0][0].startswith("[") and not re.search(r"\bfor\b", call[0][0])
    outer = re.compile(r"\(\s*\[" if is_list else r"\(").match(text, place)
    if outer is None or re.compile(r"(?:[^#]*,)?\s*\[").match(text, outer.end(), call[1]):
        return None  # a list in it
    edits = [Edit(Span(span.source, *outer.span()), " {" if text[outer.end() : outer.end() + 1].isspace() else " { ")]
    depth, closing = 1, re.compile(r"\][\s,]*\)|\)")
    for match in QUOTED.finditer(text, outer.end()):
        sign, here = match[0], Span(span.source, match.start(), match.end())
        depth += (sign in "([{") - (sign in ")]}") if len(sign) == 1 else 0
        if depth == 0:
            if not closing.fullmatch(text, match.start(), call[1]):
                return None
            here = Span(span.source, match.start(), call[1])
            edits.append(Edit(here, "}" if text[match.start() - 1].isspace() else " }"))
            return Fix(tuple(edits), True)
        elif sign == "," and depth == 1:
            is_end = re.compile(r"\s*[\])]|[ \t]*(?:#[^\n]*)?\r?\n").match(
                text, match.end()
            )  # where a line ends a statement
            edits.append(Edit(here, "" if is_end else " ->"))
    return None


def without_prefix(problem: Problem, span: Span) -> Fix | None:
    """`nn.Conv2d(3, 64, 3)`: `Conv2d(64, 3, in_channels=3)`, for there the arguments stand in torch's order."""
    name, prefix = word(problem, "name"), word(problem, "prefix")
    if not re.fullmatch(rf"{re.escape(prefix)}\s*\.\s*\w+", span.text):
        return None
    name_edit = Edit(span, name)
    if problem.facts.get("help") and prefix != "self":
        return None
    if prefix != "self" and is_own_module(name, span):
        return None  # `F.dropout(x)` beside `self.dropout`: the name alone is the module's
    if name == "Sequential" and (group := sequence(span, span.end)):
        return Fix((name_edit, *group.edits), True)
    before = span.source.text[max(span.start - 40, 0) : span.start]
    if name == "training" and (keyword := re.search(r"\btraining[ \t]*=[ \t]*\Z", before)):
        start = span.start - len(keyword[0])  # a function knows the mode by itself
        return Fix((Edit(with_comma(Span(span.source, start, span.end)), ""),), True)
    written = word(problem, "written")
    if "(" in name or prefix.partition(".")[0] in ("keras", "tf", "layers", "L"):  # Keras' order is that of a file
        return torchs(span, written, name, is_sure(written, name))
    layer = layer_named(name)
    stated = [field for field, declared in layer.fields.items() if declared.axis is not None] if layer else []
    call = arguments(span.source.text, span.end) if layer and stated else None
    if layer is None or call is None:
        return Fix((name_edit,), is_sure(written, name))
    given, end = call
    order = [field for field, declared in layer.fields.items() if not declared.keyword]
    positional = [text for text in given if not re.match(r"\w+\s*=(?!=)", text)]
    named = dict(zip(order, positional, strict=False))
    keywords = {text.split("=")[0].strip() for text in given if text not in positional}
    lacking = {name for name, declared in layer.fields.items() if declared.default is MISSING and name not in stated}
    if keywords <= layer.fields.keys() and lacking - {*named, *keywords}:
        return Fix((name_edit,), True)  # torch's order would lack an argument, so it is not meant
    kept = [text for field, text in named.items() if field not in stated]
    kept += [text for text in given if text not in positional]
    kept += [f"{field}={text}" for field, text in named.items() if field in stated]
    inside = Span(span.source, span.end, end)
    return Fix(
        (name_edit, Edit(inside, f"({', '.join(kept)})")), len(positional) <= len(order) and "#" not in inside.text
    )


def is_own_module(name: str, span: Span) -> bool:
    """Whether the file gives a module the name of a function."""
    made = rf"\b(?:self\.{name}[ \t]*=(?!=)|{name}[ \t]*[:=][ \t]*(?:nn\.|torch\.nn\.)?[A-Z])"
    return name[:1].islower() and re.search(made, span.source.text) is not None


def popped(span: Span) -> Fix | None:
    """`y = hs.pop()` on a line of its own: the last one, and the list without it."""
    line, column = span.source.line(span.line), span.column - 1
    before = re.fullmatch(r"([ \t]*)\w+[ \t]*=[ \t]*", line[:column])
    found = re.match(r"(\w+)\.pop\([ \t]*\)(?=[ \t]*(?:#|\r|\Z))", line[column:])
    if not before or not found:
        return None
    name = found[1]
    return replaced(part(span, 0, found.end()), f"{name}[-1]\n{before[1]}{name} = {name}[:-1]")


def as_function(problem: Problem, span: Span) -> Fix | None:
    """`x.flatten(1)`: the function `flatten(x, 1)`."""
    if dtype := word(problem, "dtype"):
        found = re.fullmatch(r"(\w+)\.(\w+)", span.text)
        call = re.compile(r"\(\s*\)").match(span.source.text, span.end)
        cast = found and call and Span(span.source, span.start, call.end())
        return replaced(cast, f'cast({found[1]}, "{dtype}")') if found and cast else None
    line = Span(span.source, span.start, span.start + len(span.source.line(span.line)))
    if added := re.match(r"(\w+)\.append\(([^()]*(?:\([^()]*\)[^()]*)*)\)(?=[ \t]*(?:[;}#\r\n]|\Z))", line.text[:300]):
        return replaced(part(span, 0, added.end()), f"{added[1]} = [*{added[1]}, {added[2]}]")
    if fix := popped(span):
        return fix
    sized = re.fullmatch(r"(\w+)\.size", span.text)
    if sized and (call := re.compile(r"\(\s*(-?\d+)\s*\)").match(span.source.text, span.end)):
        return replaced(Span(span.source, span.start, call.end()), f"{sized[1]}.shape[{call[1]}]")
    method = word(problem, "method")
    found = re.fullmatch(rf"(\w+|(?:[a-z_]\w*)?\(.*\))\.{method}", span.text, re.S) if method else None
    call = re.compile(r"\(\s*(\)?)").match(span.source.text, span.end)
    if not found or not call:
        return None
    whole = arguments(found[1], 0)  # `(x + y).relu()`: its brackets are those of the call
    inside = found[1][1:-1] if whole and len(whole[0]) == 1 and whole[1] == len(found[1]) else found[1]
    return replaced(Span(span.source, span.start, span.end + 1), f"{method}({inside}{'' if call[1] else ', '}")


def as_label(problem: Problem, span: Span) -> Fix | None:
    """`conv1 = Conv2d(64, 3)`, and later `conv1(x)`: the module is made, under this name, where it is first applied."""
    name, text = word(problem, "tensor"), span.source.text
    made = list(re.finditer(rf"^([ \t]*){name}[ \t]*=[ \t]*[A-Z]\w*", text[: span.start], re.M)) if name else []
    return made_where_applied(name, made[-1], span) if made and span.text == name else None


# Arguments


def renamed_argument(problem: Problem, span: Span) -> Fix | None:
    """The keyword gives way to the one meant; one that the input tells is left out."""
    name, meant = word(problem, "argument") or word(problem, "name"), word(problem, "nearest")
    if folded(name) == "activation":
        return as_activation(problem, span)
    found = [match for match in re.finditer(rf"\b{re.escape(name)}\s*=(?!=)", span.text)] if name and meant else []
    if len(found) != 1:
        return None
    if leaves_out(problem.facts.get("help")):
        return Fix((Edit(with_comma(span), ""),), True)
    is_known = meant in ARGUMENTS.get(folded(name), ()) or folded(name) == folded(meant)
    start = found[0].start()
    return replaced(
        part(span, start, start + len(name)), meant, is_known or (is_sure(name, meant) and not word(problem, "rival"))
    )


def as_activation(problem: Problem, span: Span | None, opening: int | None = None) -> Fix | None:
    """`Dense(10, activation="relu")`: the activation is a stage of its own, behind the call, which opens there."""
    if span is None:
        return None
    text, meant = span.source.text, problem.facts.get("stage")
    line = span.source.line_starts[(span.source.position(opening)[0] if opening else span.line) - 1]
    pattern, end = (HEAD, opening) if opening else (STAGE, span.start)
    before = pattern.fullmatch(text[line:end]) if end - line < 300 else None
    call = arguments(text, opening or line + before.end(1)) if before else None
    if meant is None or call is None or not re.compile(r"[ \t]*(?:->|[;}#\r\n]|\Z)").match(text, call[1]):
        return None
    edits = [Edit(with_comma(span), "")]
    edits += [Edit(Span(span.source, call[1], call[1]), f" -> {meant}")] if meant else []
    return Fix(tuple(edits), "(" not in str(meant))


def with_comma(span: Span) -> Span:
    """An argument and the comma that parts it from the others."""
    text = span.source.text
    if after := re.compile(r"[ \t]*,[ \t]*").match(text, span.end):
        return Span(span.source, span.start, after.end())
    before = text[: span.start].rstrip()
    return Span(span.source, len(before) - 1 if before.endswith(",") else span.start, span.end)


def as_layer(problem: Problem, span: Span) -> Fix | None:
    """`act: relu(x)`: a layer, which is applied to what the function was given: `act: ReLU()(x)`."""
    text, made = span.source.text, renamed(problem, span)
    before = text[span.source.line_starts[span.line - 1] : span.start]
    call = arguments(text, span.start + len(word(problem, "name")))
    is_flowing = re.search(r"->[ \t]*[^ ]+[ \t]*:[ \t]*\Z", before[-100:])
    if made is None or call is None or is_flowing or not call[0] or not re.fullmatch(r"[a-z_]\w*", call[0][0]):
        return made
    first, *rest = call[0]
    meant = f"{word(problem, 'nearest')}({', '.join(rest)})({first})"
    return replaced(Span(span.source, span.start, call[1]), meant, made.is_safe)


def as_literal(problem: Problem, span: Span) -> Fix | None:
    """`"8"` where a number is wanted, `"false"` for a flag, `"SAME"` where torch says `"same"`."""
    help, text = word(problem, "help"), span.text
    if put := word(problem, "put"):  # `padding="same"`
        return replaced(span, put)
    if "stage" in problem.facts:  # `Linear(256, "relu")`
        return as_activation(problem, span)
    if named := word(problem, "named"):  # `RNN(64, "relu")`
        return replaced(span, named)
    is_number = is_advised(problem, "without-quotes") or help == "write it without quotes"
    if is_number and (found := re.search(r"([\"'])(\d+(?:\.\d+)?)\1", text)):
        return replaced(part(span, found.start(), found.end()), found[2])
    flag = re.fullmatch(r"write (True|False)", help)
    if flag and (found := re.search(rf"([\"']){flag[1]}\1", text, re.I)):
        return replaced(part(span, found.start(), found.end()), flag[1])
    meant = re.fullmatch(r"write '([\w-]+)'", help)
    if meant and (found := re.search(rf"([\"']){re.escape(meant[1])}\1", text, re.I)):
        return replaced(part(span, found.start() + 1, found.end() - 1), meant[1])
    if meant and (found := re.search(rf"(?<![\w.\"']){re.escape(meant[1])}\Z", text, re.I)):  # `activation=GELU`
        return replaced(part(span, found.start(), found.end()), f'"{meant[1]}"')
    meant = re.fullmatch(r"did you mean '([\w-]+)'\?", help)
    if meant and len(words := list(re.finditer(r"([\"'])[\w-]+\1", text))) == 1:
        return replaced(part(span, words[0].start() + 1, words[0].end() - 1), meant[1])
    return None


def without_bias(problem: Problem, span: Span) -> Fix | None:
    """`bias=False` for a layer whose bias has no effect. The state_dict changes with it."""
    found = re.search(r"\bbias\s*=\s*True\b", span.text)
    if found:
        return replaced(part(span, found.start(), found.end()), "bias=False", False)
    if re.fullmatch(r"(?:\w+\s*:\s*)?\w+\([^()]+\)", span.text) and "bias" not in span.text:
        return replaced(part(span, len(span.text) - 1, len(span.text)), ", bias=False)", False)
    return None


def as_ascii(problem: Problem, span: Span) -> Fix | None:
    """Typographic signs and letters that look like others; a number needs no quotes at all."""
    found = in_ascii(span.source.text, span.start, span.end)
    return replaced(part(span, found[0] - span.start, found[1] - span.start), found[2], True) if found else None


def with_axis(problem: Problem, span: Span) -> Fix | None:
    """`Softmax`: along the axis that torch takes anyway, unless that is the batch."""
    call = re.search(rf"{problem.facts['name']}\s*(\(\s*\))?\Z", span.text)
    if call is None or problem.facts["axis"] == 0:
        return None
    return replaced(part(span, call.start(), call.end()), f"{problem.facts['name']}(dim={problem.facts['axis']})")


def without_zeros(problem: Problem, span: Span) -> Fix | None:
    return replaced(span, span.text.lstrip("0") or "0") if span.text.isdigit() else None


def closed(problem: Problem, span: Span) -> Fix | None:
    """A bracket that is broken off by the next statement is closed at the end of its line, a call in front of `->`."""
    found = problem.related[0].span if problem.related else None
    if span.text not in ("(", "[") or found is None or found.source.path != span.source.path:
        return None
    before = span.source.text[: found.start]
    line = span.source.line(span.source.position(len(before.rstrip()))[0])
    if "\n" not in before[len(before.rstrip()) :] or "#" in line:
        return None
    end = len(before.rstrip())
    if re.search(r"\b[A-Z]\w*\Z", before[max(span.start - 80, 0) : span.start]):
        end = next((arrow for arrow in arrows(before, span.start, end)), end)
    return replaced(Span(span.source, end, end), ")" if span.text == "(" else "]", False)


def arrows(text: str, start: int, end: int) -> Iterator[int]:
    """Where arrows stand right inside the bracket that opens at a place, each with the blanks before it."""
    depth = 0
    for match in re.compile(rf"{QUOTED.pattern}|\s*->").finditer(text, start, end):
        depth += (match[0] in "([{") - (match[0] in ")]}") if len(match[0]) == 1 else 0
        if depth == 1 and match[0].endswith("->") and match[0][0] not in "\"'#":
            yield match.start()


FIXES: dict[str, Callable[[Problem, Span], Fix | None]] = {
    "unknown-name": unknown_name,
    "python-prefix": without_prefix,
    "no-attribute": as_function,
    "label-on-function": as_layer,
    "value-as-stage": as_label,
    "not-callable": as_label,
    "unknown-argument": renamed_argument,
    "bad-call": renamed_argument,
    "bad-argument": as_literal,
    "bad-initialiser": as_literal,
    "cancelled-bias": without_bias,
    "syntax": from_python,
    "guessed-axis": with_axis,
    "not-ascii": as_ascii,
    "leading-zero": without_zeros,
    "unclosed-bracket": closed,
    **dict.fromkeys(
        (
            "unknown-label",
            "no-such-tap",
            "pattern-without-match",
            "unknown-parameter",
            "not-in-import",
            "import-unreadable",
            "unknown-initialiser",
        ),
        renamed,
    ),
}
