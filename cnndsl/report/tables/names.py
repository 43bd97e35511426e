"""What is said about names: imports, items, labels, models."""

from __future__ import annotations

MEANT = ("did you mean `{nearest}` or `{rival}`?", "did you mean `{nearest}`?")

NAMES: dict[str, tuple[str, ...]] = {
    # Imports
    "import-path-computed": (
        "the path of an import must be a plain string",
        'write it out: from "blocks.cnn" import SE',
    ),
    "import-unreadable": (
        "cannot import `{path}`: {reason}",
        *MEANT,
        "the path is relative to the folder of the importing file",
    ),
    "import-outside": (
        "`{path}` lies outside the project, which is the folder {folder}",
        "move it inside, or say how far the project reaches: `--project FOLDER`",
    ),
    "imports-too-large": (
        "the file and those imported so far have more than {limit} bytes together",
        "raise the limit if that is meant: `--limit size=...`",
    ),
    "import-cycle": (
        "importing `{path}` leads back to this file",
        "move what both files need into a third one",
        "note: the files that import one another are {chain}",
    ),
    "not-in-import": ("`{path}` has no item `{name}`", *MEANT, "note: it has {known}"),
    # Items
    "defined-twice": (
        "the name `{name}` is given twice",
        "both say the same of `{same}`: leave one of them out",
        "give one of the two another name",
    ),
    "const-of-itself": ("the constant `{name}` is made of itself",),
    "alias-of-itself": ("`{name}` is another name for itself: nothing says what it makes",),
    "name-not-capitalised": (
        "`{name}` must begin with a capital letter",
        "models and blocks are named like classes: `{meant}`",
        "models and blocks are named like classes: `SimpleCNN`, `ConvBN`",
    ),
    "def-capitalised": (
        "the function `{name}` must begin with a small letter",
        "capitalised names stand for templates",
    ),
    "unknown-name": ("nothing is named `{name}`", "in torch's words: `{call}`", *MEANT),
    "python-prefix": (
        "`{prefix}.{written}` is Python; here the name stands alone",
        "a sequence is a group in braces: `{group}`",
        "write `{name}`",
    ),
    "value-is-label": ("`{name}` is both a label and a value in this definition", "rename one of the two"),
    "value-capitalised": (
        "`{name}` begins with a capital letter, so it must be a template",
        "write a tensor's name in small letters: {small}",
        "write a tensor's or number's name in small letters",
    ),
    "template-not-capitalised": (
        "`{name}` holds a template, so it must begin with a capital letter",
        "rename it, or call it with a tensor if a module is meant",
    ),
    "extern-declined": (
        "the file's `extern` blocks name Python code, which is not imported unasked: {targets}",
        "if you trust that code, say so: `cnndsl.load(..., extern=True)`",
    ),
    # Models
    "no-model": ("`{path}` has {what}",),
    "several-models": (
        "`{path}` has several models: {names}",
        "say which one: `model=` in Python, --model NAME in a shell, FILE:NAME for `cnndsl diff`",
    ),
    "no-such-model": (
        "there is no model `{name}` in this file",
        "did you mean `{nearest}`? Then run `{command}`",
        *MEANT,
        "note: it has {known}",
    ),
    "model-of-no-model": ("a model must be made of a model or a block of a file, not of {what}",),
    "model-without-input": (
        "the model {name} does not say what goes in",
        "begin its body with `input {given}: [N, 3, H, W]`",
    ),
    "model-starred-input": ("a model says how many inputs it has", "only a block can have `input *x`"),
    "model-input-without-shape": (
        "a model says the shape of its inputs",
        "write `input {name}: [N, 3, H, W]`; a capitalised name is a free size",
    ),
    "bad-setting": (
        "the parameter `{name}` cannot be set to a value of type {what}",
        "numbers, strings, True, False, None and lists of them can be given",
    ),
    "text-for-a-flag": (
        "the parameter `{name}` is set to the text {text!r}, but it is True or False",
        "write `{name}=True` or `{name}=False`",
    ),
    "setting-too-large": ("the parameter `{name}` is set to more than {most} {what}",),
    "bad-size": ("the size {name} cannot be {what}", "a size is a whole number from 1 on"),
    "bad-model-name": ("a model is asked for by its name, a string, not by a value of type {what}",),
    # Labels
    "unknown-label": ("no module here has the label `{name}`", *MEANT),
    "label-before-made": (
        "the module `{name}` is used before it is made",
        "make it first: a label builds its module where it is written",
    ),
    "label-as-value": (
        "`{name}` is a module, not a value",
        "apply it to a tensor: `x -> {name}` or `{name}(x)`",
    ),
    "label-with-arguments": (
        "`{name}` is a module that is made already; it takes tensors, not these arguments",
        "write `-> {name}` to apply it again, or rename the label if the function `{name}` is meant",
    ),
    "label-twice": (
        "the label `{name}` is given twice",
        "both make the same `{same}`: leave one out, rename it, or write `-> {name}` to apply the first one again",
        "give this one a label of its own, or write `-> {name}` to apply the first one again",
    ),
    "name-twice": ("the {kind} `{name}` is given twice", "each needs a name of its own; rename one of the two"),
    "two-meanings": ("`{name}` is both a {kind} and an input of this definition", "rename one of the two"),
    "label-is-value": ("`{name}` is both a label and a value in this definition", "rename one of the two"),
    "label-is-keyword": ("`{name}` is a word of Python's and cannot be a label", "try `{name}_`"),
    "label-is-attribute": (
        "`{name}` is an attribute of every torch.nn.{holder} and cannot be a label",
        "try `{name}_` or a name that says what it does",
    ),
    "label-is-reserved": ("`{name}` cannot be a label: the generated class needs the name", "choose another name"),
    "bad-label": (
        "`{label}` cannot be a label",
        "a label is made of letters, digits, `_` and `-`; a dot nests modules",
    ),
    "label-inside-module": (
        "of `{label}` and `{other}`, one would lie inside the other",
        "a dotted label makes its own container: give it a first part that no other module has",
    ),
    "label-on-function": (
        "`{name}` is a function and cannot have a label",
        "only modules have labels; `name = ...` names a value",
    ),
    "label-on-value": ("a label names a module, but this is {what}", "write `name = ...` to name a value"),
    "label-in-list": (
        "a labelled list is an nn.ModuleList: its modules are numbered and take no labels",
        "leave the labels out, or leave out the label of the list",
    ),
    "dict-result-inside": (
        "{name} gives a dict, which another network cannot take apart",
        "let it `return a, b` or `return first=a, second=b`",
    ),
    "pattern-without-match": (
        "no parameter here has a name like `{pattern}`",
        *MEANT,
        "note: names are paths, `layer1.0.conv1.weight`; `*` stands for any text",
    ),
    "unknown-parameter": ("{type} has no parameter `{name}`", *MEANT),
    "layer-argument-no-layer": ("{name} cannot stand in a layer of torch's; only layers of the catalogue can",),
    "label-in-template": ("a label cannot stand in a template", "label the module where the template is used"),
    "child-twice": ("the group has two children named `{name}`", "give one of the two another label"),
    # Parts of whole models
    "no-such-tap": ("{model} has no child `{name}`", *MEANT),
    "tap-not-in-flow": ("`{name}` of {model} is never applied to a single tensor on the way of its forward pass",),
    "tap-behind-return": (
        "`{name}` of {model} stands behind a `return` that may end the pass before it",
        "tap what stands before the `return`, or return at the end alone",
    ),
    "taps-of-no-model": ("`{name}` is no model or block of this file, so it has no children to tap",),
    "taps-of-no-group": ("`{name}` is no group, so it has no children to tap",),
    "part-not-first": (
        "`{name}` of {model} does not start from the model's input, so its input's shape is not known",
        'tap the whole model instead: `{model}["{name}"]`',
    ),
}

CAPTIONS: dict[str, str] = {
    "first-here": "first given here",
    "another-here": "from here on it is this",
    "keyword-here": "given by keyword",
    "made-here": "made here",
    "template-here": "this is the template",
    "module-here": "`{name}` is made here",
    "differs-here": "this would differ",
    "declared-here": "declared here",
    "read-here": "read here",
    "called-here": "called here",
    "result-here": "{name} gives this",
    "instantiated-here": "{name} is used here; on {on}",
}
