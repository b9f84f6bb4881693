"""The bilinear operators beside the ten of BLOCK's authors, on the same weights; see tests/golden/README.md."""

import numpy as np
from keras import ops

from multimodal_zoo.fusion import fusion_operator
from multimodal_zoo.fusion.power_normalization import signed_sqrt, unit_length
from tests.golden.arrays import assert_as_reference, golden, linear, set_dense

NAMES = ("first", "second")


def encodings_of(arrays):
    return {name: arrays[f"input_{index}"] for index, name in enumerate(NAMES)}


def built(name, arrays, dim, **arguments):
    operator = fusion_operator(name)(dim, NAMES, **arguments)
    operator(encodings_of(arrays))
    return operator


def set_factors(factors, arrays, pattern):
    for index, name in enumerate(NAMES):
        set_dense(factors.maps[name], arrays, pattern.format(index))


def normalised(z, chunks):
    """Signed root and unit length, which the reference puts between its blocks and its output."""
    width = z.shape[-1]
    z = ops.reshape(z, (-1, chunks, width // chunks))
    return ops.reshape(unit_length(signed_sqrt(z)), (-1, width))


def test_block_in_its_bilinear_part():
    """Ours has no normalisation between the blocks and the output: it is applied here."""
    arrays = golden("block")
    operator = built("block", arrays, 6, blocks=2, units=3)
    set_factors(operator.factors, arrays, "linear{}")
    low_rank = [
        [arrays[f"merge_linears{index}.{block}.weight"].reshape(2, 3, 3) for index in range(2)] for block in range(2)
    ]
    operator.cores[0].assign([np.einsum("rki,rkj->ijk", *factors) for factors in low_rank])
    operator.output_map.kernel.assign(np.eye(6))
    z = normalised(operator(encodings_of(arrays)), chunks=2)
    assert_as_reference(linear(arrays, "linear_out", z), arrays["output"])


def test_block_with_full_cores_in_its_bilinear_part():
    """The same, normalised over all blocks at once; each core has a bias there, which our output map can hold."""
    arrays = golden("block_tucker")
    operator = built("block", arrays, 6, blocks=2, units=3)
    set_factors(operator.factors, arrays, "linear{}")
    operator.cores[0].assign([arrays[f"bilinears.{block}.weight"].transpose(1, 2, 0) for block in range(2)])
    operator.output_map.kernel.assign(np.eye(6))
    operator.output_map.bias.assign(np.concatenate([arrays[f"bilinears.{block}.bias"] for block in range(2)]))
    z = normalised(operator(encodings_of(arrays)), chunks=1)
    assert_as_reference(linear(arrays, "linear_out", z), arrays["output"])


def test_tucker():
    """The bias of the core goes through the output map into its bias."""
    arrays = golden("tucker")
    operator = built("tucker", arrays, 3, units=4)
    set_factors(operator.factors, arrays, "linear{}")
    operator.cores[0].assign(arrays["bilinear.weight"].transpose(1, 2, 0)[None])
    operator.output_map.kernel.assign(arrays["linear_out.weight"].T)
    operator.output_map.bias.assign(linear(arrays, "linear_out", arrays["bilinear.bias"]))
    assert_as_reference(operator(encodings_of(arrays)), arrays["output"])


def test_mutan():
    """Without the tanh of the paper, which the reference leaves out."""
    arrays = golden("mutan")
    operator = built("mutan", arrays, 3, units=6, rank=2, activation=None)
    for index, name in enumerate(NAMES):
        set_dense(operator.projections[name], arrays, f"linear{index}")
    set_factors(operator.factors, arrays, "merge_linear{}")
    set_dense(operator.output_map, arrays, "linear_out")
    assert_as_reference(operator(encodings_of(arrays)), arrays["output"])


def test_mlb():
    arrays = golden("mlb")
    operator = built("mlb", arrays, 3, rank=6)
    set_factors(operator.factors, arrays, "linear{}")
    set_dense(operator.projection, arrays, "linear_out")
    assert_as_reference(operator(encodings_of(arrays)), arrays["output"])


def test_mfb():
    arrays = golden("mfb")
    operator = built("mfb", arrays, 6, rank=3)
    set_factors(operator.factors, arrays, "linear{}")
    assert_as_reference(linear(arrays, "linear_out", operator(encodings_of(arrays))), arrays["output"])


def test_mfh():
    arrays = golden("mfh")
    operator = built("mfh", arrays, 8, rank=3, blocks=2)
    for block, factors in enumerate(operator.factors):
        set_factors(factors, arrays, f"linear{{}}_{block}")
    assert_as_reference(linear(arrays, "linear_out", operator(encodings_of(arrays))), arrays["output"])


def test_mcb():
    """The reference does not normalise, the paper does: its convolution of sketches is normalised here."""
    arrays = golden("mcb")
    operator = built("mcb", arrays, 16, sketch_dim=16)
    operator.hashes = {
        name: (arrays[f"mcb.sketch{number}.h"].astype("int32"), arrays[f"mcb.sketch{number}.s"])
        for number, name in enumerate(NAMES, 1)
    }
    operator.projection.kernel.assign(np.eye(16))
    assert_as_reference(linear(arrays, "linear_out", arrays["pooled"]), arrays["output"])
    wanted = ops.convert_to_numpy(unit_length(signed_sqrt(arrays["pooled"])))
    assert_as_reference(operator(encodings_of(arrays)), wanted)


def test_linear_sum_is_twice_the_pooling_with_equal_weights():
    arrays = golden("linear_sum")
    operator = built("feature_pooling", arrays, 6, weights=[1, 1], activation="relu")
    for index, name in enumerate(NAMES):
        set_dense(operator.projections[name], arrays, f"linear{index}")
    total = 2 * operator(encodings_of(arrays))
    assert_as_reference(linear(arrays, "linear_out", total), arrays["output"])


def test_concat_mlp_up_to_its_first_layer():
    arrays = golden("concat_mlp")
    operator = built("concat", arrays, 6)
    set_dense(operator.projection, arrays, "mlp.linears.0")
    assert_as_reference(linear(arrays, "mlp.linears.1", operator(encodings_of(arrays))), arrays["output"])
