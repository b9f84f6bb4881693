"""Readers of one and the same JPEGs, each in a process of its own: an epoch for each line on stdin.

    python benchmarks/input_pipeline_readers.py READER FOLDER

FOLDER holds `shards` and, one file a picture, `pictures`. For each line the reader goes through one epoch of batches
and answers, as JSON, the seconds from its first batch to its last, the pictures between them, and the mean of all
pixels, by which one sees that all read the same.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BATCH, SIZE, SEED = 32, 128, 0

Epoch = Iterator[tuple[int, float]]


def from_shards(folder: Path, draft: bool) -> Callable[[int], Epoch]:
    """`load_shards` as `fit` reads it: order, decoding and augmentation are those of a training."""
    from multimodal_zoo.quiet_start import load_tensorflow

    load_tensorflow()
    from multimodal_zoo.modalities import Image
    from multimodal_zoo.shards import load_shards
    from multimodal_zoo.training.streamed import Streamed

    modalities = {"image": Image(SIZE, SIZE, flip=True, draft=draft)}
    # As large a block as there are pictures is what the others have, too: a permutation of all.
    split = load_shards(folder / "shards", shuffle_buffer=4096, readers=2).split("train")
    source = Streamed(split, modalities, with_presence=True)

    def epoch(number: int) -> Epoch:
        batches = source.training_batches(batch_size=BATCH, seed=SEED, first_epoch=number)
        for inputs, labels in batches.take(source.steps(BATCH)):
            yield len(labels), float(inputs["image"][0].numpy().mean())

    return epoch


def from_files_by_torch(folder: Path, draft: bool, workers: int) -> Callable[[int], Epoch]:
    """PyTorch's DataLoader over files that Pillow decodes, with or without its draft mode."""
    import numpy as np
    import torch
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset

    files = sorted((folder / "pictures").iterdir())

    class Pictures(Dataset):
        def __len__(self) -> int:
            return len(files)

        def __getitem__(self, row: int) -> tuple[Any, int]:
            with Image.open(files[row]) as picture:
                if draft:
                    picture.draft("RGB", (SIZE, SIZE))
                small = picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
            pixels = torch.from_numpy(np.asarray(small).copy()).float().div_(255)
            return (pixels.flip(1) if torch.rand(()) < 0.5 else pixels), row % 2

    torch.manual_seed(SEED)
    # The workers stay: to start them takes longer than an epoch.
    loader = DataLoader(Pictures(), BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0)

    def epoch(number: int) -> Epoch:
        for pixels, labels in loader:
            yield len(labels), float(pixels[0].mean())

    return epoch


READERS: dict[str, Callable[[Path], Callable[[int], Epoch]]] = {
    "shards": lambda folder: from_shards(folder, draft=False),
    "shards, draft": lambda folder: from_shards(folder, draft=True),
    "PyTorch, Pillow": lambda folder: from_files_by_torch(folder, draft=False, workers=2),
    "PyTorch, Pillow's draft": lambda folder: from_files_by_torch(folder, draft=True, workers=2),
}


def main() -> None:
    """Read epoch after epoch as stdin asks."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    epoch = READERS[name](folder)
    print(json.dumps({"ready": name}), flush=True)
    for number, _ in enumerate(sys.stdin):
        started, pictures, pixels = None, 0, []
        for count, mean in epoch(number):
            if started is None:
                started = time.perf_counter()
            else:
                pictures += count
            ended = time.perf_counter()
            pixels.append(mean)
        seconds = ended - started
        print(
            json.dumps({"seconds": seconds, "pictures": pictures, "mean_pixel": sum(pixels) / len(pixels)}), flush=True
        )


if __name__ == "__main__":
    main()
