"""Two towers that meet in an inner product."""

import keras
import numpy as np
import pytest

from multimodal_zoo.modalities import Categorical, Image, MultiCategorical, Numeric, Text
from multimodal_zoo.models import two_tower

FIELDS = {
    "user": Categorical(9),
    "age": Numeric(1),
    "item": Categorical(9),
    "genres": MultiCategorical(7, 3),
    "plot": Text(11, 4),
    "image": Image(8, 8, 1),
}
USER_SIDE = ("user", "age")


def inputs(seed, count=4):
    random = np.random.default_rng(seed)
    return {
        name: random.integers(1, one.vocabulary_size, (count, *one.shape)).astype("int32")
        if one.dtype == "int32"
        else random.uniform(size=(count, *one.shape)).astype("float32")
        for name, one in FIELDS.items()
    }


def built(**arguments):
    model = two_tower(FIELDS, hidden=(5,), joint_dim=3, image_filters=(4,), **arguments)
    random = np.random.default_rng(0)
    model.set_weights([random.normal(0, 0.5, weight.shape).astype(weight.dtype) for weight in model.get_weights()])
    return model


def vector(model, side, batch):
    return keras.ops.convert_to_numpy(keras.Model(model.input, model.get_layer(f"{side}_vector").output)(batch))


def test_the_score_is_the_inner_product_of_the_two_vectors():
    model, batch = built(), inputs(0)
    logit = (vector(model, "user", batch) * vector(model, "item", batch)).sum(axis=1, keepdims=True)
    logit = logit + keras.ops.convert_to_numpy(model.get_layer("score_logits").bias)
    found = keras.ops.convert_to_numpy(model(batch))
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-logit)), rtol=1e-4, atol=1e-5)


def test_a_tower_reads_its_own_fields_and_no_other():
    model, one, other = built(), inputs(0), inputs(1)
    mixed = {name: (one if name in USER_SIDE else other)[name] for name in FIELDS}
    np.testing.assert_array_equal(vector(model, "user", mixed), vector(model, "user", one))
    np.testing.assert_array_equal(vector(model, "item", mixed), vector(model, "item", other))
    assert np.abs(vector(model, "item", mixed) - vector(model, "item", one)).max() > 1e-3


def test_a_side_without_any_field_is_in_no_product():
    model = built(missing_modalities=True)
    presence = np.float32([[float(name in USER_SIDE) for name in FIELDS]] * 4)
    joint = keras.Model(model.input, model.get_layer("joint").output)({**inputs(0), "presence": presence})
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(joint), 0)


def test_every_field_has_one_side():
    with pytest.raises(ValueError, match="'plot' has to be in user_fields or in item_fields"):
        two_tower(FIELDS, item_fields=("item", "genres", "image"))
    with pytest.raises(ValueError, match="'item' has to be in .* and not in both"):
        two_tower(FIELDS, user_fields=("user", "age", "item"))
    with pytest.raises(ValueError, match="The item tower reads nothing"):
        two_tower({"user": Categorical(9)})
