"""From tree to graph: `load` reads a file and its imports, `elaborate` finds every value and shape."""

from .elaborate import Limits, Outcome, elaborate
from .program import Scope, load

__all__ = ["Limits", "Outcome", "Scope", "elaborate", "load"]
