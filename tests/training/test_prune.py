"""Structured pruning: the strongest channels are kept whole, and what is left of a wide network answers as it did."""

import numpy as np
import pytest
from training.diagnosis import records, tiny_model

from multimodal_zoo import create_model
from multimodal_zoo.modalities import Audio, Image
from multimodal_zoo.registry import PRESENCE
from multimodal_zoo.training import distil, fit, start_from_strongest
from tests.random_weights import randomise

WIDE, NARROW = {"filters": (16, 8)}, {"filters": (8, 8)}
SECOND = "image_block_2_convolution"


def weights(model, layer):
    return [np.array(one) for one in model.get_layer(layer).weights]


def inputs(count=5):
    random = np.random.default_rng(7)
    return {
        "image": random.uniform(size=(count, 8, 8, 1)).astype("float32"),
        "report": random.integers(0, 20, (count, 8)).astype("int32"),
        PRESENCE: random.integers(0, 2, (count, 2)).astype("float32"),
    }


def test_without_channels_that_nobody_reads_the_network_answers_as_before():
    teacher, student = randomise(tiny_model(**WIDE)), tiny_model(**NARROW)
    first, second = weights(teacher, "image_block_1_convolution"), weights(teacher, SECOND)
    # The weak half is the second group of the normalisation, which the layer behind does not look at.
    first[0][..., 8:] *= 1e-3
    second[0][..., 8:, :] = 0.0
    teacher.get_layer("image_block_1_convolution").set_weights(first)
    teacher.get_layer(SECOND).set_weights(second)
    started = start_from_strongest(student, teacher)
    assert {layer.name for layer in student.layers if layer.weights} == set(started)
    asked = inputs()
    np.testing.assert_allclose(student(asked), teacher(asked), rtol=1e-5, atol=1e-6)


def test_the_channels_with_the_largest_sum_of_absolute_weights_are_kept_in_order():
    teacher, student = randomise(tiny_model(**WIDE)), tiny_model(**NARROW)
    start_from_strongest(student, teacher)
    (first,), (second,) = weights(teacher, "image_block_1_convolution"), weights(teacher, SECOND)
    kept = sorted(np.argsort(-np.abs(first).sum((0, 1, 2)))[:8])
    np.testing.assert_array_equal(weights(student, "image_block_1_convolution")[0], first[..., kept])
    np.testing.assert_array_equal(weights(student, SECOND)[0], second[..., kept, :])
    for mine, whole in zip(
        weights(student, "image_block_1_normalization"), weights(teacher, "image_block_1_normalization"), strict=True
    ):
        np.testing.assert_array_equal(mine, whole[kept])


def test_a_dense_layer_reads_the_places_of_the_kept_channels_alone():
    """Where the map is flattened, and the fusion operator behind gets another width and keeps its own weights."""
    made = lambda *filters: create_model(  # noqa: E731
        "audio_visual_fusion", audio=Audio(8000, 0.3, mels=16), image=Image(16, 16, 1), image_filters=filters
    )
    teacher, student = randomise(made(8, 16)), made(8, 8)
    before = weights(student, "joint")
    started = start_from_strongest(student, teacher)
    assert "image_cells" in started and "joint" not in started
    kept = sorted(np.argsort(-np.abs(weights(teacher, SECOND)[0]).sum((0, 1, 2)))[:8])
    wide = weights(teacher, "image_cells")[0].reshape(4, 4, 16, 16)[:, :, kept].reshape(4 * 4 * 8, 16)
    columns = sorted(np.argsort(-np.abs(wide).sum(0))[:8])
    np.testing.assert_array_equal(weights(student, "image_cells")[0], wide[:, columns])
    for now, then in zip(weights(student, "joint"), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_what_is_wider_than_its_teacher_keeps_its_weights():
    teacher, student = tiny_model(**NARROW), tiny_model(**WIDE)
    before = weights(student, "image_block_1_convolution")[0]
    assert "image_block_1_convolution" not in start_from_strongest(student, teacher)
    np.testing.assert_array_equal(weights(student, "image_block_1_convolution")[0], before)


def test_a_teacher_of_whom_nothing_fits_is_refused():
    with pytest.raises(ValueError, match="Nothing of audio_visual_fusion fits lstnet_diagnosis"):
        start_from_strongest(
            tiny_model(),
            create_model("audio_visual_fusion", audio=Audio(8000, 0.3, mels=16), image=None, num_classes=3),
        )


def test_a_student_starts_from_its_teacher():
    data = (records(32, 0), records(16, 1))
    teacher = fit(tiny_model(**WIDE), data, epochs=1, verbose=0)
    student = distil(teacher, data, arguments=NARROW, prune=True, epochs=1, learning_rate=1e-9, verbose=0)
    first = weights(teacher.model, "image_block_1_convolution")[0]
    kept = sorted(np.argsort(-np.abs(first).sum((0, 1, 2)))[:8])
    np.testing.assert_allclose(weights(student.model, "image_block_1_convolution")[0], first[..., kept], atol=1e-6)
    assert "image_block_1_convolution" in student.metrics["distillation"]["pruned"]
