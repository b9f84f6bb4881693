"""Language networks of keras-hub: presets of one's own, since the published ones need a network."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import text_backbone
from multimodal_zoo.unknown_name import UnknownName
from tests.gradients import weight_gradients

keras_hub = pytest.importorskip("keras_hub")
SIZES = {"vocabulary_size": 20, "num_layers": 1, "num_heads": 2, "hidden_dim": 4, "intermediate_dim": 6}
IDS = np.int32([[3, 4, 5, 6, 0, 0], [7, 8, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]])


def saved(tmp_path, backbone):
    backbone.save_to_preset(str(tmp_path / "preset"))
    return str(tmp_path / "preset")


def built(preset, **arguments):
    inputs = keras.Input((6,), dtype="int32")
    return keras.Model(inputs, text_backbone(preset, **arguments)(inputs))


def test_bert_answers_with_its_pooled_output(tmp_path):
    keras.utils.set_random_seed(0)
    bert = keras_hub.models.BertBackbone(max_sequence_length=6, **SIZES)
    preset = saved(tmp_path, bert)
    model = built(preset, weights="preset")
    found = ops.convert_to_numpy(model(IDS))
    given = {"token_ids": IDS, "padding_mask": np.int32(IDS > 0), "segment_ids": np.zeros_like(IDS)}
    wanted = bert(given)
    pooled, sequence = (ops.convert_to_numpy(wanted[f"{kind}_output"]) for kind in ("pooled", "sequence"))
    np.testing.assert_allclose(found[:2], pooled[:2], rtol=1e-5, atol=1e-6)
    assert not found[2].any()
    for path, gradient in weight_gradients(
        model, ops.convert_to_tensor(IDS), loss=lambda found: ops.mean(found**2)
    ).items():
        # A bias of the keys adds the same to all scores of a query: the softmax takes it out.
        assert np.isfinite(gradient).all() and (np.abs(gradient).max() > 0 or path.endswith("key/bias")), path
    each = built(preset, weights="preset", return_sequence=True)
    np.testing.assert_allclose(ops.convert_to_numpy(each(IDS)), sequence, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(ops.convert_to_numpy(again(IDS)), found, rtol=1e-6, atol=1e-6)
    assert np.abs(ops.convert_to_numpy(built(preset)(IDS)) - found).max() > 1e-4
    assert not built(preset, trainable=False).trainable_variables


def test_a_network_without_a_pooled_output_is_averaged_over_the_tokens(tmp_path):
    """RoBERTa's padding is 1, and it has no segments."""
    keras.utils.set_random_seed(0)
    roberta = keras_hub.models.RobertaBackbone(max_sequence_length=6, **SIZES)
    found = ops.convert_to_numpy(built(saved(tmp_path, roberta), weights="preset", padding_id=1)(IDS[:2] + 1))
    sequence = roberta({"token_ids": IDS[:2] + 1, "padding_mask": np.int32(IDS[:2] > 0)})
    sequence = ops.convert_to_numpy(sequence)
    wanted = [sequence[0, :4].mean(axis=0), sequence[1, :2].mean(axis=0)]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_what_it_refuses(tmp_path):
    with pytest.raises(UnknownName, match="Unknown text backbone 'bert_tiny_uncased'.*bert_tiny_en_uncased"):
        text_backbone("bert_tiny_uncased")
    vit = keras_hub.models.ViTBackbone((16, 16, 3), 8, num_layers=1, num_heads=2, hidden_dim=4, mlp_dim=6)
    with pytest.raises(ValueError, match="is no text network"):
        text_backbone(saved(tmp_path, vit))
