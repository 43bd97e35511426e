"""`python -m tests.zoo [family or model …]`: compares all models, or these, and writes docs/zoo.md and prints it."""

from __future__ import annotations

import sys

from .table import refresh

sys.exit(refresh(sys.argv[1:]))
