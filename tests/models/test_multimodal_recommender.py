"""DeepFM whose item is read as text and image: what of it holds for an item without history."""

import keras
import numpy as np
import pytest

from multimodal_zoo.modalities import Categorical, Image, Text
from multimodal_zoo.models import deepfm, multimodal_recommender

FIELDS = {"user": Categorical(9), "item": Categorical(9)}
PLOT, IMAGE = Text(11, 4), Image(8, 8, 1)
SMALL = {"embedding_dim": 3, "hidden": (6, 4), "text_channels": 4, "image_filters": (4,), "dropout": 0.0}


def inputs(count=5):
    random = np.random.default_rng(0)
    return {
        "user": random.integers(2, 9, (count, 1)).astype("int32"),
        "item": random.integers(2, 9, (count, 1)).astype("int32"),
        "plot": random.integers(1, 11, (count, 4)).astype("int32"),
        "image": random.uniform(size=(count, 8, 8, 1)).astype("float32"),
    }


def randomised(model):
    random = np.random.default_rng(0)
    model.set_weights([random.normal(0, 0.5, weight.shape).astype(weight.dtype) for weight in model.get_weights()])
    return model


def answer(model, batch, **arguments):
    return keras.ops.convert_to_numpy(model(batch, **arguments))


def test_the_content_is_two_more_fields_of_deepfm():
    model = randomised(multimodal_recommender(FIELDS, PLOT, IMAGE, **SMALL))
    batch = inputs()
    names = ["user_embedding_mean", "item_embedding_mean", "plot_content", "image_content"]
    outputs = keras.Model(model.input, [model.get_layer(name).output for name in names])(batch)
    v = np.stack([keras.ops.convert_to_numpy(one) for one in outputs], 1).astype("float64")
    second_order = keras.Model(model.input, model.get_layer("factorization_machine").output)(batch)
    wanted = 0.5 * (v.sum(axis=1) ** 2 - (v**2).sum(axis=1)).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(second_order), wanted, rtol=1e-4, atol=1e-4)


def test_with_absent_content_it_is_deepfm_of_the_ids():
    model = randomised(multimodal_recommender(FIELDS, PLOT, IMAGE, missing_modalities=True, **SMALL))
    small = {key: SMALL[key] for key in ("embedding_dim", "hidden", "dropout")}
    ids_only = deepfm(FIELDS, **small)
    for layer in ids_only.layers:
        if layer.weights and layer.name != "joint":
            layer.set_weights(model.get_layer(layer.name).get_weights())
    joint = model.get_layer("joint")
    # The stand-ins of the content are zero at first, and its rows of the kernel then without effect.
    for weight in joint.stand_ins.values():
        weight.assign(np.zeros(weight.shape))
    other = ids_only.get_layer("joint").projection
    other.kernel.assign(joint.projection.kernel[:6])
    other.bias.assign(joint.projection.bias)
    batch = inputs()
    presence = np.tile(np.float32([1, 1, 0, 0]), (5, 1))
    found = answer(model, {**batch, "presence": presence})
    np.testing.assert_allclose(found, answer(ids_only, {name: batch[name] for name in FIELDS}), rtol=1e-5, atol=1e-6)


def test_in_training_a_share_of_the_items_is_unknown_and_otherwise_none():
    model = multimodal_recommender(FIELDS, PLOT, None, item_drop=0.5, **SMALL)
    layer = model.get_layer("item_unknown_at_random")
    assert layer.share == 0.5
    ids = np.full((400, 1), 5, "int32")
    assert set(np.unique(keras.ops.convert_to_numpy(layer(ids, training=True)))) == {1, 5}
    with pytest.raises(ValueError, match="item_unknown_at_random"):
        multimodal_recommender(FIELDS, PLOT, None, item_drop=0.0, **SMALL).get_layer("item_unknown_at_random")


def test_new_items_are_told_apart_by_their_content():
    model = randomised(multimodal_recommender(FIELDS, PLOT, None, **SMALL))
    new = np.int32([[1], [1]])
    batch = {"user": np.int32([[2], [2]]), "item": new, "plot": np.int32([[3, 4, 5, 0], [6, 7, 8, 0]])}
    first, second = answer(model, batch)[:, 0]
    assert abs(first - second) > 1e-3


def test_without_content_deepfm_is_named():
    with pytest.raises(ValueError, match="use deepfm"):
        multimodal_recommender(FIELDS, None, None)
