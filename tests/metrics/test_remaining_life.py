import math

import numpy as np
import pytest

from multimodal_zoo.metrics import remaining_life_score


def test_ten_cycles_late_cost_as_much_as_thirteen_early():
    labels = np.array([50.0, 50.0, 50.0])
    assert remaining_life_score(labels, labels) == 0
    late, early = np.array([60.0, 50.0, 50.0]), np.array([50.0, 50.0, 37.0])
    assert remaining_life_score(labels, late) == pytest.approx(math.e - 1)
    assert remaining_life_score(labels, early) == pytest.approx(math.e - 1)
    assert remaining_life_score(labels[:, None], (late + early - labels)[:, None]) == pytest.approx(2 * (math.e - 1))


def test_it_is_the_sum_written_out():
    random = np.random.default_rng(0)
    labels, predictions = random.uniform(0, 125, 40), random.uniform(0, 125, 40)
    wanted = 0.0
    for label, predicted in zip(labels, predictions, strict=True):
        d = predicted - label
        wanted += math.exp(-d / 13) - 1 if d < 0 else math.exp(d / 10) - 1
    assert remaining_life_score(labels, predictions) == pytest.approx(wanted)


def test_an_error_that_float32_could_not_hold_is_still_a_number():
    assert remaining_life_score(np.float32([0]), np.float32([1000])) == pytest.approx(math.expm1(100))


def test_labels_and_predictions_have_to_be_as_many():
    with pytest.raises(ValueError, match="3 labels and 2 predictions"):
        remaining_life_score(np.zeros(3), np.zeros(2))
