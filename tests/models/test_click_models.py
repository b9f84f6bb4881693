"""The relatives of DeepFM against the equations of their papers, in NumPy."""

import itertools

import keras
import numpy as np
import pytest

from multimodal_zoo.modalities import Categorical, MultiCategorical, Numeric, Text
from multimodal_zoo.models import afm, autoint, dcn_v2, fm, nfm, wide_deep, xdeepfm
from multimodal_zoo.unknown_name import UnknownName

FIELDS = {"user": Categorical(9), "tags": MultiCategorical(7, 3), "age": Numeric(1), "plot": Text(11, 4)}
NAMES = list(FIELDS)


def randomised(model, seed=0):
    random = np.random.default_rng(seed)
    model.set_weights([random.normal(0, 0.5, weight.shape).astype(weight.dtype) for weight in model.get_weights()])
    return model


def inputs(seed=0, count=5):
    random = np.random.default_rng(seed)
    return {
        "user": random.integers(0, 9, (count, 1)).astype("int32"),
        "tags": random.integers(0, 7, (count, 3)).astype("int32"),
        "age": random.normal(size=(count, 1)).astype("float32"),
        "plot": random.integers(0, 11, (count, 4)).astype("int32"),
    }


def array(weight):
    return keras.ops.convert_to_numpy(weight).astype("float64")


def field_vectors(model, part, batch):
    """The vectors of the fields, (batch, fields, dim)."""

    def vector(name):
        table = array(model.get_layer(f"{name}_{part}").weights[0])
        if name == "age":
            return batch[name] @ table
        there = (batch[name] != 0)[..., None]
        return (table[batch[name]] * there).sum(1) / np.maximum(there.sum(1), 1)

    return np.stack([vector(name) for name in NAMES], 1)


def dense(model, name, x, activation=lambda x: x):
    layer = model.get_layer(name)
    return activation(x @ array(layer.kernel) + (array(layer.bias) if layer.use_bias else 0))


def relu(x):
    return np.maximum(x, 0)


def mlp(model, v, names=("deep_2",)):
    """The logit of the MLP whose first layer is the joint representation."""
    projection = model.get_layer("joint").projection
    hidden = relu(v.reshape(len(v), -1) @ array(projection.kernel) + array(projection.bias))
    for name in names:
        hidden = dense(model, name, hidden, relu)
    return dense(model, "score_from_joint", hidden)


def pair_products(v):
    return np.stack([v[:, i] * v[:, j] for i, j in itertools.combinations(range(v.shape[1]), 2)], 1)


def fm_logit(model, v):
    return pair_products(v).sum(axis=(1, 2))[:, None] + array(model.get_layer("score_logits").bias)


def nfm_logit(model, v):
    return dense(model, "score_from_joint", dense(model, "deep_1", pair_products(v).sum(axis=1), relu))


def afm_logit(model, v):
    joint, products = model.get_layer("joint"), pair_products(v)
    scores = relu(products @ array(joint.attention.kernel) + array(joint.attention.bias)) @ array(joint.scorer.kernel)
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return dense(model, "score_from_joint", (weights * products).sum(axis=1))


def dcn_v2_logit(model, v):
    first = x = v.reshape(len(v), -1)
    for number in (1, 2):
        x = first * dense_of(model.get_layer(f"cross_{number}"), x) + x
    return mlp(model, v) + dense(model, "cross_logit", x)


def dense_of(cross, x):
    return x @ array(cross.kernel) + array(cross.bias)


def xdeepfm_logit(model, v):
    before, sums = v, []
    for number, count in enumerate((4, 2), 1):
        products = np.einsum("bid,bjd->bijd", before, v).reshape(len(v), -1, v.shape[2])
        before = np.einsum("bpd,ph->bhd", products, array(model.get_layer(f"cin_{number}").kernel))
        assert before.shape[1] == count
        sums.append(before.sum(axis=2))
    return mlp(model, v) + dense(model, "cin_logit", np.concatenate(sums, axis=1))


def autoint_logit(model, v):
    layer = model.get_layer("interacting_1")
    query, key, value, residual = (array(w) for w in layer.weights)
    heard = []
    for part in (slice(0, 2), slice(2, 4)):
        scores = np.exp(np.einsum("bmd,bkd->bmk", v @ query[:, part], v @ key[:, part]))
        heard.append(scores / scores.sum(axis=2, keepdims=True) @ (v @ value[:, part]))
    attended = relu(np.concatenate(heard, axis=2) + v @ residual)
    return mlp(model, v) + dense(model, "attention_logit", attended.reshape(len(v), -1))


