"""Names for the free sizes of a shape that is written as elsewhere: `[None, 3, -1, -1]`. Loaded only for such a one."""

from __future__ import annotations

import re

from ..problems import Edit, Fix, Help, advise
from ..source import Span

SHAPE = re.compile(r"\[[^][\n#]*\]")
NUMBER = re.compile(r"[\"'](\d+)[^\"']*[\"']")  # `"32"`, `"32px"`
FREE = re.compile(r"None|-1|\"[^\"]*\"|'[^']*'")
NAMES = {1: "N", 2: "NC", 3: "NTC", 4: "NCHW", 5: "NCDHW"}  # what axes are called, by how many there are
OTHERS = "HWDTLKMPQ"


def named(place: Span) -> tuple[Help, Fix | None]:
    """Help and repair for a free size at a place in a shape: every one of the shape gets a name of its own; a number in
    quotes is that number."""
    text = place.source.text
    start = text.rfind("[", 0, place.start)
    shape = SHAPE.match(text, start) if start >= 0 else None
    parts = [part.strip() for part in shape[0][1:-1].split(",")] if shape else []
    if shape is None or place.text not in parts or not FREE.fullmatch(place.text) or len(parts) not in NAMES:
        return advise("name-free-size", shape="[N, 3, H, W]"), None
    is_number = NUMBER.fullmatch(place.text)
    parts = [NUMBER.sub(r"\1", part) for part in parts]
    used = {part for part in parts if not FREE.fullmatch(part)}
    sizes = []
    is_sound = len(parts) == 3 and parts[1].isdigit() and FREE.fullmatch(parts[2])  # of so many channels
    for part, axis in zip(parts, "NCL" if is_sound else NAMES[len(parts)], strict=True):
        name = next(name for name in (axis, *OTHERS) if name not in used) if FREE.fullmatch(part) else part
        used.add(name)
        sizes.append(name)
    meant = f"[{', '.join(sizes)}]"
    edit = Edit(Span(place.source, shape.start(), shape.end()), meant)
    return advise("without-quotes") if is_number else advise("name-free-size", shape=meant), Fix((edit,), True)
