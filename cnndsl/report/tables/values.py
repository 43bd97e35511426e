"""What is said about compile-time values, arguments and templates."""

from __future__ import annotations

from .names import MEANT

VALUES: dict[str, tuple[str, ...]] = {
    # Arguments and parameters
    "missing-argument": (
        "{layer} needs the argument `{name}`",
        "write `{layer}({written}, {name}=...)`",
        "write `{layer}({name}=...)`",
    ),
    "unknown-argument": ("{layer} has no argument `{name}`", *MEANT),
    "bad-argument": ("{message}", "a number has a point: `{decimal}`"),
    "size-of-the-input": (
        "PyTorch's {names} {verb} read off the input here, and left out",
        "leave it out: `{call}`",
    ),
    "argument-twice": ("{layer} gets the argument `{name}` twice",),
    "position-after-keyword": ("an argument by position stands behind one that is given by keyword",),
    "too-many-arguments": (
        "too many arguments by position: {name} takes at most {most}",
        "leave out {inferred}: the input's shape tells; by keyword it is checked",
    ),
    "free-argument": (
        "`{name}` must be a number, but it is the size {size}, which is free",
        "fix {free} in the model's `input`: weights are made for one size of axis {feature}",
        "fix {free} in the model's `input`, or make its size a number before: `{pooling}`",
        "fix {free} in the model's `input`, or make its size a number before: AdaptiveAvgPool2d(1)",
        "fix the size in the model's `input`, or make it one with a pooling like AdaptiveAvgPool2d",
    ),
    "options-of-block": (
        "{name} takes tensors here, and no `{option}`",
        "give `{option}` where it is made: `{name}({option}=...)`",
    ),
    "function-as-argument": ("the function `{name}` cannot be an argument", "pass a template: a layer or a block"),
    "wrong-type": ("`{name}` must be of type {type}, but this is {what}",),
    "unknown-type": ("there is no parameter type `{type}`", "the types are int, float, bool, str, list and layer"),
    "bad-extern-path": (
        "`{path}` does not name a Python class",
        'write the module, a colon and the class: from "package.module:Class"',
    ),
    # Parameters, buffers and their initialisation
    "own-without-shape": ("the shape of `{name}` is not known", "write it: `param {name}: [C] = 0`"),
    "own-of-free-size": (
        "`{name}` would have the shape {shape}, but its sizes must be numbers when the module is built",
        "fix the size in the model's `input`",
    ),
    "own-shape-differs": ("`{name}` is stated as {stated}, but its value is {found}",),
    "buffer-option": ("a buffer has one option: `persistent=False`",),
    "bad-initial": (
        "a parameter or buffer starts as a number, an initialiser or a tensor, but this is {what}",
        "for example `= 1e-6`, `= zeros` or `= normal(std=0.02)`",
    ),
    "unknown-initialiser": (
        "there is no initialiser `{name}`",
        *MEANT,
        'the initialisers are those of torch.nn.init, without the underscore: `kaiming_normal(mode="fan_out")`',
    ),
    "bad-initialiser": (
        "`{name}` cannot start like this: {message}",
        "`{pattern}` means it, too; name the parameters that the rule is for: `Conv2d.weight: ...`",
    ),
    "field-not-a-number": (
        "`{name}` is no single number in {what}",
        "a number of several is had by its index: `kernel_size[0]`",
    ),
    "selector-no-type": ("a rule begins with a layer or block, but this is {what}", "for example `Conv2d.weight: ...`"),
    "selector-is-label": (
        "`{text}` begins with a label; a rule begins with a layer or block",
        'write the path as a string: `"{path}": ...`, or name the type: `{type}: ...`',
        'write the path as a string: `"{path}": ...`',
    ),
    "selector-no-parameter": ("the rule does not say which parameter of {name}", "write `{name}.weight: ...`"),
    # Templates
    "pipeline-as-template": (
        "a pipeline cannot be a template",
        "make it a block: block Name = {{ A -> B }}, and write `Name` here",
    ),
    "group-as-template": ("a group cannot be a template", "make it a block and write its name here"),
    "alias-of-no-maker": ("the right side must be a layer or a block with arguments, but it is {what}",),
    "bad-repeat": ("a repetition needs a whole number after `*`, but this is {what}",),
    "negative-repeat": ("a module cannot be repeated {count} times",),
    # Numbers, strings, lists
    "tensor-not-known": ("a value known at compile time is needed here, but this is {what}",),
    "not-a-list": ("a list or tuple is needed here, but this is {what}",),
    "not-several": ("{wanted} values are wanted here, but this is {what}",),
    "wrong-count": ("{wanted} values are wanted here, but there are {given}",),
    "not-text": ("only numbers and strings can stand in the braces of a string, but this is {what}",),
    "not-an-operand": (
        "`{operator}` cannot take {what}",
        "one of its tensors is `{listed}[0]`; `cat({listed}, 1)` joins all of them, `stack({listed})` lays them on one "
        "another",
    ),
    "no-such-number": ("{message}",),
    "too-large": ("{message}",),
    "not-indexable": ("only tensors, lists, tuples and strings have entries, but this is {what}",),
    "index-too-many": (
        "there is one index too many here: this is {what}, no tensor",
        "name the results before, and index the one that is meant: `{y}, _ = ...`, `{y}[:, -1]`",
    ),
    "bad-index": ("{what} has no entry at {index}",),
    "no-attribute": (
        "{what} has no attribute `{name}`",
        "`{method}` is a function here: write `{method}({tensor}, ...)`, or `{tensor} -> {method}(...)`",
        "`{method}` is a function here: write `-> {method}(...)`, or `{method}(x, ...)`",
        "a tensor's size along axis 1 is `x.shape[1]`",
    ),
    # Conditions
    "tensor-condition": (
        "a condition must be known when the network is built, but this is a tensor",
        "of tensors, `{sign}` is the function `logical_{sign}`; what a network does cannot depend on them",
        "a network has one shape of its own; choose between tensors by arithmetic, for example with `where`",
    ),
    "not-a-condition": ("a condition is needed here, but this is {what}",),
    "ternary-on-free-size": (
        "`{condition}` depends on a free size, so neither value can be chosen here",
        "use an `if` statement whose arms have one shape, or fix the size in `input`",
    ),
    "not-known-statement": (
        "this `if` gives a value known at compile time, so only names can be given before it",
        "move the statement before the `if`",
    ),
    "if-without-value": (
        "this `if` is used as a value, but gives none",
        "end both arms with the value: `if c {{ 8 }} else {{ 4 }}`",
    ),
    "chained-tensors": ("comparisons of tensors cannot be chained", "write `(a < b) * (b < c)`"),
    # Limits
    "too-many-modules": (
        "the network has more than {limit} modules",
        "raise the limit if that is meant: `--limit modules=...`",
        "note: the limit keeps a slip from filling memory",
    ),
    "too-many-steps": (
        "{doing} takes more than {limit} steps",
        "is a loop or a recursion without end? If not, raise the limit: `--limit steps=...`",
    ),
    "too-deep": (
        "`{name}` is nested more than {limit} deep",
        "does it use itself without end? If not, raise the limit: `--limit depth=...`",
    ),
}
