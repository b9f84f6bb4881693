"""Captions of photographs that no training saw."""

from __future__ import annotations

from multimodal_zoo.recipes.recipe import Recipe, add_recipes


def captions(variant: str, own_words: float) -> Recipe:
    """A captioner on frozen features; the words before each place are those of the caption, or at times its own."""
    return Recipe(
        row=f"flickr8k-1k:captions/image_captioner{variant}",
        network="image_captioner",
        data="flickr8k-1k:captions",
        figure="bleu",
        fit={"epochs": 30, "batch_size": 32, "patience": 5, "learning_rate": 1e-3, "own_words": own_words},
        arguments={
            "backbone": "EfficientNetLite0",
            "backbone_weights": "imagenet",
            "backbone_trainable": False,
            "length": 20,
            "embedding_dim": 128,
            "joint_dim": 256,
            "dropout": 0.5,
            "missing_modalities": True,
        },
        modalities={"image": {"height": 224, "width": 224}},
        more=("word_precision", "brevity_penalty"),
        notes="300 unseen photographs with five right captions each, 400 to train on; BLEU by sacrebleu over words in "
        "lower case. The image is read by an encoder that was trained on those of ImageNet.",
        long=True,
    )


add_recipes(captions("", 0.0), captions("+own-words", 0.25))
