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
# # Pictures by words, words by pictures
#
# Two encoders put pictures and texts into one space: what belongs together lies near each other. The data are
# **synthetic**: 180 small drawings, each named in four ways, built into the package.

# %%
from multimodal_zoo.quiet_start import load_tensorflow

load_tensorflow()  # without the remarks that it makes when it starts

import itertools

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

import multimodal_zoo as mz
from multimodal_zoo.datasets import Records, column
from multimodal_zoo.export import index_records, zero_shot_index, zero_shot_scores

tf.get_logger().setLevel("ERROR")  # an export tells where its files are otherwise

# %% [markdown]
# Each drawing is a PNG here, and each of its names a record of its own: records with the same number as their label
# belong together. The 36 drawings of the test occur in training neither as pictures nor as names; each word does.


# %%
def pairs(drawn):
    """Records of a picture and a name, and as their label the number of the picture."""
    images = [tf.io.encode_png(tf.cast(255 * picture, tf.uint8)).numpy() for picture in drawn.labels]
    numbers = np.unique(column(images), return_inverse=True)[1]
    return Records({"image": column(images), "text": drawn.columns["text"]}, numbers.astype("int32"))


def show(axis, image, title, colour="black"):
    axis.imshow(tf.io.decode_image(image).numpy())
    axis.set_title(title, fontsize=8, color=colour)
    axis.axis("off")


data = mz.load_dataset("synthetic-drawings")
train, validation, test = (pairs(data.split(name)) for name in ("train", "validation", "test"))
figure, axes = plt.subplots(1, 6, figsize=(14, 2.5))
for axis, number in zip(axes, range(0, 30, 5), strict=True):
    record, _ = train[number]
    show(axis, record["image"], record["text"])
plt.show()

# %% [markdown]
# ## Train
#
# Every picture of a batch is compared with every text of it, and those that belong together are to win (CLIP's loss).

# %%
keras.utils.set_random_seed(0)  # the weights start at random; another seed gives other figures
model = mz.create_model(
    "image_text_retrieval",
    image=mz.Image(16, 16, 3),
    text=mz.Text(40, 10),
    filters=(32, 64),
    text_encoder="words",
    missing_modalities=True,
)
bundle = mz.fit(
    model,
    (train, validation),
    epochs=60,
    batch_size=96,
    learning_rate=3e-3,
    patience=15,
    monitor="val_recall_at_10",
    verbose=0,
)
mz.evaluate(bundle, test)

# %% [markdown]
# ## Words in, pictures out
#
# The pictures of the test are embedded once, and the index goes into the exported artefact: its signature `search`
# takes a text and answers with the ids of the nearest pictures. It needs nothing but TensorFlow.

# %%
pictures = dict(zip((f"drawing {number}" for number in test.labels), test.columns["image"], strict=True))
collection = Records({"image": column(pictures.values())}, np.zeros(len(pictures), "int32"))
index = index_records(bundle, collection, list(pictures), k=6)
folder = mz.export_bundle(bundle, "../runs/notebooks/retrieval/1", index=index)
search = tf.saved_model.load(str(folder)).signatures["search"]

queries = (
    "a small white square, top",
    "left: disc in red, large",
    "large cross at the top",
    "something yellow",
    "green",
)
found = search(image_bytes=tf.constant([b""] * len(queries)), text=tf.constant(queries))
figure, axes = plt.subplots(len(queries), 6, figsize=(9, 1.9 * len(queries)))
for row, query in enumerate(queries):
    for place in range(6):
        image = pictures[found["ids"][row, place].numpy().decode()]
        show(axes[row, place], image, f"{found['scores'][row, place]:.2f}")
    axes[row, 0].set_title(f"{query}\n", fontsize=10, loc="left")
plt.tight_layout()
plt.show()

# %% [markdown]
# ## A picture in, words out
#
# The same the other way round: the names are the collection now, and pictures ask.

# %%
names = np.unique(test.columns["text"].astype(str))
index = index_records(bundle, Records({"text": column(names)}, np.zeros(len(names), "int32")), names, k=5)
search = tf.saved_model.load(
    str(mz.export_bundle(bundle, "../runs/notebooks/retrieval_of_names/1", index=index))
).signatures["search"]
asked = [test[number] for number in range(0, len(test), 40)]
found = search(image_bytes=tf.constant([record["image"] for record, _ in asked]), text=tf.constant([""] * len(asked)))
figure, axes = plt.subplots(1, len(asked), figsize=(13, 3.2))
for axis, (record, number), texts in zip(axes, asked, found["ids"].numpy(), strict=True):
    own = test.columns["text"][test.labels == number]
    lines = [f"{'+' if text.decode() in own else '-'} {text.decode()}" for text in texts]
    show(axis, record["image"], "\n".join(lines))
plt.show()
print("+ is a name of that picture, - is not; each has four")

# %% [markdown]
# ## Classes that nobody trained
#
# A class is a text, or several: the picture belongs to the class whose texts lie nearest, on the mean. No network is
# trained for it, and no label is used but to count what is right. Once a class is a single word, such as "disc"; once
# it is whole names, all that the other words allow, as the network knows them from training.

# %%
words = {
    "size": ("small", "large"),
    "colour": ("red", "green", "blue", "yellow", "white", "pink"),
    "form": ("disc", "square", "cross"),
    "place": ("left", "right", "top", "bottom", "middle"),
}
sentences = ["a {} {} {}, {}".format(*one) for one in itertools.product(*words.values())]
one_of_each = test.take(np.unique(test.labels, return_index=True)[1])


def share_right(prompts):
    index = zero_shot_index(bundle, prompts)
    told = index.ids[zero_shot_scores(bundle, index, one_of_each).argmax(axis=1)]
    return np.mean([name in text for name, text in zip(told, one_of_each.columns["text"], strict=True)])


single = [share_right({name: [name] for name in classes}) for classes in words.values()]
whole = [
    share_right({name: [text for text in sentences if name in text] for name in classes}) for classes in words.values()
]
places = np.arange(len(words))
figure, axis = plt.subplots(figsize=(7, 3.2))
axis.bar_label(axis.bar(places - 0.2, single, 0.38, label="a word"), fmt="%.2f", fontsize=8)
axis.bar_label(axis.bar(places + 0.2, whole, 0.38, label="whole names"), fmt="%.2f", fontsize=8)
axis.hlines([1 / len(classes) for classes in words.values()], places - 0.4, places + 0.4, "black", label="chance")
axis.set_xticks(places, list(words))
axis.set_ylim(0, 1.1)
axis.set_ylabel(f"right, of {len(one_of_each)} pictures")
axis.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# Size and place are told by a word alone. Colour is told three times as often as by chance, and the form hardly better
# than by chance: in a space learned from few pictures, words that always came with others do not stand by themselves.
# The search above, which asks for all of them at once, finds the form as well.

# %% [markdown]
# **What to try**: a query by both, `search(image_bytes=[a red disc], text=["blue"])`; `text_encoder="gru"`; the same
# with emoji, `mz.load_dataset("emoji-tw64:en")`, which has pictures and texts already (downloaded at first use), or
# photographs, `"flickr8k-1k"`; for large collections `multimodal_zoo.retrieval.RetrievalIndex`.
