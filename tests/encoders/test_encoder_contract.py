"""What every encoder of numbers, series, video, sound, points, graphs and pictures promises."""

import functools

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo import encoders
from multimodal_zoo.encoders import (
    c3d,
    compressed_interaction,
    content_vectors,
    crnn,
    cross_network,
    deep_sets,
    deep_speech,
    frames_lstm,
    ft_transformer,
    graph_attention,
    graph_convolution,
    hashed_embedding,
    image_cnn,
    image_keypoints,
    image_regions,
    interacting_attention,
    lstnet,
    lstnet_forecast,
    mixed_dimensions,
    periodic_numbers,
    quotient_remainder,
    r2plus1d,
    series_lstm,
    series_transformer,
    set_transformer,
    target_attention,
    tcn,
    two_stream,
    vit,
    wave_transformer,
    waveform_cnn,
)
from multimodal_zoo.encoders.masked_mean import MaskedMean
from multimodal_zoo.modalities import Categorical, Image, Numeric, Text
from multimodal_zoo.training.precision import precision
from tests.encoders import test_picture_encoders, test_text_encoder_contract
from tests.gradients import weight_gradients
from tests.random_weights import randomise

ROWS = 4
DRAWS = np.random.default_rng(0)


def numbers(*shape):
    return DRAWS.normal(size=(ROWS, *shape)).astype("float32")


def ids(*shape, below):
    return DRAWS.integers(1, below, size=(ROWS, *shape)).astype("int32")


# Rows with everything, with padding behind, before and between.
MASK = np.int32([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1], [1, 0, 1, 0, 1, 1]])
SERIES = {"series": numbers(6, 3), "mask": MASK}
VIDEO = {"frames": DRAWS.uniform(size=(ROWS, 6, 6, 6, 1)).astype("float32"), "mask": MASK}
CLIPS = {"frames": VIDEO["frames"]}
WAVES = {"waves": numbers(60)}
POINTS = {"points": numbers(6, 3), "mask": MASK}
GRAPH = {
    "points": POINTS["points"],
    "adjacency": (DRAWS.uniform(size=(ROWS, 6, 6)) < 0.4).astype("float32"),
    "mask": MASK,
}
FIELDS = {"user": Categorical(7), "measures": Numeric(2)}


def of_fields():
    encode = ft_transformer(FIELDS, dim=4, heads=2, layers=2, feed_forward=5, name="part")
    return lambda user, measures: encode({"user": user, "measures": measures})


def of_history():
    attend = target_attention((5,), name="part")
    return lambda history, candidate, mask: attend(candidate, history, mask)


def of_content():
    encode = content_vectors({"part": Text(9, 5), "part_image": Image(6, 6, 1)}, 4, 3, (3,), dropout=0.2)
    return lambda ids, image: keras.layers.Concatenate()(list(encode({"part": ids, "part_image": image}).values()))


def of_keypoints():
    find, read = image_keypoints(4, name="part"), deep_sets((6,), (5,), dropout=0.2, name="part")
    return lambda images: read(*find(images))


def of_speech():
    encode = deep_speech((4,), 3, (2,), units=3, layers=2, dropout=0.2, name="part")
    # The states with what tells where they end, as one tensor.
    return lambda series, mask: MaskedMean()(*encode(series, mask))


