"""What every operator owes: modality dropout, stand-ins that learn, finite gradients into its inputs, clear errors."""

import re

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import fuse, fusion_operator, list_fusions, silence_absent
from tests.fusion import test_fuse, test_sequence_operators
from tests.fusion.test_operator_equations import every_subset, made
from tests.gradients import input_gradient, weight_gradients
from tests.random_weights import randomise

NAMES = list_fusions()
WITH_STAND_INS = {"block", "concat", "gated", "mfb", "mfh", "mlb", "mutan", "tucker"}


def test_saving_and_mixed_precision_leave_no_operator_out():
    assert {*test_fuse.ARGUMENTS, *test_sequence_operators.ARGUMENTS} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_says_what_everything_absent_gives(name):
    assert re.search(r"everything\s+absent|nothing\s+there", fusion_operator(name).__doc__, re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_learns_where_presence_is_unknown(name):
    """Built without presence, an operator has no stand-ins that could lie idle."""
    operator, encodings = made(name, 3, with_presence=False)
    target = np.random.default_rng(2).normal(size=(8, 6)).astype("float32")
    gradients = weight_gradients(operator, encodings, loss=lambda joint: ops.mean((joint - target) ** 2))
    assert len(gradients) == len(operator.trainable_variables) > 0
    for path, gradient in gradients.items():
        assert gradient is not None and np.abs(gradient).max() > 0, path


@pytest.mark.parametrize("size", [0.0, 1e3, 1e4])
@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_into_the_inputs_is_finite_at_zero_and_at_large_inputs(name, size):
    presence = every_subset(3)
    operator, encodings = made(name, 3, with_presence=True, rows=len(presence))
    encodings = {key: (value * size).astype("float32") for key, value in encodings.items()}
    for key, encoding in encodings.items():
        gradient = input_gradient(
            lambda one, key=key: ops.mean(operator({**encodings, key: one}, presence=presence)), encoding
        )
        assert np.isfinite(gradient).all()


def model_with_dropout(name, encodings, rate=0.4):
    """The modalities through the door of a model, the operator, and the presence that was drawn."""
    inputs = {key: keras.Input(value.shape[1:], name=key) for key, value in encodings.items()}
    inputs["presence"] = keras.Input((len(encodings),), name="presence")
    silent, presence = silence_absent(inputs, rate, seed=1)
    return randomise(keras.Model(inputs, {"joint": fuse(name, 6)(silent, presence), "presence": presence}))


@pytest.mark.parametrize("name", NAMES)
def test_what_modality_dropout_drops_is_absent_for_the_operator(name):
    _, encodings = made(name, 2, with_presence=False, rows=32)
    model = model_with_dropout(name, encodings)
    given = {**encodings, "presence": np.float32([[1, 1], [1, 1], [1, 0], [0, 1]] * 8)}
    trained = {key: ops.convert_to_numpy(value) for key, value in model(given, training=True).items()}
    drawn = trained["presence"]
    assert (drawn <= given["presence"]).all() and drawn.sum() < given["presence"].sum()
    assert (drawn.sum(axis=1) >= 1).all()
    soiled = {
        key: np.where(drawn[:, column].reshape(-1, *[1] * (value.ndim - 1)) > 0, value, np.float32("nan"))
        for column, (key, value) in enumerate(encodings.items())
    }
    again = model({**soiled, "presence": drawn}, training=False)
    np.testing.assert_array_equal(ops.convert_to_numpy(again["presence"]), drawn)
    np.testing.assert_allclose(ops.convert_to_numpy(again["joint"]), trained["joint"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_it_learns_with_modality_dropout_from_records_with_holes(name):
    # A single pair needs no attention, and its weights then learn nothing.
    count = 3 if name == "attentional_pairs" else 2
    _, encodings = made(name, count, with_presence=False, rows=32)
    model = model_with_dropout(name, encodings)
    encodings["m0"][1::4], encodings["m1"][2::4] = np.nan, np.inf
    given = {**encodings, "presence": np.float32([[1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]] * 8)[:, :count]}
    gradients = weight_gradients(model, given, training=True, loss=lambda found: ops.mean((found["joint"] - 1) ** 2))
    for path, gradient in gradients.items():
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, path


@pytest.mark.parametrize("name", NAMES)
def test_a_stand_in_speaks_and_learns_where_its_modality_is_absent_and_only_there(name):
    operator, encodings = made(name, 3, with_presence=True)
    stand_ins = [weight for weight in operator.trainable_variables if "stand_in" in weight.path]
    assert bool(stand_ins) == (name in WITH_STAND_INS)
    for column, absent in enumerate(operator.modalities if stand_ins else ()):
        presence = np.ones((8, 3), "float32")
        everything = ops.convert_to_numpy(operator(encodings, presence=presence))
        presence[:, column] = 0
        gradients = weight_gradients(operator, encodings, presence=presence, loss=lambda joint: ops.mean(joint**2))
        before = ops.convert_to_numpy(operator(encodings, presence=presence))
        for weight in stand_ins:
            its_own = weight.path.endswith(f"stand_in_{absent}")
            assert (np.abs(gradients[weight.path]).max() > 0) == its_own, weight.path
            kept = ops.convert_to_numpy(weight)
            weight.assign(kept * -1.5 + 0.3)
            after = ops.convert_to_numpy(operator(encodings, presence=presence))
            assert (np.abs(after - before).max() > 1e-6) == its_own, weight.path
            with_all = operator(encodings, presence=np.ones((8, 3), "float32"))
            np.testing.assert_array_equal(ops.convert_to_numpy(with_all), everything)
            weight.assign(kept)


def two(first=(4, 3), second=(4, 5)):
    return {"image": np.ones(first, "float32"), "report": np.ones(second, "float32")}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("encodings", "presence", "message"),
    [
        (
            {"image": np.ones((4, 3)), "reports": np.ones((4, 5))},
            None,
            r"missing \['report'\]; unknown \['reports'\]; did you mean 'report' for 'reports'",
        ),
        (two(first=(4, 2, 2, 3)), None, r"'image' must have rank 2, .*\(4, 2, 2, 3\).*Pool or expand it"),
        (two(second=(4,)), None, r"'report' must have rank 2, .*\(4,\)"),
        (two(second=(3, 5)), None, r"same records.*\{'image': 4, 'report': 3\}"),
        (two(), np.ones((3, 2)), r"same records.*\{'image': 4, 'report': 4, 'presence': 3\}"),
        (two(), np.ones((4, 3)), r"presence must have the shape \(batch, 2\).*\['image', 'report'\].*\(4, 3\)"),
        (two(), np.ones(4), r"presence must have the shape \(batch, 2\).*\(4,\)"),
    ],
)
def test_what_does_not_fit_is_refused(name, encodings, presence, message):
    with pytest.raises(ValueError, match=message):
        fusion_operator(name)(6, ("image", "report"))(encodings, presence=presence)
