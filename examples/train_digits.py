"""Trains examples/digits.cnn on scikit-learn's handwritten digits: the loaded module is an nn.Module like any other."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

import cnndsl

EPOCHS, BATCH, GOAL = 15, 64, 0.97


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images and labels, test images and labels."""
    images, labels = load_digits(return_X_y=True)
    parts = train_test_split(images, labels, test_size=0.25, random_state=0, stratify=labels)
    train, test, train_labels, test_labels = map(torch.as_tensor, parts)

    def scaled(pixels: Tensor) -> Tensor:
        return (pixels.float() / 16).reshape(-1, 1, 8, 8)

    return scaled(train), train_labels, scaled(test), test_labels


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()


def main() -> int:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # images this small gain nothing from more, and lose much on a busy machine
    train, train_labels, test, test_labels = digits()
    model = cnndsl.load(Path(__file__).parent / "digits.cnn")
    print(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    start = time.perf_counter()
    for epoch in range(1, EPOCHS + 1):
        model.train()
        total = 0.0
        for batch in torch.randperm(len(train)).split(BATCH):
            loss = nn.functional.cross_entropy(model(train[batch]), train_labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        schedule.step()
        reached = accuracy(model, test, test_labels)
        print(f"epoch {epoch:2}/{EPOCHS}  loss {total / len(train):.4f}  test accuracy {reached:.2%}", flush=True)
    print(f"{reached:.2%} of {len(test)} test digits, after {time.perf_counter() - start:.1f} s of training")
    return 0 if reached > GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
