"""Encodings of pictures, sounds and notes that are made once, so that only the fusion is left to learn."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np
from experiment import KEPT
from parts import Part, standardised
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

import multimodal_zoo as mz
from multimodal_zoo.datasets import DataSet
from multimodal_zoo.datasets.spoken_digits import IMAGES_PER_RECORDING
from multimodal_zoo.training import Bundle
from multimodal_zoo.training.pipeline import prepare
from multimodal_zoo.training.predict_split import predict_split

NETWORK = {"audio_filters": (32, 48, 64), "image_filters": (16, 32, 64), "joint_dim": 32}
FIT = {"epochs": 30, "batch_size": 64, "patience": 6, "learning_rate": 2e-3}
VARIED = {"audio": {"time_mask": 0.1, "frequency_mask": 0.1}, "image": {"crop": 0.1, "rotate": 10.0}}
PIXEL_COMPONENTS, WORD_COMPONENTS = 32, 64


@lru_cache(maxsize=1)
def digit_parts() -> dict[str, Part]:
    """Spoken digits, protocol "take": sound and picture, each as the network of that modality alone encodes it.

    These networks learn on one half of the training recordings; "train" is the other half, which they encode as they
    encode what they never saw. Kept in `runs/results`.
    """
    file = KEPT / "fusion-operators-digit-encodings.npz"
    if not file.exists():
        write_digit_encodings(file)
    with np.load(file) as arrays:
        parts = {}
        for name in ("train", "validation", "test"):
            labels = arrays[f"{name}_labels"]
            inputs = {modality: arrays[f"{name}_{modality}"] for modality in VARIED}
            parts[name] = Part(inputs, labels, np.ones(len(labels), "float32"))
    return standardised(parts)


def write_digit_encodings(file: Path) -> None:
    """Train both networks and encode all parts."""
    data = mz.load_dataset("spoken-digits:take")
    train = data.split("train")
    # Both pictures of a recording fall into one half.
    of_first = np.arange(len(train)) // IMAGES_PER_RECORDING % 2 == 0
    learned = dataclasses.replace(data, splits={**data.splits, "train": train.take(of_first)})
    encoded = {**data.splits, "train": train.take(~of_first)}
    arrays = {f"{name}_labels": records.labels for name, records in encoded.items()}
    for modality in VARIED:
        bundle = digit_network(learned, modality)
        for name, records in encoded.items():
            prepared = prepare(records, bundle.modalities)
            arrays[f"{name}_{modality}"] = predict_split(encoder_of(bundle), prepared)
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new.npz")
    np.savez_compressed(beside, **arrays)
    beside.rename(file)


def digit_network(data: DataSet, modality: str) -> Bundle:
    """The network of one modality alone."""
    leave = {name: None for name in VARIED if name != modality}
    varied = {modality: dataclasses.replace(data.modalities[modality], **VARIED[modality])}
    arguments = {**NETWORK, **leave, **varied}
    return mz.train_named("audio_visual_fusion", data, seed=0, arguments=arguments, verbose=0, **FIT)


def encoder_of(bundle: Bundle) -> keras.Model:
    """The part of a network up to `joint`, and the logarithms of its answer beside that."""
    answer = keras.ops.log(bundle.model.output + 1e-6)
    return keras.Model(
        bundle.model.input, keras.ops.concatenate([bundle.model.get_layer("joint").output, answer], axis=-1)
    )


@lru_cache(maxsize=5)
def chest_parts(fold: int) -> dict[str, Part]:
    """covid-cxr: the principal components of the pixels and of the TF-IDF of the notes, fitted on "train".

    Nothing in them knows a label, so what they tell of "train" they tell of "test".
    """
    data = mz.load_dataset(f"covid-cxr:fold{fold}")
    pixels, notes = {}, {}
    for name, records in data.splits.items():
        prepared = prepare(records, {"image": data.modalities["image"]})
        pixels[name] = np.asarray(prepared.inputs(False)["image"]).reshape(len(records), -1)
        notes[name] = records.columns["report"].tolist()
    of_pixels = PCA(PIXEL_COMPONENTS, random_state=0).fit(pixels["train"])
    of_words = TfidfVectorizer(binary=True).fit(notes["train"])
    of_notes = TruncatedSVD(WORD_COMPONENTS, random_state=0).fit(of_words.transform(notes["train"]))
    parts = {}
    for name, records in data.splits.items():
        inputs = {
            "image": of_pixels.transform(pixels[name]),
            "report": of_notes.transform(of_words.transform(notes[name])),
        }
        parts[name] = Part(inputs, records.labels, np.ones(len(records), "float32"))
    return standardised(parts)
