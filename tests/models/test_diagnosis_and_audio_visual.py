import keras
import numpy as np
import pytest

from multimodal_zoo.modalities import Audio, Image, Text
from multimodal_zoo.models import audio_visual_fusion, lstnet_diagnosis


def test_the_highway_falls_silent_when_the_report_is_absent():
    model = lstnet_diagnosis(Image(16, 16, 1), Text(20, 6), filters=(4,), units=4, missing_modalities=True)
    highway = next(layer for layer in model.layers if type(layer).__name__ == "BagOfWordsHighway")
    highway.word_weights.assign(np.ones((20, 2)))
    words = keras.Model(model.input, highway.output)
    batch = {"image": np.zeros((2, 16, 16, 1), "float32"), "report": np.full((2, 6), 3, "int32")}
    answer = keras.ops.convert_to_numpy(words({**batch, "presence": np.array([[1, 1], [1, 0]], "float32")}))
    np.testing.assert_allclose(answer, [[highway.gain] * 2, [0, 0]], rtol=1e-6)


def test_the_highway_is_added_to_the_logits():
    model = lstnet_diagnosis(None, Text(20, 6), units=4, dropout=0.0)
    batch = {"report": np.array([[5, 6, 0, 0, 0, 0]], "int32")}
    before = keras.ops.convert_to_numpy(model(batch))
    highway = next(layer for layer in model.layers if type(layer).__name__ == "BagOfWordsHighway")
    weights = np.zeros((20, 2))
    weights[5, 1] = np.sqrt(2.0) / highway.gain
    highway.word_weights.assign(weights)
    after = keras.ops.convert_to_numpy(model(batch))
    shift = np.log(after[0, 1] / after[0, 0]) - np.log(before[0, 1] / before[0, 0])
    assert shift == pytest.approx(1.0, abs=1e-4)


def test_without_the_highway_there_is_none():
    model = lstnet_diagnosis(None, Text(20, 6), units=4, highway=False)
    assert not [layer for layer in model.layers if type(layer).__name__ == "BagOfWordsHighway"]


def test_a_backbone_by_name_takes_the_place_of_the_small_cnn():
    model = lstnet_diagnosis(Image(32, 32, 1), None, backbone="MobileNetV2")
    assert model.count_params() > 2_000_000
    answer = keras.ops.convert_to_numpy(model({"image": np.zeros((1, 32, 32, 1), "float32")}))
    assert answer.sum() == pytest.approx(1.0, abs=1e-5)


def test_a_frozen_backbone_leaves_only_the_rest_to_learn():
    model = lstnet_diagnosis(Image(32, 32, 1), None, backbone="MobileNetV2", backbone_trainable=False)
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) < 400_000


def test_audio_visual_fusion_reads_spectrograms_alone():
    with pytest.raises(ValueError, match="log_mel.*got features='waveform'"):
        audio_visual_fusion(Audio(features="waveform"))


def test_one_modality_alone():
    alone = audio_visual_fusion(Audio(8000, 0.3, mels=16), None, audio_filters=(4, 4))
    assert list(alone.input) == ["audio"] and alone.output.shape == (None, 10)
