"""Random programs, each with a plain meaning of its own: see drawn.py (what is drawn) and judge.py (what is asked)."""
