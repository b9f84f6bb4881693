"""How many cycles a turbofan engine has left: C-MAPSS FD001."""

from __future__ import annotations

from multimodal_zoo.recipes.recipe import Recipe, add_recipes

add_recipes(
    Recipe(
        row="cmapss-fd001/machine_health",
        network="machine_health",
        data="cmapss-fd001:capped",
        figure="rmse",
        # Chosen on the validation engines in short runs, where twice the filters and dropout were worse.
        fit={"epochs": 14, "batch_size": 128, "patience": 5, "learning_rate": 3e-3},
        arguments={"filters": (16, 16, 16, 16), "dropout": 0.0},
        together={"missing_modalities": True, "modality_dropout": 0.2},
        alone=("sensors", "state"),
        higher_is_better=False,
        reference="LSTM of Zheng et al. 2017: 16.14",
        notes="The cycles left are capped at 125, as in the literature.",
    )
)
