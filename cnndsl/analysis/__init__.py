"""From tree to graph: names, compile-time values, shapes. `load` reads a file and its imports, `elaborate` does the rest."""

from .elaborate import Limits, Outcome, elaborate
from .program import Scope, load

__all__ = ["Limits", "Outcome", "Scope", "elaborate", "load"]
