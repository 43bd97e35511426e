"""The families from 2019 on: segmentation, video and transformers among them, with inputs for each model."""

from __future__ import annotations

from .catalogue import Entry, Family
from .convolutional import entries
from .original import builder


def vit(name: str, side: int) -> Entry:
    """Its image's size is built in: it is trained with another one."""
    small = {"size": side}, lambda: builder(name)(weights=None, image_size=side)
    return Entry(name, other=(3, 224, 224), train=(2, 3, side, side), reduced=small)


EFFICIENTNET = {"b0": 224, "b1": 240, "b2": 288, "b3": 300, "b4": 380, "b5": 456, "b6": 528, "b7": 600}
EFFICIENTNET_V2 = {"v2_s": 384, "v2_m": 480, "v2_l": 480}
REGNET_Y = [f"regnet_y_{size}" for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf", "128gf")]
REGNET_X = [f"regnet_x_{size}" for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf")]
SEGMENTATION = ["fcn_resnet50", "fcn_resnet101", "deeplabv3_resnet50", "deeplabv3_resnet101"]
MOBILE = ["deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"]
FAMILIES = (
    Family(
        "efficientnet",
        ("efficientnet",),
        tuple(
            Entry(f"efficientnet_{name}", size=(3, side, side))
            for name, side in (EFFICIENTNET | EFFICIENTNET_V2).items()
        ),
    ),
    Family("regnet", ("regnet",), entries(*REGNET_Y, *REGNET_X, computes=True)),
    Family("convnext", ("convnext",), entries(*(f"convnext_{size}" for size in ("tiny", "small", "base", "large")))),
    Family(
        "segmentation",
        ("segmentation.fcn", "segmentation.deeplabv3", "segmentation.lraspp", "segmentation._utils"),
        entries(*SEGMENTATION, *MOBILE, size=(3, 520, 520), theirs={"weights_backbone": None}),
    ),
    Family(
        "video_resnet",
        ("video.resnet",),
        entries(
            "r3d_18", "mc3_18", "r2plus1d_18", size=(3, 16, 112, 112), other=(3, 9, 80, 65), train=(2, 3, 4, 32, 32)
        ),
    ),
    Family(
        "s3d",
        ("video.s3d",),
        entries("s3d", size=(3, 16, 224, 224), other=(3, 19, 224, 240), train=(2, 3, 16, 224, 224)),
        most=0.48,
    ),
    Family(
        "vit",
        ("vision_transformer",),
        (
            *(vit(f"vit_{name}", 96) for name in ("b_16", "b_32", "l_16", "l_32")),
            Entry("vit_h_14", other=(3, 224, 224), train=(1, 3, 224, 224)),
        ),
    ),
)
