"""Spoken digits with pictures of digits: one modality, both, and both with one missing at test time."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

import keras
from experiment import kept_run, mean_and_spread, write_result

import multimodal_zoo as mz

SEEDS = range(5)
PROTOCOLS = {"take": "unseen takes of known speakers", "speaker": "a speaker never heard in training"}
# One augmentation for all: masks on the spectrogram, small shifts and turns of the picture.
AUDIO = {"time_mask": 0.1, "frequency_mask": 0.1}
IMAGE = {"crop": 0.1, "rotate": 10.0}
FIT = {"epochs": 30, "batch_size": 64, "patience": 8, "learning_rate": 2e-3}
# Half of the default width of the image CNN: as good here, and a third of the time.
NETWORK = {"image_filters": (16, 32, 64), "joint_dim": 64}


@lru_cache(maxsize=1)
def data(protocol: str) -> Any:
    """One protocol of the data set."""
    return mz.load_dataset(f"spoken-digits:{protocol}")


def train(protocol: str, which: str, seed: int) -> dict[str, Any]:
    """Train on "audio", "image" or "both"; with both, also test with either missing."""
    modalities = data(protocol).modalities
    arguments: dict[str, Any] = {
        **NETWORK,
        "audio": dataclasses.replace(modalities["audio"], **AUDIO) if which != "image" else None,
        "image": dataclasses.replace(modalities["image"], **IMAGE) if which != "audio" else None,
    }
    if which == "both":
        arguments |= {"missing_modalities": True, "modality_dropout": 0.3}
    bundle = mz.train_named("audio_visual_fusion", data(protocol), seed=seed, arguments=arguments, verbose=0, **FIT)
    outcome = {"accuracy": bundle.metrics["test"]["accuracy"], "epochs": bundle.metrics["epochs"]}
    if which == "both":
        test = data(protocol).split("test")
        for name in ("audio", "image"):
            outcome[f"without {name}"] = mz.evaluate(bundle, test, without=[name])["accuracy"]
    keras.utils.clear_session()
    return outcome


def main() -> None:
    """Run what is not there yet and write the result."""
    samples: dict[str, Any] = {}
    tables = []
    for protocol, meaning in PROTOCOLS.items():
        runs = {
            which: [
                kept_run(f"spoken-digits-{protocol}-{which}-{seed}", lambda p=protocol, w=which, s=seed: train(p, w, s))
                for seed in SEEDS
            ]
            for which in ("audio", "image", "both")
        }
        samples[protocol] = runs
        lines = {
            "audio alone": [one["accuracy"] for one in runs["audio"]],
            "image alone": [one["accuracy"] for one in runs["image"]],
            "both": [one["accuracy"] for one in runs["both"]],
            "both, image missing at test time": [one["without image"] for one in runs["both"]],
            "both, audio missing at test time": [one["without audio"] for one in runs["both"]],
        }
        tables.append(
            {
                "title": f"Protocol {protocol}: {meaning}",
                "columns": ["network", "test accuracy, %", "seeds"],
                "rows": [[label, mean_and_spread(values, 100, 1), len(values)] for label, values in lines.items()],
                "note": "",
            }
        )
    protocol = (
        "recordings and pictures paired by class, not recorded together; both degraded; `audio_visual_fusion`, gated"
    )
    write_result("spoken-digits", "Spoken digits", protocol, tables, samples)


if __name__ == "__main__":
    main()
