"""Docstrings of the generated file: what a class is, takes, gives and requires. The author's comments travel here."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

from ..dims import Requirements
from ..graph import Model, Result, Type
from ..shapes import TensorType
from .layout import WIDTH
from .plans import Plan
from .sizes import met_type

PLAIN = str.maketrans({"–": "-", "—": "-", "−": "-", "‐": "-", "×": "x", "’": "'", "‘": "'", "“": '"', "”": '"'})


def clean(text: str) -> str:
    """Text that may stand in a docstring: no quotes that end it, no characters that hide or mislead."""
    text = text.translate(PLAIN).replace("\\", "\\\\").replace('"""', "'''")
    return "".join(c for c in text if c == "\n" or (unicodedata.category(c)[0] not in "C" and is_clear(c)))


def is_clear(char: str) -> bool:
    """Whether a character is no look-alike of an ASCII one (ruff's RUF002)."""
    return char.isascii() or unicodedata.normalize("NFKD", char)[0].isascii() is False or char.isalpha()


def docstring(paragraphs: Sequence[str], indent: int) -> list[str]:
    """A docstring of paragraphs, wrapped; a paragraph's own lines are kept."""
    width = WIDTH - indent
    wrapped = [line for p in paragraphs for line in ("", *wrap(clean(p), width))][1:]
    if len(wrapped) == 1 and len(wrapped[0]) + 6 <= width and not wrapped[0].endswith(('"', "\\")):
        return [f'{" " * indent}"""{wrapped[0]}"""']
    first, *rest = wrapped
    pad = " " * indent
    return [f'{pad}"""{first}'.rstrip(), *(f"{pad}{line}".rstrip() for line in rest), f'{pad}"""']


def wrap(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for line in text.splitlines() or [""]:
        lead = "    " if line.startswith("    ") else ""
        lines += textwrap.wrap(line, width - 3, subsequent_indent=lead + "  " if lead else "") or [""]
    return lines


def sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?:" else f"{text}."


def class_paragraphs(plan: Plan, model: Model | None, name: str) -> list[str]:
    """What a class's docstring says."""
    comment = plan.comment.strip()
    lead = sentence(comment) if comment else f"The {plan.kind} `{plan.definition}`."
    if model is None:
        return [lead, *folded(plan)]
    return [lead, *model_paragraphs(model), *folded(plan)]


def folded(plan: Plan) -> list[str]:
    """Conditions that no use in the file meets."""
    if not plan.folded:
        return []
    return [f"Left out, as no use of this class needs it: what follows when {' or '.join(plan.folded)}."]


def model_paragraphs(model: Model) -> list[str]:
    instance = model.instance
    found = ["Inputs:\n" + "\n".join(f"    {v.name or 'x'}: {shown(v.type)}" for v in instance.inputs)]
    outputs = list(output_lines(instance.result, model.requirements))
    if outputs:
        found.append("Outputs:\n" + "\n".join(f"    {line}" for line in outputs))
    promises = [str(promise) for promise in model.promises]
    texts = list(dict.fromkeys([*promises, *model.requirements.marked]))
    training = texts
    if model.training_requirements:
        training = list(dict.fromkeys([*promises, *model.training_requirements.marked]))
    if texts:
        found.append("Requires:\n" + "\n".join(f"    {text}" for text in texts))
    if training != texts:
        found.append("Requires in training:\n" + "\n".join(f"    {text}" for text in training))
    return found


def output_lines(result: Result, requirements: Requirements) -> list[str]:
    from .blocks import values_in

    lines = []
    for name, item in result.items:
        kinds = ", ".join(shown(met_type(value.type, requirements)) for value in values_in(item))
        lines.append(f"{name}: {kinds}" if name else kinds)
    return [line for line in lines if line]


def shown(kind: Type) -> str:
    if isinstance(kind, TensorType):
        return str(kind)
    return f"({', '.join(shown(item) for item in kind)})" if isinstance(kind, tuple) else "None"
