"""Which text goes with which picture: recall among unseen pictures, both ways, beside chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from multimodal_zoo.datasets import DataSet, Records, load_dataset
from multimodal_zoo.metrics import chance_of_recall
from multimodal_zoo.objectives import MatchingLoss, MaxMarginRanking, SigLipLoss
from multimodal_zoo.recipes.pretrained_backbone import mobilenet_v2_weights
from multimodal_zoo.recipes.recipe import Figures, Recipe, add_recipes
from multimodal_zoo.training import Bundle, evaluate


class Family(TypedDict):
    """What the rows on one data set share, as arguments of `Recipe`."""

    data: str
    fit: dict[str, Any]
    notes: str


WAYS = {"text_by_image": "first_to_second", "image_by_text": "second_to_first"}
# Flags and people look nearly alike among themselves: this is the same without them.
DISTINCT = "emoji-tw64:en-distinct"
EMOJI: Family = {
    "data": "emoji-tw64:en",
    "fit": {"epochs": 30, "batch_size": 128, "patience": 8, "learning_rate": 1e-3, "monitor": "val_recall_at_10"},
    "notes": "The text of an emoji is its English name with keywords.",
}
FLICKR: Family = {
    "data": "flickr8k-1k",
    "fit": {"epochs": 30, "batch_size": 128, "patience": 8, "learning_rate": 1e-3, "monitor": "val_recall_at_10"},
    "notes": "400 photographs to train on, and an encoder that was trained on those of ImageNet.",
}
TEXT = {"text_encoder": "words", "joint_dim": 128, "dropout": 0.3, "missing_modalities": True, "temperature": 0.07}
FROZEN = {"backbone_trainable": False, "embedding_dim": 128}
# Up to its sixth block it tells shapes and colours; what it was trained on, photographs of another kind, comes later.
SHAPES = {"backbone": "MobileNetV2", "backbone_up_to": "block_6_expand_relu", **FROZEN}
PHOTOGRAPHS = {"backbone": "EfficientNetLite0", "backbone_weights": "imagenet", **FROZEN}


def chance(records: Records) -> dict[str, float]:
    """Recall@10 in random order, by way: what is asked, and what it is found among, once each."""
    texts = {(number, text) for number, text in zip(records.labels.tolist(), records.columns["text"], strict=True)}
    of_texts, of_images = [number for number, _ in sorted(texts)], sorted(set(records.labels.tolist()))
    return {
        "text_by_image": chance_of_recall(of_images, of_texts, 10),
        "image_by_text": chance_of_recall(of_texts, of_images, 10),
    }


def random_order(data: DataSet) -> Figures:
    """The mean of both ways, as the main figure is."""
    ways = chance(data.split("test"))
    return {"recall_at_10": sum(ways.values()) / len(ways)}


def both_ways(bundle: Bundle, data: DataSet, split: str) -> Figures:
    """Recall@10 by way, and how many times that of chance it is."""
    return {"by_way": of_ways(bundle, data.split(split))}


def with_distinct(bundle: Bundle, data: DataSet, split: str) -> Figures:
    """The same, and again among the pictures without flags and people, of the same network."""
    distinct = load_dataset(DISTINCT).split(split)
    return {**both_ways(bundle, data, split), "distinct": of_ways(bundle, distinct)}


def of_ways(bundle: Bundle, records: Records) -> dict[str, dict[str, float]]:
    """Way -> recall@10 and how many times chance that is."""
    figures, by_chance = evaluate(bundle, records), chance(records)
    recalls = {way: figures[side]["recall_at_10"] for way, side in WAYS.items()}
    return {way: {"recall_at_10": recall, "times_chance": recall / by_chance[way]} for way, recall in recalls.items()}


def retrieval(
    row: str,
    family: Family,
    image: dict[str, Any],
    arguments: dict[str, Any],
    loss: Callable[[], Any] | None = None,
    word_drop: float = 0.2,
) -> Recipe:
    """A dual encoder."""
    parts = ("by_way", "distinct") if family is EMOJI else ("by_way",)
    return Recipe(
        row=row,
        network="image_text_retrieval",
        figure="recall_at_10",
        arguments={**TEXT, **arguments},
        backbone=mobilenet_v2_weights if arguments.get("backbone") == "MobileNetV2" else None,
        modalities={"image": image, "text": {"word_drop": word_drop}},
        loss=loss,
        measured=with_distinct if family is EMOJI else both_ways,
        more=tuple(
            f"{part}.{way}.{figure}" for part in parts for way in WAYS for figure in ("recall_at_10", "times_chance")
        ),
        baselines={"any order": random_order},
        long=True,
        **family,
    )


LARGE, SMALL = {"height": 96, "width": 96, "crop": 0.1}, {"height": 32, "width": 32, "crop": 0.1}

add_recipes(
    retrieval("emoji-tw64:en/image_text_retrieval", EMOJI, LARGE, SHAPES),
    retrieval(
        "emoji-tw64:en/image_text_retrieval+siglip",
        EMOJI,
        LARGE,
        {**SHAPES, "temperature": 0.1},
        lambda: MatchingLoss(SigLipLoss(), bias=-10.0),
    ),
    retrieval(
        "emoji-tw64:en/image_text_retrieval+hardest-negatives",
        EMOJI,
        LARGE,
        {**SHAPES, "temperature": None},
        lambda: MatchingLoss(MaxMarginRanking(0.2)),
    ),
    retrieval(
        "emoji-tw64:en/image_text_retrieval+from-scratch",
        EMOJI,
        SMALL,
        {"filters": (32, 64, 128)},
    ),
    retrieval(
        "flickr8k-1k/image_text_retrieval",
        FLICKR,
        {"height": 224, "width": 224},
        {**PHOTOGRAPHS, "dropout": 0.5},
        word_drop=0.3,
    ),
    # A critic that is to tell pictures from texts in the common space, and an encoder that is to mislead it.
    Recipe(
        row="emoji-tw64:en-distinct/cross_modal_gan",
        network="cross_modal_gan",
        data=DISTINCT,
        figure="recall_at_10",
        fit={**EMOJI["fit"], "epochs": 60, "patience": 15},
        # With the critic at its full weight from the first step nothing was learned.
        arguments={"reversal_steps": 600, "missing_modalities": True},
        modalities={"image": SMALL, "text": {"word_drop": 0.2}},
        measured=both_ways,
        more=("by_way.text_by_image.times_chance", "by_way.image_by_text.times_chance"),
        baselines={"any order": random_order},
        notes=EMOJI["notes"],
        long=True,
    ),
)
