"""From standardised numbers to those of the data, and back from a file."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.heads import RealUnits, regression_head

STANDARD = np.float32([[-1.0, 2.0], [0.5, 0.0]])


def built(units_of=None):
    layer = RealUnits(units_of)
    layer.build((None, 2))
    return layer


def test_it_is_mean_plus_deviation_times_the_number():
    layer = built()
    assert not layer.learned and layer.trainable_variables == []
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(STANDARD)), STANDARD)
    layer.learn([100.0, -3.0], [10.0, 0.5])
    assert layer.learned
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(STANDARD)), [[90.0, -2.0], [105.0, -3.0]])


def test_a_head_keeps_its_unit_in_its_file(tmp_path):
    joint, term = keras.Input((3,)), keras.Input((2,))
    model = keras.Model([joint, term], regression_head(2, units_of="rates")(joint, extra_logits=term))
    model.get_layer("value").learn([100.0, -3.0], [10.0, 0.5])
    given = [np.float32([[1, 2, 3]]), np.float32([[0.5, -0.5]])]
    standard = given[0] @ ops.convert_to_numpy(model.get_layer("value_from_joint").kernel) + given[1]
    found = ops.convert_to_numpy(model(given))
    np.testing.assert_allclose(found, [100.0, -3.0] + standard * [10.0, 0.5], rtol=1e-5)
    model.save(tmp_path / "model.keras")
    twin = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(twin(given)), found)
    assert twin.get_layer("value").units_of == "rates" and twin.get_layer("value").learned


def test_a_head_that_starts_at_zero_answers_what_is_added_to_it():
    joint, term = keras.Input((3,)), keras.Input((2,))
    model = keras.Model([joint, term], regression_head(2, start_at_zero=True)(joint, extra_logits=term))
    found = model([np.float32([[7, 8, 9], [1, 2, 3]]), STANDARD])
    np.testing.assert_array_equal(ops.convert_to_numpy(found), STANDARD)


def test_units_of_other_columns_and_deviations_of_zero_are_refused():
    with pytest.raises(ValueError, match=r"There are 2 answers, and means of the shape \(1,\).*those of the labels"):
        built().learn([1.0], [1.0])
    with pytest.raises(ValueError, match="those of 'rates'"):
        built("rates").learn([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="greater than 0"):
        built().learn([0.0, 0.0], [1.0, 0.0])
