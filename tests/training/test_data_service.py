"""Batches from real services of tf.data, one and several, against those that the trainer makes itself."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.diagnosis import records

from multimodal_zoo.modalities import Image
from multimodal_zoo.models import lstnet_diagnosis
from multimodal_zoo.training import data_service, fit, start_data_service
from multimodal_zoo.training.data_service import batches_of_services
from multimodal_zoo.training.pipeline import prepare, training_batches

MODALITIES = {"image": Image(8, 8, 1, noise=0.2, flip=True)}


@pytest.fixture(scope="module")
def services():
    started = [start_data_service() for _ in range(3)]
    yield started
    for one in started:
        one.close()


@pytest.fixture(scope="module")
def prepared():
    return prepare(records(22, 0), MODALITIES)


@pytest.mark.parametrize("count", [1, 3])
def test_the_batches_are_those_of_the_trainer_in_the_same_order(services, prepared, count):
    part_of = functools.partial(training_batches, prepared, MODALITIES, batch_size=8, seed=3, with_presence=False)
    addresses = [one.address for one in services[:count]]
    served = batches_of_services(lambda part, parts: part_of(part=part, parts=parts), prepared, addresses)
    # Two batches are an epoch: the seventh is of the fourth.
    expected = list(part_of().take(7))
    for (inputs, labels), (own_inputs, own_labels) in zip(served.take(7), expected, strict=True):
        np.testing.assert_array_equal(inputs["image"], own_inputs["image"])
        np.testing.assert_array_equal(labels, own_labels)
    assert not np.array_equal(expected[0][0]["image"], expected[2][0]["image"])


def test_a_training_by_services_ends_as_one_without(services):
    weights = []
    for addresses in ((), [one.address for one in services[:2]]):
        keras.utils.set_random_seed(0)
        model = lstnet_diagnosis(MODALITIES["image"], None, filters=(4,), joint_dim=4, dropout=0.0)
        data = (records(22, 0), records(8, 1))
        fit(model, data, epochs=2, batch_size=8, data_service=addresses, class_weight="balanced", verbose=0)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert sum(one.worker._num_tasks() for one in services[:2]) >= 2


def test_what_is_no_address_is_refused(prepared):
    with pytest.raises(ValueError, match="like 'grpc://host:5000', got 'host:5000'"):
        batches_of_services(lambda part, parts: tf.data.Dataset.range(1), prepared, ["host:5000"])


def test_a_split_that_is_too_large_to_be_sent_is_refused(prepared, monkeypatch):
    monkeypatch.setattr(data_service, "MOST_BYTES", 22 * 8 * 8 * 4 - 1)
    with pytest.raises(ValueError, match="The decoded split has 5,632 bytes"):
        batches_of_services(lambda part, parts: tf.data.Dataset.range(1), prepared, ["grpc://host:5000"])
