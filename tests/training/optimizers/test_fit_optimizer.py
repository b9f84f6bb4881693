"""Which optimiser `fit` trains with."""

import keras
import numpy as np
import pytest

from multimodal_zoo.datasets import Records
from multimodal_zoo.modalities import Categorical
from multimodal_zoo.models import deepfm
from multimodal_zoo.training import fit
from multimodal_zoo.unknown_name import UnknownName

if keras.backend.backend() != "tensorflow":
    pytest.skip("fit trains on the TensorFlow backend", allow_module_level=True)


def clicks(seed, count=400):
    """Who is odd clicks on what is odd."""
    draw = np.random.default_rng(seed)
    users, items = draw.integers(0, 20, count), draw.integers(0, 20, count)
    return Records({"user": users.astype(str), "item": items.astype(str)}, (users % 2 == items % 2).astype("int32"))


def network(rows):
    return deepfm({"user": Categorical(rows), "item": Categorical(rows)}, embedding_dim=4, hidden=(16,), dropout=0.0)


@pytest.mark.parametrize(
    ("rows", "optimizer", "taken"),
    [(30, "auto", "Adam"), (60_000, "auto", "LazyAdam"), (60_000, "adam", "Adam"), (30, "lazy_adagrad", "LazyAdagrad")],
)
def test_the_optimiser_is_the_one_named_and_learns(rows, optimizer, taken):
    rate = 0.3 if "adagrad" in optimizer else 0.03
    bundle = fit(
        network(rows),
        (clicks(0), clicks(1)),
        epochs=12,
        learning_rate=rate,
        optimizer=optimizer,
        patience=12,
        verbose=0,
    )
    assert type(bundle.model.optimizer).__name__ == bundle.metrics["optimizer"] == taken
    assert bundle.metrics["validation"]["auc"] > 0.9


def test_an_optimiser_that_is_not_there_is_told_before_training():
    with pytest.raises(UnknownName, match="Did you mean 'lazy_adam'"):
        fit(network(30), (clicks(0), clicks(1)), optimizer="lazy-adam", verbose=0)
