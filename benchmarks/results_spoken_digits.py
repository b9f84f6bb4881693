"""Spoken digits with pictures of digits: one modality, both, and both with one missing at test time."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result

import multimodal_zoo as mz
from multimodal_zoo.training import build_for, warm_start

SEEDS = range(5)
PROTOCOLS = {"take": "unseen takes of known speakers", "speaker": "a speaker never heard in training"}
# One augmentation for all: masks on the spectrogram, small shifts and turns of the picture.
AUDIO = {"time_mask": 0.1, "frequency_mask": 0.1}
IMAGE = {"crop": 0.1, "rotate": 10.0}
ALONE = {"epochs": 30, "batch_size": 64, "patience": 8, "learning_rate": 2e-3}
# Trained from the start on both, the image fell behind the image alone: the sound, which is learned faster,
# leaves it little to correct. So each encoder learns alone first.
BOTH = {"epochs": 40, "batch_size": 64, "patience": 10, "learning_rate": 1e-3, "validate_missing": True}
# Half of the default width of the image CNN: as good here, and a third of the time.
NETWORK = {"image_filters": (16, 32, 64), "joint_dim": 64}


@lru_cache(maxsize=1)
def data(protocol: str) -> Any:
    """One protocol of the data set."""
    return mz.load_dataset(f"spoken-digits:{protocol}")


def train(
    protocol: str, seed: int, network: str = "audio_visual_fusion", sizes: dict[str, Any] = NETWORK
) -> dict[str, Any]:
    """Audio alone, image alone, then both, which starts from the encoders of these two."""
    modalities = data(protocol).modalities
    varied = {
        "audio": dataclasses.replace(modalities["audio"], **AUDIO),
        "image": dataclasses.replace(modalities["image"], **IMAGE),
    }
    test = data(protocol).split("test")
    outcome: dict[str, Any] = {}
    alone = {}
    for name in varied:
        arguments = {**sizes, **{other: None for other in varied}, name: varied[name]}
        alone[name] = mz.train_named(network, data(protocol), seed=seed, arguments=arguments, verbose=0, **ALONE)
        outcome[name] = {"test": alone[name].metrics["test"]["accuracy"], "epochs": alone[name].metrics["epochs"]}

    keras.utils.set_random_seed(seed)
    both = build_for(
        network,
        data(protocol),
        {**sizes, **varied, "missing_modalities": True, "modality_dropout": 0.5},
    )
    for name, bundle in alone.items():
        warm_start(both, bundle.model, name)
    bundle = mz.fit(both, data(protocol), seed=seed, verbose=0, **BOTH)
    outcome["both"] = {
        "test": mz.evaluate(bundle, test)["accuracy"],
        "epochs": bundle.metrics["epochs"],
        **{f"without {name}": mz.evaluate(bundle, test, without=[name])["accuracy"] for name in varied},
    }
    keras.utils.clear_session()
    return outcome


def main() -> None:
    """Run what is not there yet and write the result."""
    samples: dict[str, Any] = {}
    tables = []
    for protocol, meaning in PROTOCOLS.items():
        runs = [kept_run(f"spoken-digits-{protocol}-{seed}", lambda p=protocol, s=seed: train(p, s)) for seed in SEEDS]
        samples[protocol] = runs
        lines = {
            "audio alone": [one["audio"]["test"] for one in runs],
            "image alone": [one["image"]["test"] for one in runs],
            "both": [one["both"]["test"] for one in runs],
            "both, image missing at test time": [one["both"]["without image"] for one in runs],
            "both, audio missing at test time": [one["both"]["without audio"] for one in runs],
        }
        better = max(lines["audio alone"], lines["image alone"], key=np.mean)
        gain = np.subtract(lines["both"], better)
        lost = {
            "image": np.subtract(lines["audio alone"], lines["both, image missing at test time"]),
            "audio": np.subtract(lines["image alone"], lines["both, audio missing at test time"]),
        }
        tables.append(
            {
                "title": f"Protocol {protocol}: {meaning}",
                "columns": ["network", "test accuracy, %", "seeds"],
                "rows": [[label, mean_and_spread(values, 100, 1), len(values)] for label, values in lines.items()],
                "note": f"Both against the better one alone: {mean_and_spread(gain, 100, 1)} points. With a modality "
                "missing it loses, against the network that only ever had the other (negative: it gains): "
                f"image missing {mean_and_spread(lost['image'], 100, 1)}, "
                f"audio missing {mean_and_spread(lost['audio'], 100, 1)} points.",
            }
        )
    protocol = (
        "recordings and pictures paired by class, not recorded together; both degraded; `audio_visual_fusion`, gated, "
        "its encoders started from those of the single networks"
    )
    write_result("spoken-digits", "Spoken digits", protocol, tables, samples)


if __name__ == "__main__":
    main()
