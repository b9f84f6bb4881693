"""COVID-19 or not, from an X-ray and the note beside it: five folds by patient."""

from __future__ import annotations

from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from multimodal_zoo.datasets import DataSet
from multimodal_zoo.recipes.recipe import Figures, Recipe, add_recipes


def words(data: DataSet) -> Figures:
    """Logistic regression on the words of the note."""
    train, test = data.split("train"), data.split("test")
    (note,) = {"report", "text"} & set(data.modalities)
    classifier = make_pipeline(
        TfidfVectorizer(sublinear_tf=True), LogisticRegression(class_weight="balanced", max_iter=1000)
    )
    classifier.fit(train.columns[note], train.labels)
    scores = classifier.predict_proba(test.columns[note])[:, 1]
    return {"auc": float(roc_auc_score(test.labels, scores))}


def diagnosis(
    network: str,
    arguments: dict[str, Any],
    together: dict[str, Any],
    note: str = "report",
    longer: dict[str, int] | None = None,
    remark: str = "",
    **more: Any,
) -> Recipe:
    """A network of image and note, either of which may be missing."""
    return Recipe(
        row=f"covid-cxr/{network}",
        network=network,
        # With each seed another fifth of the patients is for test.
        data="covid-cxr:fold{seed}",
        figure="auc",
        fit={
            "epochs": 30,
            "batch_size": 32,
            "patience": 6,
            "learning_rate": 1e-3,
            "class_weight": "balanced",
            **(longer or {}),
        },
        # A quarter of the default convolutions' width: 230 training images leave no room for more.
        arguments={"filters": (16, 32, 64), "embedding_dim": 32, "dropout": 0.5, **arguments},
        together={"missing_modalities": True, "modality_dropout": 0.3, **together},
        alone=("image", note),
        modalities={"image": {"crop": 0.15, "rotate": 8.0, "noise": 0.02}, note: {"word_drop": 0.2}},
        renamed={} if note == "report" else {"report": note},
        baselines={"logistic regression on the words of the note": words},
        seeds=5,
        notes="Each seed is another fold by patient, of about 65 test images: the spread is that of the folds."
        + remark,
        **more,
    )


add_recipes(
    diagnosis(
        "lstnet_diagnosis",
        {"units": 32, "joint_dim": 64},
        {"fusion": "feature_pooling"},
        # The linear path over the words starts from its logistic regression.
        fit_together={"linear_start": 0.1},
        fit_alone={"report": {"linear_start": 0.1}},
    ),
    # Chosen by the validation AUC of two folds: trained together from the start, .51 and .53; from what the image and
    # the note each learned alone, .96 and .83.
    diagnosis("late_ensemble", {}, {}, longer={"epochs": 50, "patience": 10}, from_alone=True),
    diagnosis(
        "resnet_bert_fusion",
        {"projection_dim": 32, "joint_dim": 64},
        {},
        note="text",
        remark=" A Transformer with random weights learns less from 230 notes than a linear model of their words does; "
        "started from encoders that were trained alone, it was no better on validation.",
    ),
)
