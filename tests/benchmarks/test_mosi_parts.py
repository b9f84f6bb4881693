import numpy as np
import pytest
from mosi_parts import mixed, padded
from parts import Part

from multimodal_zoo.datasets import VideoSequences


@pytest.fixture
def part():
    """Features that tell the label, -1 or 1, without fail; the last step of each video is padding."""
    labels = np.random.default_rng(1).integers(0, 2, (400, 10)).astype("int32")
    counts = np.ones((400, 10), "float32")
    counts[:, -1] = 0
    signs = ((2 * labels - 1) * counts)[..., None].repeat(3, axis=2).astype("float32")
    return Part({name: signs for name in ("text", "audio", "video")}, labels, counts)


def test_so_much_of_the_evidence_is_left_as_is_said(part):
    there = part.counts > 0
    told = {name: values[there][:, 0] for name, values in mixed(part, np.random.default_rng(0)).inputs.items()}
    truth = part.labels[there] == 1
    assert np.mean((told["text"] > 0) == truth) == pytest.approx(3 / 4, abs=0.02)
    assert np.mean((told["video"] > 0) == truth) == pytest.approx(7 / 12, abs=0.02)
    assert np.mean((told["audio"] > 0) == truth) == 1
    # What is weak is the more often wrong.
    weak = np.abs(told["text"]) < 0.5
    assert np.mean((told["text"] > 0)[weak] == truth[weak]) < np.mean((told["text"] > 0)[~weak] == truth[~weak]) - 0.1


def test_whole_utterances_are_mixed_each_modality_by_itself_and_padding_stays_zero(part):
    before = {name: values.copy() for name, values in part.inputs.items()}
    inputs = mixed(part, np.random.default_rng(0)).inputs
    there = part.counts > 0
    for values in inputs.values():
        assert (values == values[:, :, :1]).all()
        assert not values[~there].any()
        assert np.abs(values).max() <= 1
    wrong = [(inputs[name][there][:, 0] > 0) != (part.labels[there] == 1) for name in ("text", "video")]
    assert np.mean(wrong[0] & wrong[1]) == pytest.approx(1 / 4 * 5 / 12, abs=0.03)
    assert all(np.array_equal(part.inputs[name], before[name]) for name in before)


def test_the_same_random_numbers_give_the_same_mixture(part):
    first, again, other = (mixed(part, np.random.default_rng(seed)).inputs["text"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


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
