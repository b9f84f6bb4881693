"""The models that read a history of items, against their equations."""

import keras
import numpy as np
import pytest

from multimodal_zoo.modalities import Categorical, IdSequence, Numeric
from multimodal_zoo.models import din, sasrec

ITEM, HISTORY = Categorical(9), IdSequence(9, 4, ids_of="item")
PROFILE = {"user": Categorical(7), "age": Numeric(1)}
BATCH = {
    "item": np.int32([[3], [4], [5]]),
    "history": np.int32([[4, 6, 8, 2], [7, 0, 0, 0], [0, 0, 0, 0]]),
    "user": np.int32([[2], [3], [4]]),
    "age": np.float32([[0.5], [-1], [2]]),
}


def randomised(model, seed=0):
    random = np.random.default_rng(seed)
    model.set_weights([random.uniform(0.1, 0.9, weight.shape).astype(weight.dtype) for weight in model.get_weights()])
    return model


def array(weight):
    return keras.ops.convert_to_numpy(weight).astype("float64")


def output_of(model, name, batch):
    return array(keras.Model(model.input, model.get_layer(name).output)(batch))


def of(model, batch):
    return {name: batch[name] for name in model.input}


def test_din_joins_candidate_interest_and_profile_and_looks_items_up_in_one_table():
    model = randomised(din(ITEM, HISTORY, PROFILE, embedding_dim=3, hidden=(6, 4), dropout=0.0))
    assert list(model.modalities) == ["item", "history", "user", "age"]
    batch = of(model, BATCH)
    table = array(model.get_layer("item_embedding").embeddings)
    candidate, steps = table[BATCH["item"][:, 0]], table[BATCH["history"]]
    unit = model.get_layer("interest")
    relevance = array(unit.relevance(candidate.astype("float32"), steps.astype("float32")))
    interest = (relevance * steps * (BATCH["history"] != 0)[..., None]).sum(axis=1)
    user = array(model.get_layer("user_embedding").embeddings)[BATCH["user"][:, 0]]
    age = BATCH["age"] @ array(model.get_layer("age_embedding").kernel)
    projection = model.get_layer("joint").projection
    joint = np.concatenate([candidate, interest, user, age], axis=1) @ array(projection.kernel)
    joint = np.maximum(joint + array(projection.bias), 0)
    np.testing.assert_allclose(output_of(model, "joint", batch), joint, rtol=1e-4, atol=1e-4)

    hidden = joint @ array(model.get_layer("deep_2").kernel) + array(model.get_layer("deep_2").bias)
    dice = model.get_layer("deep_2_dice")
    mean, variance = array(dice.normalize.moving_mean), array(dice.normalize.moving_variance)
    p = 1 / (1 + np.exp(-(hidden - mean) / np.sqrt(variance + 1e-8)))
    hidden = hidden * (p + (1 - p) * array(dice.alpha))
    head = model.get_layer("score_from_joint")
    logit = hidden @ array(head.kernel) + array(head.bias)
    np.testing.assert_allclose(array(model(batch)), 1 / (1 + np.exp(-logit)), rtol=1e-4, atol=1e-5)


def test_what_din_finds_interesting_depends_on_the_candidate():
    model = randomised(din(ITEM, HISTORY, PROFILE, embedding_dim=3, hidden=(6,)))
    first = output_of(model, "interest", of(model, BATCH))
    second = output_of(model, "interest", {**of(model, BATCH), "item": np.int32([[8], [8], [8]])})
    assert np.abs(first[:2] - second[:2]).max() > 1e-3
    np.testing.assert_array_equal(first[2], 0)
    np.testing.assert_array_equal(second[2], 0)


def test_sasrec_scores_by_the_inner_product_of_the_state_and_the_item():
    model = randomised(sasrec(ITEM, HISTORY, embedding_dim=4, blocks=1))
    batch = of(model, BATCH)
    table = array(model.get_layer("item_embedding").embeddings)
    item, state = (output_of(model, name, batch) for name in ("item_vector", "user_vector"))
    np.testing.assert_allclose(item, table[BATCH["item"][:, 0]], rtol=1e-6)
    logit = (item * state).sum(axis=1, keepdims=True) + array(model.get_layer("score_logits").bias)
    np.testing.assert_allclose(array(model(batch)), 1 / (1 + np.exp(-logit)), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(state[2], 0)


def test_sasrec_knows_in_which_order_things_came():
    model = randomised(sasrec(ITEM, HISTORY, embedding_dim=4))
    there, back = (
        output_of(model, "user_vector", {"item": np.int32([[3]]), "history": np.int32([order])})
        for order in ([4, 6, 8, 2], [2, 8, 6, 4])
    )
    assert np.abs(there - back).max() > 1e-3


def test_of_an_absent_history_sasrec_says_the_same_for_every_item():
    model = randomised(sasrec(ITEM, HISTORY, embedding_dim=4, missing_modalities=True))
    batch = {**of(model, {**BATCH, "presence": np.tile(np.float32([1, 0]), (3, 1))})}
    assert len(set(array(model(batch))[:, 0])) == 1


@pytest.mark.parametrize("build", [din, sasrec])
@pytest.mark.parametrize(
    ("item", "history"),
    [(None, HISTORY), (ITEM, None), (ITEM, IdSequence(9, 4)), (ITEM, IdSequence(8, 4, ids_of="item"))],
)
def test_item_and_history_have_to_share_their_ids(build, item, history):
    with pytest.raises(ValueError, match=build.__name__):
        build(item, history)
