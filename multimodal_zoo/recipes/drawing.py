"""What networks draw: digits from what was said, emoji from their names."""

from __future__ import annotations

from collections.abc import Callable

from multimodal_zoo.datasets import DataSet
from multimodal_zoo.objectives import PictureCritic
from multimodal_zoo.recipes.recipe import Recipe, add_recipes
from multimodal_zoo.training import Adversary


def critic(data: DataSet) -> Adversary:
    """Looks at what is drawn beside pictures of the training split."""
    return Adversary(PictureCritic(), weight=0.001)


def emoji(variant: str = "", adversary: Callable[[DataSet], Adversary] | None = None) -> Recipe:
    """A translator of names and keywords into pictures."""
    return Recipe(
        row=f"emoji-tw64:en-distinct-drawn/cross_modal_translator{variant}",
        network="cross_modal_translator",
        data="emoji-tw64:en-distinct-drawn",
        figure="recall_at_10",
        fit={"epochs": 60, "batch_size": 32, "patience": 10, "learning_rate": 1e-3},
        # Half the default width: a quarter of the time, for a picture of 64x64 takes much of it.
        arguments={"decoder_filters": (64, 32, 16)},
        critic=adversary,
        more=("r2", "rmse", "frechet_distance"),
        notes="How often the picture that was meant is among the ten of the test split most like the drawn one.",
        long=True,
    )


add_recipes(
    emoji(),
    emoji("+critic", critic),
    Recipe(
        row="spoken-digits:take/multimodal_vae",
        network="multimodal_vae",
        data="spoken-digits:take",
        figure="accuracy",
        fit={"epochs": 30, "batch_size": 32, "patience": 6, "learning_rate": 1e-3},
        arguments={"image_filters": (16, 32, 64), "missing_modalities": True, "modality_dropout": 0.3},
        alone=("audio", "image"),
        notes="Recordings and pictures are paired by class, not recorded together; both are degraded.",
        long=True,
    ),
)
