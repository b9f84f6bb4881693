"""A loss of two modalities in one space beside a public reference; see tests/golden/README.md."""

import numpy as np
from keras import ops

from tests.golden.arrays import assert_as_reference, golden
from tests.gradients import input_gradient, weight_gradients


def assert_is_the_reference(name, scores, loss):
    """The loss of the golden embeddings, and its gradients by them and by the scale and bias where it has these."""
    arrays = golden(name)
    pair = [arrays["image"], arrays["text"]]
    scores(pair)
    weights = {"log_scale": scores.log_scale, "bias": scores.bias}
    weights = {key: weight for key, weight in weights.items() if key in arrays}
    for key, weight in weights.items():
        weight.assign(arrays[key])

    def of_scores(matrix):
        return loss(ops.arange(len(pair[0])), matrix)

    assert_as_reference(of_scores(scores(pair)), arrays["loss"])
    image = input_gradient(lambda one: of_scores(scores([one, pair[1]])), pair[0])
    text = input_gradient(lambda one: of_scores(scores([pair[0], one])), pair[1])
    assert_as_reference(image, arrays["gradient_image"])
    assert_as_reference(text, arrays["gradient_text"])
    gradients = weight_gradients(scores, pair, loss=of_scores)
    for key, weight in weights.items():
        np.testing.assert_allclose(gradients[weight.path], arrays[f"gradient_{key}"], rtol=1e-4, atol=1e-4)
