"""The Transformer encoder against its equations in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.encoders import transformer
from multimodal_zoo.encoders.transformer import AddPositions, sinusoidal_positions
from tests.encoders.transformer_equations import block_output, norm
from tests.random_weights import randomise


@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_it_is_pre_norm_blocks_over_the_words_and_their_mean(positions):
    inputs = keras.Input((6,), dtype="int32")
    encode = transformer(10, dim=4, heads=2, layers=2, feed_forward=5, positions=positions, name="plot")
    model = randomise(keras.Model(inputs, encode(inputs)))
    texts = [[3, 1, 4, 1, 5, 9], [2, 6, 5], [8]]
    found = ops.convert_to_numpy(model(np.int32([text + [0] * (6 - len(text)) for text in texts])))

    table = ops.convert_to_numpy(model.get_layer("plot_embedding").embeddings)
    places = (
        sinusoidal_positions(6, 4)
        if positions == "sinusoidal"
        else ops.convert_to_numpy(model.get_layer("plot_positions").place_vectors)
    )
    for row, text in enumerate(texts):
        vectors = table[text] + places[: len(text)]
        for index in (1, 2):
            vectors = block_output(model.get_layer(f"plot_block_{index}"), vectors)
        wanted = norm(model.get_layer("plot_norm"), vectors).mean(axis=0)
        np.testing.assert_allclose(found[row], wanted, rtol=1e-4, atol=1e-4)


def test_sinusoidal_positions_are_sines_and_cosines_of_falling_frequency():
    vectors = sinusoidal_positions(5, 6)
    for t in range(5):
        for i in range(3):
            angle = t / 10000 ** (2 * i / 6)
            assert vectors[t, 2 * i] == pytest.approx(np.sin(angle), abs=1e-6)
            assert vectors[t, 2 * i + 1] == pytest.approx(np.cos(angle), abs=1e-6)
    assert sinusoidal_positions(3, 5).shape == (3, 5)


def test_what_it_refuses():
    with pytest.raises(ValueError, match="dim=5, heads=2"):
        transformer(10, dim=5, heads=2)
    with pytest.raises(ValueError, match="one of sinusoidal, learned; received 'rotary'"):
        transformer(10, positions="rotary")
    with pytest.raises(ValueError, match="fixed length"):
        AddPositions().build((None, None, 4))
