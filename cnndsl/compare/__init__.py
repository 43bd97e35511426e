"""Compares a network with another, and with a file of weights: by their graphs, without torch."""
