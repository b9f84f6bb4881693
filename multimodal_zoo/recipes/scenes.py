"""Made-up drives, rooms and people, of which no sensor alone tells everything."""

from __future__ import annotations

from typing import Any

from multimodal_zoo.recipes.recipe import Recipe, add_recipes

# Chosen on the validation split, with the first seed. At twice the learning rate pictures alone were not learned, nor
# was the camera in a network that had all sensors from the start.
SETTINGS = {"epochs": 40, "batch_size": 16, "patience": 10, "learning_rate": 1e-3}


def scene(data: str, network: str, sensors: tuple[str, ...], arguments: dict[str, Any]) -> Recipe:
    """A network of several sensors, started from those that had one."""
    return Recipe(
        row=f"{data}/{network}",
        network=network,
        data=data,
        figure="accuracy",
        fit=SETTINGS,
        arguments=arguments,
        together={"missing_modalities": True, "modality_dropout": 0.2},
        alone=sensors,
        from_alone=True,
        notes="SYNTHETIC data: the figure says nothing about the real world.",
    )


add_recipes(
    # The radar alone is asked for as many moments as it is beside the others.
    scene("synthetic-drive", "driving_perception", ("camera", "radar", "gps"), {"moments": 6}),
    scene("synthetic-scene", "surveillance", ("video", "audio", "sensor"), {}),
    scene("synthetic-interaction", "interaction_vr", ("hand", "face", "speech"), {}),
)
