"""The formatter: what it does to single constructs, and its laws on random trees and texts."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cnndsl.problems import CnnError
from cnndsl.source import Source, Span
from cnndsl.syntax import tree as t
from cnndsl.syntax.format import format_source, print_tree
from cnndsl.syntax.parse import parse
from cnndsl.syntax.written import Written

from .test_cases import source_of
from .trees import Trees, deepest, mangled, nodes, tree_of

ROOT = Path(__file__).parent.parent
STATEMENTS = (t.Do, t.Assign, t.For, t.Input, t.Expect, t.Return, t.Order, t.ParamOf, t.Init, t.Version)
STATEMENTS += (t.InitRule, t.InitIf, t.InitFor, t.Definition, t.Alias, t.Const, t.Def, t.Import, t.Extern)


def formatted(text: str) -> str:
    return format_source(Source("x", text))


def comments(text: str) -> Counter[str]:
    return Counter(comment.text for comment in Written(text).comments)


def owners(text: str) -> dict[str, tuple[int, int]]:
    """For each comment the statement that it is in and the one below it, or twice the one whose line it ends."""
    statements = [node for node in nodes(parse(Source("x", text))) if isinstance(node, STATEMENTS)]
    return {comment.text: owner(text, comment.start, statements) for comment in Written(text).comments}


def owner(text: str, place: int, statements: list[Any]) -> tuple[int, int]:
    around = [n for n, node in enumerate(statements) if node.span.start < place < node.span.end]
    ended = [n for n, node in enumerate(statements) if node.span.end <= place]
    beside = [n for n in ended if re.fullmatch(r"[ ;),]*", text[statements[n].span.end : place])]
    below = [n for n, node in enumerate(statements) if node.span.start > place]
    return (beside[0], beside[0]) if beside else ((around or [-1])[-1], (below or [-1])[0])


def stayed(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether a comment still belongs to its statement, above it, in it or beside it."""
    is_beside = after[0] == after[1]
    return before == after or ((is_beside or before[0] != after[0]) and bool(set(before) & set(after)))


def body(text: str) -> str:
    """The layout of statements, as they stand in the body of a block."""
    lines = formatted(f"block B {{\n{text}\n}}").splitlines()
    assert lines[0] == "block B {" and lines[-1] == "}"
    return "\n".join(line.removeprefix("    ") for line in lines[1:-1])


# Laws


@pytest.mark.parametrize("seed", range(90))
def test_a_printed_tree_is_the_tree(seed: int) -> None:
    tree = Trees(seed).file(2 + seed % 3)
    text = print_tree(tree)
    assert parse(Source("x", text)) == tree
    assert formatted(text) == text


@pytest.mark.parametrize("seed", range(25))
def test_laws_of_formatting(seed: int) -> None:
    random = Random(seed)
    tree = Trees(seed).file(2)
    text = mangled(print_tree(tree), random, 30)
    made = formatted(text)
    assert parse(Source("x", made)) == tree
    assert formatted(made) == made
    assert comments(made) == comments(text)
    before, after = owners(text), owners(made)
    assert [text for text in before if not stayed(before[text], after[text])] == []
    assert made.isspace() is False and made.endswith("\n") and not made.endswith("\n\n")
    assert not re.search(r"[ \t]\n", made)


