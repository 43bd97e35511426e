"""Compares a network with a file of weights: by its graph, without torch."""
