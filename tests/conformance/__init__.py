"""Asking torch what the catalogue claims to know."""
