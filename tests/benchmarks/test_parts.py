import numpy as np
from parts import Part, standardised


def test_moments_are_those_of_what_counts_in_training():
    counts = np.array([[1, 1], [1, 0]], "float32")
    train = Part({"a": np.array([[[1.0], [2.0]], [[3.0], [99.0]]])}, np.zeros((2, 2), int), counts)
    test = Part({"a": np.array([[[2.0], [1000.0]]])}, np.zeros((1, 2), int), np.ones((1, 2), "float32"))
    scaled = standardised({"train": train, "test": test})
    deviation = np.std([1, 2, 3])
    np.testing.assert_allclose(
        scaled["train"].inputs["a"][:, :, 0], [[-1 / deviation, 0], [1 / deviation, 0]], rtol=1e-6
    )
    np.testing.assert_allclose(scaled["test"].inputs["a"][0, :, 0], [0, 5])


def test_what_never_varies_in_training_says_nothing():
    train = Part({"a": np.array([[4.0], [4.0]])}, np.zeros(2, int), np.ones(2, "float32"))
    test = Part({"a": np.array([[7.0]])}, np.zeros(1, int), np.ones(1, "float32"))
    assert not standardised({"train": train, "test": test})["test"].inputs["a"].any()
