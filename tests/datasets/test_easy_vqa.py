import io
import json
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from multimodal_zoo.datasets import DataDiffers, easy_vqa, find_dataset, load_dataset
from tests.datasets.test_find_and_download import wheel_arrives

ANSWERS = ["circle", "yes", "no"]
# (text, answer, image) as the package has them; 3 is an image to train on, 13 one of those for validation.
QUESTIONS = {
    "train": [["what shape is it?", "circle", 3], ["is it red?", "no", 13], ["is it blue?", "yes", 3]],
    "test": [["is it red?", "yes", 0]],
}


def png(shade):
    return tf.io.encode_png(np.full((64, 64, 3), shade, np.uint8)).numpy()


def made_up_wheel():
    """The package with few questions: every image that its numbers promise is there."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr("easy_vqa/data/answers.txt", "\n".join(ANSWERS) + "\n")
        for part, count in easy_vqa.IMAGES.items():
            wheel.writestr(f"easy_vqa/data/{part}/questions.json", json.dumps(QUESTIONS[part]))
            for number in range(count):
                wheel.writestr(f"easy_vqa/data/{part}/images/{number}.png", png(10 * number) if number < 20 else b"")
    return buffer.getvalue()


def test_it_comes_out_of_its_package(empty_places, monkeypatch):
    wheel_arrives(monkeypatch, made_up_wheel())
    with pytest.warns(DataDiffers):
        data = load_dataset("easy-vqa")
    folder = empty_places[1] / "easy-vqa"
    assert find_dataset("easy-vqa") == folder
    assert len(list((folder / "train" / "images").iterdir())) == 4000
    assert data.class_names == tuple(ANSWERS)
    assert data.split("train")[0] == ({"image": png(30), "question": "what shape is it?"}, 0)
    assert data.split("train")[1] == ({"image": png(30), "question": "is it blue?"}, 1)
    assert data.split("validation")[0] == ({"image": png(130), "question": "is it red?"}, 2)
    assert data.split("test")[0] == ({"image": png(0), "question": "is it red?"}, 1)
    assert [len(data.split(name)) for name in ("train", "validation", "test")] == [2, 1, 1]


def test_validation_is_by_image_and_always_the_same():
    chosen = np.flatnonzero(easy_vqa.is_validation(np.arange(4000)))
    assert len(chosen) == 400
    assert chosen[:5].tolist() == [13, 14, 21, 27, 31]
    # Whatever is asked, and in whatever order.
    asked = np.array([31, 0, 13, 13])
    assert easy_vqa.is_validation(asked).tolist() == [True, False, True, True]


def test_splits_are_pinned(real):
    data = real("easy-vqa")
    assert {name: (len(one), one.digest()[:16]) for name, one in data.splits.items()} == PINNED


def test_no_image_is_in_two_splits(real):
    images = {name: set(one.columns["image"]) for name, one in real("easy-vqa").splits.items()}
    assert {name: len(one) for name, one in images.items()} == {"train": 3600, "validation": 400, "test": 1000}
    assert len(set.union(*images.values())) == 5000


def test_answers_questions_and_images_are_as_published(real):
    data = real("easy-vqa")
    assert len(data.class_names) == 13 and {"yes", "no", "teal", "triangle"} < set(data.class_names)
    yes, no = data.class_names.index("yes"), data.class_names.index("no")
    training = np.concatenate([data.split(name).labels for name in ("train", "validation")])
    # The figures of the authors' README.
    assert np.isin(training, [yes, no]).sum() == 28407 and len(training) == 38575
    assert np.isin(data.split("test").labels, [yes, no]).sum() == 7136
    assert tf.io.decode_png(data.split("test").columns["image"][0]).shape[:2] == (64, 64)


def test_every_word_has_a_place_in_the_vocabulary_and_no_question_is_cut(real):
    data = real("easy-vqa")
    question = data.modalities["question"].adapt(data.split("train").columns["question"])
    texts = sorted({text for one in data.splits.values() for text in one.columns["question"]})
    words = question.words(tf.constant(texts))
    assert words.row_lengths().numpy().max() <= question.length
    assert len(question.vocabulary) <= question.vocabulary_size - 2
    assert not (question.decode(tf.constant(texts)).tensor.numpy() == 1).any()


PINNED = {
    "train": (34687, "e35c7c01095dd197"),
    "validation": (3888, "64bf156a98d8dc6c"),
    "test": (9673, "8a03d18236993997"),
}
