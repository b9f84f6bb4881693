"""Operators over sequences beside their authors' code, on the same weights; see tests/golden/README.md."""

import numpy as np

from multimodal_zoo.encoders.transformer_block import TransformerBlock
from multimodal_zoo.fusion import fusion_operator
from tests.golden.arrays import assert_as_reference, golden, set_dense


def test_memory_fusion():
    """The gates of the reference see the common memory, too; there its weights are zero, as in the paper."""
    arrays = golden("memory_fusion")
    sequences = dict(zip("lav", np.split(arrays["sequences"].transpose(1, 0, 2), [5, 9], axis=-1), strict=True))
    operator = fusion_operator("memory_fusion")(13, tuple(sequences), units=3, memory_units=4)
    operator(sequences)
    cell = operator.network.cell
    for name, lstm in zip(sequences, cell.lstms, strict=True):
        lstm.kernel.assign(arrays[f"lstm_{name}.weight_ih"].T)
        lstm.recurrent_kernel.assign(arrays[f"lstm_{name}.weight_hh"].T)
        lstm.bias.assign(arrays[f"lstm_{name}.bias_ih"] + arrays[f"lstm_{name}.bias_hh"])
    for reference in ("gamma1", "gamma2"):
        weights = arrays[f"{reference}_fc1.weight"]
        np.testing.assert_array_equal(weights[:, 18:], 0)
        arrays[f"{reference}_fc1.weight"] = weights[:, :18]
    networks = {"att1": cell.attention, "att2": cell.update, "gamma1": cell.retain, "gamma2": cell.admit}
    for reference, (hidden, output) in networks.items():
        set_dense(hidden, arrays, f"{reference}_fc1")
        set_dense(output, arrays, f"{reference}_fc2")
    operator.projection.kernel.assign(np.eye(13))
    assert_as_reference(operator(sequences), arrays["output"])


def test_a_block_of_the_multimodal_transformer():
    """With ReLU, one normalisation for both sides, and no biases in the reference's attention."""
    arrays = golden("cross_modal_block")
    stream, other = (arrays[name].transpose(1, 0, 2) for name in ("stream", "other"))
    block = TransformerBlock(heads=2, feed_forward=24, activation="relu")
    block(stream, other)
    query, key, value = np.split(arrays["self_attn.in_proj_weight"], 3)
    block.attention.query.kernel.assign(query.T)
    block.attention.key.kernel.assign(key.T)
    block.attention.value.kernel.assign(value.T)
    set_dense(block.attention.output_projection, arrays, "self_attn.out_proj")
    norms = ((block.attention_norm, 0), (block.context_norm, 0), (block.feed_forward_norm, 1))
    for norm, index in norms:
        norm.epsilon = 1e-5
        norm.gamma.assign(arrays[f"layer_norms.{index}.weight"])
        norm.beta.assign(arrays[f"layer_norms.{index}.bias"])
    set_dense(block.widen, arrays, "fc1")
    set_dense(block.narrow, arrays, "fc2")
    assert_as_reference(block(stream, other), arrays["output"].transpose(1, 0, 2))
