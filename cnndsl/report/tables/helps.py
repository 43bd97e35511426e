"""What to do about a problem, where who finds it knows more than its code says: code of a `Help` → texts, of which the
first is said whose facts are all there. What is to be left out has a code that begins with `leave-`.
"""

from __future__ import annotations

HELPS: dict[str, tuple[str, ...]] = {
    # Names
    "lazy-layer": ("every layer is lazy here: write `{name}`",),
    "copies-by-star": ("`*` makes copies of a module, in sequence: `{meant}`",),
    "whole-quotient": ("`/` gives a fraction; `{meant}` is a whole number",),
    "flow-in-list": (
        "what flows stands in the list, too, by its name: `{name}([{flow}, {rest}`",
        "what flows stands in the list, too: name it, `{y} = ...`, then write `{name}([{y}, {rest}`",
    ),
    "one-row": ("`flatten(1)` makes one row of each sample, {row} numbers long",),
    "dots-stand-for-nothing": ("`...` stands for no layers: write them out, or remove it",),
    "layer-without-quotes": ("a layer stands without quotes: `{name}`",),
    "comment-by-sign": ("a comment begins with `#`",),
    "label-where-made": ("did you mean `{meant}`? A label is given where a module is made: `{name}: {meant}(...)`",),
    "label-counts": (
        'each round of the loop makes one: let the label count, `{head}`, `"{label}": ...`; to apply one module in '
        "every round, make it in the first: `if {i} == 0 {{ {shared}: ... }} else {{ {shared} }}`",
        'each round of the loop makes one: let the label count, `"{label}": ...`; to apply one module in every round, '
        "make it in the first: `if {i} == 0 {{ {shared}: ... }} else {{ {shared} }}`",
        'each round of the loop makes one: let the label count, `"{label}": ...`',
    ),
    "tensor-first": ("what a module takes stands before it: `{meant}`",),
    "input-of-that-name": ("`{name}` is the input of that name here: give the input another name",),
    "size-is-called": ("the size is called `{name}`",),
    "value-by-equals": ("a value is named by `=`: `{meant}`",),
    "argument-by-equals": ("an argument is named by `=`: `{meant}`",),
    "template-named": (
        "a label makes a module at once; `{name} = {made}` names the template, which is given as `{name}`",
    ),
    "template-capitalised": (
        "to hand on the layer itself, write it with a capital letter: `{made}`, given as `{name}`",
    ),
    "pair-taken-apart": (
        "take it apart where it comes about, `{targets} = ...`: `{state}` is the last layer's then; "
        "or write `# allow: pair-of-states` on the line",
    ),
    "otherwise-given": (
        "say what it is then: `{written}`",
        "say what it is then, by an `else`",
    ),
    "results-are": ("its results are {names}",),
    "results-taken": ("its results are taken by `{pattern} = ...`",),
    "taken-apart-as": ("`{name}` is several values; take them apart where they come about: `{pattern} = ...`",),
    "taken-in-rounds": ("take all of them: `for {pattern} in ...`",),
    "several-values": ("`{name}` is {count} values: take them apart where they come about, `{pattern}` for `{name}`",),
    "parameter-declared": ("a parameter is declared: `param gamma: [C] = ones`",),
    "parameters-declared": ("each parameter is declared: `param gamma: [C] = ones`",),
    "leave-weights-to-init": (
        "leave it out: weights are set in a section of the body: `init {{ Conv2d.weight: kaiming_normal }}`",
    ),
    "mode-by-statement": (
        "the mode of the network is asked by a statement, `if training {{ ... }}`; `Dropout` and `dropout` know it",
    ),
    "mode-stands-alone": ("the mode of the network stands alone: `if training {{ ... }}`",),
    "unused-would-fit": ("`{name}` is {shape}, and is used nowhere: is `{name}` meant?",),
    "unnamed-would-fit": (
        "`{step}` on line {step_line} gives {shape}, and that is used nowhere: name it, `{y} = ...`",
    ),
    "would-fit": ("`{name}` is {shape}, and would fit: is it meant?",),
    "call-it": ("call it `{meant}`, and give it so: `{caller}({meant}=...)`", "call it `{meant}`"),
    "name-free-size": ("a free size has a name, with a capital letter: `{shape}`",),
    "dtype-behind-shape": ("a dtype stands behind the shape: `[N, T] {name}`",),
    "size-named": ("a free size is named in `input`: `input x: [N, 3, H, W]`",),
    "value-named": ("a value is named where it is made: `{name} = ...`",),
    "flow-named": ("what flows has no name yet: give it one where it is made, `{made}`",),
    "constant-named": ("a constant is an item of its own: `const {name} = ...`",),
    "own-layer": ("layers are those of torch.nn; one of your own is a block: `block {name} {{ ... }}`",),
    "flows-into-it": (
        "`{name}` takes at most {count}: what flows goes into it by `{meant}`, a tensor with a name by `{apart}`",
        "`{name}` has no arguments: what flows goes into it by `{meant}`, a tensor with a name by `{apart}`",
    ),
    "parameter-in-head": ("a parameter stands in the head, `{head}`; or write `{name} = ...` before",),
    "or-in-the-head-too": ("did you mean `{name}`? Or write `{other}` in the head, too",),
    "input-with-sizes": ("what goes in is declared at the beginning of the body, with its sizes: `{meant}`",),
    "input-declared": (
        "the block is given one tensor more than it declares: `{meant}` below the other",
        "the block is given two tensors: begin its body with `input x; input {other}`, and go on by `x -> ...`",
    ),
    "input-declared-first": ("what goes in is declared at the beginning of the body: `input {name}: [N, C, H, W]`",),
    "input-is-called": ("what goes in is called `{name}` here",),
    "equals-names": ("`=` names a value: `{name} = ...`; `==` compares",),
    "name-stands-first": ("the name stands first: `{name} = ...`",),
    "name-before-if": ("it is not so here: name it before the `if`, too, `{name} = {before}`",),
    "name-what-if-gives": (
        "forward() decides this: name what the `if` gives, `{name} = if ... {{ ... }} else {{ {otherwise} }}`",
    ),
    "named-one-way": ("it has this name after one way of an `if` only: name it after the other, too, or before",),
    "named-by-first": ("the first of {inputs} has named {size}, which all share: write `_` for what differs",),
    "size-of-its-own": (
        "`{name}` is one size for all inputs: where they may differ, give one of them another name, `{other}`",
    ),
    "entries-up-to": ("its entries have the numbers 0 to {last}",),
    "runs-over-list": ("`for v in values` goes through what is in a list, `for i in range(len(values))` counts it",),
    "entry-by-index": ("an entry of a list stands in square brackets: `{meant}`",),
    "first-axis-apart": ("`-> unbind(0)` takes the first axis apart",),
    "read-off-in-blocks": ("the {size} channels that come in are read off: leave them out, `{call}`",),
    "features-read-off": ("the {size} features that come in are read off: leave them out, `{call}`",),
    "named-by-round": ("an earlier round of the loop has named {size}: write `_` for what changes",),
    "name-results": (
        "name its results where they come about: `{name}, {others} = ...`",
        "name its results where they come about: `{y}, {others} = ...`",
    ),
    "lined-up": (
        "shapes are lined up at their ends: `{tensor}[{index}]`",
        "shapes are lined up at their ends: `{y}[{index}]`, where `{y}` is of shape {shape}",
    ),
    "pads-elsewhere": ('write `{name}`; if this is Flax\'s, which pads unless told otherwise, with `padding="same"`',),
    "kept-elsewhere": (
        "write `{name}`; where `momentum` is the part that is kept, as in Paddle and Flax, torch's is one minus that",
    ),
    "name-and-go-on": ("name them before, and go on from the one that is meant: `{y}, _ = ...`",),
    "one-of-several": ("one of several results has a name of its own: `{y}{others} = ...`",),
    "name-of-unlabelled": (
        "`{path}` is the name that a module without a label gets in its loop: give it a label of its own, "
        '`"name{{i}}": ...`, or another one to the other',
    ),
    "mode-is-condition": (
        "it is the condition of a statement: `if training {{ ... }}`; layers such as `Dropout` know the mode",
    ),
    "comment-sign": ("a comment begins with `#`",),
    # The flow
    "begin-with": ("begin with what is meant: {either}",),
    "number-behind": ("a repetition has its number behind it: `{meant}`",),
    "repeated-without-list": ("a repetition needs no list: `{meant}`",),
    "choice-made-first": ("`->` binds loosest: the choice is made before it; for one way alone write `{meant}`",),
    "arrow-binds-loosest": ("`->` binds loosest: two ways are joined by `{meant}`",),
    "function-behind-arrow": ("after `->` stands a function: `-> {meant}`",),
    "sign-left-out": ("leave it out, or write what stands before it",),
    "to-add-it": ("to add it, write `-> add({name})`; what goes on from it is a statement of its own",),
    "one-label": ("a module has one label: `-> {name}` applies it once more; values and results are named by `=`",),
    "label-before-module": ("a label stands in front of its module: `{meant}`",),
    "module-applied": ("a module is applied by `{meant}`",),
    "sizes-of-both": (
        "`{step}` on line {step_line} makes {makes} {what}, and `{back}` on line {back_line} {wanted}: they are to "
        "make the same number",
    ),
    "size-wanted": ("`{step}` on line {step_line} makes {makes} {what}, where {wanted} are wanted",),
    "declared-with": (
        "{product} = {wanted} positions come, and `{name}` on line {line} is to have as many: `{meant}`",
        "{wanted} come, and `{name}` on line {line} is to have as many: `{meant}`",
    ),
    "module-not-result": ("`{name}` is the module, and is applied once more here; name what it gave: `{y}{meant}`",),
    "layer-with-weights": ("the layer, which has weights of its own, is `{meant}`",),
    "list-as-group": (
        "a list in sequence is a group, `{{ for Layer in {name} {{ Layer }} }}`; it is named by `{name} = [A, B]`",
    ),
    "loop-is-sequence": ("layers are written where they are applied, as a group: `Sequential {{ {meant} }}`",),
    "name-list-before": (
        "give the list a name before: `values = [...]`, and go through that: `for y in values {{ ... }}`",
    ),
    "loop-of-values": (
        "`{name}` is what the loop goes through: values; a module is made in its body, "
        "`Conv2d(8, 3)`, or of a template, `for Layer in [A, B] {{ Layer }}`",
    ),
    "leave-fixed-activation": ("leave it out: it is {name}'s own",),
    "activation-fixed": ("the activations of {name} are fixed; `RNN` has a `nonlinearity`",),
    "leave-what-follows": ("leave it out: `{name}` follows",),
    "parts-of-size": ("{count} parts of {whole} are of {size} each: `{meant}`",),
    "parts-named": ("`chunk` makes {given} parts: give it {wanted}, or name as many as there are",),
    "one-for-each": ("each name has its own: `{meant}`",),
    "rows-unlike": (
        "each of the batch has {has} numbers, and the shape takes {rows} for each; `{flat}` makes one row of all",
        "each of the batch has {has} numbers, and the shape takes {rows} for each: one of the two is wrong",
    ),
    "callee-missing": ("arguments follow the name of a layer: `{meant}`, such as `Conv2d(8, 3)`",),
    "changed-places": ("`{name}` stands where `{place}` belongs: `{meant}`",),
    "parameter-so": ("a parameter is declared: `{meant}`",),
    "states-begin-with-zeros": ("leave it out: the states of a recurrent layer begin with zeros",),
    "from-zero": ("the first round has {name} = 0: `{meant}`, or begin with 1, `range(1, ...)`",),
    "no-parameters": ("`{name}` has no parameters: it stands without brackets, or gets some in its head",),
    "parts-by-chunk": ("`split` takes the size of a part; {count} parts are `{meant}`",),
    "with-indices": (
        "where the values come from is given, too, with `{call}, return_indices=True)`",
        "where the values come from is given, too, if `return_indices=True` stands where the module is made",
    ),
    "begin-with-input": ("begin this statement with the input that is meant: {either}",),
    "stages-in-one": ("its stages stand where it is taken, in one: `x -> Conv2d(8, 1) -> ReLU`",),
    "made-by-this-line": ("`{name}` is what this line makes; what was made before it is called `{before}`",),
    "list-in-itself": ("line {line} puts the list itself into a list: `{meant}`",),
    "batch-first": (
        "PyTorch has the batch first and the channels before the other sizes: `{ordered}`",
        "declare what goes in with the batch first, `{shape}`",
    ),
    "flow-first": ("what flows stands first: `{meant}`",),
    "flow-needs-no-name": ("what flows needs no name: `{meant}`",),
    "arrives-first": ("what arrives is the first argument: name it before, and write `{name}([{y}, x], 1)`",),
    "joined": ("stages are joined by `->`: `{meant}`", "stages are joined by `->`"),
    "entry-of-list": (
        'the entries of a labelled list all take what flows; alone this is `{head} -> "name.0": {rest}`',
    ),
    "label-alone": (
        "let the label have its module alone, and name what it gives: `{y} = norm: BatchNorm2d`, then `{y} + x`",
    ),
    "made-where-applied": ("a module is made where it is applied: `x -> {made}`",),
    "tensor-in-ways": ("say in each way what becomes of a tensor: `y = if ... {{ x * 2 }} else {{ x }}`",),
    "scaled-by-a-stage": ("what comes out is scaled by a stage of its own, at the end: `{stage}`",),
    "from-outside": (
        "a class from outside is declared as an item: `extern block {block}(): [N, 3, H, W] -> [N, 1000] from "
        '"torchvision.models:{name}"`',
    ),
    "imported-as": ("it is imported as `{name}`",),
    "block-for-def": ("what makes modules is a block: `block {name}`, for `def {name}`",),
    "block-makes-modules": ("a `def` gives values; what makes modules is a `block`: `block Part(out) {{ ... }}`",),
    "named-before-index": (
        "begin with the value, `{meant}`; or name what it gives, `y = ... -> {call}`, then `y{index}`",
        "name what it gives, `y = ... -> {call}`, and go on from `y{index}`",
    ),
    "several-tensors": ("several tensors stand in round brackets: `(a, b) -> ...`",),
    "branches-in-a-row": (
        "the layers of a list stand beside one another: `-> cat(1)` behind it joins what they give; one after the "
        "other they are written `{meant}`",
    ),
    "join-named": ("join them before: `{meant} -> ...`",),
    "parts-of": (
        "`{step}` on line {step_line} makes {count} parts of {total}, {piece} each: {wanted} each come of {needed}, "
        "which `{layer}` on line {layer_line} is to make",
        "`{step}` on line {step_line} makes {count} parts of {total}, {piece} each: {wanted} each come of {needed}",
    ),
    "join-before": ("join them before: `cat([a, b], 1)`, `a + b`",),
    "give-each": ("give each: `{call}`",),
    "states-in-brackets": ("its two states are one value, in brackets: `{call}(x, (h, c))`",),
    "values-alone": ("along an axis, `{name}` gives the values and their places; the values alone are `{meant}`",),
    "module-of-its-own": ("what is to have weights of its own has a label of its own: `{meant}`",),
    "applied-where-made": (
        "a label is applied where it is made: write `{meant}` where it is to run; a second module has its own label",
    ),
    "goes-on": ("what it gives goes on by `->`: `{meant}`",),
    "it-is-number": ("it is {number} here: write that, or give it a name before",),
    "asked-of-result": (
        "`{name}` is the module; name what it gave: `{y} = {made}`, and write `{function}({y})`",
        "`{name}` is the module; name what it gave: `{y} = {made}`, and write `{y}.shape`",
    ),
    "module-is-applied": ("a module is applied, `{name}(x)`; what is in it is its own",),
    "shared-parameter": (
        "a module keeps its parameters; a shared one is declared: `{declared}`, `{given}`",
        "a module keeps its parameters; a shared one is declared: `{declared}`",
    ),
    # Arguments
    "parameters-are": ("the parameters of `{module}` are {names}",),
    "no-format": ("what stands in the braces of a text has no format: `{{{value}}}`",),
    "given-below": ("it is given below: move that in front of its first use",),
    "flow-comes-first": ("what `->` brings is the first argument of `{name}`",),
    "text-in-quotes": ('a text stands in quotes: `"{name}"`',),
    "pass-template": (
        "pass a template, `{name}`; what holds one begins with a capital letter: `{meant}`",
        "pass a template: `{name}`",
    ),
    "round-brackets": ("the arguments of a layer stand in round brackets: `{meant}`",),
    "in-this-order": ("in another order they fit: `{meant}`",),
    "declared-with-dtype": ("declare it with its dtype on line {line}: `{meant}`",),
    "pair-apart": ("`{name}` is several tensors; `*` gives each: `{meant}`",),
    "inputs-missing": ("{names} {verb} missing: `{meant}`",),
    "tensors-apart": ("a module takes tensors in brackets of their own: `{meant}`",),
    "tensor-one-by-one": ("numbers become a tensor one by one: `{meant}`",),
    "tensor-arrives": ("it takes one tensor, which `->` brings: `{meant}`",),
    "tensors-together": ("several tensors go in together: `{meant}`",),
    "leave-what-is-read-off": ("leave it out: `{name}` is read off the input",),
    "read-off": (
        "{names}: read off the input, and left out; did you mean `{turned}`?",
        "{names}: read off the input, and left out",
    ),
    "channels-first": ("the channels come first, then the kernel: `{meant}`; {names} is read off the input",),
    "label-or-value": ("label the module where the template is used; what a module gives is named `{meant}`",),
    "left-out-or-elsewhere": ("leave it out, `{call}`; if {size} is meant, something before gives another size",),
    "size-left-out": (
        "leave that size out: it is read off the input, and is {actual}, not {given}; or write "
        "`# allow: torch-order` on the line",
    ),
    "torchs-order-or-not": (
        "if this one is, `{call}` is meant: {names} is read off the input; if not, write "
        "`# allow: torch-order` on the line",
    ),
    "name-last-axis": ("without it the last axis is meant; name it: `{call}`",),
    "spread-by-star": ("a list is taken apart by `*`: `{meant}`",),
    "lists-have-no-methods": (
        "a list is read by `{name}[0]`, `{name}[:-1]`, `len({name})`, and made anew by `[*{name}, ...]`",
    ),
    "length-by-len": ("a list has its length by `{meant}`",),
    "entry-itself": ("`{name}` is an entry of `{of}` itself; `for i in range(len({of}))` gives numbers",),
    "counts-the-same": ("it counts by {names}, {which} the same in two rounds",),
    "applied-by-arrow": ("`{name}` is a module: `{meant}` applies it",),
    "write": ("write `{meant}`",),
    "one-list": ("its `{field}` is one list: `{meant}`",),
    "one-window": ("a window of several sizes is one list: `{meant}`",),
    "tensors-in-brackets": ("its tensors stand in brackets: `{meant}`",),
    "whole-shape": ("a shape is given whole, the batch included, which -1 stands for: `{meant}`",),
    "belongs-to-maker": ("it belongs where the layer is made: `{meant}`",),
    "did-you-mean": ("did you mean {others} or {last}?",),
    "beside-tensors": ("beside tensors it takes {names}", "it takes tensors alone"),
    "without-none": ("leave the argument out: it is never `None`",),
    "bound-by-place": ("the template gives `{name}`, by its place; name what it is to give: `{meant}`",),
    "position-first": ("name it too, `name=value`; or give it before `{keyword}=`",),
    "it-has": ("it has {names}",),
    "given-already": ("`{name}` is given already: leave one of them out",),
    "results-by-name": ("results have their names without a class: `return {results}`",),
    "without-quotes": ("write it without quotes",),
    "whole-number": ("`//` divides to a whole number, and `int(...)` makes one",),
    "whole-numbers-in-buffer": (
        "training changes fractions only; whole numbers are kept as a buffer: `buffer {name}: ...`",
    ),
    "rounds-known": (
        "how often a loop turns is known when the network is built: fix {size} in `input`; a recurrent layer, `GRU` or "
        "`LSTM`, goes through any number of steps",
    ),
    "templates-capitalised": (
        "a list of layers is one of templates where its name, and that of each, has a capital letter: `{name}`, not "
        "modules that are applied at once",
    ),
    "tensor-of-numbers": ("the tensor of such numbers is made by `arange({size})`",),
    "list-is-wanted": ("`{name}` is a list: `{meant}`",),
    "range-or-list": ("`range({number})` has the numbers from 0 on, so many; a list of one is `[{number}]`",),
    # Shapes
    "only-batch-left": ("`{step}` on line {line} leaves only the batch of {shape}; features need an axis, too",),
    "size-of-axis": ("the size of axis 0 of `{name}` is `{name}.shape[0]`",),
    "last-axes": ("it takes the last axes; `permute(0, 2, 3, 1)` before and `permute(0, 3, 1, 2)` behind move axis 1",),
    "last-axis": ("{size} is the last axis of {shape}, which line {line} makes: is {number} to be last?",),
    "order-of-sequences": (
        "torch's sequences are [N, channels, length]: declare `{shape}`, or write `-> transpose(1, 2)` before",
    ),
    "axes-of-images": ("images have a batch and channels in front: declare `{shape}`",),
    "maps-of-vectors": ("maps are declared `{shape}`; `-> Unflatten(1, ({maps}))` makes them of {vectors}",),
    "maps-of-product": ("`-> Unflatten(1, ({maps}))` makes maps of {vectors}",),
    "too-early": ("`{step}` on line {line} makes {made} of {of}: is it too early?",),
    "joins-batches": ("axis 0 is the batch: line {line} joins batches; `cat([a, b], 1)` joins channels",),
    "input-comes-first": ("begin the body with `{input}`, which stands on line {line}",),
    "goes-on-from": ("`{step}` on line {line} goes on from `{name}`; a way of its own begins with a value: `{meant}`",),
    "permutes": ("`{name}` takes two axes; `{meant}` takes all",),
    "sums-all": ("`{step}` on line {step_line} takes all axes together: say which, `{meant}`",),
    "comma-between-lists": ("a comma is missing between the two lists",),
    "batch-flattened": (
        "`{step}` on line {line} takes the batch, too: `flatten(1)`, or `flatten(2)`, keeps what stands before",
    ),
    "drawn-by-initialiser": (
        "a `param` begins with `{meant}`; in a body, what is drawn is scaled: `0.02 * randn(...)`",
    ),
    "tensors-in-second": ("its arguments stand in the first brackets, tensors in the second",),
    "returns-several": ("`{name}` gives what flows last; several values it gives by `return {results}`",),
    "label-of-its-own": ("a label has a name of its own, in small letters: `{label}: {name}`",),
    "returned": ("a function gives back by `return`: `{meant}`",),
    "counts-rounds": ("`{meant}` gives the number of each round, too",),
    "module-for-function": ("the module of the same effect is `{module}`; or make the group a `block`",),
    "uneven-pieces": (
        "`{step}` on line {line} makes pieces of {pieces} of the {size}: "
        "equal pieces need a number that divides {size}",
    ),
    "size-or-times": ("`{call}` gives the size {size}; for {size} times the size write `{meant}`",),
    "output-paddings": ("{steps} need `output_padding={padding}`",),
    "output-padding": ("`{step}` on line {step_line} gives {size} with `output_padding={padding}`",),
    "goes-on-by": (
        "`{step}` on line {step_line} makes {now} of {have}, as it goes on by {stride}; "
        "`stride=1, padding={padding}` keep the size",
    ),
    "doubles-exactly": ("`{layer}(c, 2, 2)` doubles a size exactly, and so does `{layer}(c, 3, 2, 1, 1)`",),
    "size-for-times": (
        "`{layer}({size})` gives the size {size}; for {size} times the size write `{layer}(scale_factor={size})`",
    ),
    "strides-alike": (
        "`{step}` on line {step_line} makes {now} of {have}, which it then meets: both need the same stride; "
        "if it was to begin from another value, write `x -> ...`; or write `# allow: small-inputs` on the line",
    ),
    "needs-stride": (
        "`{step}` on line {step_line} makes {now} of {have}; `{other}` on line {other_line} needs the stride {stride} "
        "for that",
    ),
    "makes-both": (
        "`{other}` on line {other_line} makes both; to bring them to one size, write `{meant}`",
        "`{other}` on line {other_line} makes both; `-> interpolate([...])` brings them to one size",
    ),
    "there-and-back": (
        "`{step}` on line {step_line} makes {now} of {have}, and `{back}` on line {back_line} makes {again} of {now}: "
        "for multiples of {stride} the two agree; or resize what comes back, `-> interpolate([...])`",
        "`{step}` on line {step_line} makes {now} of {have}, and `{back}` on line {back_line} makes {again} of {now}",
    ),
    "not-kept": (
        "`{step}` on line {step_line} makes {now} of {have}; `{name}={padding}` on line {given} keeps the size",
        "`{step}` on line {step_line} makes {now} of {have}; `{name}={padding}` keeps the size",
        "`{step}` on line {step_line} makes {now} of {have}; a kernel of {kernel} with `padding={half}` keeps it",
    ),
}
