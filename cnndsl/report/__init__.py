"""All prose: problems as text, as JSON, and what `check` found about a file."""

from __future__ import annotations

from .prose import message
from .record import Report, to_json
from .render import concise, render

__all__ = ["Report", "concise", "message", "render", "to_json"]
