"""What is said about networks that run and still look like a mistake. `# allow: code` on a line silences one."""

from __future__ import annotations

WARNINGS: dict[str, tuple[str, ...]] = {
    "linear-on-maps": (
        "a {layer} after {name} works along the width of the maps, not on their features",
        "`{meant}` works on the channels of each place; or write `# allow: linear-on-maps` on the line",
        "put `Flatten` before it, or write `# allow: linear-on-maps` on the line if that is meant",
    ),
    "unused": (
        "{name} is never used",
        "`{hidden}` on line {line} gives the name to something else: leave that out, or call it otherwise; or write "
        "`# allow: unused` on the line",
        "a label is applied where it is made: write its layers where it is first applied, `x -> {label}: ...`",
        "a list of layers has a capital letter: `{list} = [...]` and `for Layer in {list} {{ Layer }}` apply one after "
        "the other",
        "each round begins from `{start}` anew: `{start} = {start} -> ...` goes on from the one before; or write "
        "`# allow: unused` on the line",
        "`{still}` goes on as it was: `{still} = ...` in front of this line gives it what comes out; or write "
        "`# allow: unused` on the line",
        "leave out {rounds}, or write `# allow: unused` on the line if they are meant to stay",
        "a list joins nothing: `{joined}` does; or write `# allow: unused` on the line",
        "remove it, or write `# allow: unused` on the line if it is meant to stay",
    ),
    "cancelled-bias": (
        "the batch norm that follows cancels the bias of this {name}",
        "write `bias=False`: the same network with fewer parameters",
    ),
    "no-batch-axis": (
        "this {name} takes {shape} as a single image, without a batch",
        "PyTorch has the batch first and the channels before the other sizes: `{ordered}`",
        "declare what goes in with the batch first, `{whole}`; or write `# allow: no-batch-axis` on the line",
    ),
    "channels-last": (
        "{shape} looks like {what} with its channels last",
        "torch's {order}: declare them so, or write `-> permute({axes})` before",
    ),
    "batch-tied": (
        "this needs {condition}, and so takes batches of {takes} only",
        "it takes apart axis 0, or spreads it: is a size of a reshape wrong? `-> flatten(1)` keeps it, and `chunk` and "
        "`split` take `dim=1`; nothing else gives {multiple}",
        "is `{tensor}`, of which there is one, meant for each of the batch? "
        "`expand({tensor}, {batch}{rest})` repeats it",
        "is something of size 1 meant for each of the batch? `expand({y}, {batch}, -1)` repeats it, "
        "with a -1 for each axis behind",
        "are two axes mixed up? The batch is axis 0; recurrent layers and attention want `batch_first=True` for that",
    ),
    "batches-joined": (
        "this `{name}` says no axis, and joins along the batch: more samples come out than go in",
        "`{name}([a, b], 1)` joins channels or features; `{name}([a, b], 0)` says that batches are meant",
    ),
    "batch-as-steps": (
        "this {name} takes axis 0 of its input, which is the batch, for the steps of a sequence",
        "write `batch_first=True`, or `# allow: batch-as-steps` on the line",
    ),
    "mask-of-ones": (
        "the mask `{name}` is of ones and zeros, which are added to the scores: it shuts out nothing",
        "write `{meant}`, which shuts out what comes later; or write `# allow: mask-of-ones` on the line",
        "write `{name} == 0` or `{name} == 1`: where it is true, layers do not look, and "
        "`scaled_dot_product_attention` does; or write `# allow: mask-of-ones` on the line",
    ),
    "blind-position": (
        "the mask `{name}` leaves the {which} position nothing to look at",
        "`{meant}` shuts out what comes later; or write `# allow: blind-position` on the line",
    ),
    "idle-choice": (
        "`{condition}` decides nothing: both ways give `{value}`",
        "write `{value}` alone; or write `# allow: idle-choice` on the line",
    ),
    "idle-dropout": (
        "the dropout of this {name} does nothing: it works between layers, of which there is one",
        "for what it gives write `Dropout` behind it; or write `# allow: idle-dropout` on the line",
    ),
    "constant-result": (
        "this {name} gives {gives} whatever it takes: there is one number {where}",
        "`{meant}` runs along the other axis; or write `# allow: constant-result` on the line",
        "one number becomes a probability by `Sigmoid`; or is it to be `Linear({classes})`, a number for each class? "
        "Or write `# allow: constant-result` on the line",
        "`> 0` decides by one number; or is it to be `Linear({place})`, a number for each class? Or write "
        "`# allow: constant-result` on the line",
        "leave this {layer} out; or write `# allow: constant-result` on the line",
        "give it fewer groups, each of several channels: `{groups}(1)` is of all; or write `# allow: constant-result` "
        "on the line",
        "is another axis meant? Or write `# allow: constant-result` on the line",
    ),
    "drops-all": (
        "this {name} drops all: in training it gives 0 whatever it takes",
        "`p` is the share that becomes 0, not what is kept: write one below 1, or `# allow: drops-all` on the line",
    ),
    "idle-flatten": (
        "this {name} gives back what it takes: {shape} is flat already",
        "`{label}` is the label of the {name} alone: for what its line gives write `{y} = ...`, and go on from `{y}`; "
        "or write `# allow: idle-flatten` on the line",
        "leave `{left_out}` out, or write `# allow: idle-flatten` on the line",
        "is `{start} -> {stage}` meant? Or write `# allow: idle-flatten` on the line",
        "if it is to take what line {line} gives, name that, `{y} = {made}`, and write `{y} -> {stage}`; or write "
        "`# allow: idle-flatten` on the line",
        "what it is to take stands before it by its name, `x -> {stage}`; or write `# allow: idle-flatten` on the line",
    ),
    "idle-pool": (
        "this {name} gives back what it takes: its window is one place, and so is its stride",
        "`{name}(2)` halves each size; or write `# allow: idle-pool` on the line",
    ),
    "idle-rule": (
        "this rule sets nothing: no module here is a {name}",
        "did you mean `{nearest}`?",
        "leave it out, or write `# allow: idle-rule` on the line",
    ),
    "idle-squeeze": (
        "this squeeze gives back what it takes: it drops an axis of size 1 only, and axis {axis} of {shape} has {size}",
        "`squeeze({ones})` drops what has that size; or write `# allow: idle-squeeze` on the line",
        "`{index}` takes the first of that axis; or write `# allow: idle-squeeze` on the line",
    ),
    "lone-position": (
        "this {name} has one position to look at: axis {axis} of {shape} is the sequence",
        "each position looks at the others: give it a sequence of several, `[N, T, D]` with `batch_first=True`; "
        "or write `# allow: lone-position` on the line",
    ),
    "identity-of-the-flow": (
        "`Identity` takes what flows here, where the other way begins from `{start}`",
        "write `{name} = {start}`; or write `# allow: identity-of-the-flow` on the line",
        "write `{start}`; or write `# allow: identity-of-the-flow` on the line",
    ),
    "if-without-else": (
        "this `if` has no `else`: where `{condition}` is false it gives what flows here, not `{start}`",
        "write `else {{ {start} }}` behind it; or write `# allow: if-without-else` on the line",
    ),
    "pair-of-states": ("`{name}` is a pair, the hidden state and the cell state of an LSTM: {index} {told}",),
    "size-for-scale": (
        "this {name} makes its maps smaller: what stands first is their size",
        "for so many times the size write `{name}(scale_factor=2)`; or write `# allow: size-for-scale` on the line",
    ),
    "small-inputs": (
        "this needs {condition}: it takes small inputs only, for which two different sizes happen to be equal",
        "note: along axis {axis} meet {sizes}",
        "a stage goes on from the one before it: write `x -> ...` for another way from x; or write "
        "`# allow: small-inputs` on the line",
    ),
    "not-transposed": (
        "this needs {condition}: {mixed}",
        "{turned}; or write `# allow: not-transposed` on the line",
    ),
    "product-for-copies": (
        "this multiplies by {number} what is given here: it makes no copies",
        "`{function}` is a function: with `{layer}` all of it is made {number} times; or write "
        "`# allow: product-for-copies` on the line",
        "`{copies}` makes {number}, one after the other; or write `# allow: product-for-copies` on the line",
    ),
    "label-as-operand": (
        "`{name}` is the module: here it is applied once more, to what flows",
        "to use what it gave, name that: `{y} = {name}: …`; or write `# allow: label-as-operand` on the line",
    ),
    "number-for-label": (
        "`{name}` is the number {value} here, not what the module `{name}` gave",
        "name that: `{y} = {name}: …`; or write `# allow: number-for-label` on the line",
    ),
    "hidden-by-loop": (
        "behind this loop `{name}` is its last value, no longer the {kind} of that name",
        "give the loop's variable a name of its own; or write `# allow: hidden-by-loop` on the line",
    ),
    "unknown-allowance": (
        "no warning has the code `{name}`",
        "did you mean `{nearest}` or `{rival}`?",
        "did you mean `{nearest}`?",
        "a warning says its code in brackets: `warning[unused]` is allowed by `# allow: unused`",
    ),
    "activation-twice": (
        "{name} is applied twice in a row",
        "`{name}` alone is repeated; for copies of a chain write `(... -> {name}) * {count}`",
        "remove one of the two",
    ),
    "label-of-one": (
        "the label `{label}` names `{first}` alone",
        "`{label}: {{ ... }}` names several; or write `# allow: label-of-one` on the line",
    ),
    "softmax-taken": (
        "{name} takes what {first} gave for plain numbers",
        "write one of the two; or write `# allow: softmax-taken` on the line",
    ),
    "overwritten": (
        "this writes over {name}: a training step fails",
        "leave `inplace=True` out here, or write `# allow: overwritten` on the line if it is never trained",
    ),
    "one-sample": (
        "this takes sample {index} alone: axis 0 of {shape} is the batch, and nothing is given for the others",
        "`{meant}` takes it of each sample; or write `# allow: one-sample` on the line",
    ),
    "cut-rows": (
        "each sample of {shape} becomes {rows} rows of {length}, which begin and end in the midst of its axes: "
        "{axes} = {sample} = {rows} * {length}",
        "`-> flatten(1)` makes one row of each sample; or write `# allow: cut-rows` on the line",
    ),
    "reshape-for-transpose": (
        "a {name} leaves all numbers in their order: axis {taken} of {before} does not become axis {given} of {after}, "
        "though both are as long",
        "two axes change places by a transpose: `{meant}`; or write `# allow: reshape-for-transpose` on the line",
    ),
    "stride-over-kernel": (
        "the stride of this {name} is larger than its kernel: it skips part of its input",
        "make the kernel at least as large as the stride, or write `# allow: stride-over-kernel` on the line",
    ),
    "guessed-axis": (
        "this {name} does not say along which axis; of {shape} torch takes axis {axis}",
        "that is {batch}: say which axis is meant, for example `{name}(dim=-1)`",
        "write `{name}(dim={axis})`, or the axis that is meant",
    ),
    "softmax-over-batch": (
        "this {name} runs along axis 0 of {shape}, which is the batch: what a sample gets hangs on all {batch} of them",
        "write `{name}(dim={axis})`, or the axis that is meant; or write `# allow: softmax-over-batch` on the line",
    ),
    "torch-order": (
        "the arguments of this {name} make more sense in torch's order, which begins with the input's size",
        "leave that size out: it is read off the input; or write `# allow: torch-order` on the line",
    ),
}
