import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax

from multimodal_zoo.objectives import AdversarialAlignment
from tests.gradients import input_gradient
from tests.random_weights import randomise

DRAWS = np.random.default_rng(0)
ENCODINGS = {name: DRAWS.normal(size=(4, 5)).astype("float32") for name in ("image", "report", "audio")}


def made(**arguments):
    layer = AdversarialAlignment(hidden=(6,), **arguments)
    layer(ENCODINGS)
    return randomise(layer)


def cross_entropies(layer):
    logits = {name: ops.convert_to_numpy(layer.critic(value)) for name, value in ENCODINGS.items()}
    return np.stack([-log_softmax(logits[name], 1)[:, column] for column, name in enumerate(ENCODINGS)], 1)


def test_the_cross_entropy_over_the_modalities_is_added():
    layer = made(weight=0.3)
    outputs = layer(ENCODINGS)
    assert float(layer.losses[0]) == pytest.approx(0.3 * cross_entropies(layer).mean(), rel=1e-5)
    for name, value in ENCODINGS.items():
        np.testing.assert_array_equal(ops.convert_to_numpy(outputs[name]), value)


def test_what_is_absent_does_not_count():
    layer, presence = made(), np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0]], "float32")
    layer(ENCODINGS, presence=presence)
    assert float(layer.losses[0]) == pytest.approx(cross_entropies(layer)[presence > 0].mean(), rel=1e-5)
    layer(ENCODINGS, presence=np.zeros_like(presence))
    assert float(layer.losses[0]) == 0


@pytest.mark.parametrize("rubbish", [1e30, float("nan"), float("inf")])
def test_the_content_of_the_absent_reaches_neither_the_loss_nor_the_gradients(rubbish):
    layer, presence = made(), np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0]], "float32")
    layer(ENCODINGS, presence=presence)
    wanted = float(layer.losses[0])
    soiled = {
        name: np.where(presence[:, column : column + 1] > 0, value, np.float32(rubbish))
        for column, (name, value) in enumerate(ENCODINGS.items())
    }

    def loss(image):
        layer({**soiled, "image": image}, presence=presence)
        return layer.losses[0]

    assert float(loss(soiled["image"])) == pytest.approx(wanted, rel=1e-6)
    gradient = input_gradient(loss, soiled["image"])
    assert np.abs(gradient[presence[:, 0] > 0]).max() > 0
    np.testing.assert_array_equal(gradient[presence[:, 0] == 0], 0)


def test_the_encoders_unlearn_what_the_critic_reads():
    layer = made(scale=1.0)
    others = {name: ops.convert_to_tensor(value) for name, value in ENCODINGS.items()}

    def loss(image):
        layer({**others, "image": image})
        return layer.losses[0]

    gradient = input_gradient(loss, ENCODINGS["image"])
    layer(ENCODINGS)
    before = float(layer.losses[0])
    layer({**ENCODINGS, "image": ENCODINGS["image"] - 0.1 * gradient.astype("float32")})
    assert float(layer.losses[0]) > before


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="two or more encodings"):
        AdversarialAlignment()({"image": np.zeros((2, 3))})
    with pytest.raises(ValueError, match="one width.*Project"):
        AdversarialAlignment()({"image": np.zeros((2, 3)), "report": np.zeros((2, 4))})
