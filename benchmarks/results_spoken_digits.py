"""Spoken digits with pictures of digits: one modality, both, and both with one missing at test time."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from experiment import kept_run, mean_and_spread, write_result

import multimodal_zoo as mz
from multimodal_zoo.recipes import recipe_named, train_row

SEEDS = range(5)
PROTOCOLS = {"take": "unseen takes of known speakers", "speaker": "a speaker never heard in training"}


def train(protocol: str, seed: int, network: str = "audio_visual_fusion") -> dict[str, Any]:
    """Audio alone, image alone, then both, which starts from the encoders of these two."""
    alone, both, data = train_row(recipe_named(f"spoken-digits:{protocol}/{network}"), seed, verbose=0)
    test = data.split("test")
    outcome: dict[str, Any] = {
        name: {"test": mz.evaluate(bundle, test)["accuracy"], "epochs": bundle.metrics["epochs"]}
        for name, bundle in alone.items()
    }
    outcome["both"] = {
        "test": mz.evaluate(both, test)["accuracy"],
        "epochs": both.metrics["epochs"],
        **{f"without {name}": mz.evaluate(both, test, without=[name])["accuracy"] for name in alone},
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
