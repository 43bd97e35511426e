"""Networks that people know: their requirements are the known ones, and torch agrees."""

from __future__ import annotations

import pytest

import cnndsl
from cnndsl.problems import CnnError

from .compare import Found, Said, check, graph_of, shapes_of
from .named import CASES, INCEPTION, UNPADDED_U_NET, VGG_FREE
from .oracle import Judge, unguarded

SIZES = [*range(1, 100, 3), 112, 128, 187, 188, 189, 204, 224, 225, 280, 298, 299, 300]


@pytest.mark.parametrize("name", CASES)
def test_what_is_known_is_said(name: str) -> None:
    case = CASES[name]
    model = graph_of(case.text).models[0]
    assert model.requirements.texts == case.needs
    assert not model.requirements.undecided
    shown = [f"[{', '.join(map(str, shape))}]" for shape in shapes_of(model, True)]
    assert shown == list(case.outputs)


@pytest.mark.parametrize("name", [name for name in CASES if name != "vgg-fixed"])
def test_torch_agrees(name: str) -> None:
    graph = graph_of(CASES[name].text)
    said, judge = Said(graph.models[0], 2), Judge(unguarded(graph), 2)
    found = Found(CASES[name].text, name)
    good = 224 if name != "unpadded-u-net" else 572
    for size in SIZES:
        check(found, said, judge, size, good if name != "shuffles" else 228)
        check(found, said, judge, size, size + 4)
    assert not found.wrong
    assert found.ran


def test_the_original_u_net_gives_388() -> None:
    graph = graph_of(UNPADDED_U_NET)
    assert Said(graph.models[0], 1).shapes(572, 572) == ((1, 2, 388, 388),)
    assert Judge(unguarded(graph), 1).run(572, 572) == ((1, 2, 388, 388),)


def test_inception_is_told_per_mode() -> None:
    graph = graph_of(INCEPTION)
    model = graph.models[0]
    assert model.requirements.texts == ("H >= 75", "W >= 75")
    assert model.training_requirements is not None
    assert model.training_requirements.texts == ("H >= 299", "W >= 299", "N >= 2 or H >= 347 or W >= 347")
    judge = Judge(unguarded(graph), 2)
    assert [judge.run(size, 299) is not None for size in (74, 75, 298)] == [False, True, True]
    judge.module.train()
    assert [judge.run(size, 299) is not None for size in (75, 298, 299)] == [False, False, True]


def test_inception_guards_per_mode(tmp_path: object) -> None:
    import torch

    model = cnndsl.loads(INCEPTION)
    with pytest.raises(ValueError, match="H >= 75 must hold"):
        model.eval()(torch.zeros(2, 3, 74, 299))
    with pytest.raises(ValueError, match="H >= 299 must hold"):
        model.train()(torch.zeros(2, 3, 298, 299))


def test_vgg_without_adaptive_pooling_wants_a_number() -> None:
    with pytest.raises(CnnError) as caught:
        graph_of(VGG_FREE)
    text = str(caught.value)
    assert "16 * (H // 32) * (W // 32)" in " ".join(text.split())
    assert "H and W" in text
    assert "input" in text and "AdaptiveAvgPool2d" in text
