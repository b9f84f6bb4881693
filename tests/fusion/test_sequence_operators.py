"""Every operator over sequences gives what its paper's equations say, and padding has no say."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from multimodal_zoo.export.check.allowed_operations import ANSWERING
from multimodal_zoo.fusion import fuse, fusion_operator, list_fusions
from multimodal_zoo.training.precision import precision
from tests.compiled import compiled
from tests.fusion.sequence_equations import SEQUENCE_EQUATIONS, expected_of_sequences
from tests.fusion.test_operator_equations import ALIGNED, every_subset, made
from tests.gradients import input_gradient, weight_gradients
from tests.random_weights import randomise

NAMES = sorted(SEQUENCE_EQUATIONS)
RUBBISH = st.sampled_from([-1.0, 3e38, float("inf"), float("nan")])
FEW = settings(max_examples=5, deadline=None)
ARGUMENTS = {
    "attention_bottleneck": {"bottlenecks": 2, "layers": 3, "heads": 2, "feed_forward": 5},
    "co_attention": {"attention_dim": 3},
    "cross_modal_transformer": {"layers": 2, "heads": 3, "feed_forward": 5},
    "graph": {"layers": 3, "heads": 2, "reach": 2},
    "memory": {"hops": 3},
    "memory_fusion": {"units": 3, "memory_units": 5},
    "perceiver": {"latents": 3, "layers": 2, "heads": 2, "feed_forward": 5},
}


def masks_for(encodings, seed=5):
    """Padding anywhere; in the first row nowhere, and in the second the first modality has no step at all."""
    draws = np.random.default_rng(seed)
    masks = {name: draws.random(content.shape[:2]) < 0.6 for name, content in encodings.items()}
    for name in masks:
        masks[name][0] = True
    masks[next(iter(masks))][1] = False
    return masks


def answer(operator, *inputs, **arguments):
    return ops.convert_to_numpy(operator(*inputs, **arguments))


def test_every_operator_over_sequences_has_its_equation():
    ours = [name for name in list_fusions() if fusion_operator(name).__module__.startswith("multimodal_zoo.")]
    assert NAMES == [name for name in ours if 3 in fusion_operator(name).encoding_ranks]


@pytest.mark.parametrize("modalities", [1, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_everything_there(name, modalities):
    operator, encodings = made(name, modalities, with_presence=False, rows=3)
    np.testing.assert_allclose(
        answer(operator, encodings), expected_of_sequences(name, operator, encodings), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("modalities", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_every_subset_there_and_padding_anywhere(name, modalities):
    presence = every_subset(modalities)
    operator, encodings = made(name, modalities, with_presence=True, rows=len(presence))
    for masks in (None, masks_for(encodings)):
        np.testing.assert_allclose(
            answer(operator, encodings, presence=presence, masks=masks),
            expected_of_sequences(name, operator, encodings, presence, masks),
            rtol=1e-5,
            atol=1e-5,
        )


@pytest.mark.parametrize("name", NAMES)
def test_with_arguments_of_its_own(name):
    operator, encodings = made(name, 2, with_presence=False, rows=3, **ARGUMENTS[name])
    masks = {"m1": masks_for(encodings)["m1"]}
    np.testing.assert_allclose(
        answer(operator, encodings, masks=masks),
        expected_of_sequences(name, operator, encodings, masks=masks),
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.parametrize("name", NAMES)
def test_with_everything_absent_the_answer_is_zero_or_learned(name):
    operator, encodings = made(name, 3, with_presence=True, rows=2)
    nothing = answer(operator, encodings, presence=np.zeros((2, 3), "float32"))
    all_padding = {key: np.zeros(content.shape[:2]) for key, content in encodings.items()}
    np.testing.assert_array_equal(nothing, answer(operator, encodings, masks=all_padding))
    if name == "perceiver":
        assert np.isfinite(nothing).all() and np.abs(nothing).max() > 0
        np.testing.assert_array_equal(nothing[0], nothing[1])
    else:
        np.testing.assert_array_equal(nothing, np.zeros((2, 6)))


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_is_one_step(name):
    operator, encodings = made(name, 3, with_presence=True, rows=8)
    vectors = {key: content[:, 0] for key, content in encodings.items()}
    presence = every_subset(3)
    np.testing.assert_array_equal(
        answer(operator, vectors, presence=presence),
        answer(operator, {key: vector[:, None] for key, vector in vectors.items()}, presence=presence),
    )


@pytest.fixture(scope="module", params=NAMES)
def operator_and_encodings(request):
    """One operator of each kind, made once: the examples only call it."""
    return request.param, *made(request.param, 3, with_presence=False, rows=3)


@pytest.fixture(scope="module")
def ask(operator_and_encodings):
    _, operator, _ = operator_and_encodings
    asked = compiled(lambda encodings, masks: operator(encodings, masks=masks))
    return lambda encodings, masks: ops.convert_to_numpy(asked(encodings, masks))


@FEW
@given(rubbish=RUBBISH, seed=st.integers(0, 1000))
def test_the_content_of_padding_cannot_change_the_answer(operator_and_encodings, ask, rubbish, seed):
    _, _, encodings = operator_and_encodings
    masks = masks_for(encodings, seed)
    rubbish = np.float32(rubbish)
    soiled = {key: np.where(masks[key][:, :, None], content, rubbish) for key, content in encodings.items()}
    clean = ask(encodings, masks)
    assert np.isfinite(clean).all()
    np.testing.assert_array_equal(clean, ask(soiled, masks))


@FEW
@given(data=st.data())
def test_where_the_padding_stands_and_how_much_makes_no_difference(operator_and_encodings, data):
    name, operator, encodings = operator_and_encodings
    padded, masks = {}, {}
    for key, content in encodings.items():
        steps = content.shape[1]
        if name not in ALIGNED or not padded:
            slots = data.draw(st.permutations([True] * steps + [False] * data.draw(st.integers(0, 3))))
        padded[key] = np.full((len(content), len(slots), content.shape[2]), np.nan, "float32")
        padded[key][:, slots] = content
        masks[key] = np.tile(np.int32(slots) * 7, (len(content), 1))
    np.testing.assert_allclose(answer(operator, padded, masks=masks), answer(operator, encodings), rtol=1e-5, atol=1e-5)


def test_no_gradient_leaks_from_or_into_padding(operator_and_encodings):
    _, operator, encodings = operator_and_encodings
    masks = masks_for(encodings)
    soiled = {key: np.where(masks[key][:, :, None], content, np.nan) for key, content in encodings.items()}
    soiled = {key: content.astype("float32") for key, content in soiled.items()}
    weights = weight_gradients(operator, soiled, masks=masks, loss=lambda joint: ops.sum(joint**2))
    assert all(np.isfinite(gradient).all() for gradient in weights.values())
    by_content = input_gradient(
        lambda content: ops.sum(operator({**soiled, "m0": content}, masks=masks) ** 2), soiled["m0"]
    )
    np.testing.assert_array_equal(by_content[~masks["m0"]], 0)
    assert np.isfinite(by_content).all() and np.abs(by_content[0]).min() > 0


@pytest.mark.parametrize("name", NAMES)
def test_large_scores_stay_finite(name):
    """Tokens of 3e4, whose products leave float16 and saturate the softmax."""
    operator, encodings = made(name, 2, with_presence=False, rows=2)
    with precision("mixed_float16"):
        mixed = fusion_operator(name)(6, ("m0", "m1"))
        mixed(encodings)
    mixed.set_weights([weight * 0.01 for weight in operator.get_weights()])
    large = {key: np.sign(content) * np.float32(3e4) for key, content in encodings.items()}
    assert np.isfinite(answer(mixed, large)).all()
    assert np.isfinite(answer(operator, {key: content * np.float32(1e8) for key, content in large.items()})).all()


def model_of(name, steps=3):
    """Words with padding, frames of a length not known, and a vector (frames too where all must be aligned)."""
    aligned = name in ALIGNED
    inputs = {
        "words": keras.Input((steps, 5), name="words"),
        "frames": keras.Input((None, 3), name="frames"),
        "place": keras.Input((steps, 2) if aligned else (2,), name="place"),
        "ids": keras.Input((steps,), dtype="int32", name="ids"),
        "presence": keras.Input((3,), name="presence"),
    }
    encodings = {key: inputs[key] for key in ("words", "frames", "place")}
    fused = fuse(name, 6, **ARGUMENTS[name])(encodings, inputs["presence"], masks={"words": inputs["ids"]})
    return keras.Model(inputs, fused)


def records(name, rows=8, frames=4):
    draws = np.random.default_rng(0)
    aligned = name in ALIGNED
    return {
        "words": draws.normal(size=(rows, 3, 5)).astype("float32"),
        "frames": draws.normal(size=(rows, 3 if aligned else frames, 3)).astype("float32"),
        "place": draws.normal(size=(rows, 3, 2) if aligned else (rows, 2)).astype("float32"),
        "ids": np.int32([[4, 2, 9], [4, 0, 0], [0, 0, 8], [0, 0, 0]] * (rows // 4)),
        "presence": every_subset(3),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_model_with_masks_gives_the_same_answers(name, tmp_path):
    model, given = randomise(model_of(name)), records(name)
    joint = model.get_layer("joint")
    encodings = {
        key: given[key] if given[key].ndim == 3 else given[key][:, None] for key in ("words", "frames", "place")
    }
    found = ops.convert_to_numpy(model(given))
    wanted = expected_of_sequences(name, joint, encodings, given["presence"], {"words": given["ids"]})
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-5)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(found, ops.convert_to_numpy(again(given)))
    assert type(joint).from_config(joint.get_config()).get_config() == joint.get_config()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="exports are TensorFlow's")
@pytest.mark.parametrize("name", NAMES)
def test_an_export_runs_allowed_operations_only(name):
    import tensorflow as tf

    model = model_of(name)
    wanted = {key: tf.TensorSpec(tensor.shape, tensor.dtype) for key, tensor in model.input.items()}
    graph = tf.function(model).get_concrete_function(wanted).graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    assert {node.op for node in nodes} <= ANSWERING


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", NAMES)
def test_mixed_precision_stays_close_to_float32(name, policy):
    operator, encodings = made(name, 2, with_presence=False, rows=4)
    operator.set_weights([weight * 0.5 for weight in operator.get_weights()])
    with precision(policy):
        mixed = fusion_operator(name)(6, ("m0", "m1"))
        mixed(encodings)
    mixed.set_weights(operator.get_weights())
    joint = mixed(encodings, masks=masks_for(encodings))
    assert keras.backend.standardize_dtype(joint.dtype) == policy.removeprefix("mixed_")
    assert all(keras.backend.standardize_dtype(weight.dtype) == "float32" for weight in mixed.weights)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cast(joint, "float32")),
        answer(operator, encodings, masks=masks_for(encodings)),
        atol=0.06,
    )


@pytest.mark.parametrize("name", ["attention_bottleneck", "cross_modal_transformer", "perceiver"])
def test_dropout_acts_in_training_only(name):
    inputs = {"m0": keras.Input((4, 3), name="m0"), "m1": keras.Input((2, 5), name="m1")}
    model = keras.Model(inputs, fuse(name, 6, dropout=0.5)(inputs))
    _, encodings = made(name, 2, with_presence=False)
    still = [ops.convert_to_numpy(model(encodings, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    assert (ops.convert_to_numpy(model(encodings, training=True)) != still[0]).any()


def two(first=(2, 4, 3), second=(2, 5)):
    return {"image": np.ones(first, "float32"), "report": np.ones(second, "float32")}


@pytest.mark.parametrize(
    ("encodings", "masks", "message"),
    [
        (two(first=(2, 4, 3, 1)), None, r"'image' must have rank 2, \(batch, width\) or 3, \(batch, steps, width\)"),
        (two(), np.ones((2, 4)), "masks must be a dict.*received"),
        (two(), {"imag": np.ones((2, 4))}, r"unknown \['imag'\]; did you mean 'image' for 'imag'"),
        (two(), {"image": np.ones((2, 3))}, r"The mask of 'image' must be.*\(2, 3\) and \(2, 4, 3\)"),
        (two(), {"image": np.ones((2, 4, 1))}, r"The mask of 'image' must be"),
        (two(), {"image": np.ones((3, 4))}, r"same records.*\{'image': 2, 'mask of image': 3\}"),
        (two(), {"report": np.ones((2, 1))}, r"The mask of 'report' must be.*\(2, 1\) and \(2, 5\)"),
    ],
)
def test_sequences_and_masks_of_the_wrong_form(encodings, masks, message):
    with pytest.raises(ValueError, match=message):
        fusion_operator("co_attention")(4, ("image", "report"))(encodings, masks=masks)


def test_an_operator_over_vectors_refuses_masks():
    with pytest.raises(ValueError, match=r"'concat' takes vectors.*masks of \['image'\]"):
        fuse("concat", 4)(two((2, 3)), masks={"image": np.ones((2, 1))})


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("attention_bottleneck", {"bottlenecks": 0}, "bottlenecks=0"),
        ("attention_bottleneck", {"layers": 1}, "at least 2.*layers=1"),
        ("co_attention", {"attention_dim": 0}, "attention_dim=0"),
        ("cross_modal_transformer", {"layers": 0}, "layers=0"),
        ("cross_modal_transformer", {"dropout": 1.0}, "dropout=1.0"),
        ("graph", {"reach": -1}, "reach must be at least 0; received reach=-1"),
        ("memory", {"hops": 0}, "hops=0"),
        ("memory_fusion", {"units": 0}, "units=0"),
        ("perceiver", {"latents": 0}, "latents=0"),
        ("perceiver", {"heads": 0}, "heads=0"),
    ],
)
def test_arguments_out_of_range(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        fusion_operator(name)(4, ("a", "b"), **arguments)


def test_memory_fusion_needs_aligned_steps():
    with pytest.raises(ValueError, match=r"received the steps \{'image': 4, 'report': 1\}.*cross_modal_transformer"):
        fuse("memory_fusion", 4)(two())
    vectors = fuse("memory_fusion", 4)(two((2, 3)))
    assert vectors.shape == (2, 4)
