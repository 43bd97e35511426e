"""What is said about the flow: what a stage takes, and where there is nothing to take."""

from __future__ import annotations

FLOW: dict[str, tuple[str, ...]] = {
    "no-input": ("there is no tensor here yet", "begin the body with `input x: [N, 3, H, W]`"),
    "input-inside": (
        "an `input` belongs into the body of a model or block itself",
        "write it before the `if`, `for` or group; a `def` takes its tensors as parameters",
    ),
    "not-in-def": (
        "this belongs into the body of a model or block",
        "a `def` computes; what has parameters or buffers of its own is a `block`",
    ),
    "several-inputs": (
        "with several inputs the flow starts nowhere",
        "begin this statement with the input that is meant: `x -> ...`",
    ),
    "flow-undefined": (
        "after this `if` or `for` it is open which tensor flows on",
        "name the results and go on from a name, or let each way begin with the flow (a module or `->`) and end in one "
        "shape",
    ),
    "name-undefined": (
        "`{name}` holds different things after the two ways of an `if`",
        "give it values of one shape in both ways, or another name",
    ),
    "returns-differ": (
        "one way gives {here}, the other {there}, and which is taken is known in forward() only",
        "give the same structure and the same shapes in both ways",
    ),
    "return-under-condition": (
        "a `def` cannot return from here, under a condition that stays in forward()",
        "name what each way gives, and return it at the end",
    ),
    "differs-in-training": (
        "{name} gives {here} in training and {there} in evaluation, so no other network can go on from it",
        "let it give the same in both modes, or take it where the mode is known: "
        "`if training {{ ... }} else {{ ... }}`",
    ),
    "no-flow-in-def": ("a `def` has no flow", "begin with one of its parameters: `x -> relu`"),
    "no-flow-in-own": (
        "the value of a parameter or buffer has no flow to start from",
        "begin with a function or a name",
    ),
    "after-side-branch": (
        "this takes the side branch `{name}`, not what flowed before it",
        "if that is meant, write `{name} -> ...`; if not, begin with the name of the main branch",
    ),
    "statement-without-effect": ("this statement does nothing: {what} moves no tensor",),
    "expectation-failed": ("`{text}` does not hold here", "note: {values}"),
    "no-result": (
        "{name} ends without a tensor to give back",
        "end the body with a pipeline, or say what it gives with `return`",
    ),
    "after-return": (
        "this comes after `return` and never runs",
        "let the `return` stand behind {loop}, or in an `if`",
    ),
    "return-without-tensor": ("tensors are given back, but this is {what}",),
    "return-mixture": ("a `return` names all of its values or none", "write `return logits=x, aux=y`"),
    "bad-result-name": ("a result cannot be named `{name}`: a named tuple cannot have such a field",),
    "return-name-twice": ("two values of this `return` have one name",),
    "def-without-return": ("the function `{name}` gives nothing back", "end it with `return ...`"),
    "def-named-return": ("a `def` cannot name what it gives", "write `return a, b`, and take them with `a, b = f(x)`"),
    "training-condition": (
        "`training` may stand alone, after `not`, or beside a flag: `if training and flag`",
        "put the rest of the condition into an `if` of its own",
    ),
    "training-as-value": (
        "`training` is open until the network runs, but this is settled when it is built",
        "layers such as `Dropout` know the mode; a statement makes both ways and goes one: "
        "`if training {{ ReLU }} else {{ Tanh }}`",
    ),
    "training-in-group": ("a group cannot do one thing in training and another in evaluation", "make it a `block`"),
    "module-on-free-size": (
        "whether a module is made here depends on `{condition}`, which is open until the network runs",
        "fix the size in `input`, or make the module before the `if`",
    ),
    "stage-without-tensor": (
        "`->` needs a tensor on its left, but this is {what}",
        "a line that begins with `->` goes on from the one before; begin with what is meant: `x -> {text}`",
    ),
    "stage-ignores-flow": (
        "`{text}` does not take what `->` brings",
        "after `->` stands a module, a label or a function whose first argument is the flow",
    ),
    "poisoned": ("this needs something whose statement is faulty",),
    "value-as-stage": (
        "`{name}` is {what}; it cannot take what `->` brings",
        "`{tensor} = ...` names what a module gives; make it here, where it is applied: `{tensor}: ...`",
        "after `->` stands a module, a label or a function; `name = ...` names a value",
    ),
    "function-without-call": (
        "the function `{name}` needs its arguments here",
        "write `-> {name}({axes})`: axis 0 is the batch",
        "write `{name}(x)` or `-> {name}`",
    ),
    "not-callable": (
        "{what} cannot be called",
        "`{tensor} = ...` names what a module gives; make it here, where it is applied: `{tensor}: ...`",
    ),
    "not-a-tensor-function": ("`{name}` works on numbers, not on tensors",),
    "bad-call": ("{message}",),
    "module-not-here": ("a module cannot be made in this place", "make it in a statement of its own and name it"),
    "module-in-def": (
        "a `def` cannot make modules",
        "make it a `block`, or pass what the module gives as an argument",
    ),
    "not-module-input": ("a module takes tensors, but this is {what}", "join them before: `cat([a, b], 1)`, `a + b`"),
    "wrong-input-count": ("{name} takes {wanted}, but {given} given",),
    "shared-differs": (
        "`{name}` was made for {made}, and {what} not fit {here}",
        "its weights would fit: `{step}` in `{place}` holds a size of the first input; in a reshape, -1 stands for it",
        "`{name}` is the module; to use what it gave, name that: `{y} = {written}`; a second module has its own label",
        "`{name}` is the module; to use what it gave, name that: `{y} = {name}: …`; a second module has its own label",
        "note: what would differ is `{inner}`",
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
    "list-here": "this is the list",
    "flows-here": "from here on {shape} flows",
    "named-here": "it is named here, where {condition}",
    "given-here": "`{name}` is what this gives",
    "handed-here": "`{name}` is {field} here",
    "stage-here": "`{name}` is a stage here",
    "size-first": "here `{name}` is {size}",
    "needs-here": "needs {condition}",
    "fraction-here": "this is a fraction",
    "value-here": "`{name}` comes from here",
    "rounds-here": "`{name}`, how often the loop turns, comes from here",
    "not-labelled": "this is a statement of its own",
    "taken-apart": "takes the batch apart",
    "same-here": "the same here; and in {more} more places",
    "shape-here": "{shape} comes from here; {arithmetic}",
    "missing-here": "and this",
    "input-here": "`{name}` is declared here",
    "taken-here": "takes one of {shape}",
    "returned-here": "returned here",
    "other-return": "the other way",
    "given-in-training": "in training this is given",
    "given-in-evaluation": "in evaluation this is given",
}