DEEP = {"hidden": (6, 4)}
# name: (builder, its arguments, the logit without the linear term, whether there is a linear term)
MODELS = {
    "wide_deep": (wide_deep, DEEP, mlp, True),
    "fm": (fm, {}, fm_logit, True),
    "nfm": (nfm, {"hidden": (4,)}, nfm_logit, True),
    "afm": (afm, {}, afm_logit, True),
    "dcn_v2": (dcn_v2, {**DEEP, "cross_layers": 2}, dcn_v2_logit, False),
    "xdeepfm": (xdeepfm, {**DEEP, "maps": (4, 2)}, xdeepfm_logit, True),
    "autoint": (autoint, {**DEEP, "attention_layers": 1, "heads": 2, "head_dim": 2}, autoint_logit, True),
}


@pytest.mark.parametrize("name", MODELS)
def test_prediction_is_that_of_the_paper(name):
    build, arguments, logit_of, with_linear = MODELS[name]
    model = randomised(build(FIELDS, embedding_dim=3, dropout=0.0, **arguments))
    batch = inputs()
    logit = logit_of(model, field_vectors(model, "embedding", batch))
    if with_linear:
        logit = logit + field_vectors(model, "linear", batch).sum(axis=1)
    predicted = keras.ops.convert_to_numpy(model(batch))
    np.testing.assert_allclose(predicted, 1 / (1 + np.exp(-logit)), rtol=1e-4, atol=1e-5)


def test_without_hidden_layers_nfm_is_a_factorization_machine_with_weights():
    model = randomised(nfm(FIELDS, embedding_dim=3, hidden=(), dropout=0.0))
    machine = fm(FIELDS, embedding_dim=3)
    head = model.get_layer("score_from_joint")
    head.kernel.assign(np.ones((3, 1)))
    for layer in machine.layers:
        if layer.weights and layer.name != "score_logits":
            layer.set_weights(model.get_layer(layer.name).get_weights())
    machine.get_layer("score_logits").bias.assign(array(head.bias))
    found, wanted = (keras.ops.convert_to_numpy(one(inputs())) for one in (model, machine))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_a_cross_adds_the_weight_of_the_combination_to_the_wide_part():
    plain = wide_deep(FIELDS, embedding_dim=3, **DEEP)
    crossed = wide_deep(FIELDS, embedding_dim=3, crosses=[("user", "tags")], cross_buckets=50, **DEEP)
    for layer in plain.layers:
        if layer.weights:
            crossed.get_layer(layer.name).set_weights(layer.get_weights())
    table = crossed.get_layer("user_x_tags_linear").embeddings
    batch = inputs(count=20)

    def logits(model):
        p = array(model(batch))
        return np.log(p / (1 - p))

    # Zeros at first: the cross says nothing. Then all combinations weigh 0.5, and count where both fields are there.
    np.testing.assert_allclose(logits(crossed), logits(plain), atol=1e-5)
    table.assign(np.full(table.shape, 0.5))
    both = (batch["user"] != 0) & (batch["tags"] != 0).any(axis=1, keepdims=True)
    np.testing.assert_allclose(logits(crossed) - logits(plain), 0.5 * both, atol=1e-4)
    assert both.any() and not both.all()


def test_a_cross_of_an_unknown_field_lists_the_known_ones():
    with pytest.raises(UnknownName, match="genre.*plot, tags, user"):
        wide_deep(FIELDS, crosses=[("user", "genre")])


@pytest.mark.parametrize("name", ["fm", "afm", "nfm"])
def test_an_absent_field_is_in_no_pair(name):
    build, arguments, _, _ = MODELS[name]
    model = randomised(build(FIELDS, embedding_dim=3, missing_modalities=True, **arguments))
    joint = keras.Model(model.input, model.get_layer("joint").output)
    alone = {**inputs(), "presence": np.tile(np.float32([1, 0, 0, 0]), (5, 1))}
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(joint(alone)), 0)


@pytest.mark.parametrize("form", ["matrix", "vector"])
def test_both_forms_of_the_cross_network_can_be_asked_for(form):
    model = dcn_v2(FIELDS, embedding_dim=3, cross_layers=1, cross_form=form, **DEEP)
    assert model.get_layer("cross_1").kernel.shape == ((12, 12) if form == "matrix" else (12, 1))
