"""One suite over every registered model: a new model is tested by being registered."""

from __future__ import annotations

import functools
import itertools
import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from compiled import compiled
from contract.records import bundle_of, labels_for, raw_records, small_model, tensors_for
from hypothesis import given, settings
from hypothesis import strategies as st

import multimodal_zoo.models  # noqa: F401  (registers)
from multimodal_zoo.export import check_artefact
from multimodal_zoo.fusion import fuse, fusion_operator, list_fusions
from multimodal_zoo.heads import caption_search, ctc_search, decoder_of, match_scores
from multimodal_zoo.modalities import batch_records, raw_to_tensors, to_example
from multimodal_zoo.registry import builder_arguments, create_model, list_models, model_card
from multimodal_zoo.tasks import task_named
from multimodal_zoo.training import load_bundle, save_bundle
from multimodal_zoo.training.precision import precision
from multimodal_zoo.unknown_name import UnknownName

NAMES = list_models()
# Where the way of joining is the architecture, there is no choice of operator.
FUSING = [name for name in NAMES if "fusion" in builder_arguments(name)]
# At the rate of the others their loss jumps about, on one backend or the other; one for retrieval stays long where it
# tells no pair from another.
LEARN_SLOWLY = ("misa_sentiment", "mult_sentiment")
needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="training tapes and SavedModels are TensorFlow's"
)


def predict(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs, training=False))


def answer(model, inputs):
    """What the exported network answers: the prediction, or of two vectors a record their cosine."""
    prediction = predict(model, inputs)
    return keras.ops.convert_to_numpy(match_scores(prediction)) if model.card.task == "retrieval" else prediction


def test_defaults_build_a_model_with_one_named_input_per_modality(name):
    model = create_model(name)
    assert isinstance(model, keras.Model) and model.name == name
    assert tuple(model.input) == tuple(model.modalities) == model_card(name).modalities
    for key, tensor in model.input.items():
        assert tensor.name == key and tensor.shape == (None, *model.modalities[key].shape)


def test_card_says_task_paper_and_what_it_is(name):
    card = model_card(name)
    assert card.paper and card.description.endswith(".") and len(card.description) > 20


def test_joint_is_the_fused_representation(model, batch):
    joint = model.get_layer("joint").output
    assert len(joint.shape) == 2 and joint.shape[1] is not None
    values = keras.Model(model.input, joint)(batch, training=False)
    assert np.isfinite(keras.ops.convert_to_numpy(values)).all()


def test_an_unknown_argument_lists_the_known_ones(name):
    with pytest.raises(UnknownName) as error:
        create_model(name, drpout=0.1)
    assert "Did you mean 'dropout'?" in str(error.value)
    for known in builder_arguments(name):
        assert known in str(error.value)


@pytest.mark.parametrize("name", FUSING, indirect=True)
def test_an_unknown_fusion_lists_the_known_ones(name):
    with pytest.raises(ValueError, match="concta") as error:
        create_model(name, fusion="concta")
    for known in list_fusions():
        assert known in str(error.value)


def test_presence_has_a_column_for_each_modality_in_the_order_of_the_card(model):
    assert list(model.input)[-1] == "presence"
    assert model.input["presence"].shape == (None, len(model.modalities))


def test_layers_are_called_the_same_however_many_networks_were_built(name, model):
    """What starts one network from another finds its layers by their names."""
    another = small_model(name, missing_modalities=True)
    assert [layer.name for layer in another.layers] == [layer.name for layer in model.layers]


def test_config_and_keras_file_round_trip_in_safe_mode(model, batch, tmp_path):
    model.save(tmp_path / "model.keras")
    twin = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert json.loads(twin.to_json()) == json.loads(model.to_json())
    np.testing.assert_allclose(predict(twin, batch), predict(model, batch), atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_outputs_are_float32_under_mixed_precision(name, policy):
    with precision(policy):
        model = small_model(name, missing_modalities=True)
        output = model(tensors_for(model, 4), training=False)
    assert keras.backend.standardize_dtype(output.dtype) == "float32"
    assert np.isfinite(keras.ops.convert_to_numpy(output)).all()


def test_the_loss_falls_on_a_batch_that_can_be_learned(name):
    keras.utils.set_random_seed(1)
    model = small_model(name, missing_modalities=True, dropout=0.0)
    inputs, labels = tensors_for(model, 16), labels_for(model, 16)
    task = model_card(name).task
    loss = task_named(task).loss
    optimizer = keras.optimizers.Adam(0.003 if task == "retrieval" or name in LEARN_SLOWLY else 0.01)
    # A step that makes these variables itself is traced twice.
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, loss)
    data = tf.data.Dataset.from_tensor_slices((inputs, labels)).batch(16)
    loss = keras.losses.get(loss)

    def loss_now():
        return float(keras.ops.mean(loss(labels, model(inputs, training=False))))

    before = loss_now()
    model.fit(data.repeat(40), steps_per_epoch=40, epochs=1, verbose=0)
    assert loss_now() < 0.5 * before