# What each encoder is called with, by name and in order, and the encoder.
CASES = {
    "periodic_numbers": (
        {"numbers": numbers(3)},
        lambda: periodic_numbers(4, frequencies=3, sigma=0.5, name="part"),
    ),
    "hashed_embedding": ({"ids": ids(3, below=10**6)}, lambda: hashed_embedding(7, 4, name="part")),
    "mixed_dimensions": ({"ids": ids(3, below=17)}, lambda: mixed_dimensions(17, 4, (5, 9), name="part")),
    "quotient_remainder": ({"ids": ids(3, below=17)}, lambda: quotient_remainder(17, 4, name="part")),
    "ft_transformer": ({"user": ids(1, below=7), "measures": numbers(2)}, of_fields),
    "cross_network": ({"fields": numbers(6)}, lambda: cross_network(2, name="part")),
    "compressed_interaction": ({"fields": numbers(3, 4)}, lambda: compressed_interaction((3, 2), name="part")),
    "interacting_attention": ({"fields": numbers(3, 4)}, lambda: interacting_attention(2, 2, 3, name="part")),
    "target_attention": ({"history": numbers(6, 4), "candidate": numbers(4), "mask": MASK}, of_history),
    "content_vectors": ({"ids": ids(5, below=9), "images": numbers(6, 6, 1)}, of_content),
    "lstnet": (
        SERIES,
        lambda: lstnet(filters=3, kernel=2, units=3, skip=2, skip_units=2, dropout=0.2, name="part"),
    ),
    "lstnet_forecast": (
        SERIES,
        lambda: lstnet_forecast(3, filters=3, kernel=2, units=3, skip=2, skip_units=2, attention=True, name="part"),
    ),
    "series_lstm": (SERIES, lambda: series_lstm(3, dropout=0.2, name="part")),
    "deep_speech": (SERIES, of_speech),
    "tcn": (SERIES, lambda: tcn((3, 4), kernel=2, dropout=0.2, name="part")),
    "series_transformer": (
        SERIES,
        lambda: series_transformer(4, heads=2, layers=1, feed_forward=5, dropout=0.2, name="part"),
    ),
    "frames_lstm": (
        VIDEO,
        lambda: frames_lstm(image_cnn((3,), name="part"), units=3, dropout=0.2, name="part"),
    ),
    "two_stream": (
        VIDEO,
        lambda: two_stream(image_cnn((3,), name="part_still"), image_cnn((3,), name="part_motion"), name="part"),
    ),
    "c3d": (CLIPS, lambda: c3d((3, 4), dropout=0.2, name="part")),
    "r2plus1d": (CLIPS, lambda: r2plus1d((3, 4), dropout=0.2, name="part")),
    "waveform_cnn": (
        WAVES,
        lambda: waveform_cnn((3, 4), (1, 2), kernel_size=8, stride=2, dropout=0.2, name="part"),
    ),
    "wave_transformer": (
        WAVES,
        lambda: wave_transformer(
            3, (5, 3), (3, 2), dim=4, heads=2, layers=1, feed_forward=5, position_kernel=3, dropout=0.2, name="part"
        ),
    ),
    "crnn": ({"spectrograms": numbers(6, 5)}, lambda: crnn((3,), units=3, dropout=0.2, name="part")),
    "deep_sets": (POINTS, lambda: deep_sets((6,), (5,), dropout=0.2, name="part")),
    "set_transformer": (
        POINTS,
        lambda: set_transformer(4, heads=2, layers=1, seeds=2, inducing=2, name="part"),
    ),
    "graph_convolution": (GRAPH, lambda: graph_convolution((5, 4), dropout=0.2, name="part")),
    "graph_attention": (GRAPH, lambda: graph_attention((3, 4), heads=2, dropout=0.2, name="part")),
    "image_keypoints": ({"images": DRAWS.uniform(size=(ROWS, 12, 12, 1)).astype("float32")}, of_keypoints),
    "image_regions": ({"images": VIDEO["frames"][:, 0]}, lambda: image_regions((3, 4), name="part")),
    "vit": (
        {"images": VIDEO["frames"][:, 0]},
        lambda: vit(3, dim=4, heads=2, layers=1, feed_forward=5, dropout=0.2, name="part"),
    ),
}
# Without any step they answer with zeros; the others with what their biases give.
SILENT = (
    "lstnet",
    "series_lstm",
    "deep_speech",
    "tcn",
    "series_transformer",
    "frames_lstm",
    "set_transformer",
    "graph_convolution",
    "graph_attention",
    "target_attention",
)
# The channels of the motion are the frames; how padded nodes are cut off a graph, and that a history of another length
# is read alike, their own tests show.
OF_FIXED_LENGTH = ("two_stream", "graph_convolution", "graph_attention", "target_attention")
MASKED = sorted(name for name, (given, _) in CASES.items() if "mask" in given)


# Whose gradients reach every weight, too; these have tests of their own. The rest learns nothing by gradients.
TESTED_ELSEWHERE = {*test_text_encoder_contract.ENCODERS, *test_picture_encoders.MADE}
TESTED_ELSEWHERE |= {"field_embeddings", "linear_fields", "crossed_ids", "dense_layers"}
TESTED_ELSEWHERE |= {"image_backbone", "text_backbone", "question_hierarchy"}
WITHOUT_GRADIENTS = {"factorization_machine", "lda_topics", "load_word_vectors", "tf_idf"}


def test_no_encoder_is_left_out():
    there = {name for name in encoders.__all__ if name.islower()}
    assert there == {*CASES, *TESTED_ELSEWHERE, *WITHOUT_GRADIENTS}


def inputs_like(arrays, prefix=""):
    return {
        key: keras.Input(array.shape[1:], dtype=array.dtype.name, name=prefix + key) for key, array in arrays.items()
    }


def made(name, given=None):
    arrays, make = CASES[name]
    inputs = inputs_like(given or arrays)
    return randomise(keras.Model(inputs, make()(*inputs.values())), scale=0.5)


@pytest.fixture(scope="module")
def models():
    """Each model by its name, made once."""
    return functools.cache(made)


@pytest.fixture(scope="module", params=sorted(CASES))
def named(request, models):
    return request.param, models(request.param)


def answer(model, given):
    return ops.convert_to_numpy(ops.cast(model(given), "float32"))


