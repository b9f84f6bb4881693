"""A digit that is spoken and drawn, paired by class: vectors that are joined, and a graph of segments and regions."""

from __future__ import annotations

from typing import Any

from multimodal_zoo.recipes.recipe import Recipe, add_recipes

ALONE = {"epochs": 30, "batch_size": 64, "patience": 8, "learning_rate": 2e-3}
# Trained from the start on both, the image fell behind the image alone: the sound, which is learned faster, leaves it
# little to correct. So each encoder learns alone first.
BOTH = {"epochs": 40, "patience": 10, "learning_rate": 1e-3, "validate_missing": True}
# Half of the default width of the image CNN: as good here, and a third of the time.
NARROW = {"image_filters": (16, 32, 64), "joint_dim": 64}


def digits(network: str, protocol: str, arguments: dict[str, Any], seeds: int) -> Recipe:
    """A network of sound and picture that tells the digit."""
    return Recipe(
        row=f"spoken-digits:{protocol}/{network}",
        network=network,
        data=f"spoken-digits:{protocol}",
        figure="accuracy",
        fit=ALONE,
        arguments=arguments,
        together={"missing_modalities": True, "modality_dropout": 0.5},
        fit_together=BOTH,
        alone=("audio", "image"),
        from_alone=True,
        # One augmentation for all: masks on the spectrogram, small shifts and turns of the picture.
        modalities={
            "audio": {"time_mask": 0.1, "frequency_mask": 0.1},
            "image": {"crop": 0.1, "rotate": 10.0},
        },
        seeds=seeds,
        notes="Recordings and pictures are paired by class, not recorded together; both are degraded.",
    )


add_recipes(
    digits("audio_visual_fusion", "take", NARROW, seeds=3),
    digits("audio_visual_fusion", "speaker", NARROW, seeds=5),
    digits("audio_visual_graph", "take", {}, seeds=3),
)
