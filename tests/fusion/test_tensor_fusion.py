"""Tensor fusion, full and of low rank: the outer product, its size, and that both are one map."""

import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import LowRankTensorFusion, TensorFusion, fuse
from tests.fusion.numpy_layers import affine
from tests.fusion.test_operator_equations import made
from tests.golden.arrays import assert_as_reference, golden
from tests.gradients import weight_gradients


def identity_fusion(widths, presence=None):
    """The outer product itself, read off by an identity map."""
    draws = np.random.default_rng(0)
    encodings = {f"m{i}": draws.normal(size=(4, width)).astype("float32") for i, width in enumerate(widths)}
    entries = int(np.prod([width + 1 for width in widths]))
    operator = TensorFusion(entries, tuple(encodings), activation=None)
    operator(encodings, presence=presence)
    operator.output_map.kernel.assign(np.eye(entries))
    return encodings, ops.convert_to_numpy(operator(encodings, presence=presence))


def test_the_product_holds_every_modality_every_pair_and_the_three():
    encodings, product = identity_fusion((2, 3, 1))
    with_one = [np.concatenate([value, np.ones((4, 1))], axis=1) for value in encodings.values()]
    np.testing.assert_allclose(product, np.einsum("bi,bj,bk->bijk", *with_one).reshape(4, -1), atol=1e-6)
    a, b, c = encodings.values()
    product = product.reshape(4, 3, 4, 2)
    np.testing.assert_allclose(product[:, :2, 3, 1], a, atol=1e-6)
    np.testing.assert_allclose(product[:, 2, :3, 0], b * c, atol=1e-6)
    np.testing.assert_array_equal(product[:, 2, 3, 1], np.ones(4))


def test_without_a_modality_its_interactions_are_zero_and_the_others_as_they_were():
    _, whole = identity_fusion((2, 3, 1), presence=np.ones((4, 3), "float32"))
    _, less = identity_fusion((2, 3, 1), presence=np.tile(np.float32([1, 0, 1]), (4, 1)))
    whole, less = whole.reshape(4, 3, 4, 2), less.reshape(4, 3, 4, 2)
    np.testing.assert_array_equal(less[:, :, :3], np.zeros((4, 3, 3, 2)))
    np.testing.assert_allclose(less[:, :, 3], whole[:, :, 3], atol=1e-6)


def test_an_outer_product_over_the_limit_is_refused_with_its_size():
    encodings = {"text": np.ones((1, 299)), "audio": np.ones((1, 73)), "video": np.ones((1, 34))}
    message = "300 x 74 x 35 = 777000 entries per record.* 31080000 weights: more than limit=131072.*units=.*low_rank"
    with pytest.raises(ValueError, match=message):
        fuse("tensor_fusion", 40)(encodings)
    assert fuse("tensor_fusion", 40, units=4)(encodings).shape == (1, 40)


def test_low_rank_is_the_full_tensor_fusion_of_a_tensor_of_low_rank():
    low, encodings = made("low_rank_tensor_fusion", 3, with_presence=True, rank=2)
    factors = [affine(low.factors[name]) for name in low.modalities]
    tensor = np.einsum("ark,brk,crk->abck", *(factor.reshape(-1, 2, 6) for factor in factors))
    full = TensorFusion(6, low.modalities, activation=None)
    presence = np.tile(np.float32([[1, 1, 1], [0, 1, 1], [1, 0, 0], [0, 0, 0]]), (2, 1))
    full(encodings, presence=presence)
    full.output_map.kernel.assign(tensor.reshape(-1, 6))
    found, wanted = (ops.convert_to_numpy(one(encodings, presence=presence)) for one in (low, full))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_every_factor_of_low_rank_is_trained():
    low, encodings = made("low_rank_tensor_fusion", 3, with_presence=False, rank=3)
    gradients = weight_gradients(low, encodings, loss=lambda joint: ops.mean(joint**2))
    assert len(gradients) == 6
    for path, gradient in gradients.items():
        assert (np.abs(gradient) > 0).all(), path


@pytest.mark.parametrize("modalities", [1, 2, 5])
def test_low_rank_starts_with_the_absent_at_one(modalities):
    encodings = {f"m{i}": np.random.default_rng(i).normal(size=(3, 2)).astype("float32") for i in range(modalities)}
    low = LowRankTensorFusion(4, tuple(encodings), rank=3)
    nothing = low(encodings, presence=np.zeros((3, modalities), "float32"))
    np.testing.assert_allclose(ops.convert_to_numpy(nothing), np.ones((3, 4)), rtol=1e-5)


def reference_encodings(arrays):
    return {name: arrays[name] for name in ("audio", "video", "text")}


def test_tensor_fusion_is_the_reference():
    """Up to its first layer after the product. The reference puts the ones first, we put them last."""
    arrays = golden("tensor_fusion")
    encodings = reference_encodings(arrays)
    operator = TensorFusion(3, tuple(encodings), activation=None)
    operator(encodings)
    weight = np.roll(arrays["weight"].reshape(3, 3, 4, 5), -1, axis=(1, 2, 3))
    operator.output_map.kernel.assign(weight.reshape(3, -1).T)
    operator.output_map.bias.assign(arrays["bias"])
    assert_as_reference(operator(encodings), arrays["fused"])


def test_low_rank_tensor_fusion_is_the_reference():
    """The reference weighs its products, which our factors hold, and adds a bias, which ours have not."""
    arrays = golden("low_rank_tensor_fusion")
    encodings = reference_encodings(arrays)
    operator = LowRankTensorFusion(3, tuple(encodings), rank=2)
    operator(encodings)
    arrays["audio_factor"] = arrays["audio_factor"] * arrays["fusion_weights"][0][:, None, None]
    for name in encodings:
        bias, *kernel = arrays[f"{name}_factor"].transpose(1, 0, 2)
        operator.factors[name].kernel.assign(np.reshape(kernel, (-1, 6)))
        operator.factors[name].bias.assign(bias.reshape(-1))
    assert_as_reference(operator(encodings) + arrays["fusion_bias"], arrays["fused"])
