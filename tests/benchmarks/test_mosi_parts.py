import numpy as np
import pytest
from mosi_parts import SWAPPED, padded, swapped
from parts import Part

from multimodal_zoo.datasets import VideoSequences


@pytest.fixture
def part():
    """Every number of an utterance is its own number, counted from 1; the last step of each video is padding."""
    numbers = np.arange(1, 2001, dtype="float32").reshape(200, 10, 1)
    counts = np.ones((200, 10), "float32")
    counts[:, -1] = 0
    inputs = {name: np.repeat(numbers, 3, axis=2) * counts[:, :, None] for name in ("text", "audio", "video")}
    return Part(inputs, np.zeros((200, 10), "int32"), counts)


def test_the_named_share_has_the_features_of_another_utterance(part):
    result = swapped(part, np.random.default_rng(0))
    there = part.counts > 0
    for name, values in result.inputs.items():
        changed = (values != part.inputs[name]).any(axis=-1)
        assert changed[there].mean() == pytest.approx(SWAPPED.get(name, 0.0), abs=0.04)
        assert not values[~there].any()
        # Whole utterances are swapped, not single numbers, and for ones that exist.
        assert (values == values[:, :, :1]).all()
        assert np.isin(values[there], part.inputs[name][there]).all()


def test_modalities_are_swapped_independently_and_the_rows_stay_as_they_were(part):
    before = {name: values.copy() for name, values in part.inputs.items()}
    result = swapped(part, np.random.default_rng(0))
    text, video = (result.inputs[name][..., 0] != part.inputs[name][..., 0] for name in ("text", "video"))
    there = part.counts > 0
    assert (text & video)[there].mean() == pytest.approx(SWAPPED["text"] * SWAPPED["video"], abs=0.04)
    for name, values in before.items():
        np.testing.assert_array_equal(part.inputs[name], values)
    again = swapped(part, np.random.default_rng(0))
    assert all(np.array_equal(again.inputs[name], result.inputs[name]) for name in before)


def test_videos_are_filled_up_to_one_length():
    mask = np.array([[True, True], [True, False]])
    videos = VideoSequences(
        ("x", "y"), {"text": np.ones((2, 2, 3), "float32") * mask[..., None]}, mask, mask.astype(int)
    )
    part = padded(videos, 4)
    assert part.inputs["text"].shape == (2, 4, 3) and part.inputs["text"].sum() == 9
    assert part.counts.tolist() == part.labels.tolist() == [[1, 1, 0, 0], [1, 0, 0, 0]]
    with pytest.raises(ValueError, match="2 utterances, more than length=1"):
        padded(videos, 1)
