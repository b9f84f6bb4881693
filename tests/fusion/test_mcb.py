"""Compact bilinear pooling: what the sketches promise."""

import numpy as np
from keras import ops

from multimodal_zoo.fusion import MCB
from multimodal_zoo.fusion.mcb import circular_convolution, count_sketch, places_and_signs
from tests.fusion.bilinear_equations import convolution

SKETCH = 64


def drawn(seed, width, rows=5):
    return np.random.default_rng(seed).normal(size=(rows, width)).astype("float32")


def test_the_convolution_of_two_sketches_is_the_sketch_of_the_outer_product():
    x, y = drawn(0, 7), drawn(1, 9)
    (p, s), (q, t) = (places_and_signs(width, SKETCH, seed=3, stream=stream) for stream, width in enumerate((7, 9)))
    found = circular_convolution(count_sketch(x, p, s, SKETCH), count_sketch(y, q, t, SKETCH))
    outer = np.einsum("bi,bj->bij", x, y).reshape(5, -1)
    wanted = count_sketch(outer, ((p[:, None] + q) % SKETCH).ravel(), np.outer(s, t).ravel(), SKETCH)
    np.testing.assert_allclose(ops.convert_to_numpy(found), ops.convert_to_numpy(wanted), atol=1e-5)


def test_dot_products_of_sketches_are_on_average_those_of_the_outer_products():
    x, y = drawn(0, 7, rows=2), drawn(1, 9, rows=2)

    def of_seed(seed):
        (p, s), (q, t) = (places_and_signs(width, SKETCH, seed, stream) for stream, width in enumerate((7, 9)))
        first, second = np.zeros((2, 2, SKETCH))
        for row in range(2):
            np.add.at(first[row], p, s * x[row])
            np.add.at(second[row], q, t * y[row])
        z = np.fft.irfft(np.fft.rfft(first) * np.fft.rfft(second), SKETCH)
        return z[0] @ z[1]

    estimates = [of_seed(seed) for seed in range(2000)]
    true = (x[0] @ x[1]) * (y[0] @ y[1])
    assert abs(np.mean(estimates) - true) < 4 * np.std(estimates) / np.sqrt(len(estimates))


def test_places_and_signs_come_from_the_seed_and_differ_between_modalities():
    places, signs = places_and_signs(8, 1000, seed=0, stream=0)
    # Pinned: a saved network reads them again from its seed.
    np.testing.assert_array_equal(places, [259, 458, 49, 556, 803, 725, 167, 196])
    np.testing.assert_array_equal(signs, [-1, -1, 1, -1, 1, -1, 1, 1])
    for seed, stream in ((1, 0), (0, 1)):
        assert (places_and_signs(8, 1000, seed, stream)[0] != places).any()
    spread, both = places_and_signs(10_000, 10, seed=0, stream=0)
    np.testing.assert_allclose(np.bincount(spread) / 10_000, 0.1, atol=0.015)
    assert abs(both.mean()) < 0.05


def test_an_odd_width_of_the_sketch():
    first, second = drawn(0, 5), drawn(1, 5)
    wanted = [convolution(a, b) for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(ops.convert_to_numpy(circular_convolution(first, second)), wanted, atol=1e-5)


def test_without_one_of_two_the_sketch_of_the_other_remains():
    x = {"a": drawn(0, 4), "b": drawn(1, 3)}
    operator = MCB(6, ("a", "b"), sketch_dim=SKETCH)
    found = operator(x, presence=np.tile(np.float32([1, 0]), (5, 1)))
    sketch = ops.convert_to_numpy(count_sketch(x["a"], *operator.hashes["a"], SKETCH))
    rooted = sketch / np.sqrt(np.abs(sketch) + 1e-4)
    wanted = operator.projection(rooted / np.linalg.norm(rooted, axis=1, keepdims=True))
    np.testing.assert_allclose(ops.convert_to_numpy(found), ops.convert_to_numpy(wanted), atol=1e-4)
