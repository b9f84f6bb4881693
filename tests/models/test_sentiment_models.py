"""What the networks of sentiment and emotion, which read steps of several modalities, do in particular."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import MemoryFusion, TensorFusion
from multimodal_zoo.modalities import Audio, Image, Numeric, Series, Text, Video
from multimodal_zoo.models import (
    emotion_recognizer,
    memory_fusion_sentiment,
    misa_sentiment,
    mult_sentiment,
    tensor_fusion_sentiment,
)
from tests.random_weights import randomise

ALIGNED = {"keep": "oldest", "align": "given"}
SMALL = {"text": Series(4, 5, **ALIGNED), "audio": Series(3, 5, **ALIGNED), "video": Series(2, 5, **ALIGNED)}
BUILDERS = (emotion_recognizer, memory_fusion_sentiment, misa_sentiment, mult_sentiment, tensor_fusion_sentiment)


def tensors(seed=0, **modalities):
    """Random steps, three records, all steps there; the mask is the last channel."""
    random = np.random.default_rng(seed)
    made = {name: random.normal(size=(3, *one.shape)).astype("float32") for name, one in modalities.items()}
    for value in made.values():
        value[..., -1] = 1
    return made


def answer(model, inputs):
    return ops.convert_to_numpy(model(inputs, training=False))


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_what_a_step_that_is_not_there_holds_makes_no_difference(builder):
    model, inputs = randomise(builder(**SMALL), scale=0.4), tensors(**SMALL)
    whole = answer(model, inputs)
    inputs["audio"][:, 2, -1] = 0
    missing = answer(model, inputs)
    inputs["audio"][:, 2, :-1] = 7
    np.testing.assert_array_equal(answer(model, inputs), missing)
    assert not np.allclose(missing, whole)


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_the_order_of_the_steps_matters(builder):
    model, inputs = randomise(builder(**SMALL), scale=0.4), tensors(**SMALL)
    turned = {name: value[:, ::-1] for name, value in inputs.items()}
    assert not np.allclose(answer(model, turned), answer(model, inputs), atol=1e-4)


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_one_modality_alone(builder):
    model = builder(**{**SMALL, "audio": None, "video": None}, num_classes=3)
    assert list(model.input) == ["text"]
    inputs = tensors(text=SMALL["text"])
    np.testing.assert_allclose(answer(model, inputs).sum(axis=1), 1, rtol=1e-5)


def test_the_outer_product_has_an_entry_for_every_choice_of_entries():
    model = tensor_fusion_sentiment(**SMALL, text_units=4, audio_units=2, video_units=3, joint_dim=6)
    joint = model.get_layer("joint")
    assert isinstance(joint, TensorFusion)
    assert joint.output_map.kernel.shape == (5 * 3 * 4, 6)


def test_the_inference_network_reads_the_joint_representation():
    model = tensor_fusion_sentiment(**SMALL, joint_dim=6, hidden=(5, 4))
    assert [model.get_layer(name).kernel.shape for name in ("inference_2", "inference_3")] == [(6, 5), (5, 4)]


def test_the_memory_fusion_operator_reads_the_steps_themselves():
    model = memory_fusion_sentiment(**SMALL, units=3, memory_units=4)
    cell = model.get_layer("joint").network.cell
    assert isinstance(model.get_layer("joint"), MemoryFusion)
    assert (cell.widths, cell.units, cell.memory_units) == ([4, 3, 2], 3, 4)


def test_memory_fusion_needs_aligned_modalities():
    with pytest.raises(ValueError, match="needs aligned modalities"):
        memory_fusion_sentiment(**{**SMALL, "audio": Series(3, 9)})


def test_cross_modal_attention_does_not():
    unaligned = {**SMALL, "audio": Series(3, 9)}
    model = mult_sentiment(**unaligned, dim=8, layers=2, heads=2)
    joint = model.get_layer("joint")
    assert (joint.layers, joint.heads, joint.dropout) == (2, 2, 0.3)
    np.testing.assert_allclose(answer(model, tensors(**unaligned)).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("builder", [memory_fusion_sentiment, mult_sentiment], ids=lambda builder: builder.__name__)
def test_an_operator_over_vectors_joins_the_states_of_lstms(builder):
    model = builder(**SMALL, fusion="gated")
    lstms = {layer.name for layer in model.layers if isinstance(layer, keras.layers.LSTM)}
    assert lstms == {"text_lstm", "audio_lstm", "video_lstm"}


def test_misa_adds_its_losses_each_with_its_weight():
    inputs, found = tensors(**SMALL), []
    for weights in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 2, 3)):
        names = ("similarity", "difference", "reconstruction")
        model = randomise(misa_sentiment(**SMALL, **dict(zip(names, weights, strict=True))), scale=0.4)
        answer(model, inputs)
        found.append(float(sum(model.losses)))
    assert min(found) > 0
    assert found[3] == pytest.approx(found[0] + 2 * found[1] + 3 * found[2], rel=1e-5)


def test_misa_joins_both_representations_of_a_modality():
    model = misa_sentiment(**SMALL, dim=6, fusion="gated", missing_modalities=True)
    given = model.get_layer("joint")._inbound_nodes[0].arguments.args[0]
    assert {name: tensor.shape for name, tensor in given.items()} == dict.fromkeys(SMALL, (None, 12))


def test_emotions_from_recordings_as_from_features():
    raw = {
        "text": Text(20, 6),
        "audio": Audio(8000, 0.3, mels=16),
        "video": Image(24, 24, 1),
    }
    model = emotion_recognizer(**raw, num_classes=7, missing_modalities=True)
    assert model.output.shape == (None, 7) and [*model.input] == [*raw, "presence"]
    moving = emotion_recognizer(None, None, Video(3, 16, 16, 1))
    inputs = np.zeros((2, *moving.modalities["video"].shape), "float32")
    # No frame is there: the answer is that of nothing, whatever stands in the pixels.
    other = np.concatenate([np.ones_like(inputs[..., :-1]), inputs[..., -1:]], axis=-1)
    np.testing.assert_array_equal(answer(moving, {"video": inputs}), answer(moving, {"video": other}))


@pytest.mark.parametrize("wrong", [{"text": Numeric(3)}, {"audio": Audio(8000, 0.3, features="waveform")}])
def test_emotions_from_nothing_else(wrong):
    with pytest.raises(TypeError, match="emotion_recognizer reads (text|audio) as"):
        emotion_recognizer(**wrong)