def blocks(path: Path) -> list[str]:
    """The blocks of a page that are `.cnn` files, or statements of one."""
    found = re.findall(r"```cnn\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    framed = [text if tree_of(text) else f"block A {{\n{text}\n}}" for text in found]
    return [text for text in framed if tree_of(text)]


WRITTEN = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.cnn"))]
WRITTEN += [text for page in (ROOT / "README.md", ROOT / "docs" / "language.md") for text in blocks(page)]


@pytest.mark.parametrize("text", WRITTEN)
def test_laws_on_what_people_wrote(text: str) -> None:
    for variant in (text, mangled(text, Random(0), 10)):
        made = formatted(variant)
        assert formatted(made) == made
        assert tree_of(made) == tree_of(text)
        assert comments(made) == comments(variant)


def test_there_is_much_that_people_wrote() -> None:
    assert len(WRITTEN) > 50


def test_the_law_about_comments_can_fail() -> None:
    before, after = owners("block A {\n# c\na\nb\n}"), owners("block A {\na\n# c\nb\n}")
    assert not stayed(before["# c"], after["# c"])
    before, after = owners("block A {\na  # c\nb\n}"), owners("block A {\na\nb  # c\n}")
    assert not stayed(before["# c"], after["# c"])


def test_a_long_file_in_linear_time() -> None:
    text = "block B {\n" + "    conv: Conv2d(3, 4)  # a comment\n" * 2000 + "}\n"
    assert formatted(text) == text


@pytest.mark.parametrize("text", deepest())
def test_the_deepest_trees_that_parse(text: str) -> None:
    made = formatted(text)
    assert parse(Source("x", made)) == parse(Source("x", text))


def test_a_file_that_does_not_parse_is_refused() -> None:
    with pytest.raises(CnnError):
        formatted("block A {")


@pytest.mark.parametrize("bracket", ")]}")
def test_a_stray_bracket_is_refused(bracket: str) -> None:
    with pytest.raises(CnnError):
        formatted(f"model M {{ input x: [N, 3]; Linear(3){bracket} }}")


def test_what_cannot_be_checked_is_formatted_or_refused() -> None:
    taken = 0
    for path in sorted((ROOT / "tests" / "errors").rglob("*.case")):
        try:
            taken += bool(formatted(source_of(path).text))
        except CnnError as error:
            assert error.problems
    assert taken > 100


def test_a_tree_that_no_text_can_mean_is_refused() -> None:
    nowhere = Span(Source("x", ""), 0, 0)
    led = t.Do(t.Pipeline((t.Name("relu", nowhere),), True, nowhere), nowhere)
    twice = t.Definition("block", t.Name("A", nowhere), (), (led, led), nowhere)
    with pytest.raises(ValueError):
        print_tree(t.File((twice,), nowhere))


# Files


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", ""),
        ("\n\n", ""),
        ("# only a comment", "# only a comment\n"),
        ("\ufeffconst A = 1\r\n# c\r\n\r\nconst B = 2", "const A = 1\n# c\n\nconst B = 2\n"),
        ("const A = 1\r# c\r\rconst B = 2\r\r\nconst C = 3", "const A = 1\n# c\n\nconst B = 2\n\nconst C = 3\n"),
        ("const A = 1; const B = 2", "const A = 1\nconst B = 2\n"),
        ("const A = 1\n\n\n\nconst B = 2\n\n\n", "const A = 1\n\nconst B = 2\n"),
        ("const A = 1\nblock B {\na\n}\nconst C = 1", "const A = 1\n\nblock B {\n    a\n}\n\nconst C = 1\n"),
        ("const A = 1\n# c\nblock B {\na\n}\n# d", "const A = 1\n\n# c\nblock B {\n    a\n}\n# d\n"),
        ("block A() { }", "block A {}\n"),
        ("def f() {}", "def f() {}\n"),
        ("block A(x:int=3,*)", None),
        ("block A(x:int=3,y = 4) = { B->C }", "block A(x: int = 3, y=4) = { B -> C }\n"),
        ("from 'a.cnn' import A as B,C", 'from "a.cnn" import A as B, C\n'),
        (
            'extern  block M(a:float):[N,...S]->[N] from "m:M"',
            'extern block M(a: float): [N, ...S] -> [N] from "m:M"\n',
        ),
    ],
)
def test_files(text: str, made: str | None) -> None:
    if made is None:
        with pytest.raises(CnnError):
            formatted(text)
    else:
        assert formatted(text) == made


# Statements

