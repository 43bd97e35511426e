"""What a model costs, read off its graph: parameters, operations, memory, receptive fields. Runs nothing, imports no
torch.
"""
