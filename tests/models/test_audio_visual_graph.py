"""The graph of segments, regions and frames: its nodes, its edges, and what its equations say of them."""

import keras
import numpy as np
import pytest
from keras import ops

from multimodal_zoo.fusion import Graph
from multimodal_zoo.modalities import Audio, Image, Video
from multimodal_zoo.models import audio_visual_graph
from tests.fusion import sequence_equations
from tests.random_weights import randomise

AUDIO, IMAGE, VIDEO = Audio(8000, 0.3, mels=8), Image(12, 8, 1), Video(3, 8, 8, 1)
SMALL = {"audio_filters": (4, 5), "image_filters": (3, 4), "joint_dim": 6, "heads": 2, "dropout": 0.0}
DRAWS = np.random.default_rng(0)
BATCH = {
    name: DRAWS.uniform(size=(2, *one.shape)).astype("float32")
    for name, one in (("audio", AUDIO), ("image", IMAGE), ("video", VIDEO))
}
BATCH["video"][..., -1] = 1
BATCH["video"][1, 2, ..., -1] = 0


def made(audio=AUDIO, image=IMAGE, video=None, **arguments):
    return randomise(audio_visual_graph(audio, image, video, **{**SMALL, **arguments}), scale=0.5)


def batch_of(model):
    return {name: BATCH[name] for name in model.modalities}


def answer(model, inputs):
    return ops.convert_to_numpy(model(inputs, training=False))


def nodes_of(model, inputs):
    """The nodes that the graph is given, and those of them that are there."""
    given = model.get_layer("joint")._inbound_nodes[0].arguments
    found = keras.Model(model.input, [given.args[0], given.kwargs.get("masks", given.args[-1])])(inputs, training=False)
    return [{name: ops.convert_to_numpy(one) for name, one in part.items()} for part in found]


def test_nodes_are_segments_regions_and_frames():
    model = made(video=VIDEO)
    nodes, there = nodes_of(model, batch_of(model))
    # 28 frames of the spectrogram, halved twice; 12 x 8 pixels, halved twice; three frames of the video.
    assert {name: mask[0].sum() for name, mask in there.items()} == {"audio": 7, "image": 6, "video": 3}
    assert there["video"][1].tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert {name: one.shape for name, one in nodes.items()} == {
        "audio": (2, 7, 5),
        "image": (2, 7, 4),
        "video": (2, 7, 4),
    }


@pytest.mark.parametrize("reach", [None, 0, 2])
def test_the_answer_is_that_of_attention_along_the_edges(reach):
    """The equations of graph attention node by node: near nodes of a modality, and all of the others, are heard."""
    model = made(video=VIDEO, reach=reach)
    inputs = batch_of(model)
    graph = model.get_layer("joint")
    assert isinstance(graph, Graph) and (graph.layers, graph.heads) == (2, 2)
    assert graph.reach == (7 if reach is None else reach)
    nodes, there = nodes_of(model, inputs)
    joint = ops.convert_to_numpy(keras.Model(model.input, graph.output)(inputs, training=False))
    for row in range(2):
        known = {name: one[row][there[name][row] > 0] for name, one in nodes.items()}
        np.testing.assert_allclose(joint[row], sequence_equations.graph(graph, known), rtol=1e-4, atol=1e-5)


def test_a_modality_that_is_absent_has_no_node():
    model = made(missing_modalities=True)
    inputs = {**batch_of(model), "presence": np.float32([[1, 0], [1, 1]])}
    nodes, _ = nodes_of(model, inputs)
    graph = model.get_layer("joint")
    joint = ops.convert_to_numpy(keras.Model(model.input, graph.output)(inputs, training=False))
    wanted = sequence_equations.graph(graph, {"audio": nodes["audio"][0]})
    np.testing.assert_allclose(joint[0], wanted, rtol=1e-4, atol=1e-5)


def test_the_place_of_a_node_matters():
    model = made(image=None)
    inputs = batch_of(model)
    before = answer(model, inputs)
    places = model.get_layer("audio_places").place_vectors
    places.assign(ops.convert_to_numpy(places)[::-1])
    assert np.abs(answer(model, inputs) - before).max() > 1e-4


def test_what_a_frame_that_is_not_there_holds_makes_no_difference():
    model = made(image=None, video=VIDEO)
    inputs = batch_of(model)
    other = {**inputs, "video": inputs["video"].copy()}
    other["video"][1, 2, ..., :-1] = 7
    np.testing.assert_array_equal(answer(model, other), answer(model, inputs))


def test_an_operator_over_vectors_joins_the_states_of_lstms():
    model = made(fusion="gated")
    lstms = {layer.name for layer in model.layers if isinstance(layer, keras.layers.LSTM)}
    assert lstms == {"audio_lstm", "image_lstm"}


@pytest.mark.parametrize("name", ["audio", "image", "video"])
def test_one_modality_alone_is_a_network_of_its_own(name):
    alone = {"audio": None, "image": None, "video": None} | {
        name: {"audio": AUDIO, "image": IMAGE, "video": VIDEO}[name]
    }
    model = made(**alone)
    assert list(model.modalities) == [name]
    np.testing.assert_allclose(answer(model, batch_of(model)).sum(axis=1), 1, rtol=1e-5)
