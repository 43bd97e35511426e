"""`python -m cnndsl` is the command `cnndsl`."""

from .cli import process

process()
