"""What a model costs, against torch."""