SAME = """
input x: [N, 3, 16 * H, W] int64 where H % 16 == 0 and H == W
input *maps
expect [N, C, ...]
expect dilation == 1
expect (+1 < x)
(-x) -> relu
(input * x)
(expect - x)
a, (b, c) = chunk(x, 2, dim=1)
x = -> relu
order inception5b, "aux{i}"
param gamma: [C, 1, 1] = 1e-6
buffer(persistent=False) mask: [1] = 0
init { Conv2d.weight, "head.*": zeros }
init { if a { x: zeros } else if b { x: ones } else {} }
version 2
return
return a, b
return logits=x, aux=y
return {out: a, aux: b}
for i, (a, b) in enumerate(xs) { A -> B }
for x in [A(8), B(8)] { x; y }
if a { b } else if c { d } else { e }
if a { b } -> relu
layer1: Block(64) * 3
(Conv2d(c, 3) -> ReLU) * n
down: { Conv2d(64, 1) -> BatchNorm2d }
Sequential { A; B }
convs: [A, for r in rates { B(r) }]
[b1: A(8), b2: { B(4) -> C(8) }, MaxPool2d(3, 1, 1)] -> cat(1)
(a, b) -> fuse: Bilinear(10)
MultiheadAttention(8)(q, k, v, need_weights=False)
ResNet50(classes=1)["layer3", "layer4"]
x[:, 0] + x[..., None] * x[::2] - x[a + 1:, :-1]
64 * 2**i + 2 ** -i + (-x) ** 2 - (2**i) ** j
a - (b - c) - d + e @ (f * g)
a if b else (c if d else e) if f else g
not (a and (b or c)) or d not in e
1 <= n < 8 is not None
(1 < 2) < 3
y + shortcut -> relu
"layers.{i}": A
(a -> b) -> c
f(*a, *[b, c], d=e -> f)
(a,)
()
{}
x.shape[1]
(2.).shape
"""


@pytest.mark.parametrize("line", SAME.split("\n")[1:-1])
def test_lines_that_stay_as_they_are(line: str) -> None:
    if line in ("return", "{}"):
        with pytest.raises(CnnError):
            body(line)
    else:
        assert body(line) == line


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("pool:  MaxPool2d( 2 )", "pool: MaxPool2d(2)"),
        ("x=a->b", "x = a -> b"),
        ("((y + x)) -> relu", "y + x -> relu"),
        ("(a * b) + c", "a * b + c"),
        ("(-x + y) -> z", "(-x + y) -> z"),
        ("f((-x))", "f(-x)"),
        ("'a' 'b\"c'", '"a" \'b"c\''),
        ("f(a, b,)", "f(a, b)"),
        ("f(a,\nb)", "f(a, b)"),
        ("f(a,\nb,)", "f(\n    a,\n    b,\n)"),
        ("[a,\nb,] -> cat(1)", "[\n    a,\n    b,\n] -> cat(1)"),
        ("cat([a,\nb,], 1)", "cat([\n    a,\n    b,\n], 1)"),
        ("x = x -> down: {\nA }", "x = x -> down: {\n    A\n}"),
        ("x -> down: {\nA } -> relu", "x -> down: {\n    A\n} -> relu"),
        ("a ; b", "a\nb"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("{\n\na\n\n}", None),
        ("g: {\n\na\n\n}", "g: {\n    a\n}"),
        ("for i in x { A }\n-> relu", "for i in x { A }\n-> relu"),
        ("g: { for i in x { A } -> relu }", "g: { for i in x { A } -> relu }"),
        ("g: { input x\n-> relu }", "g: {\n    input x\n    -> relu\n}"),
        ("if a {}\n\nelse\n{ b }", "if a {} else { b }"),
        ("if a {\nb } else { c }", "if a {\n    b\n} else { c }"),
        ("if a {} else { if b {} }", "if a {} else { if b {} }"),
        ("init { a: b; c: d }", "init { a: b; c: d }"),
        ("x[a,]", "x[a]"),
        ("x[a:b:]", "x[a:b]"),
        ("a\n\n  ->b", "a -> b"),
    ],
)
def test_lines_that_change(text: str, made: str | None) -> None:
    if made is None:
        with pytest.raises(CnnError):
            body(text)
    else:
        assert body(text) == made


