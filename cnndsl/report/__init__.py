"""All prose: problems as text, as JSON, and what `check` found about a file."""

from __future__ import annotations

from .record import Report

__all__ = ["Report"]
