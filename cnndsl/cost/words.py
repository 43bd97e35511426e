"""Sizes as people read them: three digits and a prefix, formulas short. Exact text for programs is `str(size)`."""

from __future__ import annotations

from ..dims import Dim, Size
from ..patterns import re
from ..shapes import TensorType
from ..typed import Any, Callable

PREFIXES = ("", "k", "M", "G", "T", "P", "E")
QUOTIENT = re.compile(r"(\()?(?:(\w+)|\(([^()]+)\)) // (\d+)(?(1)\))")

Met = Callable[[Size], Size]  # simplifies a size by what the free sizes fulfil


def as_is(size: Size) -> Size:
    return size


def short(size: Size | None, unit: str = "", met: Met = as_is) -> str:
    """`1.82 G`, `602 kB`, `9.41 k·⌈H/2⌉·⌈W/2⌉`; what is not known is `?`."""
    if size is None:
        return "?"
    if isinstance(size, int):
        return number(int(size), unit)
    return " + ".join(term(atoms, factor, unit, met) for atoms, factor in size.terms).replace("+ -", "- ")


def number(value: int, unit: str = "") -> str:
    """Three digits and a prefix; whole numbers below a thousand as they are."""
    scaled, prefix = float(value), 0
    while abs(scaled) >= 999.5 and prefix < len(PREFIXES) - 1:
        scaled, prefix = scaled / 1000, prefix + 1
    if not value:
        return "0"
    digits = str(value) if not prefix else f"{scaled:.{max(0, 2 - (abs(scaled) >= 9.995) - (abs(scaled) >= 99.95))}f}"
    return f"{digits} {PREFIXES[prefix]}{unit}".rstrip()


def term(atoms: Any, factor: int, unit: str, met: Met) -> str:
    parts = [atom_text(atom, met) for atom in atoms]
    if not parts:
        return number(factor, unit)
    return "·".join(([number(factor)] if factor != 1 else []) + parts) + (f" {unit}" if unit else "")


def atom_text(atom: Any, met: Met) -> str:
    """A symbol, or a quotient: rounded up or down where it is one of a symbol, unless it is known to be exact."""
    if atom.kind != "//" or not isinstance(atom.parts[1], int):
        return str(atom.key) if atom.kind == "symbol" else f"({Dim((((atom,), 1),))})"
    top, bottom = atom.parts
    if is_symbol(top) and met(Dim((((atom,), bottom),))) == top:
        return f"{top}/{bottom}"
    rest = top - (bottom - 1)
    if is_symbol(rest):
        return f"⌈{rest}/{bottom}⌉"
    return f"⌊{top}/{bottom}⌋" if is_symbol(top) else f"⌊({top})/{bottom}⌋"


def is_symbol(size: Size) -> bool:
    if isinstance(size, int) or len(size.terms) != 1:
        return False
    ((atoms, factor),) = size.terms
    return factor == 1 and len(atoms) == 1 and atoms[0].kind == "symbol"


def type_short(kind: Any, met: Met) -> str:
    """`[N, 64, ⌈H/2⌉, ⌈W/2⌉]`; of several tensors each."""
    if isinstance(kind, TensorType):
        sizes = ", ".join(size_short(size, met) for size in kind.shape)
        return f"[{sizes}]" if kind.dtype == "float32" else f"[{sizes}] {kind.dtype}"
    if isinstance(kind, (tuple, list)):
        parts = [type_short(one, met) for one in kind if one is not None]
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
    return "-"


def size_short(size: Size, met: Met) -> str:
    """As `check` writes it, with its quotients rounded; quotients that are known to be exact are fractions."""
    if isinstance(size, int):
        return str(int(size))
    terms = [plain_term(atoms, factor, met) for atoms, factor in size.terms]
    if any("⌊" in term or "⌈" in term for term in terms):
        return exact(size).replace(" * ", "·")
    return " + ".join(terms).replace("+ -", "- ")


def plain_term(atoms: Any, factor: int, met: Met) -> str:
    parts = [atom_text(atom, met) for atom in atoms]
    return "·".join(([str(factor)] if factor != 1 or not parts else []) + parts)


def exact(size: Size) -> str:
    """The text of a size, its quotients as in the table: `64 * ⌈H/32⌉ + 3`."""
    return QUOTIENT.sub(rounded, str(size))


def rounded(found: re.Match[str]) -> str:
    """`(H // 2)` as `⌊H/2⌋`, `((H + 1) // 2)` as `⌈H/2⌉`."""
    _, name, top, bottom = found.groups()
    if name:
        return f"⌊{name}/{bottom}⌋"
    rest = top.removesuffix(f" + {int(bottom) - 1}")
    up, inner = rest != top, rest if rest.isidentifier() else f"({rest})"
    return f"⌈{inner}/{bottom}⌉" if up else f"⌊{inner}/{bottom}⌋"
