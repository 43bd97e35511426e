"""The convolutional families up to 2019, with inputs for each model."""

from __future__ import annotations

from .catalogue import Entry, Family


def entries(*names: str, **common: object) -> tuple[Entry, ...]:
    """Builders that want the same inputs."""
    return tuple(Entry(name, **common) for name in names)  # type: ignore[arg-type]


VGG = [f"vgg{depth}{norm}" for depth in (11, 13, 16, 19) for norm in ("", "_bn")]
RESNET = [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)]
RESNEXT = ["resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2"]
FAMILIES = (
    Family("alexnet", ("alexnet",), entries("alexnet", train=(2, 3, 80, 72))),
    Family("vgg", ("vgg",), entries(*VGG, train=(2, 3, 32, 39))),
    Family("resnet", ("resnet",), entries(*RESNET, *RESNEXT)),
    Family("squeezenet", ("squeezenet",), entries("squeezenet1_0", "squeezenet1_1")),
    Family("densenet", ("densenet",), entries("densenet121", "densenet161", "densenet169", "densenet201")),
    Family(
        "googlenet",
        ("googlenet",),
        entries("googlenet", theirs={"init_weights": True}, train=(2, 3, 96, 80)),
    ),
    Family(
        "inception",
        ("inception",),
        entries(
            "inception_v3",
            size=(3, 299, 299),
            other=(3, 160, 180),
            train=(2, 3, 299, 310),
            theirs={"init_weights": True},
        ),
    ),
    Family("mobilenet_v2", ("mobilenetv2",), entries("mobilenet_v2")),
    Family("mobilenet_v3", ("mobilenetv3",), entries("mobilenet_v3_large", "mobilenet_v3_small")),
    Family("mnasnet", ("mnasnet",), entries("mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3")),
    Family(
        "shufflenet",
        ("shufflenetv2",),
        entries(*(f"shufflenet_v2_x{width}" for width in ("0_5", "1_0", "1_5", "2_0"))),
    ),
)
