"""The mean of the weights of the late epochs."""

import keras
import numpy as np
import pytest
from training.diagnosis import picture_model, records

import multimodal_zoo as mz
from multimodal_zoo.training.keep_mean import KeepMean


class Weights(keras.Model):
    """One weight that is told, and a number that is counted."""

    def __init__(self):
        super().__init__()
        self.weight = self.add_weight(shape=(2,), name="weight")
        self.counted = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="counted")


def passed(keeper, epochs):
    """A training whose weights are the number of the epoch."""
    model = Weights()
    keeper.set_model(model)
    for epoch in epochs:
        model.weight.assign([epoch, -epoch])
        model.counted.assign(epoch)
        keeper.on_epoch_end(epoch)
    keeper.on_train_end()
    return model


def test_the_mean_is_of_the_late_epochs_and_counted_numbers_stay():
    keeper = KeepMean(2)
    model = passed(keeper, range(5))
    # Of five epochs, numbers 2, 3 and 4.
    np.testing.assert_allclose(model.weight, [3, -3])
    assert int(model.counted) == 4 and keeper.best_epoch == 4


def test_an_interruption_changes_nothing():
    before, after = KeepMean(3), KeepMean(3)
    passed(before, range(5))
    after.restore(*before.state())
    model = passed(after, [5])
    np.testing.assert_allclose(model.weight, [4, -4])
    assert after.best_epoch == 5


def test_another_way_to_keep_is_refused():
    with pytest.raises(ValueError, match="keep is one of best, mean, last, got 'worst'"):
        mz.fit(mz.create_model("lstnet_diagnosis"), (None, None), keep="worst")


def test_fit_runs_all_epochs_and_keeps_their_mean(monkeypatch):
    seen, keep = [], KeepMean.on_epoch_end

    def watch(self, epoch, logs=None):
        seen.append(self.model.get_weights())
        keep(self, epoch, logs)

    monkeypatch.setattr(KeepMean, "on_epoch_end", watch)
    keras.utils.set_random_seed(0)
    splits = records(32, 0), records(16, 1)
    bundle = mz.fit(picture_model(), splits, epochs=4, batch_size=16, patience=1, keep="mean", verbose=0)
    assert bundle.metrics["epochs"] == bundle.metrics["best_epoch"] == len(seen) == 4
    for one, *late in zip(bundle.model.get_weights(), *seen[2:], strict=True):
        np.testing.assert_allclose(one, np.mean(late, axis=0), atol=1e-6)
