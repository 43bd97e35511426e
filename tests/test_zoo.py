"""A quick sample of the zoo; `python -m tests.zoo` compares every model in full and writes docs/zoo.md."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

import cnndsl
from cnndsl import pipeline
from cnndsl.dims import Dim, Size
from cnndsl.emit.python import File
from cnndsl.graph import Model
from cnndsl.live import build
from cnndsl.source import Source

from .zoo import compare, measure, table
from .zoo.catalogue import EXAMPLES, Entry, Family, everything, families

WIDTH = 100
EACH = pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
SMALL = {"squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small", "mnasnet0_5", "resnet18"}
PAIRS = [(family, entry) for family in families() for entry in family.entries]


def sample(family: Family) -> tuple[Entry, ...]:
    """The smallest ones."""
    return family.entries[:2]


@pytest.mark.parametrize(("family", "entry"), [(f, e) for f in families() for e in sample(f)], ids=lambda x: x.name)
def test_same_state_and_shapes(family: Family, entry: Entry) -> None:
    """On the meta device: nothing is computed."""
    compare.layout(family, entry)
    compare.shapes(family, entry)


@pytest.mark.parametrize(("family", "entry"), [(f, e) for f, e in PAIRS if e.name in SMALL], ids=lambda x: x.name)
def test_same_weights_and_results(family: Family, entry: Entry) -> None:
    ours, theirs = compare.seeded(family, entry)
    compare.stir(ours, theirs)
    compare.trained(ours, theirs, entry.train)
    compare.evaluated(ours, theirs, [(3, 64, 80)])


@EACH
def test_short(family: Family) -> None:
    assert measure.ours_tokens(family) <= family.most * measure.original_tokens(family)


@EACH
def test_generated_file_is_no_longer_than_the_original(family: Family) -> None:
    """No more classes, and at most a quarter more lines of code."""
    classes, lines = measure.generated(cnndsl.compile(family.path))
    assert classes <= measure.original_classes(family)
    assert lines <= 1.25 * measure.original_lines(family)


@EACH
def test_what_a_model_requires_its_class_checks(family: Family) -> None:
    """The smallest input of all is refused by the first lines of forward(), and not by a layer inside."""
    file = File(pipeline.elaborate(Source(str(family.path), family.text), None, {}).graph)
    text = file.text("")
    models = {(required(model), required(model, training=True)): model for model in file.graph.models}
    for (evaluating, training), model in models.items():
        with torch.device("meta"):
            net = build(text, file.entries[model.name])
        image = torch.empty(1, *(1 if isinstance(size, Dim) else size for size in shape_of(model)[1:]), device="meta")
        for mode, texts in ((True, training), (False, evaluating)):
            if texts:
                with pytest.raises(ValueError, match="must hold"):
                    net.train(mode)(image)
            else:
                net.train(mode)(image)


def required(model: Model, training: bool = False) -> tuple[str, ...]:
    found = (training and model.training_requirements) or model.requirements
    return found.texts


def shape_of(model: Model) -> Sequence[Size]:
    (value,) = model.instance.inputs
    return value.type.shape


def test_depth_does_not_lengthen_the_file() -> None:
    """ResNet-152's file is at most 5 lines longer than ResNet-50's."""
    path = EXAMPLES / "resnet.cnn"
    short, long = (cnndsl.compile(path, model=model).count("\n") for model in ("ResNet50", "ResNet152"))
    assert long <= short + 5


@EACH
def test_clean(family: Family) -> None:
    """No warning, and the one layout."""
    report = cnndsl.check(family.path)
    assert report.ok and not report.problems, str(report)
    assert pipeline.format(Source(str(family.path), family.text)) == family.text
    assert max(map(len, family.text.splitlines())) <= WIDTH


def test_table_is_complete_and_of_today() -> None:
    """Each model that is written has been compared in full, with the numbers that hold now."""
    rows = table.old_rows()
    for family in families():
        ours, theirs = measure.ours_tokens(family), measure.original_tokens(family)
        assert f"| {ours:.0f} | {theirs:.0f} | {ours / theirs:.1%} |" in rows[family.name + table.FAMILY]
        for entry in family.entries:
            assert rows[entry.name].count("| same ") == 3, rows[entry.name]


def test_every_file_is_in_the_catalogue() -> None:
    names = {family.name for family in everything()}
    assert names >= {path.stem for path in EXAMPLES.glob("*.cnn")} - {"ops"}
    assert len([entry for family in everything() for entry in family.entries]) == 83
