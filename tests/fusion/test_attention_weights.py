"""The attentions that give weights, guided, parallel and alternating, against their equations in NumPy."""

import functools

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import AlternatingCoAttention, GuidedAttention, ParallelCoAttention
from multimodal_zoo.training.precision import precision
from tests.fusion.attention_equations import alternating_co_attention, guided_attention, parallel_co_attention
from tests.gradients import input_gradient, weight_gradients
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
REGIONS = DRAWS.normal(size=(4, 6, 3)).astype("float32")
WORDS = DRAWS.normal(size=(4, 5, 2)).astype("float32")
FEATURES = {"image": REGIONS, "question": WORDS}
# Everything; no image; padding behind, before and between; no question.
THERE = {
    "image": np.float32([[1], [0], [1], [1]]),
    "question": np.int32([[7, 3, 4, 2, 2], [3, 5, 0, 0, 0], [0, 4, 0, 6, 1], [0, 0, 0, 0, 0]]),
}
KINDS = {
    "parallel": lambda: ParallelCoAttention(("image", "question"), 4),
    "alternating": lambda: AlternatingCoAttention("question", "image", 4),
}
EQUATIONS = {"parallel": parallel_co_attention, "alternating": alternating_co_attention}


@functools.cache
def made(kind):
    layer = KINDS[kind]()
    layer(FEATURES, THERE)
    return randomise(layer)


def answer(layer, *given):
    return {name: ops.convert_to_numpy(weights) for name, weights in layer(*given).items()}


def is_there(there):
    return {
        name: np.broadcast_to(there[name] != 0 if name in there else True, content.shape[:2])
        for name, content in FEATURES.items()
    }


@pytest.mark.parametrize("there", [{}, {"question": THERE["question"]}, THERE])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_co_attention_gives_the_weights_of_its_equation(kind, there):
    found, masks = answer(made(kind), FEATURES, there), is_there(there)
    for row in range(len(REGIONS)):
        kept = {name: content[row][masks[name][row]].astype("float64") for name, content in FEATURES.items()}
        wanted = EQUATIONS[kind](made(kind), kept)
        for name in FEATURES:
            mask = masks[name][row]
            np.testing.assert_allclose(found[name][row, mask], wanted.get(name, []), rtol=1e-5, atol=1e-5)
            np.testing.assert_array_equal(found[name][row, ~mask], 0)


def test_parallel_co_attention_of_one_and_of_three():
    three = {**FEATURES, "sound": DRAWS.normal(size=(4, 2, 3)).astype("float32")}
    for features in ({"image": REGIONS}, three):
        layer = ParallelCoAttention(tuple(features), 4)
        layer(features)
        randomise(layer)
        found = answer(layer, features)
        for row in range(4):
            record = {name: content[row].astype("float64") for name, content in features.items()}
            for name, wanted in parallel_co_attention(layer, record).items():
                np.testing.assert_allclose(found[name][row], wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("guide", [None, DRAWS.normal(size=(4, 2)).astype("float32")])
@pytest.mark.parametrize("there", [None, THERE["image"], np.int32([[1, 0, 2, 1, 1, 0]] * 3 + [[0] * 6])])
def test_guided_attention_gives_the_weights_of_its_equation(guide, there):
    layer = GuidedAttention(4)
    layer(REGIONS, guide, there)
    randomise(layer)
    found = ops.convert_to_numpy(layer(REGIONS, guide, there))
    masks = np.broadcast_to(True if there is None else there != 0, (4, 6))
    for row, mask in enumerate(masks):
        of_row = None if guide is None else guide[row].astype("float64")
        wanted = guided_attention(layer, REGIONS[row][mask].astype("float64"), of_row)
        np.testing.assert_allclose(found[row, mask], wanted, rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(found[row, ~mask], 0)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_not_there_cannot_matter(kind):
    masks = is_there(THERE)
    soiled = {
        name: np.where(masks[name][:, :, None], content, np.nan).astype("float32") for name, content in FEATURES.items()
    }
    layer = made(kind)
    clean, found = answer(layer, FEATURES, THERE), answer(layer, soiled, THERE)
    for name in FEATURES:
        np.testing.assert_array_equal(found[name], clean[name])

    def loss(weights):
        return sum(ops.sum(one**2) for one in weights.values())

    assert all(np.isfinite(one).all() for one in weight_gradients(layer, soiled, THERE, loss=loss).values())
    by_content = input_gradient(lambda content: loss(layer({**soiled, "image": content}, THERE)), soiled["image"])
    np.testing.assert_array_equal(by_content[~masks["image"]], 0)
    assert np.isfinite(by_content).all()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_weight_learns(kind):
    target = {name: DRAWS.uniform(size=content.shape[:2]).astype("float32") for name, content in FEATURES.items()}
    gradients = weight_gradients(
        made(kind), FEATURES, loss=lambda found: sum(ops.sum((found[name] - target[name]) ** 2) for name in target)
    )
    assert gradients
    for path, gradient in gradients.items():
        assert gradient is not None and np.isfinite(gradient).all() and np.abs(gradient).max() > 0, path


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_saved_model_gives_the_same_weights(kind, tmp_path):
    inputs = {
        "image": keras.Input((6, 3), name="image"),
        "question": keras.Input((5, 2), name="question"),
        "ids": keras.Input((5,), dtype="int32", name="ids"),
    }
    weights = KINDS[kind]()({name: inputs[name] for name in FEATURES}, {"question": inputs["ids"]})
    model = randomise(keras.Model(inputs, weights))
    given = {**FEATURES, "ids": THERE["question"]}
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for name, wanted in answer(model, given).items():
        np.testing.assert_array_equal(answer(again, given)[name], wanted)


def test_a_saved_guided_attention_gives_the_same_weights(tmp_path):
    regions, guide, there = (keras.Input(shape, name=name) for name, shape in (("r", (6, 3)), ("g", (2,)), ("t", (1,))))
    weights = [GuidedAttention(4, name="look")(regions, guide, there), GuidedAttention(4, name="free")(regions)]
    model = randomise(keras.Model([regions, guide, there], weights))
    given = [REGIONS, WORDS[:, 0], THERE["image"]]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for found, wanted in zip(again(given), model(given), strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(found), ops.convert_to_numpy(wanted))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_weights_are_float32_in_mixed_precision(kind, policy):
    with precision(policy):
        mixed = KINDS[kind]()
        mixed(FEATURES, THERE)
    mixed.set_weights(made(kind).get_weights())
    for name, weights in mixed(FEATURES, THERE).items():
        assert keras.backend.standardize_dtype(weights.dtype) == "float32"
        np.testing.assert_allclose(
            ops.convert_to_numpy(weights), answer(made(kind), FEATURES, THERE)[name], rtol=0.1, atol=0.05
        )


@pytest.mark.parametrize(
    "make",
    [
        GuidedAttention,
        functools.partial(ParallelCoAttention, ("image", "question")),
        functools.partial(AlternatingCoAttention, "question", "image"),
    ],
)
def test_units_have_to_be_positive(make):
    with pytest.raises(ValueError, match="units must be positive; received units=0"):
        make(units=0)
