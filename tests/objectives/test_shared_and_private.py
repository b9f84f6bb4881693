import numpy as np
import pytest
from keras import ops
from scipy.special import expit

from multimodal_zoo.objectives import SharedAndPrivate, central_moment_discrepancy, orthogonality
from tests.fusion.numpy_layers import dense
from tests.gradients import input_gradient
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
NAMES = ("text", "audio", "video")
ENCODINGS = {name: DRAWS.normal(size=(6, 4)).astype("float32") for name in NAMES}
PAIRS = (("text", "audio"), ("text", "video"), ("audio", "video"))


def made(*weights):
    layer = SharedAndPrivate(*weights)
    layer(ENCODINGS)
    return randomise(layer)


def parts_of(layer):
    shared = {name: expit(dense(layer.shared, one)) for name, one in ENCODINGS.items()}
    return shared, {name: expit(dense(layer.private[name], one)) for name, one in ENCODINGS.items()}


def losses(layer, there=None):
    """Similarity, difference and reconstruction, from the rows of each modality that are there."""
    shared, private = parts_of(layer)
    there = there or dict.fromkeys(NAMES, np.ones(6, bool))
    similar = different = off = 0.0
    for name in NAMES:
        rows = there[name]
        decoded = dense(layer.decoder, shared[name] + private[name])
        off += np.mean((decoded - ENCODINGS[name])[rows] ** 2) / 3
        different += float(orthogonality(shared[name][rows], private[name][rows]))
    for one, other in PAIRS:
        rows = there[one] & there[other]
        similar += float(central_moment_discrepancy(shared[one][rows], shared[other][rows])) / 3
        different += float(orthogonality(private[one][rows], private[other][rows]))
    return similar, different, off


def test_every_modality_has_a_representation_by_the_common_encoder_and_one_by_its_own():
    layer = made()
    shared, private = parts_of(layer)
    found = layer(ENCODINGS)
    assert list(found) == [f"{name}_shared" for name in NAMES] + [f"{name}_private" for name in NAMES]
    for name in NAMES:
        np.testing.assert_allclose(ops.convert_to_numpy(found[f"{name}_shared"]), shared[name], rtol=1e-5)
        np.testing.assert_allclose(ops.convert_to_numpy(found[f"{name}_private"]), private[name], rtol=1e-5)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_losses_are_added_each_with_its_weight(place):
    layer = made(*(2.0 * (number == place) for number in range(3)))
    layer(ENCODINGS)
    assert float(layer.losses[0]) == pytest.approx(2 * losses(layer)[place], rel=1e-4)


@pytest.mark.parametrize("rubbish", [1e30, float("nan"), float("inf")])
def test_what_is_absent_counts_in_no_loss_and_gets_no_gradient(rubbish):
    layer = made()
    there = {"text": np.arange(6) < 5, "audio": np.arange(6) > 0, "video": np.ones(6, bool)}
    presence = np.stack([there[name] for name in NAMES], 1).astype("float32")
    wanted = sum(weight * loss for weight, loss in zip((1.0, 0.3, 1.0), losses(layer, there), strict=True))
    soiled = {name: np.where(there[name][:, None], one, np.float32(rubbish)) for name, one in ENCODINGS.items()}

    def loss(text):
        layer({**soiled, "text": text}, presence=presence)
        return layer.losses[0]

    assert float(loss(soiled["text"])) == pytest.approx(wanted, rel=1e-4)
    gradient = input_gradient(loss, soiled["text"])
    assert np.isfinite(gradient).all() and np.abs(gradient[there["text"]]).max() > 0
    np.testing.assert_array_equal(gradient[~there["text"]], 0)


def test_with_nothing_there_nothing_is_added():
    layer = made()
    layer(ENCODINGS, presence=np.zeros((6, 3), "float32"))
    assert float(layer.losses[0]) == pytest.approx(0, abs=1e-12)


def test_a_modality_alone_has_no_pairs():
    layer = SharedAndPrivate()
    assert list(layer({"text": ENCODINGS["text"]})) == ["text_shared", "text_private"]
    assert np.isfinite(float(layer.losses[0]))


def test_encodings_of_several_widths_are_refused():
    with pytest.raises(ValueError, match="all of one width"):
        SharedAndPrivate()({"text": np.zeros((2, 3)), "audio": np.zeros((2, 4))})
