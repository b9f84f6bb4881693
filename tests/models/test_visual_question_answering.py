"""Co-attention and stacked attention over image regions and a question."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.modalities import Image, Text
from multimodal_zoo.models import co_attention_vqa, stacked_attention_vqa
from multimodal_zoo.unknown_name import UnknownName
from tests.fusion.attention_equations import alternating_co_attention, guided_attention, parallel_co_attention
from tests.fusion.numpy_layers import dense, relu, softmax
from tests.random_weights import randomise

IMAGE, QUESTION = Image(16, 24, 3), Text(20, 5)
SMALL = {"filters": (4, 4), "joint_dim": 6, "attention_dim": 3, "num_classes": 4, "dropout": 0.0}
DRAWS = np.random.default_rng(0)
BATCH = {
    "image": DRAWS.uniform(size=(4, 16, 24, 3)).astype("float32"),
    "question": np.int32([[3, 9, 4, 11, 5], [3, 7, 0, 0, 0], [8, 0, 0, 0, 0], [5, 6, 7, 0, 0]]),
}
# Everything; no question; no image; nothing.
PRESENCE = np.float32([[1, 1], [1, 0], [0, 1], [0, 0]])
LEVELS = ("word", "phrase", "question")


def built(builder, image=IMAGE, question=QUESTION, missing_modalities=True, **arguments):
    model = builder(image, question, missing_modalities=missing_modalities, **{**SMALL, **arguments})
    return randomise(model, scale=0.4)


def values(model, batch, *layers):
    """What these layers answer, float64 by name."""
    outputs = {name: model.get_layer(name).output for name in layers}
    found = keras.Model(model.input, outputs)(batch, training=False)
    return {name: ops.convert_to_numpy(value).astype("float64") for name, value in found.items()}


def probabilities(model, answer):
    return softmax(dense(model.get_layer("probabilities_from_joint"), answer))


@pytest.mark.parametrize(("hops", "answer_units"), [(1, None), (3, 5)])
def test_stacked_attention_is_the_equation(hops, answer_units):
    model = built(stacked_attention_vqa, hops=hops, answer_units=answer_units)
    batch = {**BATCH, "presence": PRESENCE}
    found = values(model, batch, "regions", "question_last_word", "joint")
    answers = ops.convert_to_numpy(model(batch))
    for row, (image_there, question_there) in enumerate(PRESENCE):
        query, regions = found["question_last_word"][row], found["regions"][row]
        assert question_there or not query.any()
        for hop in range(1, hops + 1) if image_there else ():
            query = query + guided_attention(model.get_layer(f"attention_{hop}"), regions, query) @ regions
        np.testing.assert_allclose(found["joint"][row], query, rtol=1e-5, atol=1e-5)
        answer = query if answer_units is None else relu(dense(model.get_layer("answer"), query))
        np.testing.assert_allclose(answers[row], probabilities(model, answer), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("co_attention", "equation"), [("parallel", parallel_co_attention), ("alternating", alternating_co_attention)]
)
def test_co_attention_is_the_equation(co_attention, equation):
    model = built(co_attention_vqa, co_attention=co_attention)
    batch = {**BATCH, "presence": PRESENCE}
    told = {"word": "question_embedding", "phrase": "question_phrases", "question": "question_lstm"}
    found = values(model, batch, "regions", *told.values(), "joint")
    for row, there in enumerate(PRESENCE > 0):
        answer = None
        for level in LEVELS:
            # A place that is not there is no row.
            words = found[told[level]][row][(BATCH["question"][row] > 0) & there[1]]
            features = {"image": found["regions"][row][: None if there[0] else 0], "question": words}
            weights = equation(model.get_layer(f"{level}_co_attention"), features)
            attended = sum((weights[name] @ features[name] for name in weights), np.zeros(6))
            below = [] if answer is None else [answer]
            layer = model.get_layer("joint" if level == "question" else f"{level}_answer")
            answer = np.tanh(dense(layer, np.concatenate([attended, *below])))
        np.testing.assert_allclose(found["joint"][row], answer, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(
            ops.convert_to_numpy(model(batch))[row], probabilities(model, answer), rtol=1e-5, atol=1e-5
        )


def test_the_layers_of_stacked_attention_are_maps_over_the_image():
    model = built(stacked_attention_vqa)
    maps = values(model, {**BATCH, "presence": PRESENCE}, "attention_1", "attention_2")
    for weights in maps.values():
        assert weights.shape == (4, 4 * 6)  # of 16 x 24 pixels, halved twice
        np.testing.assert_allclose(weights.sum(axis=1), PRESENCE[:, 0], atol=1e-6)


@pytest.mark.parametrize("co_attention", ["parallel", "alternating"])
def test_the_layers_of_co_attention_are_maps_over_image_and_words(co_attention):
    model = built(co_attention_vqa, co_attention=co_attention)
    names = [f"{level}_attention_{name}" for level in LEVELS for name in ("image", "question")]
    maps = values(model, {**BATCH, "presence": PRESENCE}, *names)
    for level in LEVELS:
        regions, words = maps[f"{level}_attention_image"], maps[f"{level}_attention_question"]
        assert regions.shape == (4, 4 * 6) and words.shape == (4, 5)
        np.testing.assert_allclose(regions.sum(axis=1), PRESENCE[:, 0], atol=1e-6)
        np.testing.assert_allclose(words.sum(axis=1), PRESENCE[:, 1], atol=1e-6)
        assert (words[BATCH["question"] == 0] == 0).all()


@pytest.mark.parametrize("builder", [co_attention_vqa, stacked_attention_vqa])
def test_without_the_input_presence_it_is_the_network_with_everything_there(builder):
    always, may_miss = built(builder, missing_modalities=False), built(builder)
    may_miss.set_weights(always.get_weights())
    everything = {**BATCH, "presence": np.ones((4, 2), "float32")}
    np.testing.assert_allclose(
        ops.convert_to_numpy(always(BATCH)), ops.convert_to_numpy(may_miss(everything)), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("alone", ["image", "question"])
@pytest.mark.parametrize(
    ("builder", "arguments"),
    [(co_attention_vqa, {}), (co_attention_vqa, {"co_attention": "alternating"}), (stacked_attention_vqa, {})],
)
def test_one_modality_alone(builder, arguments, alone):
    other = "question" if alone == "image" else "image"
    model = built(builder, missing_modalities=False, **{other: None}, **arguments)
    assert list(model.input) == [alone]
    answer = ops.convert_to_numpy(model({alone: BATCH[alone]}))
    assert answer.shape == (4, 4) and len(np.unique(answer[:, 0])) == 4


@pytest.mark.parametrize("builder", [co_attention_vqa, stacked_attention_vqa])
def test_a_backbone_gives_the_regions(builder):
    model = built(builder, Image(64, 96, 3), backbone="MobileNetV2", backbone_trainable=False)
    assert model.get_layer("regions").output.shape == (None, 2 * 3, 6)
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) < 20_000 < model.count_params()


def test_wrong_arguments():
    with pytest.raises(ValueError, match="hops has to be at least 1, got 0"):
        stacked_attention_vqa(hops=0)
    with pytest.raises(ValueError, match="answer_units has to be at least 1, .* got 0"):
        stacked_attention_vqa(answer_units=0)
    with pytest.raises(UnknownName, match="'paralel'. Did you mean 'parallel'"):
        co_attention_vqa(co_attention="paralel")
