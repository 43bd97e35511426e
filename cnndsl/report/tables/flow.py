"""What is said about the flow: what a stage takes, and where there is nothing to take."""

from __future__ import annotations

FLOW: dict[str, tuple[str, ...]] = {
    "no-input": ("there is no tensor here yet", "begin the body with `input x: [N, 3, H, W]`"),
    "stage-without-tensor": ("`->` needs a tensor on its left, but this is {what}",),
    "stage-ignores-flow": (
        "`{text}` does not take what `->` brings",
        "after `->` stands a module, a label or a function whose first argument is the flow",
    ),
    "value-as-stage": (
        "`{name}` is {what}; it cannot take what `->` brings",
        "after `->` stands a module, a label or a function; `name = ...` names a value",
    ),
    "function-without-call": ("the function `{name}` needs its arguments here", "write `{name}(x)` or `-> {name}`"),
    "not-callable": ("{what} cannot be called",),
    "not-a-tensor-function": ("`{name}` works on numbers, not on tensors",),
    "bad-call": ("{message}", "note: in this call of `{name}`"),
    "module-not-here": ("a module cannot be made in this place", "make it in a statement of its own and name it"),
    "module-in-def": (
        "a `def` cannot make modules",
        "make it a `block`, or pass what the module gives as an argument",
    ),
    "not-module-input": ("a module takes tensors, but this is {what}",),
    "wrong-input-count": ("{name} takes {wanted} inputs, but {given} are given",),
    "shared-differs": (
        "`{name}` was made for another shape than this one",
        "a module is built once; make a second one with a label of its own",
    ),
    "not-a-branch": (
        "this statement cannot stand in brackets",
        "each branch is a pipeline; `for` and `if` may make some",
    ),
    "not-in-group": (
        "this cannot stand in a group",
        "a group is a torch.nn.Sequential: modules, `for`, `if` and numbers; make it a `block` for more",
    ),
    "not-in-group-value": ("a group holds modules, but this is {what}",),
    "tensor-in-group": (
        "a group cannot name what flows through it",
        "a group is a torch.nn.Sequential; make it a `block` to name values",
    ),
    "function-in-group": (
        "the function `{name}` cannot stand in a group: a torch.nn.Sequential holds modules",
        "use the module of the same effect (`Flatten`, `ReLU`), or make it a `block`",
    ),
}

CAPTIONS: dict[str, str] = {
    "see-here": "because of this",
    "applied-here": "applied here",
}
