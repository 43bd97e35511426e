"""The zoo: torchvision's networks in the language, each compared with the original. `python -m tests.zoo` runs all."""