@settings(max_examples=2, deadline=None)
@given(mask=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=ROWS, max_size=ROWS))
@pytest.mark.parametrize("name", MASKED)
def test_what_padding_holds_and_where_it_stands_makes_no_difference(models, name, mask):
    arrays, _ = CASES[name]
    mask = np.int32(mask)
    steps = next(key for key in arrays if key not in ("mask", "adjacency"))
    there = mask.reshape(ROWS, 6, *[1] * (arrays[steps].ndim - 2)) == 1
    blank, junk, behind = np.where(there, arrays[steps], 0), np.where(there, arrays[steps], 1e3), np.zeros_like(mask)
    moved = np.zeros_like(arrays[steps])
    edges = {key: array.copy() for key, array in arrays.items() if key == "adjacency"}
    for row in range(ROWS):
        order = np.argsort(mask[row] == 0, kind="stable")
        behind[row], moved[row] = mask[row, order], blank[row, order]
        # A graph whose nodes are put in another order has its edges put in the same.
        for edge in edges.values():
            edge[row] = edge[row][order][:, order]
    found = [
        answer(models(name), {**arrays, **more, steps: values, "mask": np.int32(places)})
        for values, places, more in ((blank, mask, {}), (junk, mask, {}), (moved, behind, edges))
    ]
    assert np.isfinite(found[0]).all()
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(MASKED) - set(OF_FIXED_LENGTH)))
def test_how_much_padding_there_is_makes_no_difference(models, name):
    arrays, _ = CASES[name]
    longer = {key: np.concatenate([array, np.zeros_like(array[:, :3])], axis=1) for key, array in arrays.items()}
    for key in longer:
        if key != "mask":
            longer[key][:, 6:] = 1e3
    model = made(name, longer)
    model.set_weights(models(name).get_weights())
    np.testing.assert_allclose(answer(model, longer), answer(models(name), arrays), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", SILENT)
def test_without_any_step_the_answer_is_zero(models, name):
    arrays, _ = CASES[name]
    found = answer(models(name), {**arrays, "mask": np.zeros_like(MASK)})
    np.testing.assert_array_equal(found, np.zeros_like(found))


def test_every_weight_learns(named):
    name, model = named
    given = {key: ops.convert_to_tensor(array) for key, array in CASES[name][0].items()}
    target = np.random.default_rng(1).normal(size=answer(model, given).shape).astype("float32")
    gradients = weight_gradients(model, given, loss=lambda found: ops.mean((found - target) ** 2))
    assert gradients
    for path, gradient in gradients.items():
        assert gradient is not None and np.isfinite(gradient).all() and np.abs(gradient).max() > 0, path


@pytest.mark.parametrize("size", [0, 10_000])
def test_zeros_which_stand_for_what_is_absent_and_large_numbers_do_no_harm(named, size):
    name, model = named
    # Ids and masks that are not blank stay as they are.
    given = {
        key: ops.convert_to_tensor(array * size if size == 0 or array.dtype == "float32" else array)
        for key, array in CASES[name][0].items()
    }
    assert np.isfinite(answer(model, given)).all()
    gradients = weight_gradients(model, given, loss=lambda found: ops.sum((found - 1) ** 2))
    assert all(np.isfinite(gradient).all() for gradient in gradients.values() if gradient is not None)


def test_rows_of_a_batch_do_not_know_each_other(named):
    name, model = named
    given = CASES[name][0]
    whole = answer(model, given)
    order = [2, 0, 3, 1]
    other = answer(model, {key: array[order] for key, array in given.items()})
    np.testing.assert_allclose(other, whole[order], rtol=1e-4, atol=1e-5)
    one = answer(model, {key: array[:1] for key, array in given.items()})
    np.testing.assert_allclose(one, whole[:1], rtol=1e-4, atol=1e-5)


def test_a_saved_model_gives_the_same_answers(named, tmp_path):
    name, model = named
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    given = CASES[name][0]
    np.testing.assert_allclose(answer(again, given), answer(model, given), rtol=1e-6, atol=1e-6)


def test_mixed_precision_stays_close_to_float32(named):
    name, model = named
    with precision("mixed_bfloat16"):
        mixed = made(name)
    given = CASES[name][0]
    found, wanted = mixed(given), answer(model, given)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    found = ops.convert_to_numpy(ops.cast(found, "float32"))
    np.testing.assert_allclose(found, wanted, rtol=0.1, atol=0.1 * max(1.0, np.abs(wanted).max()))


def test_called_twice_it_shares_its_weights(named):
    name, model = named
    arrays, make = CASES[name]
    encode = make()
    first, second = inputs_like(arrays), inputs_like(arrays, "other_")
    twice = keras.Model([first, second], [encode(*first.values()), encode(*second.values())])
    assert len(twice.trainable_weights) == len(model.trainable_weights)


def test_the_layers_with_weights_carry_the_name_of_the_encoder(named):
    _, model = named
    # The tables of `field_embeddings` are named after their field.
    assert all(layer.name.startswith(("part", "user")) for layer in model.layers if layer.weights)
