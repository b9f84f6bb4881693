"""Heads against their equations; float32 under every policy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.heads import classification_head, multi_label_head, ranking_head, regression_head
from multimodal_zoo.training.precision import precision
from tests.gradients import weight_gradients
from tests.random_weights import randomise


def softmax(x):
    parts = np.exp(x - x.max(axis=-1, keepdims=True))
    return parts / parts.sum(axis=-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# name: (head, number of outputs, activation, name of the output)
HEADS = {
    "classification": (lambda **arguments: classification_head(3, **arguments), 3, softmax, "probabilities"),
    "multi_label": (lambda **arguments: multi_label_head(4, **arguments), 4, sigmoid, "probabilities"),
    "regression": (lambda **arguments: regression_head(2, **arguments), 2, lambda x: x, "value"),
    "ranking": (lambda **arguments: ranking_head(**arguments), 1, sigmoid, "score"),
}


def made(name, extra=0, dtype="float32", **arguments):
    head, outputs, _, _ = HEADS[name]
    joint = keras.Input((5,), name="joint_features", dtype=dtype)
    terms = [keras.Input((outputs,), name=f"term_{index}", dtype=dtype) for index in range(extra)]
    given = terms[0] if extra == 1 else (terms or None)
    model = keras.Model([joint, *terms], head(**arguments)(joint, extra_logits=given))
    return randomise(model)


def tensors(name, extra=0, rows=4):
    draws = np.random.default_rng(0)
    return [draws.normal(size=(rows, 5)).astype("float32")] + [
        draws.normal(size=(rows, HEADS[name][1])).astype("float32") for _ in range(extra)
    ]


@pytest.mark.parametrize("extra", [0, 1, 2])
@pytest.mark.parametrize("name", sorted(HEADS))
def test_it_is_the_activation_of_the_linear_map_and_all_extra_logits(name, extra, tmp_path):
    _, outputs, activation, output_name = HEADS[name]
    model = made(name, extra, dropout=0.3)
    joint, *terms = tensors(name, extra)
    dense = model.get_layer(f"{output_name}_from_joint")
    logits = joint @ ops.convert_to_numpy(dense.kernel) + ops.convert_to_numpy(dense.bias)
    found = ops.convert_to_numpy(model([joint, *terms]))
    np.testing.assert_allclose(found, activation(logits + sum(terms)), rtol=1e-5, atol=1e-6)
    assert found.shape == (4, outputs) and model.output_names == [output_name]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(again([joint, *terms])), found)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", sorted(HEADS))
def test_it_is_float32_under_any_policy(name, policy):
    wanted = ops.convert_to_numpy(made(name, 1)(tensors(name, 1)))
    compute = policy.removeprefix("mixed_")
    with precision(policy):
        mixed = made(name, 1, dtype=compute)
    found = mixed([ops.cast(tensor, compute) for tensor in tensors(name, 1)])
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    # Only the arriving tensors were rounded: with eight bits, to within 0.4 %.
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, atol=0.03)


@pytest.mark.parametrize("size", [1.0, 0.0, 1e4])
@pytest.mark.parametrize("name", sorted(HEADS))
def test_gradients_are_finite_and_reach_every_weight(name, size):
    model = made(name)
    joint = ops.convert_to_tensor(tensors(name)[0] * np.float32(size))
    gradients = weight_gradients(model, [joint], loss=lambda found: ops.mean((found - 0.3) ** 2))
    for path, gradient in gradients.items():
        assert np.isfinite(gradient).all(), path
        assert size != 1.0 or np.abs(gradient).max() > 0, path


def test_dropout_acts_in_training_only():
    model = made("regression", dropout=0.5)
    joint = tensors("regression")[0]
    still = ops.convert_to_numpy(model([joint]))
    np.testing.assert_array_equal(ops.convert_to_numpy(model([joint], training=False)), still)
    assert np.abs(ops.convert_to_numpy(model([joint], training=True)) - still).max() > 1e-3


def test_the_output_takes_another_name():
    joint = keras.Input((5,))
    assert keras.Model(joint, regression_head(name="rating")(joint)).output_names == ["rating"]


def test_what_they_refuse():
    joint = keras.Input((5,))
    with pytest.raises(ValueError, match="at least 2 classes; received num_classes=1"):
        classification_head(1)
    with pytest.raises(ValueError, match="at least one output; received 0"):
        multi_label_head(0)
    with pytest.raises(ValueError, match=r"\(batch, 2\); received the shape \(None, 3\)"):
        regression_head(2)(joint, extra_logits=keras.Input((3,)))
    with pytest.raises(ValueError, match=r"joint representation \(batch, width\); received \(None, 4, 5\)"):
        ranking_head()(keras.Input((4, 5)))
