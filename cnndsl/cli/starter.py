"""The file that `cnndsl new` writes."""

from __future__ import annotations

import json
import os
import re
from shlex import quote

from ..layers import lookup

TEXT = """\
# {file}: a small image classifier.
#
#   cnndsl check {file}                 find mistakes, before anything runs
#   cnndsl summary {file}               every layer, its output shape and size
#   cnndsl compile {file} -o {module}
#
# In Python:  model = cnndsl.load({path}, classes=100)

# A block is a part that can be used again; each use makes its own weights.
block ConvBN(out) = {{ Conv2d(out, 3, padding=1, bias=False) -> BatchNorm2d -> ReLU }}

model {model}(classes=10, width=32) {{
    # Sizes as torch numbers them, batch first; H and W are free.
    input image: [N, 3, H, W]

    # A label names a submodule, and with it the keys of the state_dict.
    stem: ConvBN(width)
    down1: MaxPool2d(2)
    body: ConvBN(width * 2)

    # `name = …` keeps a value; here for a residual connection.
    skip = down2: MaxPool2d(2)
    refine: ConvBN(width * 2) -> add(skip)

    pool: AdaptiveAvgPool2d(1) -> Flatten
    head: Linear(classes)  # in_features is worked out
}}
"""


def starter(path: str) -> str:
    """The starter file for a path, its model named after the file."""
    file = os.path.basename(path)
    words = re.findall(r"[A-Za-z0-9]+", file.removesuffix(".cnn"))
    model = "".join(word[:1].upper() + word[1:] for word in words)
    if not model[:1].isalpha():
        model = f"Net{model}"
    if model in ("True", "False", "None", "ConvBN") or lookup(model) is not None:
        model = f"{model}Net"
    shown = {"file": quote(file), "module": quote(f"{file.removesuffix('.cnn')}.py"), "path": json.dumps(file)}
    return TEXT.format(model=model, **shown)
