"""What is said about shapes: what a layer or a definition wants, and what it gets."""

from __future__ import annotations

SHAPES: dict[str, tuple[str, ...]] = {
    "misfit": ("{message}",),
    "too-small": ("{message}",),
    "not-divisible": ("{message}",),
    "one-value": ("{message}",),
    "not-one-tensor": ("one tensor of shape {shape} is wanted, but this is {what}",),
    "wrong-rank": ("{wanted} is wanted, but the tensor {shape} has {rank} dimensions",),
    "wrong-dtype": (
        "the dtype {wanted} is wanted, but the tensor is {dtype}",
        'cast it before: `-> cast("{wanted}")`',
        'a cast gives another dtype: `-> cast("float32")`, `-> cast("int64")`',
    ),
    "rest-differs": ("`...{name}` is {first} before and {then} here",),
    "unknown-rest": ("nothing is known of `...{name}` here", "only a shape of an input introduces it"),
    "rest-outside-shape": ("`...` with a name may stand in shapes only",),
    "two-rests": ("a shape may hold one `...` only",),
    "not-a-size": ("a size is a whole number, but this is {what}",),
    "size-below-one": ("a size is at least 1, not {size}",),
    "size-not-capitalised": (
        "a free size begins with a capital letter, but this is {names}",
        "write {others}, here and where it is used; or {capitals}, if what has that name already is meant",
        "write {capitals}, here and where it is used; a size that a parameter gives is declared in the head: `{given}`",
    ),
    "size-too-long": (
        "a size becomes too long an expression, or one of too large numbers, to reason about here",
        "fix some of the free sizes in the model's `input`",
    ),
    "repeated-in-memory": (
        "this writes over {shape}, several elements of which lie at one place of the memory",
        "`expand` repeats without a copy: leave `inplace=True` out here",
    ),
    "weight-too-large": (
        "{what} would hold more than {limit} numbers; its sizes are {shape}",
        "is an argument wrong, or a `Flatten` before a pooling? If not, raise the limit: `--limit weights=...`",
    ),
    "size-differs": (
        "{message}",
        "note: rounding makes them equal where {rounded} alone, which nothing else in {inside} takes",
    ),
    "size-not-solvable": (
        "the size {names} cannot be worked out from this expression",
        "introduce it alone: `[N, C, H, W]`, or times a number: `16*H`",
    ),
    "size-not-spellable": (
        "the generated code could not work out the size {size} at run time",
        "take it from a tensor that has it: `x.shape[2]`",
    ),
    "starred-with-others": ("`input *x` takes all inputs, so it must be the only `input`",),
    "never-works": ("no input can meet what {name} needs{mode}", "note: it needs {conditions}"),
    "refused-at": ("{name} does not take {at}: {condition} does not hold", "sizes that work: {nearest}"),
    "no-batch": ("the first axis of {name}'s first input is no free size, and so no batch", "leave --batch out"),
    "unknown-size": ("no model of this file has a free size {name}", "the free sizes are {known}"),
    "model-input-rank": ("a model's input must say how many dimensions it has", "write every size: [N, 3, H, W]"),
}
