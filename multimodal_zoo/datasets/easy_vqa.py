"""`easy-vqa`: drawn shapes, templated questions about them, and one of thirteen answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from multimodal_zoo.datasets.data_set import DataSet, DataSetCard, register_data_set
from multimodal_zoo.datasets.download import download_from_package
from multimodal_zoo.datasets.records import Records, column
from multimodal_zoo.modalities import Image, Text

IMAGES = {"train": 4000, "test": 1000}
# Of the training images, with all their questions.
VALIDATION_IMAGES = 400
SEED = 2020
SIDE = 64
PACKAGE = "easy-vqa==1.0"
PACKAGE_FOLDER = "easy_vqa/data"
TEXT_FILES = ("answers.txt", "train/questions.json", "test/questions.json")

CARD = DataSetCard(
    name="easy-vqa",
    title="Easy-VQA: questions about drawn shapes",
    task="classification",
    licence="MIT (the easy-vqa package, Victor Zhou)",
    source="https://github.com/vzhou842/easy-VQA, as the Python package easy-vqa",
    citation="Zhou 2019, Easy Visual Question Answering, https://victorzhou.com/blog/easy-vqa/",
    protocols={
        "official": f"official test images; validation = {VALIDATION_IMAGES} of the official training images, "
        "with all their questions",
    },
    required=(*TEXT_FILES, *(f"{part}/images/{count - 1}.png" for part, count in IMAGES.items())),
    checksums={
        "answers.txt": "f004fd115e14db5f70a3a4e1b06d89fd76d45d7446a62d12b50ed1ac2a1a824c",
        "train/questions.json": "bb67697636aed0e65631d4266824aebeae5c833b0f37ed781e20752e85617ec5",
        "test/questions.json": "0d4630a51bafec65343e2f6af9cdd20cf8eae214344ef57636202eec409553f7",
        "train/images/*.png": "1bf916e7a4c5f920faab7a61315af5d1881a63a79c065ae5486a0c4a85e8b13b",
        "test/images/*.png": "dc4bcae9abf1964201adb18d536568d4e606b7d53c1becf25633bea7210ed281",
    },
    notes=(
        "One shape of one colour an image. Made by a program of its author, as are the questions: about a hundred "
        "different texts, the same ones for training and test images. No image is in two splits."
    ),
)


def image_file(part: str, number: int) -> str:
    """Where image `number` of the official part "train" or "test" lies."""
    return f"{part}/images/{number}.png"


def fetch_package(folder: Path) -> None:
    """The Python package of the data set's author:"""
    files = [*TEXT_FILES, *(image_file(part, number) for part, count in IMAGES.items() for number in range(count))]
    for part in IMAGES:
        (folder / part / "images").mkdir(parents=True)
    download_from_package(PACKAGE, {f"{PACKAGE_FOLDER}/{file}": folder / file for file in files})


def is_validation(images: np.ndarray) -> np.ndarray:
    """Whether these images of the official training part belong to the validation split."""
    random = np.random.RandomState(SEED)  # its stream is frozen, unlike that of NumPy's newer generators
    chosen = random.permutation(IMAGES["train"])[:VALIDATION_IMAGES]
    return np.isin(images, chosen)


def read_part(folder: Path, part: str, class_names: tuple[str, ...]) -> tuple[Records, np.ndarray]:
    """The records of an official part in the order of its file, and the number of each one's image."""
    questions, answers, numbers = zip(*json.loads((folder / part / "questions.json").read_text("utf-8")), strict=True)
    content = {number: (folder / image_file(part, number)).read_bytes() for number in set(numbers)}
    columns = {"image": column(content[number] for number in numbers), "question": column(questions)}
    labels = np.array([class_names.index(answer) for answer in answers], np.int32)
    return Records(columns, labels), np.array(numbers)


@register_data_set(CARD, fetch_package)
def load(card: DataSetCard, protocol: str, folder: Path | None) -> DataSet:
    """Load the questions, each with its image."""
    assert folder is not None
    class_names = tuple((folder / "answers.txt").read_text("utf-8").split())
    training, images = read_part(folder, "train", class_names)
    test, _ = read_part(folder, "test", class_names)
    held_out = is_validation(images)
    splits = {"train": training.take(~held_out), "validation": training.take(held_out), "test": test}
    # 26 different words, the longest question has nine.
    modalities = {"image": Image(SIDE, SIDE, 3), "question": Text(vocabulary_size=32, length=10)}
    return DataSet(card, protocol, modalities, class_names, splits)
