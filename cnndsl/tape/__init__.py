"""One forward pass as torch's eager mode runs it: operators in order, the storages that each makes, reads and keeps.

Layers and functions write their passes down in these terms (`trace`), `cnndsl/cost/` reads what a tape then says.
Computes no number; knows no layer, no file and no byte: a storage is as large as the type it was made for.
"""

from .shared import Tape
from .tape import Held, Operator, Storage, constant, parameter, tensors

__all__ = ["Held", "Operator", "Storage", "Tape", "constant", "parameter", "tensors"]
