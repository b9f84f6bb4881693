"""A network that transcribes, from training to a text out of stock TensorFlow."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from training.spelling import NAMES, Spelling, spoken, tiny_recognizer

from multimodal_zoo.export import InGraphBatching, check_artefact, export_bundle
from multimodal_zoo.modalities import batch_records, raw_to_tensors
from multimodal_zoo.training import Bundle, evaluate, fit, load_bundle, predict_record
from tests.heads.spoken_texts import collapsed, text_probabilities


@pytest.fixture(scope="module")
def bundle():
    keras.utils.set_random_seed(0)
    model = tiny_recognizer(missing_modalities=True)
    return fit(model, Spelling(160, 32), epochs=12, batch_size=16, learning_rate=0.01, verbose=0)


@pytest.fixture(scope="module", params=[1, 16])
def served(request, bundle, tmp_path_factory):
    to = tmp_path_factory.mktemp("saved") / "recognizer" / "1"
    export_bundle(bundle, to, beam_width=request.param)
    return request.param, to, tf.saved_model.load(str(to))


def asked(bundle, records):
    """The raw request, and what the network says at each frame."""
    raw = batch_records(bundle.modalities, records)
    content, presence, _ = raw_to_tensors(bundle.modalities, raw)
    return raw["audio"], bundle.model({**content, "presence": presence}, training=False).numpy()


def records(count, seed):
    data = spoken(count, seed)
    return [data[row][0] for row in range(count)]


def spelled_path(numbers):
    return "".join(NAMES[one] for one in collapsed(numbers))


def test_the_text_and_its_score_come_from_raw_frames(bundle, served):
    beam_width, _, module = served
    raw, frames = asked(bundle, records(20, 5))
    answer = module.signatures["serving_default"](audio=raw)
    assert sorted(answer) == ["presence", "scores", "transcripts", "undecodable"]
    texts = [text.decode() for text in answer["transcripts"].numpy()]
    greedy = [spelled_path(row) for row in frames.argmax(-1)]
    scores = answer["scores"].numpy()
    best_paths = np.log(frames.max(-1)).sum(-1)
    assert len(set(texts)) > 5
    if beam_width == 1:
        assert texts == greedy
        np.testing.assert_allclose(scores, best_paths, rtol=1e-4, atol=1e-4)
    else:
        # A text is at least as probable as the best of the ways to say it.
        assert (scores >= best_paths - 1e-4).all() and (scores <= 1e-5).all()


def test_a_short_recording_gets_the_most_probable_of_all_texts(bundle, served):
    beam_width, _, module = served
    short = [{"audio": one["audio"][:6]} for one in records(8, 6)]
    raw, frames = asked(bundle, short)
    answer = module.signatures["serving_default"](audio=raw)
    for row, text, score in zip(frames, answer["transcripts"].numpy(), answer["scores"].numpy(), strict=True):
        truth = text_probabilities(row[:6])
        found = tuple(NAMES.index(one) for one in text.decode())
        if beam_width == 16:
            assert truth[found] == pytest.approx(max(truth.values()), rel=1e-4)
            assert score == pytest.approx(np.log(truth[found]), abs=0.05)
        assert score <= np.log(truth[found]) + 1e-4


def test_without_a_recording_the_text_is_empty(served):
    _, _, module = served
    answer = module.signatures["serving_default"](audio=tf.fill((1, 3, 2), np.nan))
    assert answer["transcripts"].numpy().tolist() == [b""] and not answer["presence"].numpy().any()
    np.testing.assert_allclose(answer["scores"], [0.0], atol=1e-5)


def test_the_frames_are_told_by_the_signatures_for_experts(bundle, served):
    _, _, module = served
    raw, frames = asked(bundle, records(3, 7))
    explained = module.signatures["explain"](audio=raw)
    np.testing.assert_allclose(explained["probabilities"], frames, atol=1e-5)
    silent = np.zeros_like(frames) + np.eye(len(NAMES))[0]
    np.testing.assert_allclose(explained["without_any"], silent, atol=1e-6)
    np.testing.assert_allclose(explained["contribution_audio"], frames - silent, atol=1e-5)


def test_the_gate_lets_it_pass(served):
    _, to, _ = served
    report = check_artefact(to)
    assert report.passed, report.failures
    stored = json.loads((to / "assets.extra" / "golden_requests.json").read_text())["requests"]
    assert isinstance(stored[0]["answer"]["transcripts"], str) and stored[-1]["answer"]["transcripts"] == ""


def test_the_bundle_answers_and_is_measured_as_it_is_served(bundle, served, tmp_path):
    beam_width, _, module = served
    data = spoken(30, 8)
    loaded = load_bundle(bundle.save(tmp_path / "bundle"))
    assert (tmp_path / "bundle" / "labels.json").read_text().split() == ["[", '"",', '"', '",', '"A",', '"B"', "]"]
    assert "Characters" in (tmp_path / "bundle" / "card.md").read_text()
    raw, _ = asked(bundle, [data[row][0] for row in range(30)])
    texts = [text.decode() for text in module.signatures["serving_default"](audio=raw)["transcripts"].numpy()]
    if beam_width == 16:
        exact = np.mean(
            [text == "".join(NAMES[one] for one in row) for text, row in zip(texts, data.labels, strict=True)]
        )
        assert evaluate(loaded, data)["exact"] == pytest.approx(exact)
        answer = predict_record(loaded, data[0][0])
        assert answer["transcript"] == texts[0] and answer["score"] <= 0 and answer["presence"] == {"audio": True}


def test_it_can_batch_inside_the_graph(bundle, tmp_path):
    to = export_bundle(bundle, tmp_path / "1", in_graph_batching=InGraphBatching())
    module = tf.saved_model.load(str(to))
    raw, _ = asked(bundle, records(4, 9))
    answer = module.signatures["serving_default"](audio=raw)
    plain = tf.saved_model.load(str(export_bundle(bundle, tmp_path / "2"))).signatures["serving_default"](audio=raw)
    assert answer["transcripts"].numpy().tolist() == plain["transcripts"].numpy().tolist()


def test_characters_are_needed(bundle, tmp_path):
    nameless = Bundle(bundle.model, bundle.modalities, (), bundle.card, {})
    with pytest.raises(ValueError, match="does not say which characters it writes"):
        export_bundle(nameless, tmp_path / "1")