@given(seed=st.integers(0, 2**31 - 1), data=st.data())
@settings(max_examples=15, deadline=None)
def test_the_content_of_an_absent_modality_cannot_matter(seed, data):
    for name in NAMES:
        model = cached_small_model(name)
        names = list(model.modalities)
        absent = data.draw(st.sets(st.sampled_from(names), min_size=1, max_size=max(1, len(names) - 1)))
        inputs = tensors_for(model, 3, seed=seed % 1000)
        inputs["presence"] = np.array([[float(one not in absent) for one in names]] * 3, "float32")
        other = dict(inputs)
        random = np.random.default_rng(seed)
        for one in absent:
            content = np.asarray(inputs[one])
            if content.dtype.kind == "f":
                other[one] = random.choice([np.nan, np.inf, -1e30, 7.0], content.shape).astype("float32")
            else:
                other[one] = random.integers(0, model.modalities[one].vocabulary_size, content.shape).astype("int32")
        ask = asked_often(name)
        np.testing.assert_array_equal(ask(inputs), ask(other))


@functools.cache
def cached_small_model(name):
    return small_model(name, missing_modalities=True)


@functools.cache
def asked_often(name):
    answer = compiled(functools.partial(cached_small_model(name), training=False))
    return lambda inputs: keras.ops.convert_to_numpy(answer(inputs))


def test_every_subset_of_the_modalities_gives_a_finite_answer(model):
    count = len(model.modalities)
    subsets = np.array(list(itertools.product([0.0, 1.0], repeat=count)), "float32")
    inputs = {key: np.repeat(value[:1], len(subsets), 0) for key, value in tensors_for(model, 1).items()}
    inputs["presence"] = subsets
    answers = predict(model, inputs)
    assert np.isfinite(answers).all()
    # Each modality is heard: taking any one away from the full set changes the answer.
    full = answers[-1]
    for column in range(count):
        without = [row for row, subset in enumerate(subsets) if subset.sum() == count - 1 and not subset[column]][0]
        assert not np.array_equal(answers[without], full), list(model.modalities)[column]


def test_rows_do_not_depend_on_each_other(model, batch):
    together = predict(model, batch)
    for row in range(3):
        alone = predict(model, {key: value[row : row + 1] for key, value in batch.items()})
        np.testing.assert_allclose(alone[0], together[row], atol=1e-5)


# One operator over vectors, one over sequences: a builder may hand something else to each kind.
@pytest.mark.parametrize("name", FUSING, indirect=True)
@pytest.mark.parametrize("like", ["gated", "co_attention"])
def test_every_fusion_operator_can_be_named(name, like):
    """The operator that is named joins the encodings; every other of its kind takes the same ones."""
    model = small_model(name, missing_modalities=True, fusion=like)
    joint = model.get_layer("joint")
    assert type(joint) is fusion_operator(like)
    encodings = encodings_of(joint)
    for fusion in list_fusions():
        if fusion_operator(fusion).encoding_ranks == fusion_operator(like).encoding_ranks:
            assert joins_finitely(fusion, joint.dim, encodings), fusion


def encodings_of(joint):
    """What a fusion layer is called with: (name, shape of the encoding, whether it has a mask) of each."""
    given = joint._inbound_nodes[0].arguments
    masks = given.kwargs.get("masks") or {}
    return tuple((name, tuple(tensor.shape[1:]), name in masks) for name, tensor in given.args[0].items())


@functools.cache
def joins_finitely(fusion, dim, encodings):
    """Whether an operator has a finite answer for such encodings; models that are alike here ask once."""
    random = np.random.default_rng(0)
    tensors = {name: random.normal(size=(2, *shape)).astype("float32") for name, shape, _ in encodings}
    masks = {name: np.ones((2, shape[0]), "int32") for name, shape, masked in encodings if masked}
    presence = np.float32([[1] * len(encodings), [1] + [0] * (len(encodings) - 1)])
    answer = fuse(fusion, dim)(tensors, presence, masks)
    return bool(np.isfinite(keras.ops.convert_to_numpy(answer)).all())


@needs_tensorflow
def test_every_weight_gets_a_gradient(name):
    model = small_model(name, missing_modalities=True, dropout=0.0)
    inputs = {key: tf.constant(value) for key, value in tensors_for(model, 12).items()}
    # Some rows with something absent, so that the learned stand-ins are reached too.
    presence = np.ones((12, len(model.modalities)), "float32")
    for row in range(8):
        presence[row, row % len(model.modalities)] = 0
    inputs["presence"] = tf.constant(presence)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(inputs, training=True) - 0.3))
        # Some weights serve a loss that a layer adds, and nothing else.
        loss += sum(model.losses)
    gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(tf.convert_to_tensor(gradient).numpy()).all(), variable.path


