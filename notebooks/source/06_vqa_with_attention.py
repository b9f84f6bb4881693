# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Questions about a picture, and where the network looks
#
# A picture and a question in, an answer out. Pictures, questions and answers are **synthetic**: a cell below draws and
# asks them, so that this runs anywhere.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import dataclasses

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, column

SIDE = 32
COLOURS = {
    "red": (0.9, 0.2, 0.2),
    "green": (0.1, 0.7, 0.3),
    "blue": (0.2, 0.4, 1.0),
    "yellow": (1.0, 0.9, 0.2),
    "pink": (1.0, 0.5, 0.9),
}
FORMS = {
    "disc": lambda y, x: y**2 + x**2 <= 16,
    "square": lambda y, x: np.maximum(np.abs(y), np.abs(x)) <= 3,
    "cross": lambda y, x: (np.minimum(np.abs(y), np.abs(x)) <= 1) & (np.maximum(np.abs(y), np.abs(x)) <= 4),
}
ANSWERS = (*COLOURS, *FORMS)

# %% [markdown]
# Every picture has a disc, a square and a cross of three colours in three of nine places. A question is about one of
# them: to answer it, the network has to find the right one first.


# %%
def scene(random):
    """A picture, and for each form in it the colour and the pixels."""
    picture, shapes = np.full((SIDE, SIDE, 3), 0.1), {}
    colours, places = random.permutation(list(COLOURS)), random.permutation(9)
    for form, colour, place in zip(FORMS, colours, places, strict=False):
        y, x = np.mgrid[0:SIDE, 0:SIDE] - 5.5 - 10 * np.reshape(divmod(place, 3), (2, 1, 1)) - random.randint(2)
        inside = FORMS[form](y, x)
        picture[inside] = COLOURS[colour]
        shapes[form] = colour, inside
    return (255 * picture).astype("uint8"), shapes


def ask(count, seed):
    """Records, four a picture, and for each the pixels of the shape that it asks for."""
    random = np.random.RandomState(seed)
    rows = []
    for _ in range(count):
        picture, shapes = scene(random)
        image = tf.io.encode_png(picture).numpy()
        for form in random.permutation(list(shapes))[:2]:
            colour, inside = shapes[form]
            rows.append((image, f"What colour is the {form}?", colour, inside))
            rows.append((image, f"Which shape is {colour}?", form, inside))
    images, questions, answers, asked_for = zip(*rows, strict=True)
    labels = np.array([ANSWERS.index(answer) for answer in answers], "int32")
    return Records({"image": column(images), "question": column(questions)}, labels), np.stack(asked_for)


(train, _), (validation, _), (test, asked_for) = ask(1200, 1), ask(150, 2), ask(150, 3)
figure, axes = plt.subplots(1, 5, figsize=(13, 3))
for axis, number in zip(axes, range(0, 20, 4), strict=True):
    record, label = train[number]
    axis.imshow(tf.io.decode_image(record["image"]))
    axis.set_title(f"{record['question']}\n{ANSWERS[label]}", fontsize=9)
    axis.axis("off")
plt.show()

# %% [markdown]
# ## Build and train
#
# `stacked_attention_vqa` reads the question, looks at the regions of the picture in the light of it, adds what it saw
# to the question, and looks again. Records of your own need no name: a pair of training and validation is enough.

# %%
keras.utils.set_random_seed(0)  # the weights start at random; another seed gives other figures
model = mz.create_model(
    "stacked_attention_vqa",
    image=mz.Image(SIDE, SIDE, 3),
    question=mz.Text(40, 8),
    num_classes=len(ANSWERS),
    filters=(24, 48),
    dropout=0.1,
    missing_modalities=True,
)
bundle = mz.fit(model, (train, validation), epochs=30, batch_size=64, learning_rate=3e-3, patience=6, verbose=0)
bundle = dataclasses.replace(bundle, class_names=ANSWERS)  # records by themselves have no names for their classes
{"both": mz.evaluate(bundle, test)["accuracy"]} | {
    f"without {missing}": mz.evaluate(bundle, test, without=[missing])["accuracy"] for missing in ("image", "question")
}

# %% [markdown]
# The picture alone says nothing of what is asked, the question alone no more than which answers it can have.
#
# ## Where it looks
#
# `attention_maps` gives the weights of every layer that has some: here one for each look, a number for each region of
# the picture. The picture is shown as bright as the second look weighs each region.


# %%
def look(record, layer="attention_2"):
    """The weights over the regions as a square, in the size of the picture."""
    weights = mz.attention_maps(bundle, record)[layer]
    regions = weights.reshape(round(len(weights) ** 0.5), -1)
    return np.kron(regions, np.ones((SIDE // len(regions),) * 2))


def lit(record):
    """The picture, dark where the network does not look."""
    weights = look(record)
    return tf.io.decode_image(record["image"]).numpy() / 255 * (0.25 + 0.75 * weights / weights.max())[..., None]


figure, axes = plt.subplots(3, 5, figsize=(13, 8.5))
for row, first in zip(axes, (0, 4, 8), strict=True):
    row[0].imshow(tf.io.decode_image(test[first][0]["image"]))
    row[0].set_title("the picture", fontsize=9)
    for axis, number in zip(row[1:], range(first, first + 4), strict=True):
        record, label = test[number]
        axis.imshow(lit(record))
        said = mz.predict_record(bundle, record)["label"]
        axis.set_title(f"{record['question']}\n{said}, in truth {ANSWERS[label]}", fontsize=9)
for axis in axes.ravel():
    axis.axis("off")
plt.show()

# %% [markdown]
# Most looks rest on the shape that is asked for, or on its edge. Some rest on another one, such as the green cross when
# a yellow shape is asked for, and the answer is right all the same: the first look may have seen enough, and the
# convolutions before have spread what is where. A map tells where the network looked, not why it answered.
#
# How much of each look falls on the shape that is asked for? The shape itself is a small part of the picture.

# %%
shares = {
    layer: np.mean([(weights := look(test[n][0], layer))[asked_for[n]].sum() / weights.sum() for n in range(40)])
    for layer in ("attention_1", "attention_2")
}
{name: round(float(share), 3) for name, share in ({"share of the picture": asked_for[:40].mean()} | shares).items()}

# %% [markdown]
# Both looks find it several times as often as a look at random would, the second more than the first.
#
# **What to try**: fewer epochs: where does it look then? Or `"co_attention_vqa"`, whose maps are called
# `question_attention_image` and the like; questions of yes or no, `"Is the disc red?"`, with `answer_units=64`; more
# looks (`hops=3`); shapes and questions of another author,
# `mz.train_named("stacked_attention_vqa", mz.load_dataset("easy-vqa"))` (downloaded at first use).
