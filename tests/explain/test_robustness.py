"""Robustness of an exported model: the areas by hand, the noises by what they are, the report against the bundle."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from contract.records import bundle_of, raw_records, small_model
from PIL import Image as Picture

from multimodal_zoo.explain import NoiseCurve, area_under, effective_robustness, robustness_report
from multimodal_zoo.explain.raw_noise import NOISES
from multimodal_zoo.explain.robustness import with_noise
from multimodal_zoo.export import export_bundle
from multimodal_zoo.modalities import Audio, Categorical, Image, Numeric, Text, wav_bytes
from multimodal_zoo.training import predict_record
from tests.explain.tiny_bundles import picture_and_numbers, png


def applied(kind, noise, modality, value, level, seed=0):
    return NOISES[kind][noise].apply(modality, value, level, np.random.default_rng(seed))


def curve(figures, levels=(0.0, 1.0, 3.0), noise="blur"):
    return NoiseCurve("image", noise, "", levels, figures)


def test_the_areas_by_hand():
    assert area_under([0.0, 1.0, 3.0], [1.0, 0.5, 0.5]) == pytest.approx((0.75 + 1.0) / 3)
    model, baseline = curve((0.9, 0.8, 0.6)), curve((0.8, 0.6, 0.5))
    assert model.relative_robustness == pytest.approx((0.85 + 1.4) / 3)
    # Lost: 0, 0.1, 0.3 against 0, 0.2, 0.3; the area between is (0.05 + 0.1) / 3.
    assert effective_robustness(model, baseline) == pytest.approx(0.05)
    assert effective_robustness(model, model) == 0.0
    with pytest.raises(ValueError, match="'jpeg' on 'image'"):
        effective_robustness(model, curve((0.9, 0.8, 0.6), noise="jpeg"))
    with pytest.raises(ValueError, match="growing levels"):
        area_under([0.0, 0.0], [1.0, 1.0])


def test_noise_on_pictures():
    grey = png(np.full((40, 50), 128))
    noisy = np.asarray(Picture.open(io.BytesIO(applied("image", "gaussian", Image(8, 8, 1), grey, 0.1))), "float64")
    assert noisy.std() == pytest.approx(25.5, rel=0.05) and noisy.mean() == pytest.approx(128, abs=2)
    dot = np.zeros((41, 41))
    dot[20, 20] = 255
    blurred = np.asarray(Picture.open(io.BytesIO(applied("image", "blur", Image(8, 8, 1), png(dot), 4.0))), "float64")
    deviation = 0.04 * 41
    assert blurred[20, 20] == pytest.approx(255 / (2 * np.pi * deviation**2), abs=1.0)
    assert blurred[20, 22] == pytest.approx(blurred[20, 20] * np.exp(-2 / deviation**2), abs=1.0)
    busy = png(np.random.default_rng(0).integers(0, 256, (40, 50)))
    sizes = [len(applied("image", "jpeg", Image(8, 8, 1), busy, level)) for level in NOISES["image"]["jpeg"].levels]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < sizes[0] / 4


def test_noise_on_a_sound_has_the_ratio_to_the_signal_that_its_level_says():
    tone = 0.3 * np.sin(np.arange(8000) / 5)
    raw = applied("audio", "white_noise", Audio(8000, seconds=1.0), wav_bytes(tone, 8000), 0.5)
    samples, rate = tf.audio.decode_wav(raw)
    noise = samples.numpy()[:, 0] - tone
    assert int(rate) == 8000
    assert np.sqrt(np.mean(noise**2) / np.mean(tone**2)) == pytest.approx(0.5, rel=0.05)


def test_noise_on_texts_numbers_and_ids():
    text = " ".join(f"word{number}" for number in range(10))
    swapped = applied("text", "swapped_characters", Text(10, 5), text, 0.4).split()
    changed = [one for one, other in zip(text.split(), swapped, strict=True) if one != other]
    assert len(changed) <= 4 and all(sorted(a) == sorted(b) for a, b in zip(text.split(), swapped, strict=True))
    dropped = applied("text", "dropped_words", Text(10, 5), text, 0.4).split()
    assert len(dropped) == 6 and dropped == [one for one in text.split() if one in dropped]
    numbers = Numeric(2, mean=(0.0, 0.0), variance=(4.0, 100.0))
    draws = np.array([applied("numeric", "gaussian", numbers, [1.0, 1.0], 0.5, seed) for seed in range(500)])
    np.testing.assert_allclose(draws.std(0), [1.0, 5.0], rtol=0.1)
    gone = np.isnan(applied("numeric", "missing", numbers, np.ones(20_000), 0.4))
    assert gone.mean() == pytest.approx(0.4, abs=0.02)
    assert applied("categorical", "missing", Categorical(5), "a", 1.0) == ""


def test_noise_takes_arrays_and_leaves_what_is_absent_or_broken_as_it_is():
    bundle = picture_and_numbers()
    raw = [{"picture": b"junk", "numbers": np.zeros(3, "float32")}, {"picture": b""}, {"numbers": None}]
    assert [one.get("picture") for one in with_noise(bundle, raw, "picture", "blur", 4.0, 0)] == [b"junk", b"", None]
    noisy = with_noise(bundle, raw, "numbers", "gaussian", 0.5, 0)
    np.testing.assert_allclose(noisy[0]["numbers"], 0.5 * np.random.default_rng([0, 0]).normal(size=3), rtol=1e-6)
    assert [one.get("numbers") for one in noisy[1:]] == [None, None]


def auc(answers, labels):
    """How often an answer to a record of class 1 is above one to a record of class 0; a tie is half."""
    above = np.array(answers)[labels == 1][:, None] - np.array(answers)[labels == 0]
    return ((above > 0) + 0.5 * (above == 0)).mean()


def test_the_report_asks_the_export_what_the_bundle_would_answer(tmp_path):
    keras.utils.set_random_seed(0)
    model = small_model("lstnet_diagnosis", missing_modalities=True, filters=(4,))
    bundle = bundle_of(model)
    raw = raw_records(model, 8)

    def answers(records):
        return [predict_record(bundle, one)["probabilities"]["class 1"] for one in records]

    # The labels are what the network thinks likelier than usual: its AUC is 1 without noise.
    labels = (answers(raw) > np.median(answers(raw))).astype(int)
    artefact = export_bundle(bundle, tmp_path / "1")
    noises = {"image": ["gaussian"], "report": ["dropped_words"]}
    rows = list(zip(raw, labels, strict=True))
    report = robustness_report(artefact, bundle, rows, noises=noises, batch_size=5)
    assert (report.figure, report.clean) == ("auc", 1.0)
    assert set(report.missing) == {"image+report", "image", "report"} and report.missing["image+report"] == 1.0
    alone = [{"report": one["report"]} for one in raw]
    assert report.missing["report"] == pytest.approx(auc(answers(alone), labels))
    assert [(one.modality, one.noise) for one in report.curves] == [("image", "gaussian"), ("report", "dropped_words")]
    for one in report.curves:
        assert one.figures[0] == 1.0 and len(one.figures) == len(one.levels)
        noisy = with_noise(bundle, raw, one.modality, one.noise, one.levels[-1], seed=0)
        assert all(before[one.modality] != after[one.modality] for before, after in zip(raw, noisy, strict=True))
        assert one.figures[-1] == pytest.approx(auc(answers(noisy), labels))
    assert report.document()["curves"][0]["relative_robustness"] == report.curves[0].relative_robustness
    assert robustness_report(artefact, bundle, rows, noises=noises) == report
    with pytest.raises(ValueError, match="no noise 'fog' for 'image'"):
        robustness_report(artefact, bundle, rows, noises={"image": ["fog"]})
    with pytest.raises(ValueError, match="There is no record"):
        robustness_report(artefact, bundle, [])
