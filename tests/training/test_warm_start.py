"""Starting from trained encoders: what is copied is copied exactly, and what does not fit is refused whole."""

import numpy as np
import pytest

import multimodal_zoo as mz
from multimodal_zoo.modalities import Audio, Image
from multimodal_zoo.training import warm_start

SMALL = {"audio_filters": (4, 4), "image_filters": (4, 4), "joint_dim": 8, "num_classes": 3}
AUDIO, IMAGE = Audio(8000, 0.3, mels=16), Image(16, 16, 1)


def made(audio=AUDIO, image=IMAGE, **arguments):
    return mz.create_model("audio_visual_fusion", audio=audio, image=image, **{**SMALL, **arguments})


def encoder_weights(model, modality):
    return {w.path: np.array(w) for layer in model.layers if layer.name.startswith(modality) for w in layer.weights}


def test_one_encoder_is_copied_and_the_other_left():
    both, alone = made(), made(image=None)
    image_before = encoder_weights(both, "image_")
    names = warm_start(both, alone, "audio")
    assert names and all(name.startswith("audio_") for name in names)
    audio = encoder_weights(both, "audio_")
    for path, value in encoder_weights(alone, "audio_").items():
        np.testing.assert_array_equal(audio[path], value)
    for path, value in encoder_weights(both, "image_").items():
        np.testing.assert_array_equal(image_before[path], value)


def test_what_does_not_fit_is_refused_and_nothing_copied():
    both = made()
    before = encoder_weights(both, "image_")
    with pytest.raises(ValueError, match=r"has weights of the shapes \[\(3, 3, 4, 4\).*has \[\(3, 3, 4, 6\)"):
        warm_start(both, made(audio=None, image_filters=(4, 6)), "image")
    with pytest.raises(ValueError, match="is missing"):
        warm_start(both, made(image=None), "image")
    with pytest.raises(ValueError, match="no layer with weights whose name begins with report_"):
        warm_start(both, both, "report")
    for path, value in encoder_weights(both, "image_").items():
        np.testing.assert_array_equal(before[path], value)
