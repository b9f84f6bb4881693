"""Who likes which film: DeepFM and its relatives on MovieLens-100K, as DeepCTR is measured there."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from multimodal_zoo.datasets import DataSet, Records
from multimodal_zoo.recipes.recipe import Figures, Recipe, add_recipes

# The sizes and settings of the reference: vectors of 16, an MLP of 3 x 128, dropout 0.2, Adam 1e-3, batches of 2048.
SETTINGS = {"epochs": 60, "batch_size": 2048, "patience": 4, "monitor": "val_auc"}
VECTORS = {"embedding_dim": 16}
MLP = {**VECTORS, "hidden": (128, 128, 128), "dropout": 0.2}
IDS = ("user", "item", "age", "gender", "occupation", "year")
# No text.
FIELDS = ("user", "item", "age", "gender", "occupation", "year", "genres")
STRENGTHS = (0.03, 0.1, 0.3, 1.0)
DEEPCTR = "DeepCTR's {} on this protocol, one seed: {}"


def linear(data: DataSet) -> Figures:
    """Logistic regression: one number for each user and one for each film, its strength chosen on validation."""

    def ids(records: Records) -> np.ndarray:
        return np.stack([records.columns["user"], records.columns["item"]], axis=1)

    train, validation, test = (data.split(name) for name in ("train", "validation", "test"))

    def auc(fitted: Any, records: Records) -> float:
        return float(roc_auc_score(records.labels, fitted.predict_proba(ids(records))[:, 1]))

    fits = [
        make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(C=one, max_iter=500)).fit(
            ids(train), train.labels
        )
        for one in STRENGTHS
    ]
    return {"auc": auc(max(fits, key=lambda one: auc(one, validation)), test)}


def clicks(
    network: str,
    arguments: dict[str, Any],
    reference: str = "",
    protocol: str = "ctr",
    variant: str = "",
    **more: Any,
) -> Recipe:
    """A network that tells whether a user likes a film."""
    row = f"ml-100k{'' if protocol == 'ctr' else f':{protocol}'}/{network}{variant}"
    return Recipe(
        row,
        network,
        f"ml-100k:{protocol}",
        "auc",
        SETTINGS,
        arguments,
        reference=reference,
        baselines={"logistic regression on user and film": linear},
        **{"reads": FIELDS, **more},
    )


add_recipes(
    clicks("deepfm", MLP, DEEPCTR.format("DeepFM", 0.7795)),
    clicks("wide_deep", MLP, DEEPCTR.format("Wide&Deep", 0.7802)),
    clicks("xdeepfm", MLP, DEEPCTR.format("xDeepFM", 0.7812)),
    clicks("autoint", MLP, DEEPCTR.format("AutoInt", 0.7772)),
    clicks("dcn_v2", MLP),
    clicks("nfm", {**VECTORS, "hidden": (128,), "dropout": 0.2}),
    clicks("afm", {**VECTORS, "dropout": 0.2}),
    clicks("fm", VECTORS),
    # With what the user liked before, whose mean one network takes, and to which the other attends.
    clicks("deepfm", MLP, protocol="ctr-history", reads=(*FIELDS, "history")),
    clicks("din", {**VECTORS, "dropout": 0.2}, protocol="ctr-history", reads=(*FIELDS, "history")),
    # Films that were never seen in training. What such a film gets is what the row of unknown ids learned, so half of
    # the ids are dropped in training; the words of 1,300 plots are learned by heart unless most are dropped.
    clicks("deepfm", MLP, protocol="cold-items", variant="+ids", reads=IDS, modalities={"item": {"id_drop": 0.5}}),
    clicks(
        "multimodal_recommender",
        {**MLP, "item_drop": 0.5},
        protocol="cold-items",
        reads=(*IDS, "genres", "plot"),
        modalities={"plot": {"word_drop": 0.6}},
    ),
)