# Comments


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a # c", "a  # c"),
        ("a; # c", "a  # c"),
        ("# c\n\n# d\na", "# c\n\n# d\na"),
        ("a\n# c", "a\n# c"),
        ("a\n\n# c\n", "a\n\n# c"),
        ("#c", "#c"),
        ("a # c\n # d\n -> b", "a  # c\n    # d\n    -> b"),
        ("a -> # c\n b -> d", "a  # c\n    -> b\n    -> d"),
        ("x = # c\n a", "x =  # c\n    a"),
        ("x: # c\n A", "x:  # c\n    A"),
        ("a + # c\n b", "a +  # c\n    b"),
        ("(a # c\n + b)", "a +  # c\n    b"),
        ("(a # c\n\n # d\n)", "# c\na  # d"),
        ("f(a # c\n, b)", "f(\n    a,  # c\n    b,\n)"),
        ("f( # c\n a)", "f(  # c\n    a,\n)"),
        ("f(a\n # c\n)", "f(\n    a,\n    # c\n)"),
        ("f(\n # c\n)", "f(\n    # c\n)"),
        ("f(a) # c", "f(a)  # c"),
        ("g: { # c\n a }", "g: {  # c\n    a\n}"),
        ("g: { a # c\n }", "g: {\n    a  # c\n}"),
        ("g: { # c\n }", "g: {  # c\n}"),
        ("if a # c\n < b {}", None),
        ("if (a # c\n) {}", "if a {  # c\n}"),
        ("if a {\nb\n} # c\nelse # d\n{ e }", "if a {\n    b\n}  # c\nelse {  # d\n    e\n}"),
        ("if a {} # c\nelse # d\nif b {}", "if a {}  # c\nelse if b {  # d\n}"),
        ("a, # c\n b = c", "a, b =  # c\n    c"),
        ("return a, # c\n b", "return a,  # c\n    b"),
        ("input x\n# c\n-> relu", "input x\n# c\n-> relu"),
        ('("a" # c\n "b")', '"a" "b"  # c'),
    ],
)
def test_comments(text: str, made: str | None) -> None:
    if made is None:
        with pytest.raises(CnnError):
            body(text)
    else:
        assert body(text) == made


# Long lines

LONG = "a_name_of_thirty_characters_ok"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (f"{LONG} -> {LONG} -> {LONG} -> x", f"{LONG}\n    -> {LONG}\n    -> {LONG}\n    -> x"),
        (f"x = {LONG} + {LONG} * {LONG} - {LONG}", f"x = {LONG} +\n    {LONG} * {LONG} -\n    {LONG}"),
        (f"f({LONG}, {LONG}, {LONG}, 1)", f"f(\n    {LONG},\n    {LONG},\n    {LONG},\n    1,\n)"),
        (f"g: {{ {LONG}; {LONG}; {LONG}; x }}", f"g: {{\n    {LONG}\n    {LONG}\n    {LONG}\n    x\n}}"),
        (f"g: {{ {LONG}; {LONG}; {LONG} }} # c", f"g: {{  # c\n    {LONG}\n    {LONG}\n    {LONG}\n}}"),
        (f"x = {LONG} if {LONG} else {LONG}", f"x = {LONG} if {LONG}\n    else {LONG}"),
        (f"return {LONG}, {LONG}, {LONG}", f"return {LONG},\n    {LONG},\n    {LONG}"),
    ],
)
def test_long_lines(text: str, made: str) -> None:
    assert body(text) == made


def test_what_no_command_would_read_is_not_laid_out() -> None:
    text = "model M {\ninput x: [N, 8]\n" + "ReLU\n" * 12_000 + "}\n"
    with pytest.raises(CnnError, match="laid out has 108,032 characters"):
        format_source(Source("m.cnn", text))
