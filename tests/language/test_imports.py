"""Imports between files."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

import cnndsl
from cnndsl.report.render import render


def write(folder: Path, **files: str) -> Path:
    """Files of a folder, by name without `.cnn`; the path of `main`."""
    for name, text in files.items():
        (folder / f"{name}.cnn").write_text(dedent(text))
    return folder / "main.cnn"


def test_import_is_relative_to_the_importing_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts", unit='from "../width.cnn" import WIDTH\nblock Unit { fc: Linear(WIDTH) }')
    path = write(
        tmp_path,
        width="const WIDTH = 7",
        main='from "parts/unit.cnn" import Unit\nmodel Net { input x: [N, 4]; a: Unit }',
    )
    assert cnndsl.load(path).a.fc.out_features == 7


def test_import_of_all_kinds_and_other_names(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        lib="""
            block A(n) { fc: Linear(n) }
            block B(n) = { Linear(n) -> ReLU }
            def twice(n) { return n * 2 }
            const WIDTH = 3
            model M(n=2) { input x: [N, 4]; fc: Linear(n) }
        """,
        main="""
            from "lib.cnn" import A, B as Second, twice, WIDTH as W
            from "lib.cnn" import M
            model Net { input x: [N, 4]; a: A(twice(W)) -> b: Second(W) -> c: Linear(4) -> d: M }
        """,
    )
    made = cnndsl.load(path, model="Net")
    assert made.a.fc.out_features == 6 and made.b[0].out_features == 3 and made.d.fc.out_features == 2


def test_imported_items_see_their_own_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        lib="const WIDTH = 3\nblock A { fc: Linear(WIDTH) }",
        main='from "lib.cnn" import A\nconst WIDTH = 9\nmodel Net { input x: [N, 4]; a: A -> b: Linear(WIDTH) }',
    )
    made = cnndsl.load(path)
    assert made.a.fc.out_features == 3 and made.b.out_features == 9


def test_import_of_a_variant_of_an_imported_model(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        lib="model Net(n) { input x: [N, 4]; fc: Linear(n) }",
        main='from "lib.cnn" import Net\nmodel Five = Net(5)',
    )
    assert cnndsl.load(path).fc.out_features == 5


def test_one_file_may_be_imported_twice(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        base="block A { Linear(4) }",
        left='from "base.cnn" import A\nblock L { A }',
        right='from "base.cnn" import A\nblock R { A }',
        main='from "left.cnn" import L\nfrom "right.cnn" import R\nmodel Net { input x: [N, 4]; L -> R }',
    )
    assert cnndsl.check(path).ok


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"main": 'from "gone.cnn" import A'}, "import-unreadable"),
        ({"main": 'from "lib.cnn" import B', "lib": "const A = 1"}, "not-in-import"),
        ({"main": 'from "lib.cnn" import A', "lib": 'from "main.cnn" import B\nconst A = 1'}, "import-cycle"),
        ({"main": 'from "main.cnn" import A\nconst A = 1'}, "import-cycle"),
        ({"main": 'from "lib.cnn" import A\nconst A = 2', "lib": "const A = 1"}, "defined-twice"),
        ({"main": 'from "lib{1}.cnn" import A', "lib1": "const A = 1"}, "import-path-computed"),
    ],
)
def test_wrong_imports(tmp_path: Path, files: dict[str, str], code: str) -> None:
    report = cnndsl.check(write(tmp_path, **files))
    assert [problem.code for problem in report.problems] == [code]


@pytest.mark.parametrize(
    ("main", "help"),
    [
        ('from "lib" import Res\nmodel Net { input x: [N, 3, 8, 8]; Res }', "did you mean `lib.cnn`?"),
        ('from "../lib" import Res\nmodel Net { input x: [N, 3, 8, 8]; Res }', "the path is relative"),
        ('from "lib.cnn" import Res as R\nmodel Net { input x: [N, 3, 8, 8]; R -> Res }', "it is imported as `R`"),
    ],
)
def test_what_an_import_gives_is_told(tmp_path: Path, main: str, help: str) -> None:
    report = cnndsl.check(write(tmp_path, main=main, lib="block Res { Conv2d(3, 3) }"))
    assert len(report.problems) == 1 and help in render(report.problems)


def test_a_mistake_in_an_imported_file_is_shown_there(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        lib="block A { Linear(4, width=3) }",
        main='from "lib.cnn" import A\nmodel Net { input x: [N, 4]; A }',
    )
    (problem,) = cnndsl.check(path).problems
    assert problem.span is not None and problem.span.source.path.endswith("lib.cnn")
