"""The same networks by other libraries: `python rivals.py` prints ratios as JSON. `installed` sets their place up.

They are installed beside the project's environment, in build/rivals, each and all that it needs in the version that
rivals.txt names, but for torch, numpy and lark, which are there. neural-dsl drops layers that it does not know, so that
only its time is compared.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from timing import ROOT, Figure, Figures, elsewhere, interleaved, timed

PLACE = ROOT / "build" / "rivals"
PINNED = Path(__file__).with_name("rivals.txt")
CLASSES = 1000
NEURAL = """network SimpleCNN {
  input: (32, 32, 3)
  layers:
    Conv2D(filters=32, kernel_size=(3,3), activation="relu")
    MaxPooling2D(pool_size=(2,2))
    Flatten()
    Output(units=10, activation="softmax")
  loss: "categorical_crossentropy"
  optimizer: "adam"
}
"""


def installed() -> bool:
    """Installs the rivals where they are not yet; says so on standard error if it cannot."""
    complete, wanted = PLACE / "complete", PINNED.read_text(encoding="utf-8")
    if complete.exists() and complete.read_text(encoding="utf-8") == wanted:
        return True
    shutil.rmtree(PLACE, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(PLACE),
        "-r",
        str(PINNED),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"the rivals cannot be installed, and are left out: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return False
    complete.write_text(wanted, encoding="utf-8")
    return True


def rivals(runs: int) -> Figures:
    if not installed():
        return {}
    try:
        found = elsewhere("rivals.py", str(runs), PYTHONPATH=str(PLACE), KERAS_BACKEND="torch", PYSNOOPER_DISABLED="1")
    except RuntimeError as error:
        print(f"the rivals cannot be run, and are left out: {error}", file=sys.stderr)
        return {}
    return {f"rivals: {name}": Figure(value, more=True) for name, value in found.items()}


# ResNet-18, as each of them builds it


def symbolic() -> Any:
    from pytorch_symbolic import Input, SymbolicModel
    from torch import nn

    def conv(x: Any, planes: int, kernel: int, stride: int) -> Any:
        x = x(nn.Conv2d(x.C, planes, kernel, stride, kernel // 2, bias=False))
        return x(nn.BatchNorm2d(planes))

    x = inputs = Input(shape=(3, 64, 64))
    x = conv(x, 64, 7, 2)(nn.ReLU())(nn.MaxPool2d(3, 2, 1))
    for stage, planes in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage and not block else 1
            y = conv(conv(x, planes, 3, stride)(nn.ReLU()), planes, 3, 1)
            skip = conv(x, planes, 1, stride) if stride != 1 or planes != x.C else x
            x = (y + skip)(nn.ReLU())
    return SymbolicModel(inputs, x(nn.AdaptiveAvgPool2d(1))(nn.Flatten())(nn.Linear(512, CLASSES)))


def keras_model() -> Any:
    import keras
    from keras import layers

    keras.config.set_image_data_format("channels_first")

    def conv(x: Any, planes: int, kernel: int, stride: int) -> Any:
        x = layers.ZeroPadding2D(kernel // 2)(x) if kernel > 1 else x
        x = layers.Conv2D(planes, kernel, stride, use_bias=False)(x)
        return layers.BatchNormalization(axis=1)(x)

    x = inputs = keras.Input((3, 64, 64))
    x = layers.ReLU()(conv(x, 64, 7, 2))
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
    for stage, planes in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage and not block else 1
            y = conv(layers.ReLU()(conv(x, planes, 3, stride)), planes, 3, 1)
            skip = conv(x, planes, 1, stride) if stride != 1 or x.shape[1] != planes else x
            x = layers.ReLU()(layers.Add()([y, skip]))
    return keras.Model(inputs, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(x)))


def ours() -> Any:
    import cnndsl

    return cnndsl.load(ROOT / "examples" / "torchvision" / "resnet.cnn", model="ResNet18")


def compared(runs: int) -> dict[str, float]:
    """Rivals' times over ours: more than 1 where cnndsl is faster."""
    import torch
    from loading import fresh

    torch.set_num_threads(1)
    images = torch.randn(4, 3, 64, 64)
    makers = {"cnndsl": fresh(ours), "pytorch-symbolic": symbolic, "Keras": keras_model}
    built = interleaved({name: timed(make) for name, make in makers.items()}, runs)
    models = {name: make() for name, make in makers.items()}
    ran = interleaved({name: timed(forward(model, images)) for name, model in models.items()}, 3 * runs)
    found = {f"ResNet-18 built, {name} / cnndsl": built[name] / built["cnndsl"] for name in list(makers)[1:]}
    found |= {f"ResNet-18 forward, {name} / cnndsl": ran[name] / ran["cnndsl"] for name in list(makers)[1:]}
    return found | summaries(models["cnndsl"], runs) | compilers(runs)


def forward(model: Any, images: Any) -> Callable[[], Any]:
    import torch

    getattr(model, "eval", bool)()

    def run() -> Any:
        with torch.no_grad():
            return model(images)

    return run


def summaries(model: Any, runs: int) -> dict[str, float]:
    """A table of layers: torchinfo's of the module, and ours of the file."""
    import torchinfo

    from cnndsl import files, pipeline
    from cnndsl.cli.costs import formatted
    from cnndsl.cost.summary import Options

    source, sizes = files.read(str(ROOT / "examples" / "torchvision" / "resnet.cnn")), {"H": 64, "W": 64}

    def table() -> str:
        return formatted(pipeline.summaries(source, "ResNet18", {}, Options(), sizes, 4), "text", None)

    tasks = {
        "torchinfo": timed(lambda: str(torchinfo.summary(model, (4, 3, 64, 64), verbose=0))),
        "cnndsl": timed(table),
    }
    taken = interleaved(tasks, runs)
    return {"summary of ResNet-18, torchinfo / cnndsl": taken["torchinfo"] / taken["cnndsl"]}


def compilers(runs: int) -> dict[str, float]:
    """From text to PyTorch source, each compiler loaded before."""
    hub = ModuleType("pretrained_models.pretrained")  # what needs triton, and is not used here
    vars(hub)["PretrainedModelHub"] = object
    sys.modules |= {"pretrained_models": ModuleType("pretrained_models"), hub.__name__: hub}
    from neural.code_generation.code_generator import generate_code
    from neural.parser.parser import ModelTransformer, create_parser

    from cnndsl import files, pipeline

    parser, source = create_parser("network"), files.read(str(ROOT / "examples" / "simple_cnn.cnn"))
    tasks = {
        "neural-dsl": timed(lambda: generate_code(ModelTransformer().transform(parser.parse(NEURAL)), "pytorch")),
        "cnndsl": timed(lambda: pipeline.compile(source, None, {})),
    }
    taken = interleaved(tasks, 3 * runs)
    return {"SimpleCNN compiled, neural-dsl / cnndsl": taken["neural-dsl"] / taken["cnndsl"]}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    os.environ.setdefault("KERAS_BACKEND", "torch")
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        result = compared(int(sys.argv[1]))
    print(json.dumps(result))
