"""The late fusions by product, maximum and vote: what they are under a head."""

import numpy as np
from keras import ops

from tests.fusion.equations import answers, record_of
from tests.fusion.numpy_layers import softmax
from tests.fusion.test_operator_equations import made
from tests.gradients import input_gradient


def test_under_a_linear_head_the_product_is_the_normalised_product_of_the_probabilities():
    operator, encodings = made("late_product", 3, with_presence=True)
    head = np.random.default_rng(1).normal(size=(6, 4))
    alone = [
        ops.convert_to_numpy(operator(encodings, presence=np.eye(3, dtype="float32")[[column] * 8])) @ head
        for column in range(3)
    ]
    together = ops.convert_to_numpy(operator(encodings)) @ head
    for row in range(8):
        product = np.prod([softmax(logits[row]) for logits in alone], axis=0)
        np.testing.assert_allclose(softmax(together[row]), product / product.sum(), rtol=1e-4, atol=1e-6)


def test_the_gradient_of_the_maximum_goes_to_the_modality_that_gave_it():
    operator, encodings = made("late_max", 2, with_presence=False, rows=1)
    said = answers(operator, record_of(operator, encodings, None, 0))
    entry = int(np.argmax(said["m0"] - said["m1"]))
    assert said["m0"][entry] > said["m1"][entry]
    by_loser = input_gradient(lambda x: operator({**encodings, "m1": x})[0, entry], encodings["m1"])
    by_winner = input_gradient(lambda x: operator({**encodings, "m0": x})[0, entry], encodings["m0"])
    np.testing.assert_array_equal(by_loser, np.zeros((1, 5)))
    assert np.abs(by_winner).max() > 0


def test_votes_at_a_low_temperature_are_counted_whole():
    operator, encodings = made("late_vote", 3, with_presence=False, temperature=1e-4)
    found = ops.convert_to_numpy(operator(encodings))
    for row in range(8):
        votes = [np.argmax(answer) for answer in answers(operator, record_of(operator, encodings, None, row)).values()]
        np.testing.assert_allclose(found[row], np.bincount(votes, minlength=6) / 3, atol=1e-5)
