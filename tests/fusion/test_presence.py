"""Modality dropout, silencing at the door, and picking columns of presence."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import (
    ModalityDropout,
    PresenceColumns,
    PresenceOfGroups,
    SilenceAbsent,
    presence_of,
    silence_absent,
)
from multimodal_zoo.fusion.present_weights import normalise_over_present, softmax_over_present, weighted_sum
from multimodal_zoo.training.precision import precision
from tests.gradients import input_gradient, weight_gradients


def drop(presence, rate, seed=0, training=True):
    return ops.convert_to_numpy(ModalityDropout(rate, seed)(presence, training=training))


def test_modality_dropout_acts_in_training_only():
    presence = np.ones((50, 3), "float32")
    np.testing.assert_array_equal(drop(presence, 0.9, training=False), presence)
    assert drop(presence, 0.9).sum() < presence.sum()
    np.testing.assert_array_equal(drop(presence, 0.0), presence)


def test_modality_dropout_drops_at_the_rate_and_never_everything():
    kept = drop(np.ones((20_000, 2), "float32"), 0.3)
    # Both would go with probability 0.09; such a row keeps both.
    np.testing.assert_allclose(kept.mean(axis=0), 1 - 0.3 + 0.09, atol=0.01)
    assert kept.sum(axis=1).min() == 1
    both, neither = kept.sum(axis=1) == 2, kept.sum(axis=1) == 0
    assert both.mean() == pytest.approx(0.49 + 0.09, abs=0.01) and not neither.any()


def test_modality_dropout_never_resurrects():
    presence = np.float32([[1, 0, 1], [0, 0, 0], [0, 1, 0], [0, 0, 1]] * 500)
    kept = drop(presence, 0.5)
    assert (kept <= presence).all()
    only_one = presence.sum(axis=1) == 1
    np.testing.assert_array_equal(kept[only_one], presence[only_one])
    np.testing.assert_array_equal(kept[1::4], presence[1::4])


def test_modality_dropout_is_seeded_and_draws_anew_each_time():
    presence = np.ones((200, 2), "float32")
    np.testing.assert_array_equal(drop(presence, 0.5, seed=3), drop(presence, 0.5, seed=3))
    assert (drop(presence, 0.5, seed=3) != drop(presence, 0.5, seed=4)).any()
    layer = ModalityDropout(0.5, seed=3)
    first, second = (ops.convert_to_numpy(layer(presence, training=True)) for _ in range(2))
    assert (first != second).any()
    config = layer.get_config()
    assert (config["rate"], config["seed"]) == (0.5, 3)
    again = ModalityDropout.from_config(config)
    np.testing.assert_array_equal(ops.convert_to_numpy(again(presence, training=True)), first)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_modality_dropout_refuses_a_rate_out_of_range(rate):
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        ModalityDropout(rate)


@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 4, 5, 2)])
def test_absent_rows_become_zeros_and_the_others_stay_as_they_are(shape):
    content = np.random.default_rng(0).normal(size=shape).astype("float32")
    content[1] = np.nan
    presence = np.float32([[0, 1], [1, 0], [1, 1]])
    silent = ops.convert_to_numpy(SilenceAbsent(1)(content, presence=presence))
    np.testing.assert_array_equal(silent[[0, 2]], content[[0, 2]])
    np.testing.assert_array_equal(silent[1], np.zeros(shape[1:]))


def test_absent_ids_become_padding_and_stay_whole_numbers_under_mixed_precision():
    ids = np.int32([[300, 70001], [5, 6]])
    with precision("mixed_bfloat16"):
        silent = SilenceAbsent(0)(ids, presence=np.float32([[1], [0]]))
    assert keras.backend.standardize_dtype(silent.dtype) == "int32"
    np.testing.assert_array_equal(ops.convert_to_numpy(silent), [[300, 70001], [0, 0]])


@pytest.mark.parametrize("rubbish", [float("nan"), float("inf")])
def test_rubbish_in_an_absent_row_reaches_neither_the_weights_nor_the_input(rubbish):
    """An encoder fed with NaN has NaN gradients even where its answer is masked: so it never is."""
    content = np.ones((2, 3), "float32")
    content[1] = rubbish
    presence = np.float32([[1], [0]])
    inputs = {"content": keras.Input((3,), name="content"), "presence": keras.Input((1,), name="presence")}
    silent = SilenceAbsent(0)(inputs["content"], presence=inputs["presence"])
    model = keras.Model(inputs, keras.layers.Dense(2, activation="exponential")(silent))

    given = {"content": ops.convert_to_tensor(content), "presence": ops.convert_to_tensor(presence)}
    gradients = weight_gradients(model, given, loss=ops.sum)
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())
    by_content = input_gradient(lambda tensor: ops.sum(model({**given, "content": tensor})), content)
    assert np.abs(by_content[0]).min() > 0
    np.testing.assert_array_equal(by_content[1], np.zeros(3))


def door(modality_dropout=0.0, presence=True):
    inputs = {
        "report": keras.Input((4,), dtype="int32", name="report"),
        "image": keras.Input((2, 2, 1), name="image"),
    }
    if presence:
        inputs["presence"] = keras.Input((2,), name="presence")
    tensors, presence = silence_absent(inputs, modality_dropout, seed=1)
    outputs = dict(tensors)
    if presence is not None:
        outputs["presence"] = presence
    return keras.Model(inputs, outputs)


def test_the_door_of_a_model_keeps_the_columns_in_the_order_of_the_inputs(tmp_path):
    model = door(modality_dropout=0.4)
    given = {
        "report": np.int32([[1, 2, 3, 0], [4, 5, 6, 7]]),
        "image": np.full((2, 2, 2, 1), np.nan, "float32"),
        "presence": np.float32([[1, 0], [0, 0]]),
    }
    model.save(tmp_path / "door.keras")
    for one in (model, keras.models.load_model(tmp_path / "door.keras")):
        found = {name: ops.convert_to_numpy(value) for name, value in one(given).items()}
        np.testing.assert_array_equal(found["report"], [[1, 2, 3, 0], [0, 0, 0, 0]])
        np.testing.assert_array_equal(found["image"], np.zeros((2, 2, 2, 1)))
        np.testing.assert_array_equal(found["presence"], given["presence"])


def test_modality_dropout_at_the_door_silences_what_it_drops():
    given = {
        "report": np.ones((300, 4), "int32"),
        "image": np.ones((300, 2, 2, 1), "float32"),
        "presence": np.ones((300, 2), "float32"),
    }
    found = {
        name: ops.convert_to_numpy(value) for name, value in door(modality_dropout=0.4)(given, training=True).items()
    }
    assert 0 < found["presence"].mean() < 1
    np.testing.assert_array_equal(found["report"][:, 0], found["presence"][:, 0])
    np.testing.assert_array_equal(found["image"][:, 0, 0, 0], found["presence"][:, 1])


def test_without_presence_the_tensors_pass_untouched():
    inputs = {"image": keras.Input((3,))}
    tensors, presence = silence_absent(inputs)
    assert tensors == inputs and presence is None
    with pytest.raises(ValueError, match="missing_modalities=True"):
        silence_absent(inputs, modality_dropout=0.2)
    with pytest.raises(ValueError, match=r"\(batch, 1\).*\['image'\].*\(None, 2\)"):
        silence_absent({**inputs, "presence": keras.Input((2,))})


def test_picking_columns_of_presence():
    presence = np.float32([[1, 0, 1], [0, 1, 0]])
    names = ("image", "report", "age")
    picked = presence_of(presence, names, ["age", "report"])
    np.testing.assert_array_equal(ops.convert_to_numpy(picked), [[1, 0], [0, 1]])
    assert presence_of(presence, names, names) is presence
    assert presence_of(None, names, ["age"]) is None
    assert PresenceColumns.from_config(PresenceColumns([2, 1]).get_config()).columns == [2, 1]
    with pytest.raises(ValueError, match=r"\['image', 'report', 'age'\]; received \['sex'\]"):
        presence_of(presence, names, ["sex"])


def test_a_group_is_there_when_any_of_it_is():
    layer = PresenceOfGroups([[0, 2], [1]])
    presence = np.float32([[1, 0, 0], [0, 1, 1], [0, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(presence)), [[1, 0], [1, 1], [0, 0], [0, 1]])
    assert layer(keras.Input((3,))).shape == (None, 2)
    assert PresenceOfGroups.from_config(layer.get_config()).groups == [[0, 2], [1]]


def test_silencing_again_behind_the_encoders_has_layers_of_other_names():
    inputs = {"image": keras.Input((3,), name="image"), "presence": keras.Input((1,), name="presence")}
    seen, presence = silence_absent(inputs)
    vector = keras.layers.Dense(2, name="encoder")(seen["image"])
    again, same = silence_absent({"image": vector, "presence": presence}, suffix="vector_if_present")
    assert same is presence
    model = keras.Model(inputs, again["image"])
    assert {"image_if_present", "image_vector_if_present"} < {layer.name for layer in model.layers}
    model.get_layer("encoder").bias.assign([5.0, 5.0])
    found = model({"image": np.ones((2, 3), "float32"), "presence": np.float32([[1], [0]])})
    found = ops.convert_to_numpy(found)
    assert (found[1] == 0).all() and (found[0] != 0).all()


def test_weights_over_what_is_there():
    present = np.array([[True, True, True], [True, False, True], [False, False, True], [False] * 3])
    scores = np.float32([0.0, 1000.0, np.log(3)])
    np.testing.assert_allclose(
        ops.convert_to_numpy(softmax_over_present(scores, present)),
        [[0, 1, 0], [0.25, 0, 0.75], [0, 0, 1], [0, 0, 0]],
        atol=1e-6,
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(normalise_over_present(np.float32([1, 4, 3]), present)),
        [[0.125, 0.5, 0.375], [0.25, 0, 0.75], [0, 0, 1], [0, 0, 0]],
        atol=1e-6,
    )
    np.testing.assert_allclose(ops.convert_to_numpy(normalise_over_present(np.float32([1, 3]), None)), [0.25, 0.75])
    features = np.float32([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    np.testing.assert_allclose(
        ops.convert_to_numpy(weighted_sum(np.float32([[1, 0], [0.5, 0.5]]), features)), [[1, 2], [6, 7]]
    )


def test_the_softmax_has_a_finite_gradient_where_nothing_is_there():
    present = np.array([[False, False], [True, False], [True, True]])
    scores = np.float32([[1e8, 5], [1e8, -1e8], [300, -300]])
    gradient = input_gradient(lambda value: ops.sum(softmax_over_present(value, present) ** 2), scores)
    assert np.isfinite(gradient).all()
    np.testing.assert_array_equal(gradient[0], [0, 0])
