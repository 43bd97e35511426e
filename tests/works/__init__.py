"""Generated modules under the tools of torch: compilers, exporters, tracers, precisions, processes, copies.

`python -m tests.works` runs the longer checks: every network under torch.compile's own backend.
"""
