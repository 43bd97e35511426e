"""What a file of weights holds: names, shapes and dtypes, from its header alone. Executes nothing that a file says,
and reads no weights.
"""

from __future__ import annotations

from .read import read
from .stored import Entry, Stored, Unreadable

__all__ = ["Entry", "Stored", "Unreadable", "read"]
