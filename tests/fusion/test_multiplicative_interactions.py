"""Multiplicative interactions: the hypernetwork they are, and the size they refuse."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import fuse
from tests.fusion.test_operator_equations import made


def test_one_modality_gives_the_matrix_and_the_bias_that_map_the_other():
    """f = W'(z) x + b'(z) with W' = z^T W + U and b' = z^T V + b: section 3 of the paper."""
    operator, encodings = made("multiplicative_interactions", 2, with_presence=False)
    z, x = encodings["m0"], encodings["m1"]
    tensor = ops.convert_to_numpy(operator.tensors[0]).reshape(3, 5, 6)
    from_z, from_x = (ops.convert_to_numpy(operator.linear[name].kernel) for name in ("m0", "m1"))
    for row in range(8):
        matrix = np.tensordot(z[row], tensor, 1) + from_x
        bias = z[row] @ from_z + ops.convert_to_numpy(operator.bias)
        found = ops.convert_to_numpy(operator({"m0": z[row : row + 1], "m1": x[row : row + 1]}))[0]
        np.testing.assert_allclose(found, x[row] @ matrix + bias, rtol=1e-4, atol=1e-5)


def test_a_tensor_over_the_limit_is_refused_with_its_size():
    encodings = {"image": np.ones((1, 20)), "report": np.ones((1, 30))}
    message = r"'image' and 'report' would have 20 x 30 x 4 = 2400 entries, more than limit=2399.*'mutan'"
    with pytest.raises(ValueError, match=message):
        fuse("multiplicative_interactions", 4, limit=2399)(encodings)
    assert fuse("multiplicative_interactions", 4, limit=2400)(encodings).shape == (1, 4)
