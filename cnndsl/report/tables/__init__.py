"""The tables of prose, by subject: code → message, helps, notes. prose.py says how they are read."""

from __future__ import annotations

from .flow import CAPTIONS as FLOW_CAPTIONS
from .flow import FLOW
from .helps import HELPS
from .names import CAPTIONS as NAME_CAPTIONS
from .names import NAMES
from .shapes import SHAPES
from .syntax import CAPTIONS as SYNTAX_CAPTIONS
from .syntax import READING, SYNTAX
from .values import VALUES
from .warnings import WARNINGS
from .weights import WEIGHTS

__all__ = ["CAPTIONS", "HELPS", "PROSE"]

PROSE: dict[str, tuple[str, ...]] = READING | SYNTAX | NAMES | VALUES | FLOW | SHAPES | WARNINGS | WEIGHTS
CAPTIONS: dict[str, str] = SYNTAX_CAPTIONS | NAME_CAPTIONS | FLOW_CAPTIONS
