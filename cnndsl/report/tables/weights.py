"""What is said about files of weights beside a network: `cnndsl check --weights`."""

from __future__ import annotations

WEIGHTS: dict[str, tuple[str, ...]] = {
    "weights-unreadable": ("cannot read the weights of {path}: {reason}",),
    "weights-missing": (
        "{path} lacks {names}",
        "it has {near}; did you mean that name, or is the layer new?",
    ),
    "weights-shape": ("other shapes than in {path}: {pairs}",),
    "weights-unexpected": ("{path} has {names}, which the network does not",),
    "weights-dtype": ("{names}: {here} here, {there} in {path}; torch converts as it loads",),
    "weights-prefix": (
        "every name in {path} begins with `{prefix}`",
        "take it off before loading: {{k.removeprefix('{prefix}'): v for k, v in weights.items()}}",
    ),
    "weights-inside": (
        "the weights of {path} stand under `{name}`",
        "load them so: model.load_state_dict(torch.load(...){keys})",
    ),
    "weights-others": ("{path} also holds what is no tensor: {names}",),
}
