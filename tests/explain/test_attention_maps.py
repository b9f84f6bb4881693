"""Attention weights: their law, and that they are those the layers answer with."""

import keras
import numpy as np
import pytest
from contract.records import bundle_of, raw_records, small_model
from keras import ops

from multimodal_zoo.encoders.masked_attention import MaskedAttention, join_heads, split_heads
from multimodal_zoo.explain import attention_maps
from tests.random_weights import randomise


def inside(model, layer, inputs, of="output"):
    """What a layer answers, or is given first, within a network."""
    symbol = getattr(model.get_layer(layer), of)
    return keras.Model(model.input, symbol)(inputs, training=False)


@pytest.fixture(scope="module")
def diagnosis():
    model = small_model("lstnet_diagnosis", missing_modalities=True)
    return bundle_of(model), raw_records(model, 1)[0]


def test_the_weights_of_words_and_modalities_sum_to_one_over_what_is_there(diagnosis):
    bundle, record = diagnosis
    maps = attention_maps(bundle, {**record, "report": "lungs clear heart"})
    assert set(maps) == {"report_attention", "joint"}
    assert maps["joint"].shape == (2,) and maps["report_attention"].shape == (12,)
    for weights in maps.values():
        assert weights.sum() == pytest.approx(1.0, abs=1e-6) and (weights >= 0).all()
    assert (maps["report_attention"][:3] > 0).all() and not maps["report_attention"][3:].any()

    alone = attention_maps(bundle, {"report": "lungs clear heart"})
    np.testing.assert_allclose(alone["joint"], [0.0, 1.0])
    blind = attention_maps(bundle, {"image": record["image"]})
    assert not blind["report_attention"].any()


def test_the_weights_are_those_the_network_sums_with(diagnosis):
    """c = sum_t a_t h_t is what the layer of temporal attention answers."""
    bundle, record = diagnosis
    from multimodal_zoo.training.predict import record_inputs

    inputs, _ = record_inputs(bundle, record)
    weights = attention_maps(bundle, record)["report_attention"]
    states = np.asarray(inside(bundle.model, "report_gru", inputs))[0]
    wanted = np.asarray(inside(bundle.model, "report_attention", inputs))[0]
    np.testing.assert_allclose(weights @ states, wanted, atol=1e-6)
    joint = bundle.model.get_layer("joint")
    encodings = keras.Model(bundle.model.input, list(joint.input))(inputs, training=False)
    projected = np.concatenate([joint.projections[n](e) for n, e in zip(joint.modalities, encodings[:2], strict=True)])
    wanted = np.asarray(inside(bundle.model, "joint", inputs))[0]
    np.testing.assert_allclose(attention_maps(bundle, record)["joint"] @ projected, wanted, atol=1e-5)


def test_listening_changes_nothing(diagnosis):
    bundle, record = diagnosis
    from multimodal_zoo.training import predict_record

    before = predict_record(bundle, record)
    attention_maps(bundle, record)
    assert predict_record(bundle, record) == before
    assert all("call" not in layer.__dict__ for layer in bundle.model._flatten_layers())


def test_heads_are_told_one_by_one():
    layer, random = MaskedAttention(2), np.random.default_rng(0)
    tokens, context = (random.normal(size=(1, n, 4)).astype("float32") for n in (3, 5))
    there = np.array([[1, 1, 0, 1, 0]])
    layer(tokens, context, there)
    randomise(layer)
    weights = ops.convert_to_numpy(layer.attention_weights(tokens, context, there))
    assert weights.shape == (1, 2, 3, 5)
    np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-6)
    assert not weights[..., [2, 4]].any()
    heard = weights @ ops.convert_to_numpy(split_heads(layer.value(context), 2))
    wanted = ops.convert_to_numpy(layer.output_projection(join_heads(heard.astype("float32"))))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(tokens, context, there)), wanted, atol=1e-6)


CASES = {
    "co_attention_vqa": (
        {},
        {f"{level}_co_attention/{name}" for level in ("word", "phrase", "question") for name in ("image", "question")},
    ),
    "stacked_attention_vqa": ({}, {"attention_1", "attention_2"}),
    "mult_sentiment": ({"layers": 1, "heads": 2}, None),
    "image_captioner": ({}, {"captions"}),
}


@pytest.mark.parametrize("name", CASES)
def test_every_network_that_attends_shows_its_weights(name):
    arguments, wanted = CASES[name]
    model = small_model(name, missing_modalities=True, **arguments)
    maps = attention_maps(bundle_of(model), raw_records(model, 1)[0])
    assert wanted is None or set(maps) == wanted
    assert len(maps) >= 1
    for weights in maps.values():
        sums = weights.sum(-1)
        np.testing.assert_allclose(sums[sums > 0], 1.0, atol=1e-5)
        assert (weights >= 0).all() and sums.max() > 0.99
    if name == "stacked_attention_vqa":
        assert maps["attention_1"].shape == (4,)
    if name == "mult_sentiment":
        assert any("text_hears_audio" in layer for layer in maps)


def test_a_network_without_attention_says_so():
    model = small_model("deepfm")
    with pytest.raises(ValueError, match="deepfm has no layer with attention weights"):
        attention_maps(bundle_of(model), raw_records(model, 1)[0])
