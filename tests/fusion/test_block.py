"""BLOCK, Tucker and MUTAN: the full bilinear tensor they factorise, and how each is a case of another."""

import numpy as np
from keras import ops

from multimodal_zoo.fusion import Block, Tucker
from tests.fusion.numpy_layers import affine
from tests.fusion.test_operator_equations import made


def bilinear(tensor, encodings):
    x, y = (np.concatenate([encodings[name], np.ones((8, 1))], axis=1) for name in ("m0", "m1"))
    return np.einsum("bx,xyk,by->bk", x, tensor, y)


def test_tucker_is_the_full_tensor_it_decomposes():
    operator, encodings = made("tucker", 2, with_presence=False)
    first, second = (affine(operator.factors.maps[name]) for name in ("m0", "m1"))
    core, output = ops.convert_to_numpy(operator.cores[0])[0], ops.convert_to_numpy(operator.output_map.kernel)
    tensor = np.einsum("ijk,xi,yj,ko->xyo", core, first, second, output)
    wanted = bilinear(tensor, encodings) + ops.convert_to_numpy(operator.output_map.bias)
    np.testing.assert_allclose(ops.convert_to_numpy(operator(encodings)), wanted, rtol=1e-4, atol=1e-5)


def test_block_is_tucker_with_a_core_of_zeros_outside_its_blocks():
    block, encodings = made("block", 2, with_presence=True)
    tucker = Tucker(6, block.modalities, units=block.blocks * block.units)
    presence = np.tile(np.float32([[1, 1], [1, 0]]), (4, 1))
    tucker(encodings, presence=presence)
    core = np.zeros((1, 6, 6, 6), "float32")
    for r in range(2):
        core[0, 3 * r : 3 * r + 3, 3 * r : 3 * r + 3, 3 * r : 3 * r + 3] = ops.convert_to_numpy(block.cores[0])[r]
    tucker.set_weights([core if "core" in w.path else ops.convert_to_numpy(w) for w in block.weights])
    found, wanted = (ops.convert_to_numpy(one(encodings, presence=presence)) for one in (block, tucker))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_one_block_is_tucker():
    tucker, encodings = made("tucker", 3, with_presence=False)
    block = Block(6, tucker.modalities, blocks=1, units=3)
    block(encodings)
    block.set_weights(tucker.get_weights())
    np.testing.assert_array_equal(ops.convert_to_numpy(block(encodings)), ops.convert_to_numpy(tucker(encodings)))


def test_blocks_of_one_unit_multiply_entry_by_entry():
    block, encodings = made("block", 2, with_presence=False, blocks=5, units=1)
    block.cores[0].assign(np.ones((5, 1, 1, 1)))
    first, second = (ops.convert_to_numpy(block.factors.maps[name](encodings[name])) for name in ("m0", "m1"))
    wanted = ops.convert_to_numpy(block.output_map(first * second))
    np.testing.assert_allclose(ops.convert_to_numpy(block(encodings)), wanted, atol=1e-5)


def test_mutan_is_tucker_with_slices_of_low_rank():
    operator, encodings = made("mutan", 2, with_presence=False, units=4, rank=2)
    m, n = (affine(operator.factors.maps[name]).reshape(5, 2, 4) for name in ("m0", "m1"))
    core = np.einsum("irk,jrk->ijk", m, n)
    assert [np.linalg.matrix_rank(core[:, :, k], tol=1e-4) for k in range(4)] == [2] * 4
    q = {name: ops.convert_to_numpy(operator.projections[name](encodings[name])) for name in ("m0", "m1")}
    wanted = ops.convert_to_numpy(operator.output_map(bilinear(core, q)))
    np.testing.assert_allclose(ops.convert_to_numpy(operator(encodings)), wanted, rtol=1e-4, atol=1e-5)
