"""The drawing of a network says what the network is."""

import keras
import pytest
from model_outline import outline

from multimodal_zoo.fusion import fuse
from multimodal_zoo.heads import classification_head
from multimodal_zoo.modalities import Image, Numeric, Text
from multimodal_zoo.models.inputs import model_inputs
from multimodal_zoo.registry import ModelCard, attach, create_model


def small_network(presence=False):
    modalities = {"image": Image(8, 8, 1), "report": Text(20, 4)}
    inputs = model_inputs(**modalities, presence=presence)
    words = keras.layers.Embedding(20, 3)(inputs["report"])
    encodings = {
        "image": keras.layers.Dense(5)(keras.layers.Flatten()(inputs["image"])),
        "report": keras.layers.GlobalAveragePooling1D()(words),
    }
    joint = fuse("concat", 6)(encodings, inputs.get("presence"))
    highway = keras.layers.Dense(2)(keras.layers.Flatten()(words))
    model = keras.Model(inputs, classification_head(2)(joint, extra_logits=highway))
    card = ModelCard("classification", "none", name="small")
    return attach(model, modalities, card, modalities)


def test_a_network_with_a_path_past_the_fusion():
    boxes, arrows = outline(small_network())
    told = {box.title: box.lines for box in boxes}
    assert told == {
        "image": ("Image", "(batch, 8, 8, 1)"),
        "report": ("Text", "(batch, 4)"),
        "image encoder": ("Dense", f"{8 * 8 * 5 + 5} weights"),
        "report encoder": ("Embedding", "GlobalAveragePooling1D", f"{20 * 3} weights"),
        "fusion": ("concat", "(batch, 6)", f"{(5 + 3) * 6 + 6} weights"),
        "past the fusion": ("Dense", f"{4 * 3 * 2 + 2} weights"),
        "head": ("Dense", f"{6 * 2 + 2} weights"),
        "classification": ("(batch, 2)",),
    }
    titles = {box.name: box.title for box in boxes}
    assert {(titles[start], titles[end]) for start, end in arrows} == {
        ("image", "image encoder"),
        ("report", "report encoder"),
        ("image encoder", "fusion"),
        ("report encoder", "fusion"),
        ("report encoder", "past the fusion"),
        ("past the fusion", "head"),
        ("fusion", "head"),
        ("head", "classification"),
    }


def test_presence_is_left_out():
    boxes, arrows = outline(small_network(presence=True))
    without, same_arrows = outline(small_network())
    assert [box.name for box in boxes] == [box.name for box in without] and arrows == same_arrows


def test_fields_are_one_box():
    fields = {"user": Text(30, 3), "age": Numeric(2)}
    boxes, _ = outline(create_model("fm", fields=fields))
    (inputs,) = (box for box in boxes if box.kind == "input")
    assert inputs.title == "fields" and sorted(inputs.lines) == ["age: Numeric", "user: Text"]


@pytest.mark.parametrize("name", ["audio_visual_fusion", "co_attention_vqa", "deepfm", "tensor_fusion_sentiment"])
def test_every_weight_is_in_one_box(name):
    model = create_model(name)
    boxes, _ = outline(model)
    counts = [
        int(line.split()[0].replace(",", ""))
        for box in boxes
        for line in box.lines
        if line[0].isdigit() and line.endswith(" weights")
    ]
    assert sum(counts) == model.count_params()
