"""MFB and MFH: the bilinear forms they stand for, and how one is a case of the other."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import MFB, MFH
from multimodal_zoo.fusion.power_normalization import signed_sqrt
from multimodal_zoo.training.precision import precision
from tests.fusion.numpy_layers import affine
from tests.fusion.test_operator_equations import made


def test_mfb_is_a_bilinear_form_of_low_rank_for_each_entry():
    """z_i = [x; 1]^T W_i [y; 1] with W_i = U_i V_i^T of rank k, as in section 3 of the paper, then the two norms."""
    operator, encodings = made("mfb", 2, with_presence=False, rank=2)
    u, v = (affine(operator.factors.maps[name]) for name in operator.modalities)
    w = np.einsum("xik,yik->ixy", u.reshape(-1, 6, 2), v.reshape(-1, 6, 2))
    assert (np.linalg.matrix_rank(w, tol=1e-4) == 2).all()
    x, y = (np.concatenate([encodings[name], np.ones((8, 1))], axis=1) for name in operator.modalities)
    rooted = ops.convert_to_numpy(signed_sqrt(np.einsum("bx,ixy,by->bi", x, w, y)))
    wanted = rooted / np.linalg.norm(rooted, axis=1, keepdims=True)
    np.testing.assert_allclose(ops.convert_to_numpy(operator(encodings)), wanted, atol=1e-4)


def test_mfh_of_one_block_is_mfb():
    mfb, encodings = made("mfb", 3, with_presence=False)
    mfh = MFH(6, mfb.modalities, blocks=1)
    mfh(encodings)
    mfh.set_weights(mfb.get_weights())
    np.testing.assert_array_equal(ops.convert_to_numpy(mfh(encodings)), ops.convert_to_numpy(mfb(encodings)))


def test_each_block_has_unit_length():
    mfh, encodings = made("mfh", 2, with_presence=False, blocks=3)
    blocks = ops.convert_to_numpy(mfh(encodings)).reshape(8, 3, 2)
    np.testing.assert_allclose(np.linalg.norm(blocks, axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize("operator", [MFB, MFH])
def test_products_beyond_half_precision(operator):
    encodings = {name: np.full((2, 3), 2000.0, "float16") for name in ("a", "b")}
    with precision("mixed_float16"):
        joint = ops.convert_to_numpy(operator(4, ("a", "b"))(encodings))
    assert joint.dtype == "float16" and np.isfinite(joint).all() and np.abs(joint).max() > 0.1