@needs_tensorflow
def test_bundle_round_trip(model, batch, tmp_path):
    bundle = bundle_of(model)
    save_bundle(bundle, tmp_path / "bundle")
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.modalities == bundle.modalities and list(loaded.modalities) == list(bundle.modalities)
    assert loaded.class_names == bundle.class_names and loaded.card == bundle.card
    np.testing.assert_allclose(predict(loaded.model, batch), predict(model, batch), atol=1e-6)


def as_json(value, as_bytes):
    """Nested lists with what is to be bytes as hexadecimal digits, and other strings as text."""
    if isinstance(value, list):
        return [as_json(one, as_bytes) for one in value]
    if isinstance(value, bytes):
        return value.hex() if as_bytes else value.decode()
    return value


@needs_tensorflow
def test_export_answers_raw_records_in_a_process_without_keras(model, exported, served, keras_free):
    bundle, to = exported
    report = check_artefact(to)
    assert report.passed, report.failures
    replayed = next(check for check in report.checks if check.name == "golden requests")
    assert replayed.reason.startswith(f"{len(bundle.modalities) + 3} requests answered as stored")
    records = [
        *raw_records(model, 4),
        {},
        {key: value for key, value in raw_records(model, 1)[0].items() if key == list(model.modalities)[0]},
    ]
    raw = batch_records(bundle.modalities, records)
    asked = {}
    for key, modality in bundle.modalities.items():
        as_bytes = modality.raw_name(key).endswith("_bytes")
        asked[modality.raw_name(key)] = {
            "dtype": "bytes" if as_bytes else modality.raw_dtype.name,
            "values": as_json(raw[key].numpy().tolist(), as_bytes),
        }
    answers = keras_free.ask(to, asked)

    content, presence, _ = raw_to_tensors(bundle.modalities, raw)
    inputs = {**content, "presence": presence}
    expected = answer(model, inputs)
    task = model_card(model.name).task
    keys = {"ranking": "scores", "retrieval": "scores", "regression": "values", "generation": "pictures"}
    key = keys.get(task, "probabilities")
    # Of a text, what is asked from raw values is the text and its score; the probabilities are told with the others.
    served_key, wanted = key, expected
    if task == "transcription":
        served_key, wanted = "scores", ctc_search(expected)[1].numpy()
    elif task == "captioning":
        look, decoder = decoder_of(model)
        served_key, wanted = "scores", caption_search(decoder, look(inputs, training=False))[1].numpy()
    np.testing.assert_allclose(answers["serving_default"][served_key], wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(answers["serving_default"]["presence"], presence.numpy())
    joint = keras.Model(model.input, model.get_layer("joint").output)(inputs, training=False)
    np.testing.assert_allclose(answers["embed"]["joint"], joint.numpy(), atol=1e-5)

    # No weight is written twice: the files are little larger than the parameters.
    written = sum(file.stat().st_size for file in (to / "variables").iterdir())
    assert written < 1.1 * 4 * sum(np.prod(w.shape) for w in model.weights) + 20_000
    tensors = served.signatures["tensors"](**{key: tf.constant(value) for key, value in inputs.items()})
    np.testing.assert_allclose(tensors[key].numpy(), expected, atol=1e-5)

    examples = tf.constant([to_example(bundle.modalities, record).SerializeToString() for record in records])
    from_examples = served.signatures["tf_example"](examples=examples)
    np.testing.assert_allclose(from_examples[served_key].numpy(), wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(from_examples["presence"].numpy(), presence.numpy())
    assert not from_examples["undecodable"].numpy().any()

    explained = {name: np.array(value) for name, value in answers["explain"].items()}
    contributions = [explained[f"contribution_{name}"] for name in bundle.modalities]
    np.testing.assert_allclose(sum(contributions), explained[key] - explained["without_any"], atol=1e-5)
    for column, contribution in enumerate(contributions):
        np.testing.assert_allclose(contribution[presence.numpy()[:, column] == 0], 0, atol=1e-6)
        assert contribution.shape == expected.shape
    if "presence" in model.input:
        np.testing.assert_allclose(explained[key], expected, atol=1e-5)
        # The definition, subset by subset, on the first record.
        names = list(bundle.modalities)
        one = {name: tensor[:1] for name, tensor in content.items()}

        def values(groups):
            masks = [[float(name in members) for name in names] for members in groups]
            repeated = {name: tf.repeat(tensor, len(groups), axis=0) for name, tensor in one.items()}
            return answer(model, {**repeated, "presence": tf.constant(masks) * presence[:1]})

        first, *others = names
        subsets = [one for size in range(len(names)) for one in itertools.combinations(others, size)]
        differences = values([{*subset, first} for subset in subsets]) - values(subsets)
        weights = [1 / (len(names) * math.comb(len(others), len(subset))) for subset in subsets]
        wanted = np.tensordot(weights, differences, 1)
        np.testing.assert_allclose(contributions[0][0], wanted, atol=1e-5)
