"""Fuzzers: whatever bytes the compiler is given, it answers in place and in time; what it accepts, torch runs."""
