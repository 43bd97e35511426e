"""The families from 2019 on: segmentation, video and transformers among them, with inputs for each model."""

from __future__ import annotations

from .catalogue import Family
from .convolutional import entries

EFFICIENTNET = [f"efficientnet_{size}" for size in ("b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7")]
REGNET_Y = [f"regnet_y_{size}" for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf", "128gf")]
REGNET_X = [f"regnet_x_{size}" for size in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf")]
SEGMENTATION = ["fcn_resnet50", "fcn_resnet101", "deeplabv3_resnet50", "deeplabv3_resnet101"]
MOBILE = ["deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"]
FAMILIES = (
    Family("efficientnet", ("efficientnet",), entries(*EFFICIENTNET, *(f"efficientnet_v2_{s}" for s in "sml"))),
    Family("regnet", ("regnet",), entries(*REGNET_Y, *REGNET_X)),
    Family("convnext", ("convnext",), entries(*(f"convnext_{size}" for size in ("tiny", "small", "base", "large")))),
    Family(
        "segmentation",
        ("segmentation.fcn", "segmentation.deeplabv3", "segmentation.lraspp", "segmentation._utils"),
        entries(*SEGMENTATION, *MOBILE, theirs={"weights_backbone": None}),
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
    Family("vit", ("vision_transformer",), entries("vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14")),
)
