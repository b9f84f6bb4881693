"""The FT-Transformer against its equations in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import ft_transformer
from multimodal_zoo.modalities import Categorical, Image, Numeric
from multimodal_zoo.unknown_name import UnknownName
from tests.encoders.transformer_equations import block_output, norm
from tests.random_weights import randomise

FIELDS = {"user": Categorical(6), "measures": Numeric(2), "item": Categorical(5)}
GIVEN = {
    "user": np.int32([[2], [0]]),
    "measures": np.float32([[0.5, -1.0], [0.0, 0.0]]),
    "item": np.int32([[4], [0]]),
}


def built(fields=FIELDS, **arguments):
    inputs = {name: fields[name].input(name) for name in fields}
    encode = ft_transformer(fields, dim=4, heads=2, layers=2, feed_forward=3, name="record", **arguments)
    return randomise(keras.Model(inputs, encode(inputs)))


def test_it_is_tokens_with_their_bias_pre_norm_blocks_and_the_class_token():
    model, tokens_model = built(), built(return_sequence=True)
    last = model.get_layer("record_tokens")
    vectors = ops.convert_to_numpy(model.get_layer("record_measures_tokens").vectors)
    tables = {name: ops.convert_to_numpy(model.get_layer(f"{name}_embedding").embeddings) for name in ("user", "item")}
    biases, class_token = ops.convert_to_numpy(last.places), ops.convert_to_numpy(last.class_token)[0]
    assert not model.get_layer("record_block_1").norm_first and model.get_layer("record_block_2").norm_first
    for row in range(2):
        tokens = [GIVEN["measures"][row, place] * vectors[place] for place in range(2)]
        for name in ("user", "item"):
            (number,) = GIVEN[name][row]
            tokens.append(tables[name][number] if number else np.zeros(4))
        x = np.concatenate([class_token, np.array(tokens) + biases])
        for index in (1, 2):
            x = block_output(model.get_layer(f"record_block_{index}"), x)
        wanted = np.maximum(norm(model.get_layer("record_norm"), x), 0)
        np.testing.assert_allclose(ops.convert_to_numpy(model(GIVEN))[row], wanted[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(ops.convert_to_numpy(tokens_model(GIVEN))[row], wanted[1:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["user", "measures"])
def test_a_record_of_one_field_shape_only(name):
    assert built({name: FIELDS[name]}).output_shape == (None, 4)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="received none"):
        ft_transformer({})
    with pytest.raises(ValueError, match="dim=5, heads=2"):
        ft_transformer(FIELDS, dim=5, heads=2)
    with pytest.raises(UnknownName, match="'image'"):
        ft_transformer({"poster": Image(8, 8, 1)})
    with pytest.raises(ValueError, match=r"\['user', 'item'\] have no tensor"):
        ft_transformer(FIELDS)({"measures": GIVEN["measures"]})
